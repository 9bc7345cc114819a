//! The runtime log is the same with and without the audit log.
//!
//! In random stacks of layers, with random scripts of events: the runtime layers see the same as without
//! the audit layer and the audit events; levels, `enabled!` and disabled spans are the same; and each
//! audit event is in the day file once, in order, under the number of its receipt, with the actor of a
//! span around it or none. (With an `Option`, a `Vec` or an `and_then` tree around the audit layer the
//! results of `enabled!` are not compared.)
//!
//! The bug it guards against: the mere presence of a layer influences its stack, by its level hint, its
//! interest in callsites and its type (`downcast_raw`), and the effect depends on the shape of the
//! stack. A runtime log that falls silent, or lets through filtered events, because an audit log was
//! added, goes unnoticed until it is needed.
//!
//! `STACKS=n` runs n stacks; `STACKS_SEED=n` runs only the one with this seed.

#![allow(clippy::unwrap_used)]

mod stacks;
mod support;

use stacks::script::{self, Fate, Outcome, Run, Step};
use stacks::stack::{self, Part, Site};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use support::dice::Dice;
use tracing::dispatcher::{self, Dispatch};
use tracing_audit::{AuditLayer, Record};
use tracing_subscriber::util::SubscriberInitExt as _;

const PROCESS_TEST: &str = "in_processes_of_their_own";

#[test]
fn in_scopes() {
    // `.ci/run` runs more of them in release, which is faster.
    for seed in seeds(if cfg!(debug_assertions) { 500 } else { 2000 }) {
        let (stack, script) = draw(seed);
        let dir = tempfile::tempdir().unwrap();
        let audit = dir.path().join("audit");
        let (log, outcome) = play(&stack, &script, None, with_default);
        let reference = Reference { log, let_through: outcome.let_through };
        let (log, outcome) = play(&stack, &script, Some(&audit), with_default);
        compare(seed, &reference, &log, &outcome.emitted, &recorded(&audit));
    }
}

#[test]
fn in_processes_of_their_own() {
    if let Ok(role) = std::env::var("STACKS_ROLE") {
        return play_role(&role, Path::new(&std::env::var("STACKS_DIR").unwrap()));
    }
    for seed in seeds(2000).take(if cfg!(debug_assertions) { 30 } else { 60 }) {
        let dir = tempfile::tempdir().unwrap();
        for role in ["reference", "audited"] {
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", PROCESS_TEST, "--nocapture"])
                .env("STACKS_ROLE", role)
                .env("STACKS_SEED", seed.to_string())
                .env("STACKS_DIR", dir.path())
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "STACKS_SEED={seed}: the process `{role}` failed: {told}");
        }
    }
}

/// The part of one of the two compared processes: the first writes what it saw to a file, the second
/// compares.
fn play_role(role: &str, dir: &Path) {
    let seed = seeds(1).start;
    let (stack, script) = draw(seed);
    let file = dir.join("reference");
    if role == "reference" {
        let (log, outcome) = play(&stack, &script, None, with_global);
        Reference { log, let_through: outcome.let_through }.write(&file);
    } else {
        let audit = dir.join("audit");
        let (log, outcome) = play(&stack, &script, Some(&audit), with_global);
        compare(seed, &Reference::read(&file), &log, &outcome.emitted, &recorded(&audit));
    }
}

fn seeds(count: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("STACKS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("STACKS").unwrap_or(count),
    }
}

fn draw(seed: u64) -> (Vec<Part>, Vec<Step>) {
    let mut dice = Dice::new(seed);
    (stack::random(&mut dice), script::random(&mut dice))
}

/// The results without the audit layer.
struct Reference {
    log: Vec<String>,
    let_through: Vec<u64>,
}

impl Reference {
    fn write(&self, file: &Path) {
        let numbers = self.let_through.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
        std::fs::write(file, format!("{numbers}\n{}", self.log.join("\n"))).unwrap();
    }

    fn read(file: &Path) -> Reference {
        let text = std::fs::read_to_string(file).unwrap();
        let mut lines = text.lines();
        let numbers = lines.next().unwrap_or_default().split_whitespace();
        let let_through = numbers.map(|number| number.parse().unwrap()).collect();
        Reference { log: lines.map(str::to_owned).collect(), let_through }
    }
}

/// Plays the script, with the audit layer and its events if there is a directory for them.
fn play(
    stack: &[Part],
    script: &[Step],
    audit: Option<&Path>,
    installed: fn(Dispatch, &dyn Fn()),
) -> (Vec<String>, Outcome) {
    let site = Site::default();
    let guard = audit.map(|dir| {
        let (layer, guard) = AuditLayer::builder(dir).catalog(script::TYPES).unsealed().open().unwrap();
        site.audit.replace(Some(layer));
        guard
    });
    let dispatch = match guard {
        Some(_) => stack::build(stack, &site),
        None => stack::build(&stack::without_audit(stack), &site),
    };
    let run = Run {
        stack,
        with_audit: guard.is_some(),
        log: Arc::clone(&site.log),
        outcome: Default::default(),
        inside: Default::default(),
    };
    installed(dispatch, &|| run.play(script));
    if let Some(guard) = guard {
        guard.shutdown(Duration::from_secs(30)).unwrap();
    }
    let log = std::mem::take(&mut *site.log.lock().unwrap());
    (log, run.outcome.into_inner())
}

fn with_default(dispatch: Dispatch, play: &dyn Fn()) {
    dispatcher::with_default(&dispatch, play);
}

fn with_global(dispatch: Dispatch, play: &dyn Fn()) {
    dispatch.init();
    play();
}

/// Returns the numbers that the script gave its audit events, with those of their lines, in the order of the
/// day file.
fn recorded(dir: &Path) -> Vec<(u64, u64)> {
    let mut recorded = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("audit-")) {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let record = Record::from_line(line.as_bytes()).unwrap();
            if !record.event.starts_with("log.") {
                assert_actor_is_of_a_span_around(&record);
                recorded.push((record.resource["n"].as_u64().unwrap(), record.seq.unwrap()));
            }
        }
    }
    recorded.sort_by_key(|(_, seq)| *seq);
    recorded
}

/// Asserts that the actor is that of a span around the event. Filters may drop spans, and with them their
/// actors.
fn assert_actor_is_of_a_span_around(record: &Record) {
    let (user_sid, session_id) = (&record.actor.user_sid, &record.actor.session_id);
    assert_eq!(user_sid, session_id, "both keys come from one span: {record}");
    if let Some(inside) = record.resource.get("inside").and_then(|inside| inside.as_array()) {
        let mut numbers = inside.iter().filter_map(|number| number.as_u64());
        let is_inside = |n: &String| numbers.any(|number| number.to_string() == *n);
        assert!(user_sid.as_ref().is_none_or(is_inside), "{record}");
    }
}

fn compare(
    seed: u64,
    reference: &Reference,
    log: &[String],
    emitted: &[(u64, Fate)],
    recorded: &[(u64, u64)],
) {
    let stack = || format!("STACKS_SEED={seed}, {:#?}", draw(seed));
    let all = stack::has_the_same_answers(&draw(seed).0);
    let compared = |log: &[String]| {
        log.iter().filter(|line| all || line.starts_with("layer ")).cloned().collect::<Vec<_>>()
    };
    let (log, reference_log) = (compared(log), compared(&reference.log));
    let differ = log.iter().zip(&reference_log).position(|(with, without)| with != without);
    let differ = differ.unwrap_or(log.len().min(reference_log.len()));
    assert!(
        log == reference_log,
        "the runtime log differs at line {differ}: with the audit layer {:?}, without {:?}: {}",
        log.get(differ),
        reference_log.get(differ),
        stack()
    );
    // Where the results of `enabled!` may differ, more plain events may pass.
    let is_compared = |n: u64| all || emitted.iter().any(|(m, fate)| n == *m && *fate != Fate::Plain);
    let is_due = |(n, fate): &&(u64, Fate)| {
        is_compared(*n) && (*fate != Fate::Plain || reference.let_through.contains(n))
    };
    let due = emitted.iter().filter(is_due).collect::<Vec<_>>();
    let found = recorded.iter().filter(|(n, _)| is_compared(*n)).collect::<Vec<_>>();
    let is_due = due.len() == found.len()
        && due.iter().zip(&found).all(|((n, fate), (line, seq))| {
            n == line && (*fate == Fate::Plain || *fate == Fate::Receipt(Ok(Some(*seq))))
        });
    assert!(is_due, "due in the day file: {due:?}, found: {found:?}: {}", stack());
}
