//! The result of a verification.

use super::finding::{Finding, FindingKind, Status};
use super::findings::Findings;
use super::signer::{Line, SignerFacts};
use super::witness::WitnessFacts;
use crate::record::Timestamp;
use crate::seal::Hash;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// On what a verification relies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// Nothing is sealed, or no key could be read: the lines could only be compared with one another.
    #[default]
    Unsealed,
    /// The key was taken from the directory itself: the log agrees with itself. Who could write to the
    /// directory may have made all of it.
    Consistent,
    /// The key is one that the caller has pinned: the holder of that key has sealed the log. Whether it is the
    /// newest state of the log is not shown.
    Authentic,
    /// The log contains all that a checkpoint from elsewhere states, or one that a known witness has signed.
    Anchored,
}

impl Level {
    /// Returns the word for it: `unsealed`, `consistent`, `authentic` or `anchored`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Unsealed => "unsealed",
            Level::Consistent => "consistent",
            Level::Authentic => "authentic",
            Level::Anchored => "anchored",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a verification has looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// The origin of the newest checkpoint, which is the name of the log's key.
    pub origin: Option<String>,
    /// The journal's id, 32 hex digits.
    pub journal: Option<String>,
    /// The fingerprint of the log's first key, 64 hex digits: what is compared with a pinned one.
    pub key_fingerprint: Option<String>,
    /// How many keys the log has had.
    pub keys: u64,
    /// The number of the first sealed record.
    pub base: u64,
    /// How many records are sealed: the size of the newest checkpoint's tree.
    pub size: u64,
    /// The root of that tree.
    #[serde(serialize_with = "text_of")]
    pub root: Option<Hash>,
    /// How many day files were read.
    pub files: u64,
    /// How many lines with a number were read.
    pub records: u64,
    /// How many bytes of day files were read.
    pub bytes: u64,
    /// How many checkpoints from elsewhere the log agrees with.
    pub anchors: u64,
    /// What the log's signer has signed, if its key was given.
    pub signer: Option<SignerFacts>,
    /// What each witness has signed whose key was given, in that order.
    pub witnesses: Vec<WitnessFacts>,
    /// The time of the newest sealed record.
    #[serde(serialize_with = "text_of")]
    pub newest: Option<Timestamp>,
    /// The age of that record when it was verified.
    #[serde(serialize_with = "seconds_of")]
    pub age: Option<Duration>,
}

fn text_of<T: fmt::Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(T::to_string).serialize(serializer)
}

fn seconds_of<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|age| age.as_secs()).serialize(serializer)
}

/// The result of a verification.
///
/// Its `Display` is a report for people: the first line has the status, the level, the key's fingerprint and
/// the age of the newest sealed record; then each finding and each note has a line. Serialized, it is a map with
/// `version` 1, for programs.
#[derive(Clone, Debug)]
pub struct Verification {
    pub(in crate::read) level: Level,
    pub(in crate::read) facts: Facts,
    pub(in crate::read) findings: Findings,
}

impl Verification {
    /// Names the other directory of forks as the caller does.
    pub(in crate::read) fn name_other(&mut self, dir: &Path, path: &Path) {
        let counterparts =
            self.findings.findings.iter_mut().filter_map(|finding| finding.counterpart.as_mut());
        for counterpart in counterparts.filter(|counterpart| counterpart.dir == dir) {
            counterpart.dir = path.to_owned();
        }
    }

    /// Returns on what the result relies.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the result in one word: tampered, if there is any finding of that status, before
    /// incomplete, before intact.
    #[must_use]
    pub fn status(&self) -> Status {
        self.findings.status()
    }

    /// Returns what was found, at most 1,000 findings.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings.findings
    }

    /// Returns what is worth knowing and no fault, at most 1,000 notes.
    #[must_use]
    pub fn notes(&self) -> &[Finding] {
        &self.findings.notes
    }

    /// Returns how many findings and notes there are of each kind, those that are not kept included.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<FindingKind, u64> {
        &self.findings.counts
    }

    /// Returns what was looked at.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns how many of the findings (or of the notes) are not kept.
    fn omitted(&self, notes: bool) -> u64 {
        let list = if notes { &self.findings.notes } else { &self.findings.findings };
        let of_kind = |kind: &FindingKind| (kind.status() == Status::Intact) == notes;
        let all = self.findings.counts.iter().filter(|(kind, _)| of_kind(kind)).map(|(_, count)| count);
        all.sum::<u64>() - list.len() as u64
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { key_fingerprint, age, newest, .. } = &self.facts;
        write!(f, "{}, {}; key ", self.status(), self.level)?;
        f.write_str(key_fingerprint.as_deref().unwrap_or("none"))?;
        match (age, newest) {
            (Some(age), Some(newest)) => {
                let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
                writeln!(f, "; newest sealed record {newest}, {age} ago")?;
            }
            _ => writeln!(f, "; no sealed record")?,
        }
        let Facts { origin, base, size, files, records, bytes, .. } = &self.facts;
        let origin = origin.as_deref().unwrap_or("a log without a checkpoint");
        writeln!(
            f,
            "{origin}: {size} records sealed from {base} on; read {records} records in {files} files, {bytes} bytes"
        )?;
        if let Some(signer) = &self.facts.signer {
            writeln!(f, "{}", Line(signer, self.facts.keys))?;
        }
        self.facts.witnesses.iter().try_for_each(|witness| writeln!(f, "{witness}"))?;
        self.findings().iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        if self.omitted(false) > 0 {
            writeln!(f, "and {} findings more", self.omitted(false))?;
        }
        self.notes().iter().try_for_each(|note| writeln!(f, "note: {note}"))?;
        if self.omitted(true) > 0 {
            writeln!(f, "and {} notes more", self.omitted(true))?;
        }
        Ok(())
    }
}

impl Serialize for Verification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &1)?;
        map.serialize_entry("status", &self.status())?;
        map.serialize_entry("exit_status", &self.status().code())?;
        map.serialize_entry("level", &self.level)?;
        map.serialize_entry("facts", &self.facts)?;
        map.serialize_entry("counts", &self.counts())?;
        map.serialize_entry("findings", self.findings())?;
        map.serialize_entry("notes", self.notes())?;
        map.end()
    }
}
