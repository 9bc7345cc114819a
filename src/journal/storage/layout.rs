//! Names of a journal's files and folders. No other module spells one, except the sealer its own: `.state/head`,
//! `.state/seal.key`, `.state/seal.guard`, `.state/verified`, and what is in `seal`.
//!
//! ```text
//! audit-2026-05-28.log       the day file of that UTC day
//! audit-2026-05-28.1.log     a further file of the same day, and so on
//! .state/lock                locked by the process that writes; its text is that process's id
//! .state/journal.json        the journal's id: see `storage::contents::journal_id`
//! .state/mark.json           the last checkpoint: see `state::checkpoint`
//! .state/synced              how far the day files are on disk: see `state::synced`
//! .state/intake              lines on their way into the day files: see `intake`
//! .state/reserve             space that is released when the disk is full
//! .state/torn/               torn or stray ends of day files, NAME.OFFSET
//! .state/altered/            day files that another program has written to
//! .state/pruned/             day files that are being removed, NAME.SHA-256
//! .state/cursors/NAME.json   how far a mirror has delivered: see `follow::cursor`
//! .state/dead_letters/       records that a mirror's receiver rejected, DAY FILE.SEQ.MIRROR
//! .state/requests/           what the command `auditlog` asks of the process that writes: see `request`
//! seal/                      what proves the day files unchanged: seals, checkpoints, verifier keys
//! HOLD                       legal hold: nothing is pruned while this name exists
//! ```

use crate::record::Day;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

pub(crate) const STATE: &str = ".state";
pub(crate) const SEAL: &str = "seal";
pub(crate) const LOCK: &str = "lock";
pub(crate) const JOURNAL: &str = "journal.json";
pub(crate) const CHECKPOINT: &str = "mark.json";
pub(crate) const SYNCED: &str = "synced";
pub(crate) const RESERVE: &str = "reserve";
pub(crate) const INTAKE: &str = "intake";
pub(crate) const HOLD: &str = "HOLD";
pub(crate) const REQUESTS: &str = "requests";

/// A folder of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Folder {
    /// The directory itself.
    Days,
    Torn,
    Altered,
    Pruned,
    Cursors,
    DeadLetters,
    Requests,
    /// `seal`, beside the day files. Who may read these may read it, too.
    Seal,
}

impl Folder {
    /// Returns its name in `.state`; `None` for the directory itself, and for a folder beside the day files.
    pub(crate) fn in_state(self) -> Option<&'static str> {
        match self {
            Folder::Days | Folder::Seal => None,
            Folder::Torn => Some("torn"),
            Folder::Altered => Some("altered"),
            Folder::Pruned => Some("pruned"),
            Folder::Cursors => Some("cursors"),
            Folder::DeadLetters => Some("dead_letters"),
            Folder::Requests => Some(REQUESTS),
        }
    }

    /// Returns the path of a file in it, relative to the journal's directory.
    pub(crate) fn path_of(self, name: &str) -> String {
        match (self, self.in_state()) {
            (Folder::Seal, _) => format!("{SEAL}/{name}"),
            (_, Some(folder)) => format!("{STATE}/{folder}/{name}"),
            (_, None) => name.to_owned(),
        }
    }

    /// Returns the day that a file in it belongs to; `None` if the journal has not made the file.
    pub(crate) fn day_of(self, name: &str) -> Option<Day> {
        let day_file = match self {
            Folder::Days => name,
            Folder::Seal => {
                let stem = name.strip_suffix(".seal").or_else(|| name.strip_suffix(".leaf"))?;
                return DayFileName::parse(&format!("{stem}.log")).map(|name| name.day);
            }
            // Digits and dots behind the name tell it from others of the same day file.
            Folder::DeadLetters if DeadLetterName::parse(name).is_some() => {
                return DeadLetterName::parse(name).map(|letter| letter.day);
            }
            Folder::Requests => return None,
            Folder::Torn | Folder::Altered | Folder::Pruned | Folder::Cursors | Folder::DeadLetters => {
                let end = name.find(".log").map_or(name.len(), |at| at + ".log".len());
                let (day_file, rest) = name.split_at(end);
                let is_suffix = rest.is_empty()
                    || rest
                        .strip_prefix('.')
                        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
                is_suffix.then_some(day_file)?
            }
        };
        DayFileName::parse(day_file).map(|name| name.day)
    }
}

/// Returns the name of a day file's seal, in `seal`.
pub(crate) fn seal_of(day_file: &str) -> String {
    format!("{}.seal", day_file.strip_suffix(".log").unwrap_or(day_file))
}

/// Returns the name of the file with the certificate of an epoch's key, in `seal`.
pub(crate) fn certificate_of(epoch: u64) -> String {
    format!("key-{epoch:06}.vkey")
}

/// Returns the name of the file with the leaves of a day file, in `seal`.
pub(crate) fn leaves_of(day_file: &str) -> String {
    format!("{}.leaf", day_file.strip_suffix(".log").unwrap_or(day_file))
}

/// The name of a dead letter: `audit-2026-05-28.log.SEQ.MIRROR`, and behind it `.1` and so on if the same
/// record was put aside before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeadLetterName<'a> {
    pub(crate) day: Day,
    pub(crate) seq: u64,
    pub(crate) mirror: &'a str,
}

impl DeadLetterName<'_> {
    pub(crate) fn parse(name: &str) -> Option<DeadLetterName<'_>> {
        let (day, rest) = name.strip_prefix("audit-")?.split_once(".log.")?;
        let (day, mut parts) = (Day::parse(day)?, rest.split('.'));
        let seq_text = parts.next()?;
        let seq = seq_text.parse::<u64>().ok().filter(|seq| seq.to_string() == seq_text)?;
        let mirror = parts.next().filter(|mirror| !mirror.is_empty())?;
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_whole = parts.next().is_none_or(is_number) && parts.next().is_none();
        is_whole.then_some(DeadLetterName { day, seq, mirror })
    }
}

impl fmt::Display for DeadLetterName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "audit-{}.log.{}.{}", self.day.as_str(), self.seq, self.mirror)
    }
}

/// The name of a day file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DayFileName {
    pub(crate) day: Day,
    /// 0 for the first file of the day.
    pub(crate) index: u32,
}

impl DayFileName {
    /// Parses the name of a day file. It has one spelling; every other is `None`.
    pub(crate) fn parse(name: &str) -> Option<DayFileName> {
        let stem = name.strip_prefix("audit-")?.strip_suffix(".log")?;
        let (day, index) = match stem.split_once('.') {
            Some((day, index)) => (day, index.parse().ok().filter(|index| *index > 0)?),
            None => (stem, 0),
        };
        let parsed = DayFileName { day: Day::parse(day)?, index };
        // `01` and `+1` parse as numbers, but are not the spelling.
        (parsed.to_string() == name).then_some(parsed)
    }
}

impl Serialize for DayFileName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayFileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DayFileName, D::Error> {
        let name = String::deserialize(deserializer)?;
        DayFileName::parse(&name)
            .ok_or_else(|| D::Error::custom(format_args!("`{name}` is not the name of a day file")))
    }
}

impl fmt::Display for DayFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            0 => write!(f, "audit-{}.log", self.day.as_str()),
            index => write!(f, "audit-{}.{index}.log", self.day.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_files_are_known_by_their_whole_name() {
        for name in ["audit-2026-05-28.log", "audit-2026-05-28.1.log", "audit-2024-02-29.4294967295.log"] {
            assert_eq!(DayFileName::parse(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn a_quarantined_file_belongs_to_the_day_of_its_day_file() {
        let day = Day::parse("2026-05-28");
        for name in ["audit-2026-05-28.log.17", "audit-2026-05-28.1.log.17.2", "audit-2026-05-28.log"] {
            assert_eq!(Folder::Torn.day_of(name), day, "{name}");
        }
        for name in ["audit-2026-05-28.log.gz", "audit-2026-05-28.logs", "notes", "audit-2026-13-99.log.1"] {
            assert_eq!(Folder::Torn.day_of(name), None, "{name}");
        }
        assert_eq!(Folder::Days.day_of("audit-2026-05-28.log.17"), None);
    }

    #[test]
    fn a_seal_and_its_leaves_belong_to_the_day_of_their_day_file() {
        let day = Day::parse("2026-05-28");
        for name in ["audit-2026-05-28.seal", "audit-2026-05-28.leaf", "audit-2026-05-28.1.seal"] {
            assert_eq!(Folder::Seal.day_of(name), day, "{name}");
            assert_eq!(DayFileName::parse(name), None, "{name}");
        }
        for name in
            ["checkpoint", "log.vkey", "audit-2026-05-28.log", "audit-2026-05-28.01.seal", "audit-x.leaf"]
        {
            assert_eq!(Folder::Seal.day_of(name), None, "{name}");
        }
        assert_eq!(seal_of("audit-2026-11-22.1.log"), "audit-2026-11-22.1.seal");
        assert_eq!(certificate_of(2), "key-000002.vkey");
        assert_eq!(leaves_of("audit-2026-11-22.1.log"), "audit-2026-11-22.1.leaf");
        assert_eq!(Folder::Seal.path_of("checkpoint"), "seal/checkpoint");
    }

    #[test]
    fn other_names_are_not_day_files() {
        for name in [
            "audit-2026-13-99.log",
            "audit-2026-02-29.log",
            "audit-2026-05-28.log.gz",
            "audit-2026-05-28.log.1",
            "audit-2026-05-28",
            "audit-2026-05-28.0.log",
            "audit-2026-05-28.01.log",
            "audit-2026-05-28.+1.log",
            "audit-2026-05-28.1.2.log",
            "audit-2026-05-28..log",
            "audit-2026-5-28.log",
            "audit-20260528.log",
            "audit-+026-05-28.log",
            "Audit-2026-05-28.log",
            "my-audit-2026-05-28.log",
            "audit-2026-05-28.log ",
            "audit-.log",
            "",
        ] {
            assert_eq!(DayFileName::parse(name), None, "{name}");
        }
    }
}
