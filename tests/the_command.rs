//! The command `auditlog`, run as an operator and a script run it.

#[path = "the_command/acting.rs"]
mod acting;
#[path = "the_command/damaged.rs"]
mod damaged;
#[path = "the_command/evidence.rs"]
mod evidence;
#[path = "the_command/evidence_of_people.rs"]
mod evidence_of_people;
#[path = "the_command/evidence_of_pruned_logs.rs"]
mod evidence_of_pruned_logs;
#[path = "the_command/following.rs"]
mod following;
#[path = "the_command/pipes.rs"]
mod pipes;
#[path = "the_command/requests.rs"]
mod requests;
#[path = "the_command/sound.rs"]
mod sound;
mod support;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;
use support::clock::{DAY, TestClock};
use support::{TEST_TYPES, TestLog};
use tracing_audit::{Actor, AuditGuard, AuditLayer, Outcome, Record};

const LONG: Duration = Duration::from_secs(60);

/// Returns the command with these arguments.
fn command<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditlog"));
    command.args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs the command.
fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(command(args).output().unwrap())
}

/// What a command has done.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Returns the numbers of lines of JSON.
fn seqs(text: &str) -> Vec<u64> {
    text.lines().map(|line| Record::from_line(line.as_bytes()).unwrap().seq.unwrap()).collect()
}

fn open(dir: &Path, clock: &TestClock) -> AuditGuard {
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).clock(clock.clone()).append_deadline(LONG);
    builder.open().unwrap().1
}

fn append(guard: &AuditGuard, user: &str, outcome: Outcome, n: u64) {
    let record = Record::new("a.b").actor(Actor::new().user_id(user)).resource("n", n).outcome(outcome);
    guard.handle().append(record).result().unwrap();
}

/// A log of three days that is closed.
fn log_of_three_days() -> TestLog {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    for day in 0..3 {
        // A process a day: an open log that records nothing for a day would be remarkable.
        let guard = open(&log.dir(), &clock);
        for n in 10 * day..10 * day + 10 {
            append(&guard, if n % 3 == 0 { "ada" } else { "eve" }, Outcome::Success, n);
        }
        append(&guard, "eve", Outcome::Failure, day);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    }
    log
}
