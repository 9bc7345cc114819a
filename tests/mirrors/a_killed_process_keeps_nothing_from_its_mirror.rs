//! A process is killed at any moment, again and again, while a mirror copies its log and sometimes
//! fails: at last each record has arrived, first arrivals in order, and repeats are identical to the
//! byte.
//!
//! `KILL_ROUNDS=n` sets the number of processes; `KILL_SEED=n` repeats a run, as far as the timing of
//! the machine allows.

use crate::support::child::{child, child_argument, name_of, open_folder, say, was_killed};
use crate::support::dice::Dice;
use crate::support::{TEST_TYPES, all_records};
use std::fs::{self, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{AuditLayer, AuditLayerBuilder, Mirror, Record};

const LONG: Duration = Duration::from_secs(60);

/// The variable with the seed of a child.
const SEED: &str = "KILL_CHILD_SEED";

/// A mirror that appends each line to a file, each in a write of its own.
struct FileMirror {
    file: File,
    /// `None`: the mirror never fails.
    dice: Option<Dice>,
}

impl FileMirror {
    fn open(folder: &Path, dice: Option<Dice>) -> FileMirror {
        let mut file = File::options().create(true).append(true).open(folder.join("mirror")).unwrap();
        // A killed process may have left a torn line.
        file.write_all(b"\n").unwrap();
        FileMirror { file, dice }
    }
}

impl Mirror for FileMirror {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let lines = batch.lines();
        let mut taken = lines.len();
        let mut answer = Ok(Delivered::all());
        if let Some(dice) = &mut self.dice {
            match dice.roll(8) {
                // Takes some records, or all, and fails.
                0 => {
                    taken = dice.roll(lines.len() + 1);
                    answer = Err(DeliveryError::retry("somewhere in between"));
                }
                1 if lines.len() > 1 => {
                    taken = dice.roll(lines.len());
                    answer = Err(DeliveryError::rejected("too many"));
                }
                _ => {}
            }
        }
        for line in &lines[..taken] {
            let text = format!("{} {}\n", line.uid(), line.text());
            self.file.write_all(text.as_bytes()).map_err(DeliveryError::retry)?;
        }
        answer
    }
}

fn builder(folder: &Path, mirror: FileMirror) -> AuditLayerBuilder {
    let builder = AuditLayer::builder(folder.join("audit")).catalog(TEST_TYPES).disk_low_bytes(0);
    builder.sync_interval(Duration::from_millis(2)).append_deadline(LONG).mirror("file", mirror)
}

/// Compares the records that arrived with the day files.
fn judge(folder: &Path) -> usize {
    let mirror = FileMirror::open(folder, None);
    builder(folder, mirror).open().unwrap().1.shutdown(LONG).unwrap();
    let mut arrived = Vec::<String>::new();
    let mut torn = 0;
    for line in BufReader::new(File::open(folder.join("mirror")).unwrap()).lines() {
        let line = line.unwrap();
        let Some((uid, text)) = line.split_once(' ') else {
            torn += usize::from(!line.is_empty());
            continue;
        };
        let Ok(record) = Record::from_line(text.as_bytes()) else {
            torn += 1;
            continue;
        };
        let seq = record.seq.unwrap();
        assert!(uid.contains(&format!("-{seq}-")), "{uid}: {record}");
        let number = usize::try_from(seq).unwrap();
        assert!(number <= arrived.len(), "{seq} has arrived before {}", arrived.len());
        match arrived.get(number) {
            Some(before) => assert_eq!(*before, line, "a repeat is identical"),
            None => arrived.push(line),
        }
    }
    let in_files = all_records(&folder.join("audit"));
    assert_eq!(arrived.len(), in_files.len());
    for (line, record) in arrived.iter().zip(&in_files) {
        assert!(line.ends_with(&record.to_string()), "{line} is not {record}");
    }
    assert!(in_files.iter().all(|record| record.event != "log.file_lost"), "no file was removed");
    eprintln!("{} records, {torn} torn lines in the mirror", arrived.len());
    arrived.len()
}

#[test]
fn again_and_again() {
    let rounds = std::env::var("KILL_ROUNDS").map_or(12, |rounds| rounds.parse().unwrap());
    let seed = std::env::var("KILL_SEED")
        .map_or_else(|_| RandomState::new().hash_one(rounds) >> 32, |seed| seed.parse().unwrap());
    eprintln!("KILL_SEED={seed}");
    let mut dice = Dice::new(seed);
    let folder = open_folder();
    let mut last = 0;
    for _ in 0..rounds {
        let mut command = child(name_of(an_emitter_to_be_killed), folder.path(), folder.path());
        let command = command.env(SEED, dice.roll(1 << 31).to_string()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        // Kept open until the child has ended, so that it can still write.
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Killed while it opens its log, or some time later.
        let word = if dice.roll(4) == 0 { "child: opens" } else { "child: opened" };
        let heard = said.any(|line| line.ends_with(word));
        assert!(heard, "the child ended by itself");
        std::thread::sleep(Duration::from_micros(dice.roll(60_000) as u64));
        process.kill().unwrap();
        let status = process.wait().unwrap();
        assert!(was_killed(status), "the child ended by itself: {status}");
        // Otherwise the next child is the first to see the files of this one.
        if dice.roll(3) == 0 {
            let count = judge(folder.path());
            assert!(count >= last);
            last = count;
        }
    }
    judge(folder.path());
    // All records again, to a mirror without a cursor.
    fs::remove_file(folder.path().join("mirror")).unwrap();
    fs::remove_file(folder.path().join("audit/.state/cursors/file.json")).unwrap();
    judge(folder.path());
}

#[test]
fn an_emitter_to_be_killed() {
    let (Some(folder), Ok(seed)) = (child_argument(), std::env::var(SEED)) else {
        return;
    };
    let mut dice = Dice::new(seed.parse().unwrap());
    let mirror = FileMirror::open(&folder, Some(Dice::new(dice.roll(1 << 31) as u64)));
    // The test runner has begun a line.
    println!();
    say("opens");
    let (_layer, guard) = builder(&folder, mirror).open().unwrap();
    say("opened");
    let handle = guard.handle();
    let longest = [10, 1000, 100_000][dice.roll(3)];
    for number in 0_u64.. {
        let padding = "x".repeat(dice.roll(longest));
        handle
            .append(Record::new("a.b").resource("n", number).resource("padding", padding))
            .result()
            .unwrap();
        if dice.roll(100) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
