//! What a journal promises, and whether it is kept after a crash.

use super::super::*;
use super::story::{self, Setting, SteadyClock};
use super::world::{Disk, Known, World};
use crate::journal::state::synced::Synced;
use crate::journal::storage::layout::DayFileName;
use crate::record::{Stamp, Value, bytes_of_hex, hex};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// All that was written is there.
    ProcessDied,
    PowerLost,
}

/// The event that is recorded once it is opened again.
const AFTERWARDS: u64 = u64::MAX;

macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err(format!($($text)+));
        }
    };
}

/// Opens the journal again, and tells in what the promise is broken.
pub(super) fn check(
    crash: Crash,
    disk: Disk,
    known: &Known,
    clock: &SteadyClock,
    intake_bytes: usize,
) -> Result<(), String> {
    let world = World::new(disk, known.clone(), 0, 0);
    let synced = Synced::read(&world).map_err(|error| error.to_string())?.map_or(0, |synced| synced.next_seq);
    let cursor = story::cursor(&world)?;
    ensure!(cursor >= known.cursor, "the cursor is at {cursor}, and was saved at {}", known.cursor);
    let delivered = known.delivered;
    ensure!(
        cursor <= delivered,
        "the cursor is at {cursor}, and only records before {delivered} were delivered"
    );
    // Nothing more is removed: it is to be the same a second time.
    let setting = Setting { intake_bytes, retention_days: u32::MAX, has_signer: false };
    let journal = story::open(&world, clock, setting)?;
    let seq = story::append_at_last(&journal, AFTERWARDS)?;
    ensure!(
        seq >= delivered,
        "the number {seq} is given again, after records before {delivered} were delivered"
    );
    journal.flush(Duration::from_secs(60)).map_err(|error| Chain(&error).to_string())?;
    drop(journal);
    world.wait_until_left();
    let files = world.day_files();
    let mut expected = known.clone();
    expected.tried.insert(AFTERWARDS);
    expected.records.insert(seq, AFTERWARDS);
    expected.has_lost_power |= crash == Crash::PowerLost;
    let found = Found::in_files(&files, expected.has_lost_power);
    found.and_then(|found| found.keeps(&expected, synced)).map_err(|error| show(&error, &files))?;
    drop(story::open(&world, clock, setting)?);
    world.wait_until_left();
    let again = world.day_files();
    let more = behind(&files, &again)?;
    let only_opened = matches!(&more[..], [record] if record.event == "log.opened");
    let too_much = "a second time there is more to tell than that it is opened";
    ensure!(only_opened, "{}", show(too_much, &again));
    Ok(())
}

/// With what stands in the day files.
fn show(error: &str, files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut text = format!("{error}\n");
    for (name, contents) in files {
        text += &format!("{name}:\n");
        for line in contents.split_inclusive(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line).trim_end().replace('\0', "0");
            // It is padded with the one, and spoilt with the other.
            let line = line.replace("xxxxxxxxxx", "").replace("0000000000", "");
            text += &format!("    {line}\n");
        }
    }
    text
}

/// The records behind those that there were.
fn behind(
    before: &BTreeMap<String, Vec<u8>>,
    now: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<Record>, String> {
    for (name, text) in before {
        ensure!(now.get(name).is_some_and(|now| now.starts_with(text)), "a second time {name} has changed");
    }
    let more = now.iter().map(|(name, text)| &text[before.get(name).map_or(0, Vec::len)..]);
    let lines = more.flat_map(|text| text.split_inclusive(|byte| *byte == b'\n'));
    lines.map(|line| Record::from_line(line.trim_ascii_end()).map_err(|error| error.to_string())).collect()
}

/// The contents of the day files.
#[derive(Default)]
struct Found {
    /// By number, with the event, if it is one of ours.
    records: BTreeMap<u64, (Option<u64>, String)>,
    /// Numbers that are in more than one place.
    twice: BTreeSet<u64>,
    /// Numbers that come after a greater one.
    out_of_order: Vec<u64>,
    lost: Vec<RangeInclusive<u64>>,
    pruned: Vec<RangeInclusive<u64>>,
    /// Each file that was pruned, with its SHA-256, how many there were with it, and the digest over all.
    figures: Vec<(String, u64, String)>,
    /// How many files were pruned, as each `log.opened` says it.
    opened: Vec<u64>,
    /// How many events are told to be missing.
    gaps: u64,
    /// Whether another program is said to have altered the intake.
    is_intake_altered: bool,
}

impl Found {
    /// Reads them as anybody does: in the order of their first numbers.
    fn in_files(files: &BTreeMap<String, Vec<u8>>, has_lost_power: bool) -> Result<Found, String> {
        let mut in_order = Vec::new();
        for (name, text) in files {
            let name = DayFileName::parse(name).ok_or_else(|| format!("{name} is no day file"))?;
            ensure!(text.is_empty() || text.ends_with(b"\n"), "a line of {name} is torn");
            let lines = text.split_inclusive(|byte| *byte == b'\n');
            let first = lines.clone().find_map(|line| Stamp::of(line.trim_ascii_end()).ok());
            in_order.push((first.map(|stamp| stamp.seq), name, lines));
        }
        in_order.sort_by_key(|(first, name, _)| (*first, *name));
        let mut found = Found::default();
        for line in in_order.into_iter().flat_map(|(.., lines)| lines) {
            match Record::from_line(line.trim_ascii_end()) {
                Ok(record) => found.add(&record, line)?,
                // Pages that are lost.
                Err(_) if has_lost_power && line.contains(&0) => {}
                Err(error) => return Err(format!("a line is no record: {error}")),
            }
        }
        Ok(found)
    }

    fn add(&mut self, record: &Record, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line).into_owned();
        let number = |key: &str| record.resource.get(key).and_then(Value::as_u64);
        let seq = record.seq.ok_or("a record without a number")?;
        if let Some((_, other)) = self.records.get(&seq) {
            ensure!(*other == line, "two records have the number {seq}");
            self.twice.insert(seq);
            return Ok(());
        }
        if self.records.last_key_value().is_some_and(|(last, _)| *last > seq) {
            self.out_of_order.push(seq);
        }
        let seqs = number("from_seq").zip(number("to_seq")).map(|(from, to)| from..=to);
        match &record.event[..] {
            "log.file_lost" => self.lost.extend(seqs),
            "log.pruned" => {
                self.pruned.extend(seqs);
                let text = |key: &str| record.resource[key].as_str().unwrap_or_default().to_owned();
                let files = number("pruned_files").ok_or("no `pruned_files`")?;
                self.figures.push((text("sha256"), files, text("pruned_sha256")));
            }
            "log.opened" => self.opened.extend(number("pruned_files")),
            "log.file_altered" => self.is_intake_altered |= record.resource["file"] == ".state/intake",
            "log.gap" => self.gaps += number("count").unwrap_or(0),
            _ => {}
        }
        let event = number("event").filter(|_| record.event == "a.b");
        self.records.insert(seq, (event, line));
        Ok(())
    }

    /// The figures about pruned files are a chain, in which a file that is pruned again after a crash
    /// counts once.
    fn has_right_figures(&self) -> Result<(), String> {
        let mut before = (0, hex(&[0; 32]));
        for (sha256, files, digest) in &self.figures {
            if *files == before.0 {
                ensure!(*digest == before.1, "a repeated `log.pruned` has other figures: {:?}", self.figures);
                continue;
            }
            let both = [before.1.as_str(), sha256].map(|digits| bytes_of_hex(digits).unwrap_or_default());
            let expected = (before.0 + 1, hex(&Sha256::digest(both.concat())));
            before = (*files, digest.clone());
            // Records of the first ones may be pruned themselves.
            let is_first = *sha256 == self.figures[0].0 && *files > 1;
            ensure!(is_first || before == expected, "the figures are no chain: {:?}", self.figures);
        }
        let most = self.opened.iter().max().copied().unwrap_or(0);
        ensure!(most <= before.0, "`log.opened` says {most} files, the last `log.pruned` {}", before.0);
        Ok(())
    }

    fn has_gone(&self, seq: u64) -> bool {
        self.pruned.iter().any(|seqs| seqs.contains(&seq))
    }

    fn is_lost(&self, seq: u64) -> bool {
        self.lost.iter().any(|seqs| seqs.contains(&seq))
    }

    /// `synced`: the journal itself says that records before this number were on disk.
    fn keeps(&self, known: &Known, synced: u64) -> Result<(), String> {
        for (seq, event) in &known.records {
            match self.records.get(seq) {
                Some((found, _)) => ensure!(*found == Some(*event), "the record {seq} is another one"),
                None => ensure!(self.has_gone(*seq), "the record {seq} is not there"),
            }
        }
        for (seq, event) in known.found_or_named.iter().chain(&known.removed) {
            let is_there = self.records.get(seq).is_some_and(|(found, _)| *found == Some(*event));
            let is_named = self.is_lost(*seq) || self.has_gone(*seq);
            ensure!(is_there || is_named, "the record {seq} is neither there nor named");
        }
        let synced = synced.max(known.synced);
        let last = self.records.last_key_value().map_or(0, |(seq, _)| *seq);
        ensure!(
            last >= synced,
            "the numbers before {synced} were said to be on disk, and {last} is the last one"
        );
        let is_accounted =
            |seq: &u64| self.records.contains_key(seq) || self.is_lost(*seq) || self.has_gone(*seq);
        let hole = (0..=last).find(|seq| !is_accounted(seq));
        ensure!(hole.is_none(), "nothing tells of the missing record {hole:?}");
        let both = self.lost.iter().cloned().flatten().find(|seq| self.records.contains_key(seq));
        // A part of a copy may stay where the disk is full.
        let may_be_both = known.were_files_removed;
        ensure!(may_be_both || both.is_none(), "the record {both:?} is said to be lost, and is there");
        let may_lose = known.has_lost_power || known.has_lost_intake || known.were_files_removed;
        ensure!(may_lose || self.lost.is_empty(), "said to be lost: {:?}", self.lost);
        ensure!(
            known.has_lost_intake || !self.is_intake_altered,
            "the intake is said to be altered by another program"
        );
        // The `log.gap` may be among the lost records.
        let may_be_untold = known.was_directory_taken && !self.lost.is_empty();
        ensure!(
            may_be_untold || self.gaps >= known.refused,
            "{} events were refused, {} are told of",
            known.refused,
            self.gaps
        );
        let mut events = BTreeSet::new();
        for (seq, (event, _)) in &self.records {
            let Some(event) = event else { continue };
            ensure!(known.tried.contains(event), "no caller has recorded the event with the number {seq}");
            ensure!(events.insert(event), "the event with the number {seq} is there with another one, too");
        }
        self.has_right_figures()?;
        let without = known.tried.len() - events.len();
        // A loss of power may bring back the note of a gap that was told.
        ensure!(
            known.has_lost_power || self.gaps <= without as u64,
            "{} events are told to be missing, {without} are",
            self.gaps
        );
        if !known.has_sync_failed {
            ensure!(self.twice.is_empty(), "there more than once: {:?}", self.twice);
            ensure!(self.out_of_order.is_empty(), "out of order: {:?}", self.out_of_order);
        }
        Ok(())
    }
}
