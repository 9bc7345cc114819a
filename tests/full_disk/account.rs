//! Compares a closed log with the reports of its emitters.

use super::emitter::THREADS;
use super::process::Said;
use super::{Name, padding};
use crate::support::{all_records, day_files};
use rustix::fs::{Advice, fadvise};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::path::Path;
use tracing_audit::Record;
use tracing_audit::record::Timestamp;

/// The refused events according to the log.
#[derive(Default)]
pub(crate) struct Gaps {
    gaps: usize,
    told: usize,
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} refused events in {} gap{}",
            self.told,
            self.gaps,
            if self.gaps == 1 { "" } else { "s" }
        )
    }
}

/// Compares the log in `dir` with the reports in `said`. Killed processes may have events and refusals in the
/// log that they did not report. Refusals may be missing in the log if there is no intake to note them in,
/// and a process was killed or could not shut the log down.
pub(crate) fn settle(dir: &Path, said: &Said, killed: &[u32]) -> Gaps {
    forget_pages(dir);
    let records = all_records(dir);
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, Some(seq), "{record}");
        assert_eq!(record.resource.get("_violations"), None, "{record}");
    }
    assert_events(&records, said, killed);
    assert_counts(said, killed);
    // Refusals are noted in the intake, except if a copy shares its blocks: a full disk has no others.
    let is_noted = dir.join(".state/intake").exists() && std::env::var_os("AUDIT_SHARE").is_none();
    let has_told_all = is_noted || killed.is_empty() && said.shut_down.iter().all(Result::is_ok);
    gaps(&records, said, has_told_all, killed.len() * THREADS)
}

/// Asserts that the log warned of low space before the first refusal.
pub(crate) fn assert_told_in_time(dir: &Path, said: &Said) {
    let records = all_records(dir);
    let first_refusal = said.refused.values().map(|times| *times.end()).min().unwrap();
    let warning = records.iter().find(|record| record.event == "log.disk_low").expect("log.disk_low");
    assert!(nanos(warning) < first_refusal, "the warning came too late: {warning}");
}

/// Drops the page cache, so that reads come from the disk.
fn forget_pages(dir: &Path) {
    for path in day_files(dir) {
        fadvise(File::open(path).unwrap(), 0, None, Advice::DontNeed).unwrap();
    }
}

fn nanos(record: &Record) -> i128 {
    record.ts.unwrap().unix_nanos()
}

fn process_of((from, _): &Name) -> u32 {
    from.split_once('.').unwrap().0.parse().unwrap()
}

/// Asserts that each acknowledged event is there once and unchanged, and that no refused one is.
fn assert_events(records: &[Record], said: &Said, killed: &[u32]) {
    let mut found = HashMap::new();
    for record in records.iter().filter(|record| !record.event.starts_with("log.")) {
        let text = |key| record.resource[key].as_str().unwrap();
        let name = (text("from").to_owned(), record.resource["n"].as_u64().unwrap());
        assert!(record.event == "a.b" && text("padding") == padding(&name.0, name.1), "{record}");
        assert!(!said.refused.contains_key(&name), "refused, but recorded: {record}");
        let twice = found.insert(name, record.seq.unwrap());
        assert_eq!(twice, None, "twice: {record}");
    }
    for (name, seq) in &said.kept {
        assert_eq!(found.get(name), Some(seq), "{name:?} was acknowledged, but is missing");
    }
    let mut unheard = BTreeMap::<u32, usize>::new();
    for name in found.keys().filter(|name| !said.kept.contains_key(*name)) {
        *unheard.entry(process_of(name)).or_default() += 1;
    }
    for (process, events) in unheard {
        assert!(killed.contains(&process) && events <= THREADS, "{events} events that were not acknowledged");
    }
}

/// Asserts that the log's counters agree with its callers.
fn assert_counts(said: &Said, killed: &[u32]) {
    let mut counts = HashMap::<u32, (u64, u64)>::new();
    for name in said.kept.keys() {
        counts.entry(process_of(name)).or_default().0 += 1;
    }
    for name in said.refused.keys() {
        counts.entry(process_of(name)).or_default().1 += 1;
    }
    counts.retain(|process, _| !killed.contains(process));
    assert_eq!(counts, said.counted);
}

/// Asserts that the gaps cover the refused events and their times.
fn gaps(records: &[Record], said: &Said, has_told_all: bool, unheard: usize) -> Gaps {
    let mut gaps = Gaps::default();
    let (mut first, mut last) = (i128::MAX, i128::MIN);
    for gap in records.iter().filter(|record| record.event == "log.gap") {
        let time = |key| gap.resource[key].as_str().unwrap().parse::<Timestamp>().unwrap().unix_nanos();
        let (from, to) = (time("first_ts"), time("last_ts"));
        for end in [from, to] {
            // A killed process may not have reported its refusal.
            assert!(
                unheard > 0 || said.refused.values().any(|times| times.contains(&end)),
                "no event was refused in this time: {gap}"
            );
        }
        let between =
            said.refused.values().filter(|times| *times.start() <= to && from <= *times.end()).count();
        let count = gap.resource["count"].as_u64().unwrap() as usize;
        assert!(
            (1..=between + unheard).contains(&count),
            "{between} events were refused in this time: {gap}"
        );
        assert!(from <= to && to <= nanos(gap), "{gap}");
        let events = gap.resource["events"].as_array().unwrap();
        assert_eq!(events.iter().map(|event| event.as_str().unwrap()).collect::<Vec<_>>(), ["a.b"], "{gap}");
        gaps = Gaps { gaps: gaps.gaps + 1, told: gaps.told + count };
        (first, last) = (first.min(from), last.max(to));
    }
    if has_told_all {
        assert!(gaps.told >= said.refused.len(), "{} in gaps, {} refused", gaps.told, said.refused.len());
        assert!(said.refused.values().all(|times| first <= *times.end() && *times.start() <= last));
    }
    assert!(
        gaps.told <= said.refused.len() + unheard,
        "{} in gaps, {} refused",
        gaps.told,
        said.refused.len()
    );
    gaps
}
