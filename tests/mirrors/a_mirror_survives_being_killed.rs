//! A process is killed again and again while its mirror copies to a collector that fails in every way:
//! at last the collector has each record, in order, and repeats were identical to the byte.
//!
//! `MIRROR_KILL_ROUNDS=n` sets the number of processes for each seed, `MIRROR_KILL_SEEDS=1,2,3` the
//! seeds.
#![cfg(feature = "otlp")]

use crate::support::child::{child, child_argument, name_of, open_folder, say};
use crate::support::collector::{Answer, Collector, Script, always, mixed};
use crate::support::dice::Dice;
use crate::support::{TEST_TYPES, all_records};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, Otlp, Record};

/// The longest time for a request, except for the last ones.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Every kind of failure, and sometimes an answer that comes too late.
fn trouble(seed: u64) -> Script {
    let (mut others, mut dice) = (mixed(seed, 40), Dice::new(seed));
    Box::new(move |records| match dice.roll(20) {
        0 => Answer::Hang(TIMEOUT + Duration::from_millis(200)),
        _ => others(records),
    })
}

fn open(dir: &Path, port: &str, timeout: Duration) -> AuditGuard {
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).sync_interval(Duration::from_millis(2));
    let otlp = Otlp::new(format!("127.0.0.1:{port}")).timeout(timeout);
    builder.append_deadline(Duration::from_secs(60)).otlp(otlp).open().unwrap().1
}

/// Emits until the process is killed.
fn emit(argument: &Path) {
    let text = argument.to_str().unwrap();
    let (dir, port) = text.rsplit_once(':').unwrap();
    let guard = open(Path::new(dir), port, TIMEOUT);
    let handle = guard.handle();
    say("open");
    for number in 0_u64.. {
        let padding = "x".repeat((number % 97) as usize * 10);
        let record = Record::new("a.b").resource("number", number).resource("padding", padding);
        handle.append(record).result().unwrap();
        if number % 20 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_killed_process_delivers_all_in_the_end() {
    if let Some(argument) = child_argument() {
        return emit(&argument);
    }
    let rounds = std::env::var("MIRROR_KILL_ROUNDS").map_or(6, |rounds| rounds.parse::<u64>().unwrap());
    let seeds = std::env::var("MIRROR_KILL_SEEDS").unwrap_or_else(|_| "1".to_owned());
    for seed in seeds.split(',').map(|seed| seed.parse::<u64>().unwrap()) {
        let folder = open_folder();
        let dir = folder.path().join("audit");
        let collector = Collector::start();
        let mut dice = Dice::new(seed);
        for round in 0..rounds {
            collector.answers(trouble(seed * 1000 + round));
            let argument = format!("{}:{}", dir.display(), collector.port());
            let mut process =
                child(name_of(a_killed_process_delivers_all_in_the_end), folder.path(), Path::new(&argument))
                    .stdout(Stdio::piped())
                    .stderr(Stdio::inherit())
                    .spawn()
                    .unwrap();
            let said = BufReader::new(process.stdout.take().unwrap()).lines();
            assert!(
                said.map(Result::unwrap).any(|line| line.contains("child: open")),
                "the child has opened the log"
            );
            std::thread::sleep(Duration::from_millis(dice.roll(1500) as u64));
            process.kill().unwrap();
            process.wait().unwrap();
        }
        collector.answers(always(Answer::Ok));
        let last = open(&dir, &collector.port().to_string(), Duration::from_secs(60));
        last.shutdown(Duration::from_secs(120)).unwrap();
        let seqs = all_records(&dir).into_iter().map(|record| record.seq.unwrap()).collect::<Vec<_>>();
        assert_eq!(seqs, (0..seqs.len() as u64).collect::<Vec<_>>());
        collector.assert_complete(seqs.iter().copied());
        let state = collector.state();
        println!(
            "seed {seed}: {rounds} killed, {} records, {} requests, {} repeats, 0 missing, in order, repeats identical",
            seqs.len(),
            state.requests.len(),
            state.repeats
        );
    }
}
