//! The witness: looks at the directory after each step, and remembers everything.

use crate::support::clock::day_of;
use crate::support::until_committed;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tracing_audit::Record;
use tracing_audit::record::CONTROL_RECORDS;

/// A record, and the true time at which it was recorded, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) seq: u64,
    pub(crate) ts: i128,
    pub(crate) truth: i128,
}

/// A day file as it was last seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenFile {
    text: String,
    pub(crate) records: Vec<Seen>,
}

impl SeenFile {
    fn sha256(&self) -> String {
        Sha256::digest(&self.text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Witness {
    dir: PathBuf,
    pub(crate) files: BTreeMap<String, SeenFile>,
    /// All records ever seen.
    pub(crate) records: BTreeMap<u64, Seen>,
    /// Removed files without a `log.pruned` so far.
    gone: Vec<(String, SeenFile)>,
    /// `log.pruned` records of files not yet seen as removed.
    pruned: Vec<Record>,
}

impl Witness {
    pub(crate) fn of(dir: PathBuf) -> Witness {
        Witness { dir, ..Witness::default() }
    }

    pub(crate) fn last(&self) -> Option<Seen> {
        self.records.last_key_value().map(|(_, last)| *last)
    }

    /// Returns the name of the file with the last record.
    pub(crate) fn newest(&self) -> Option<&str> {
        let last = self.last()?.seq;
        let (name, _) =
            self.files.iter().find(|(_, file)| file.records.iter().any(|seen| seen.seq == last))?;
        Some(name)
    }

    /// Returns the new records in order, and the removed files.
    pub(crate) fn look(&mut self, truth: i128) -> (Vec<Record>, Vec<(String, SeenFile)>) {
        until_committed(&self.dir);
        let mut lengths = BTreeMap::new();
        for entry in std::fs::read_dir(&self.dir).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with("audit-")
                && let Ok(metadata) = entry.metadata()
            {
                lengths.insert(name, metadata.len());
            }
        }
        let (there, left) = std::mem::take(&mut self.files)
            .into_iter()
            .partition::<Vec<_>, _>(|(name, _)| lengths.contains_key(name));
        self.files = there.into_iter().collect();
        self.gone.extend(left.iter().cloned());
        let mut news = Vec::new();
        for (name, len) in lengths {
            let seen = self.files.entry(name.clone()).or_default();
            if seen.text.len() as u64 == len {
                continue;
            }
            // Removed since the listing: the next look notices it.
            let Ok(text) = std::fs::read_to_string(self.dir.join(&name)) else { continue };
            let added = text.strip_prefix(&seen.text).unwrap_or_else(|| panic!("{name} was changed"));
            for line in added.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
                let record = Record::from_line(line.as_bytes()).unwrap();
                let ts = record.ts.unwrap().unix_nanos();
                assert_eq!(name[6..16], day_of(ts), "{name} is not the day of {record}");
                if let Some(last) = seen.records.last() {
                    assert!(last.ts <= ts, "`ts` goes back in {name}: {record}");
                }
                let noted = Seen { seq: record.seq.unwrap(), ts, truth };
                seen.records.push(noted);
                assert!(self.records.insert(noted.seq, noted).is_none(), "a `seq` is used again: {record}");
                seen.text.push_str(line);
                seen.text.push('\n');
                news.push(record);
            }
        }
        news.sort_by_key(|record| record.seq);
        for record in news.iter().filter(|record| record.event.starts_with("log.")) {
            let entry = CONTROL_RECORDS.get(&record.event).unwrap();
            assert_eq!(entry.violations(&record.resource), [""; 0], "{record}");
        }
        self.pruned.extend(news.iter().filter(|record| record.event == "log.pruned").cloned());
        (news, left)
    }

    /// Asserts, after the log was closed, that each removed file has a `log.pruned`.
    pub(crate) fn assert_that_all_is_accounted_for(&mut self) {
        let mut unseen = BTreeSet::new();
        for record in self.pruned.drain(..) {
            let number = |key: &str| record.resource[key].as_u64().unwrap();
            let (name, from, to) = (&record.resource["file"], number("from_seq"), number("to_seq"));
            let at = self.gone.iter().position(|(gone, file)| {
                *name == gone.as_str() && file.records.first().is_some_and(|first| first.seq == from)
            });
            let Some(at) = at else {
                // The file was created and removed between two looks.
                assert!(
                    (from..=to).all(|seq| !self.records.contains_key(&seq)),
                    "the records are still there: {record}"
                );
                unseen.extend(from..=to);
                continue;
            };
            let (_, file) = self.gone.swap_remove(at);
            let last = file.records.last().unwrap().seq;
            if to == last {
                assert_eq!(record.resource["sha256"], file.sha256().as_str(), "{record}");
            } else {
                // Its last lines, `log.pruned` themselves, were never seen.
                let are_new = to > last && (last + 1..=to).all(|seq| !self.records.contains_key(&seq));
                assert!(are_new, "the file ended with {last}: {record}");
                unseen.extend(last + 1..=to);
            }
        }
        assert!(self.gone.is_empty(), "removed without a `log.pruned`: {:?}", self.gone);
        for seq in 0..*self.records.last_key_value().unwrap().0 {
            self.records.entry(seq).or_insert_with(|| {
                assert!(unseen.contains(&seq), "record {seq} never existed");
                Seen { seq, ts: 0, truth: 0 }
            });
        }
    }
}
