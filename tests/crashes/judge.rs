//! The judge: compares the day files with the reports of the emitters.

use super::Id;
use super::witness::Witness;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use tracing_audit::Record;

/// The contents of the day files so far. The files only grow: of each, only the new part is read.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    read: BTreeMap<PathBuf, Seen>,
    /// The event with this number; `None` for control records and lost records.
    found: Vec<Option<Id>>,
    ids: BTreeSet<Id>,
    /// The numbers that `log.file_lost` names.
    pub(crate) lost: BTreeSet<u64>,
    /// The numbers that `log.sync_failed` names: records that were written again.
    again: BTreeSet<u64>,
    /// The number of torn lines moved aside.
    pub(crate) torn: usize,
    /// The files that still end with a torn line.
    pub(crate) left_torn: Vec<PathBuf>,
    /// The number of events in `log.gap`.
    pub(crate) gaps: u64,
}

/// The state of reading a file.
#[derive(Clone, Debug, Default)]
struct Seen {
    bytes: u64,
    last_ts: Option<String>,
}

/// The new part of a file.
struct News {
    path: PathBuf,
    records: Vec<Record>,
}

impl Judge {
    /// Reads the new records of a directory that no process writes to. Each line must be a record, with
    /// consecutive numbers.
    pub(crate) fn read(&mut self, dir: &Path, longest: usize) {
        let mut news: Vec<News> = files(dir).into_iter().map(|path| self.read_file(path)).collect();
        news.retain(|news| !news.records.is_empty());
        news.sort_by_key(|news| news.records[0].seq);
        for record in news.iter().flat_map(|news| &news.records) {
            self.note_control_record(record);
        }
        for News { path, records } in &news {
            for record in records {
                let what = || format!("{}: {record}", path.display());
                let seq = record.seq.unwrap_or_else(|| panic!("no sequence number: {}", what()));
                assert!(!self.lost.contains(&seq), "reported as lost, but is there: {}", what());
                while self.lost.contains(&(self.found.len() as u64)) {
                    self.found.push(None);
                }
                let id = Id::of(record);
                if let Some(before) = self.found.get(seq as usize)
                    && (self.again.contains(&seq) || may_repeat())
                {
                    assert_eq!(*before, id, "two records with the same number: {}", what());
                    continue;
                }
                assert_eq!(seq, self.found.len() as u64, "out of order: {}", what());
                if let Some(id) = id {
                    assert_eq!(
                        record.resource["padding"].as_str(),
                        Some(&*id.padding(longest)),
                        "{}",
                        what()
                    );
                    assert_eq!(record.resource.len(), 4, "{}", what());
                    assert!(self.ids.insert(id), "recorded twice: {}", what());
                }
                self.found.push(id);
            }
        }
    }

    fn read_file(&mut self, path: PathBuf) -> News {
        let seen = self.read.entry(path.clone()).or_default();
        let mut file = File::open(&path).unwrap();
        let len = file.metadata().unwrap().len();
        assert!(len >= seen.bytes, "{} has shrunk from {} to {len}", path.display(), seen.bytes);
        file.seek(SeekFrom::Start(seen.bytes)).unwrap();
        let mut text = Vec::new();
        file.read_to_end(&mut text).unwrap();
        seen.bytes += text.len() as u64;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            self.left_torn.push(path.clone());
            text.truncate(whole);
        }
        let name = path.file_name().unwrap().to_string_lossy();
        let day = &name["audit-".len()..][.."2026-05-28".len()];
        let mut records = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let line = &line[..line.len() - 1];
            let record = Record::from_line(line).unwrap_or_else(|error| {
                panic!("{}: {error}: {}", path.display(), String::from_utf8_lossy(line))
            });
            let ts = record.ts.unwrap().to_string();
            assert!(ts.starts_with(day), "a record of another day: {}: {record}", path.display());
            let last_ts = seen.last_ts.replace(ts);
            assert!(last_ts <= seen.last_ts, "`ts` decreases: {}: {record}", path.display());
            records.push(record);
        }
        News { path, records }
    }

    fn note_control_record(&mut self, record: &Record) {
        let number = |key: &str| record.resource[key].as_u64().unwrap();
        match &*record.event {
            "log.file_lost" => self.lost.extend(number("from_seq")..=number("to_seq")),
            "log.sync_failed" => self.again.extend(number("from_seq")..=number("to_seq")),
            "log.gap" => self.gaps += number("count"),
            // A recovery may have found no torn line.
            "log.recovered" => {
                self.torn +=
                    usize::from(record.resource["torn_bytes"].as_u64().is_some_and(|bytes| bytes > 0))
            }
            _ => {}
        }
    }

    /// Compares the day files with the reports: each acknowledged event is there once, with its number, or is
    /// reported as lost; no refused event is there; an event without a report was in flight.
    pub(crate) fn compare(&mut self, witness: &Witness) {
        for (seq, id) in &witness.recorded {
            let found = self.found.get(*seq as usize).copied().flatten();
            assert!(
                found == Some(*id) || found.is_none() && self.lost.contains(seq),
                "{id:?} was acknowledged as number {seq}, where {found:?} is, of {} records",
                self.found.len()
            );
        }
        let unheard = witness.refused.len() as u64 + witness.threads;
        assert!(self.gaps <= unheard, "{} are reported as missing, at most {unheard} can be", self.gaps);
        let acknowledged: BTreeSet<Id> = witness.recorded.values().copied().collect();
        for id in self.ids.difference(&acknowledged) {
            assert!(!witness.refused.contains(id), "{id:?} was refused, but recorded");
            assert!(witness.may_be_on_its_way(*id), "{id:?} was recorded, but not emitted");
        }
    }

    /// Returns the number of records.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }
}

/// Whether a sync may have failed without a process left to report it.
fn may_repeat() -> bool {
    std::env::var_os("SYNCS_FAIL").is_some()
}

/// Returns all files with the name of a day file.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let is_day_file = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("audit-") && name.ends_with(".log")
    };
    paths.filter(is_day_file).collect()
}
