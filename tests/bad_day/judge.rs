//! Compares what emitters have noted with what a reader finds.

use super::notes::{self, IN_FLIGHT, REFUSED, SYNCED};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tracing_audit::Record;
use tracing_audit::read::Reader;

/// A pause of a process that excuses a call, in nanoseconds.
const LATE: u64 = 25_000_000;

/// What is in a log's directory.
#[derive(Default)]
pub(crate) struct Found {
    /// Whose event has the number.
    pub(crate) events: HashMap<u64, (String, u64)>,
    pub(crate) control: BTreeSet<u64>,
    /// What `log.file_lost` names.
    pub(crate) named: Vec<RangeInclusive<u64>>,
    /// How many each `log.gap` tells of, by its number.
    pub(crate) told: BTreeMap<u64, u64>,
    /// What the reader could not read, and what stands there twice with different records.
    pub(crate) errors: Vec<String>,
}

impl Found {
    /// Reads a directory, and what is pending in its intake.
    pub(crate) fn read(dir: &Path) -> Found {
        let mut found = Found::default();
        let reader = match Reader::open(dir) {
            Ok(reader) => reader,
            Err(error) => {
                found.errors.push(format!("{error}"));
                return found;
            }
        };
        for record in reader.records() {
            match record {
                Ok(record) => found.take(&record),
                Err(error) => found.errors.push(format!("{error} ({error:?})")),
            }
        }
        match reader.pending() {
            Ok(records) => records.iter().for_each(|record| found.take(record)),
            Err(error) => found.errors.push(format!("pending: {error} ({error:?})")),
        }
        found
    }

    fn take(&mut self, record: &Record) {
        let Some(seq) = record.seq else {
            self.errors.push(format!("no number: {record}"));
            return;
        };
        let number = |key: &str| record.resource[key].as_u64().unwrap();
        match &*record.event {
            "log.file_lost" => self.named.push(number("from_seq")..=number("to_seq")),
            "log.gap" => drop(self.told.insert(seq, number("count"))),
            _ => {}
        }
        if record.event.starts_with("log.") {
            self.control.insert(seq);
            return;
        }
        let from = record.resource["from"].as_str().unwrap().to_owned();
        let who = (from, record.resource["n"].as_u64().unwrap());
        if let Some(before) = self.events.insert(seq, who.clone())
            && before != who
        {
            self.errors.push(format!("number {seq} has two records: {before:?} and {who:?}"));
        }
    }

    pub(crate) fn names(&self, seq: u64) -> bool {
        self.named.iter().any(|range| range.contains(&seq))
    }
}

/// What is compared.
#[derive(Default)]
pub(crate) struct Case {
    pub(crate) notes: PathBuf,
    pub(crate) dir: PathBuf,
    /// Directories that were moved away: what is there is not lost.
    pub(crate) moved: Vec<PathBuf>,
    /// What was acknowledged in these times may be missing.
    pub(crate) excused: Vec<RangeInclusive<u64>>,
    /// When each process was killed.
    pub(crate) killed: HashMap<String, u64>,
    /// How long a call may take, in nanoseconds, and how many may take longer.
    pub(crate) longest: u64,
    pub(crate) late_allowed: usize,
    /// Whether all that is found must have arrived at the collector.
    pub(crate) has_collector: bool,
}

/// What was found out.
#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) acknowledged: usize,
    pub(crate) refused: u64,
    pub(crate) told: u64,
    pub(crate) found: usize,
    pub(crate) in_moved: usize,
    pub(crate) named: usize,
    pub(crate) excused: usize,
    /// Numbers that were acknowledged and are neither found nor named.
    pub(crate) missing: Vec<u64>,
    /// Numbers that stand for two records.
    pub(crate) twice: Vec<u64>,
    /// Numbers that were said to be on disk, and are not found.
    pub(crate) false_synced: Vec<u64>,
    pub(crate) synced: usize,
    /// Calls that took too long: who, and how many milliseconds.
    pub(crate) late: Vec<(String, u64)>,
    pub(crate) slowest_ms: u64,
    /// Numbers of the journal that are neither there nor named.
    pub(crate) holes: Vec<u64>,
    pub(crate) undelivered: Vec<u64>,
    /// Refused calls of processes that ended in order, beyond what `log.gap` tells; 0 if a `log.gap` may be
    /// among the lost records.
    pub(crate) untold: u64,
    /// What `log.gap` tells beyond what was refused, or was under way when its process was killed.
    pub(crate) overtold: u64,
    pub(crate) late_allowed: usize,
    pub(crate) errors: Vec<String>,
}

impl Case {
    pub(crate) fn judge(&self) -> Verdict {
        let main = Found::read(&self.dir);
        let moved = self.moved.iter().map(|dir| Found::read(dir)).collect::<Vec<_>>();
        let mut verdict = Verdict { late_allowed: self.late_allowed, ..Verdict::default() };
        verdict.errors.extend(main.errors.iter().cloned());
        // What was copied out of a moved directory tells nothing new.
        let told = moved.iter().chain([&main]).flat_map(|found| &found.told).collect::<BTreeMap<_, _>>();
        verdict.told = told.into_values().sum();
        let mut given = HashMap::<u64, (String, u64)>::new();
        let (mut must_be_told, mut in_flight) = (0, 0);
        let (mut arrived, mut claims) = (BTreeSet::new(), BTreeSet::new());
        for (name, notes) in self.all_notes() {
            let (process, which) = name.split_once('.').unwrap();
            match which {
                "arrived" => arrived.extend(notes.iter().map(|note| note.n)),
                "pauses" => {}
                _ => {
                    let pauses = self.pauses(process, LATE);
                    let killed = self.killed.get(process);
                    for note in notes {
                        let took = if note.outcome != IN_FLIGHT {
                            note.took
                        } else {
                            killed.map_or(0, |killed| killed.saturating_sub(note.since))
                        };
                        if note.kind == SYNCED {
                            if note.outcome < IN_FLIGHT {
                                claims.insert(note.n);
                            }
                            continue;
                        }
                        let during = note.since..=note.since + took;
                        let took = took.saturating_sub(overlap(&pauses, &during));
                        verdict.slowest_ms = verdict.slowest_ms.max(took / 1_000_000);
                        if self.longest > 0 && took > self.longest {
                            verdict.late.push((format!("{name} {}", note.n), took / 1_000_000));
                        }
                        let ended = note.since + note.took;
                        match note.outcome {
                            IN_FLIGHT => {
                                in_flight += 1;
                                continue;
                            }
                            REFUSED => {
                                verdict.refused += 1;
                                // What was refused shortly before a kill may not be told yet.
                                if killed.is_none_or(|killed| ended + 1_000_000_000 < *killed) {
                                    must_be_told += 1;
                                }
                                continue;
                            }
                            _ => {}
                        }
                        let (seq, who) = (note.outcome, (name.clone(), note.n));
                        verdict.acknowledged += 1;
                        if given.get(&seq).is_some_and(|other| *other != who) {
                            verdict.twice.push(seq);
                        }
                        let is_excused = self.excused.iter().any(|time| time.contains(&ended));
                        if main.events.get(&seq) == Some(&who) {
                            verdict.found += 1;
                        } else if moved.iter().any(|found| found.events.get(&seq) == Some(&who)) {
                            verdict.in_moved += 1;
                        } else if main.names(seq) {
                            verdict.named += 1;
                        } else if is_excused {
                            verdict.excused += 1;
                        } else {
                            verdict.missing.push(seq);
                        }
                        given.insert(seq, who);
                    }
                }
            }
        }
        verdict.overtold = verdict.told.saturating_sub(verdict.refused + in_flight);
        verdict.synced = claims.len();
        let is_there = |seq: &u64| main.events.contains_key(seq) || main.control.contains(seq);
        let is_somewhere = |seq: &u64| {
            is_there(seq)
                || moved.iter().any(|found| found.events.contains_key(seq) || found.control.contains(seq))
        };
        // A lost record that is not an event may be a `log.gap`.
        let may_be_gap = |seq: u64| !given.contains_key(&seq) && !is_somewhere(&seq);
        if !main.named.iter().cloned().flatten().any(may_be_gap) {
            verdict.untold = u64::saturating_sub(must_be_told, verdict.told);
        }
        if let Some(last) = claims.last() {
            verdict.false_synced = (0..=*last).filter(|seq| !is_somewhere(seq)).collect();
        }
        let last = main.events.keys().chain(&main.control).max().copied().unwrap_or(0);
        verdict.holes = (0..last).filter(|seq| !is_somewhere(seq) && !main.names(*seq)).collect();
        if self.has_collector {
            let mut undelivered =
                main.events.keys().filter(|seq| !arrived.contains(seq)).copied().collect::<Vec<_>>();
            undelivered.sort_unstable();
            verdict.undelivered = undelivered;
        }
        verdict
    }

    fn all_notes(&self) -> BTreeMap<String, Vec<notes::Note>> {
        let entries = std::fs::read_dir(&self.notes).unwrap().map(|entry| entry.unwrap().path());
        let mut all = BTreeMap::new();
        for path in entries {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.as_bytes()[0].is_ascii_digit() {
                all.insert(name, notes::read(&path));
            }
        }
        all
    }

    /// When a process did not run, for longer than so many nanoseconds.
    fn pauses(&self, process: &str, least: u64) -> Vec<RangeInclusive<u64>> {
        let path = self.notes.join(format!("{process}.pauses"));
        let notes = if path.exists() { notes::read(&path) } else { Vec::new() };
        let finished = notes.iter().filter(|note| note.outcome < IN_FLIGHT && note.n > least);
        finished.map(|note| note.outcome..=note.outcome + note.n).collect()
    }
}

/// Returns how much of a time the process did not run.
fn overlap(pauses: &[RangeInclusive<u64>], during: &RangeInclusive<u64>) -> u64 {
    let both = |pause: &RangeInclusive<u64>| {
        let (from, to) = (*pause.start().max(during.start()), *pause.end().min(during.end()));
        to.saturating_sub(from)
    };
    pauses.iter().map(both).sum()
}

impl Verdict {
    /// Returns what breaks the promise, in words; nothing if all is well.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |count: usize, what: &str, sample: String| {
            if count > 0 {
                faults.push(format!("{count} {what}: {sample}"));
            }
        };
        let some = |seqs: &[u64]| {
            let text = seqs.iter().take(8).map(u64::to_string).collect::<Vec<_>>().join(" ");
            if seqs.len() > 8 { format!("{text} …") } else { text }
        };
        fault(self.missing.len(), "acknowledged, neither there nor named", some(&self.missing));
        fault(self.twice.len(), "numbers given to two records", some(&self.twice));
        fault(self.holes.len(), "numbers neither there nor named", some(&self.holes));
        fault(self.false_synced.len(), "said to be on disk, and are not there", some(&self.false_synced));
        fault(self.undelivered.len(), "did not arrive at the collector", some(&self.undelivered));
        if self.late.len() > self.late_allowed {
            fault(
                self.late.len(),
                "calls beyond the deadline",
                format!("{:?}", &self.late[..self.late.len().min(8)]),
            );
        }
        fault(self.untold as usize, "refused, and no `log.gap` tells", String::new());
        fault(
            self.errors.len(),
            "errors of the reader",
            format!("{:?}", &self.errors[..self.errors.len().min(4)]),
        );
        faults
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "acknowledged={} found={} in_moved={} named={} excused={} missing={} twice={} holes={} synced={} \
             false_synced={} refused={} told={} untold={} late={} slowest_ms={} undelivered={} errors={}",
            self.acknowledged,
            self.found,
            self.in_moved,
            self.named,
            self.excused,
            self.missing.len(),
            self.twice.len(),
            self.holes.len(),
            self.synced,
            self.false_synced.len(),
            self.refused,
            self.told,
            self.untold,
            self.late.len(),
            self.slowest_ms,
            self.undelivered.len(),
            self.errors.len(),
        )
    }
}
