//! Whether the lines are as they were sealed.

use super::super::pass::Pass;
use super::super::pass::files::FileList;
use super::super::period::Period;
use crate::journal::DayFileName;
use crate::read::verify::{Facts, Finding, FindingKind, Level, Status, Verification};
use crate::record::{Timestamp, hex};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whether the lines of a log are as they were sealed: of all of it, not only of the period.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Integrity {
    /// The result of the verification.
    pub status: Status,
    /// On what it relies.
    pub level: Level,
    /// The origin of the newest checkpoint.
    pub origin: Option<String>,
    /// The fingerprint of the log's first key, 64 hex digits.
    pub key_fingerprint: Option<String>,
    /// How many keys the log has had.
    pub keys: u64,
    /// The number of the first sealed record.
    pub base: u64,
    /// How many records are sealed.
    pub sealed: u64,
    /// The root of their tree, in Base64.
    pub root: Option<String>,
    /// The time of the newest sealed record.
    pub newest_sealed: Option<Timestamp>,
    /// How many checkpoints from elsewhere the log agrees with.
    pub anchors: u64,
    /// How many keys of witnesses were given whose signatures are under checkpoints that the log agrees with.
    pub witnesses: u64,
    /// How many findings and notes there are of each kind.
    pub counts: BTreeMap<FindingKind, u64>,
    /// What was found, as `verify` says it; at most 1,000.
    pub findings: Vec<Finding>,
    /// What is worth knowing and no fault; at most 1,000.
    pub notes: Vec<Finding>,
    /// The day files that have records of the period.
    pub files: Vec<FileFacts>,
}

/// A day file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FileFacts {
    /// Its name.
    pub name: String,
    /// Its length in bytes, when it was read.
    pub bytes: u64,
    /// The SHA-256 of these bytes, 64 hex digits.
    pub sha256: String,
    /// How many records it has.
    pub records: u64,
    /// The number of the first one, if it has one.
    pub first_seq: Option<u64>,
    /// The number of the last one.
    pub last_seq: Option<u64>,
    /// Whether it is sealed, and as it was sealed.
    pub seal: FileSeal,
}

/// Whether a day file is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileSeal {
    /// All of its records are sealed, and nothing was found.
    AsSealed,
    /// Its last records are not sealed yet; nothing was found.
    Begun,
    /// None of its records is sealed.
    NotSealed,
    /// Something was found: see the findings.
    Findings,
}

impl FileSeal {
    /// Returns it as words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FileSeal::AsSealed => "as sealed",
            FileSeal::Begun => "sealed but for the end",
            FileSeal::NotSealed => "not sealed",
            FileSeal::Findings => "see findings",
        }
    }
}

impl Integrity {
    pub(in crate::read::evidence) fn of(
        verification: &Verification,
        list: &FileList,
        pass: &Pass,
        period: &Period,
    ) -> Integrity {
        let Facts { origin, key_fingerprint, keys, base, size, root, newest, anchors, witnesses, .. } =
            verification.facts();
        let of_period = |name: &str| DayFileName::parse(name).is_some_and(|name| period.has_day(name.day));
        let files = list.files().iter().filter_map(|file| {
            let counted = pass.files.get(&file.name).copied().unwrap_or_default();
            let times = counted.first.zip(counted.last);
            let has_records = times.is_some_and(|(first, last)| period.meets(first.1, Some(last.1)));
            if !has_records && !of_period(&file.name) {
                return None;
            }
            let (first_seq, last_seq) =
                (counted.first.and_then(|place| place.0), counted.last.and_then(|place| place.0));
            let end = base + size;
            let seal = match (first_seq, last_seq) {
                _ if verification
                    .findings()
                    .iter()
                    .any(|finding| finding.file.as_ref() == Some(&file.name)) =>
                {
                    FileSeal::Findings
                }
                (Some(first), Some(_)) if first < *base || first >= end => FileSeal::NotSealed,
                (Some(_), Some(last)) if last < end => FileSeal::AsSealed,
                (Some(_), Some(_)) => FileSeal::Begun,
                _ => FileSeal::NotSealed,
            };
            let (name, bytes, records) = (file.name.clone(), file.len, counted.records);
            let sha256 = hex(&file.sha256?.0);
            Some(FileFacts { name, bytes, sha256, records, first_seq, last_seq, seal })
        });
        Integrity {
            status: verification.status(),
            level: verification.level(),
            origin: origin.clone(),
            key_fingerprint: key_fingerprint.clone(),
            keys: *keys,
            base: *base,
            sealed: *size,
            root: root.map(|root| root.to_string()),
            newest_sealed: *newest,
            anchors: *anchors,
            witnesses: witnesses.iter().filter(|witness| witness.checkpoints > 0).count() as u64,
            counts: verification.counts().clone(),
            findings: verification.findings().to_vec(),
            notes: verification.notes().to_vec(),
            files: files.collect(),
        }
    }
}
