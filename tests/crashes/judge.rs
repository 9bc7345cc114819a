//! Who compares the day files with what was said.

use super::Id;
use super::witness::Witness;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use tracing_audit::Record;

/// What was found in the day files so far. They only ever grow: of each, only what is new
/// is read.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    read: BTreeMap<PathBuf, Seen>,
    /// The event with this number; `None` for the log's own, and for those that are lost.
    found: Vec<Option<Id>>,
    ids: BTreeSet<Id>,
    /// The numbers that `log.file_lost` names.
    pub(crate) lost: BTreeSet<u64>,
    /// The numbers that `log.sync_failed` names: these records were written again.
    again: BTreeSet<u64>,
    /// How many torn lines were kept aside.
    pub(crate) torn: usize,
    /// The files that end with a torn line all the same.
    pub(crate) left_torn: Vec<PathBuf>,
    /// How many events are said to be missing.
    pub(crate) gaps: u64,
}

/// How far a file was read.
#[derive(Clone, Debug, Default)]
struct Seen {
    bytes: u64,
    last_ts: Option<String>,
}

/// What is new in a file.
struct News {
    path: PathBuf,
    records: Vec<Record>,
}

impl Judge {
    /// Reads what is new in a directory that nobody writes to: whole lines, each a record,
    /// with numbers that follow one another, in order.
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
                let seq = record.seq.unwrap_or_else(|| panic!("no number: {}", what()));
                assert!(!self.lost.contains(&seq), "said to be lost, and is there: {}", what());
                while self.lost.contains(&(self.found.len() as u64)) {
                    self.found.push(None);
                }
                let id = Id::of(record);
                if let Some(before) = self.found.get(seq as usize)
                    && (self.again.contains(&seq) || may_repeat())
                {
                    assert_eq!(*before, id, "two records of one number: {}", what());
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
                    assert!(self.ids.insert(id), "there twice: {}", what());
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
            assert!(ts.starts_with(day), "another day's: {}: {record}", path.display());
            let last_ts = seen.last_ts.replace(ts);
            assert!(last_ts <= seen.last_ts, "times are out of order: {}: {record}", path.display());
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
            // It may have been put in order without a torn line.
            "log.recovered" => {
                self.torn +=
                    usize::from(record.resource["torn_bytes"].as_u64().is_some_and(|bytes| bytes > 0))
            }
            _ => {}
        }
    }

    /// Holds the day files against what was said: what was acknowledged is there, once, with
    /// this number, or it is named as lost; what was refused is not; and what nobody has
    /// spoken of was on its way.
    pub(crate) fn compare(&mut self, witness: &Witness) {
        for (seq, id) in &witness.recorded {
            let found = self.found.get(*seq as usize).copied().flatten();
            assert!(
                found == Some(*id) || found.is_none() && self.lost.contains(seq),
                "{id:?} was acknowledged as number {seq}, and there is {found:?} of {} records",
                self.found.len()
            );
        }
        let unheard = witness.refused.len() as u64 + witness.threads;
        assert!(self.gaps <= unheard, "{} are said to be missing, and {unheard} may be", self.gaps);
        let acknowledged: BTreeSet<Id> = witness.recorded.values().copied().collect();
        for id in self.ids.difference(&acknowledged) {
            assert!(!witness.refused.contains(id), "{id:?} was refused, and is there");
            assert!(witness.may_be_on_its_way(*id), "{id:?} is there, and was not emitted");
        }
    }

    /// How many records there are.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }
}

/// Whether syncs may have failed without anybody being left to tell of it.
fn may_repeat() -> bool {
    std::env::var_os("SYNCS_FAIL").is_some()
}

/// All files that have a day file's name.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let is_day_file = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("audit-") && name.ends_with(".log")
    };
    paths.filter(is_day_file).collect()
}
