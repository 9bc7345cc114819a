//! The page for auditors, of logs that no longer have their first or their last records.

use crate::evidence::Made;
use crate::support::TestLog;
use crate::support::clock::TestClock;
use crate::{LONG, log_of_three_days, open, run};
use serde_json::{Value, json};
use std::path::Path;
use tracing_audit::{Actor, Record};

/// A log that is written by hand: each record with its day in May 2026, its event and its resource. The first one has a number.
struct ByHand {
    folder: tempfile::TempDir,
    next_seq: u64,
}

impl ByHand {
    fn from(first_seq: u64) -> ByHand {
        ByHand { folder: tempfile::tempdir().unwrap(), next_seq: first_seq }
    }

    fn dir(&self) -> &Path {
        self.folder.path()
    }

    fn day(&mut self, day: u32, records: &[(&str, Value)]) {
        let mut text = String::new();
        for (event, resource) in records {
            let seq = self.next_seq;
            text += &format!(
                r#"{{"_schema_version":"1","ts":"2026-05-{day}T09:00:00.{seq:09}Z","event":"{event}","actor":{{}},"resource":{resource},"outcome":"success","seq":{seq}}}"#
            );
            text.push('\n');
            self.next_seq += 1;
        }
        std::fs::write(self.dir().join(format!("audit-2026-05-{day}.log")), text).unwrap();
    }

    fn events(&mut self, day: u32, count: usize) {
        self.day(day, &vec![("a.b", json!({})); count]);
    }
}

fn opened(kept_from: u64, pruned_files: u64) -> (&'static str, Value) {
    (
        "log.opened",
        json!({"journal": "0".repeat(32), "kept_from_seq": kept_from, "pruned_files": pruned_files}),
    )
}

fn completeness(made: &Made) -> &Value {
    &made.facts["logs"][0]["completeness"]
}

fn interruptions(made: &Made) -> Vec<(&str, &Value, &Value)> {
    let list = made.facts["logs"][0]["interruptions"]["list"].as_array().unwrap();
    list.iter().map(|one| (one["kind"].as_str().unwrap(), &one["from"], &one["to"])).collect()
}

#[test]
fn a_first_file_that_is_gone_without_a_word_is_missing() {
    let mut log = ByHand::from(0);
    log.day(26, &[opened(0, 0), ("a.b", json!({}))]);
    log.events(27, 3);
    log.events(28, 2);
    assert_eq!(Made::of(log.dir(), &[]).verdict().1, "complete");
    std::fs::remove_file(log.dir().join("audit-2026-05-26.log")).unwrap();
    let made = Made::of(log.dir(), &[]);
    assert_eq!((made.verdict().1, made.answer(1).0), ("unexplained", "fault"));
    let facts = completeness(&made);
    let hole = &facts["holes"][0];
    assert_eq!((&hole["from_seq"], &hole["to_seq"], &hole["after"]), (&0.into(), &1.into(), &Value::Null));
    assert_eq!((&facts["unexplained"], &facts["unexplained_beside"]), (&0.into(), &2.into()));
    assert_eq!(facts["reconciles"], true);
    assert!(made.answer(1).2.contains("2 missing without a word"), "{:?}", made.answer(1));
    // A later day has nothing to do with it.
    assert_eq!(Made::of(log.dir(), &["--from", "2026-05-28"]).verdict().1, "complete");
}

#[test]
fn pruned_records_count_against_a_period_that_begins_before_those_that_are_kept() {
    // The record of the deletion was pruned itself: what is left is that files were pruned.
    let mut log = ByHand::from(40);
    log.day(26, &[opened(40, 3), ("a.b", json!({}))]);
    let made = Made::of(log.dir(), &[]);
    assert_eq!((made.verdict().1, completeness(&made)["holes"].as_array().unwrap().len()), ("complete", 0));
    let made = Made::of(log.dir(), &["--from", "2026-05-20"]);
    assert_eq!((made.verdict().1, made.answer(1).0), ("pruned", "explained"));
    assert_eq!(completeness(&made)["pruned_below"], 40);

    // Each deletion is there, and none was of a day of the period.
    let pruned = |file: &str, from: u64, to: u64, files: u64| {
        let pruned = json!({"file": file, "from_seq": from, "to_seq": to, "sha256": "0".repeat(64),
            "kept_from_seq": to + 1, "pruned_files": files});
        ("log.pruned", pruned)
    };
    let mut log = ByHand::from(40);
    let (one, other) = (pruned("audit-2026-05-14.log", 0, 9, 1), pruned("audit-2026-05-15.log", 10, 39, 2));
    log.day(26, &[opened(0, 0), one, other]);
    let of = |first: &str| Made::of(log.dir(), &["--from", first]).verdict().1.to_owned();
    assert_eq!(["2026-05-16", "2026-05-15", "2026-05-01"].map(of), ["complete", "pruned", "pruned"]);

    // A hole behind what was pruned is no less a hole.
    let mut log = ByHand::from(40);
    log.day(26, &[opened(30, 3), ("a.b", json!({}))]);
    let made = Made::of(log.dir(), &[]);
    assert_eq!(
        (made.verdict().1, completeness(&made)["unexplained_beside"].as_u64()),
        ("unexplained", Some(10))
    );
}

#[test]
fn records_that_were_cut_from_the_end_are_missing() {
    // Sealed, and a copy of it without `.state`: the checkpoint tells. Not sealed: `.state` tells.
    let sealed = log_of_three_days();
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("seal")).unwrap();
    for entry in
        std::fs::read_dir(sealed.dir()).unwrap().chain(std::fs::read_dir(sealed.dir().join("seal")).unwrap())
    {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.strip_prefix(sealed.dir()).unwrap())).unwrap();
        }
    }
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let (layer, guard) =
        tracing_audit::AuditLayer::builder(log.dir()).unsealed().clock(clock).open().unwrap();
    for n in 0..9 {
        guard.handle().append(Record::new("a.b").resource("n", n)).result().unwrap();
    }
    guard.shutdown(LONG).unwrap();
    drop(layer);
    for (dir, day, integrity) in [
        (sealed.dir(), "2026-05-30", "tampered"),
        (copy.path().to_owned(), "2026-05-30", "tampered"),
        (log.dir(), "2026-05-28", "unsealed"),
    ] {
        assert_eq!(Made::of(&dir, &[]).verdict().1, "complete");
        let file = dir.join(format!("audit-{day}.log"));
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.split_inclusive('\n').collect::<Vec<_>>();
        std::fs::write(&file, lines[..lines.len() - 2].concat()).unwrap();
        let made = Made::of(&dir, &[]);
        assert_eq!(made.verdict(), (integrity, "unexplained"), "{:#}", completeness(&made));
        let hole = &completeness(&made)["holes"][0];
        assert_eq!((&hole["unexplained"], &hole["before"]), (&2.into(), &Value::Null));
        assert_eq!(completeness(&made)["reconciles"], true);
    }
    // The days before are complete.
    let before = Made::of(&sealed.dir(), &["--until", "2026-05-29"]);
    assert_eq!((before.verdict().1, before.answer(1).0), ("complete", "sound"));
}

#[test]
fn only_the_numbers_of_the_period_are_in_its_sum() {
    let mut log = ByHand::from(0);
    log.day(26, &[opened(0, 0), ("a.b", json!({}))]);
    log.next_seq += 7;
    log.events(27, 5);
    log.next_seq += 20;
    log.events(28, 2);
    let made = Made::of(log.dir(), &["--from", "2026-05-27", "--until", "2026-05-27"]);
    let sum = "Numbers 9 to 13: 5 = 5 records of the period + 0 dated outside of it + 0 missing, as the log says + 0 missing without a word. It adds up.";
    assert!(made.page.contains(sum), "{:#}", completeness(&made));
    assert!(made.page.contains("Missing before or behind these numbers: 27, of which 27 without a word."));
    assert_eq!(made.verdict().1, "unexplained");
    assert!(made.answer(1).2.contains("27 missing without a word"), "{:?}", made.answer(1));
}

#[test]
fn an_interruption_is_not_hidden_by_pruned_records_before_it() {
    // The process that wrote the first kept records was cut off.
    let mut log = ByHand::from(40);
    log.day(26, &[("a.b", json!({})), opened(40, 1), ("log.closed", json!({}))]);
    let made = Made::of(log.dir(), &[]);
    assert_eq!(made.facts["logs"][0]["interruptions"]["cut_off"], 1, "{:#}", made.facts);
    assert_eq!(interruptions(&made)[0].0, "cut_off");

    // Nothing says how the one before it has ended.
    let mut log = ByHand::from(40);
    log.day(26, &[opened(40, 1), ("a.b", json!({}))]);
    let made = Made::of(log.dir(), &[]);
    assert_eq!(interruptions(&made).iter().map(|one| one.0).collect::<Vec<_>>(), ["off"]);
    assert_eq!(made.answer(2).0, "explained");

    // The first one of all was never off before.
    let mut log = ByHand::from(0);
    log.day(26, &[opened(0, 0), ("a.b", json!({}))]);
    assert_eq!(interruptions(&Made::of(log.dir(), &[])), []);
}

#[test]
fn a_failure_is_shown_though_its_first_record_was_pruned() {
    let since = "2026-05-24T10:00:00.000000000Z";
    let restored = |what: &str, name: &str| json!({what: name, "since": since, "seconds": 3.0});
    let mut log = ByHand::from(40);
    log.day(
        26,
        &[
            ("a.b", json!({})),
            ("log.mirror_restored", restored("mirror", "siem")),
            ("log.seal_restored", restored("x", "")),
            ("log.signer_restored", restored("signer", "hsm")),
            ("log.hold_released", json!({"kept_from_seq": 40})),
        ],
    );
    let made = Made::of(log.dir(), &[]);
    let found = interruptions(&made);
    assert_eq!(found.iter().map(|one| one.0).collect::<Vec<_>>(), ["mirror", "seal", "signer"]);
    assert!(found.iter().all(|one| one.1 == since && !one.2.is_null()), "{found:?}");
    assert_eq!((made.answer(2).0, &made.facts["logs"][0]["copies"]["failures"]), ("explained", &1.into()));
    let hold = &made.facts["logs"][0]["retention"]["holds"][0];
    assert!(hold["from"].is_null() && !hold["to"].is_null(), "{hold}");
}

#[test]
fn a_failure_that_two_processes_tell_of_is_one() {
    let failed = json!({"mirror": "siem", "since": "2026-05-26T09:00:00.000000000Z", "error": "refused"});
    let restored = json!({"mirror": "siem", "since": "2026-05-26T09:00:00.000000000Z", "seconds": 3.0});
    let mut log = ByHand::from(0);
    let failed = || ("log.mirror_failed", failed.clone());
    let ended = || ("log.closed", json!({}));
    log.day(
        26,
        &[
            opened(0, 0),
            failed(),
            ended(),
            opened(0, 0),
            failed(),
            ("log.mirror_restored", restored),
            ended(),
        ],
    );
    let made = Made::of(log.dir(), &[]);
    assert_eq!(interruptions(&made).iter().filter(|one| one.0 == "mirror").count(), 1);
    assert_eq!(made.facts["logs"][0]["copies"]["is_failing"], false);
}

/// An application can't explain a hole: its own event of this name is flagged.
#[test]
fn an_event_of_the_applications_that_is_called_like_one_of_the_logs_is_not_believed() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let first = open(&log.dir(), &clock);
    first.handle().append(Record::new("a.b").actor(Actor::new().user_id("ada"))).result().unwrap();
    first.shutdown(LONG).unwrap();
    let lines = std::fs::read_to_string(log.dir().join("audit-2026-05-28.log")).unwrap().lines().count();
    clock.pass(crate::support::clock::DAY);
    let second = open(&log.dir(), &clock);
    let pruned = Record::new("log.pruned")
        .resource("file", "audit-2026-05-28.log")
        .resource("from_seq", 0)
        .resource("to_seq", lines - 1)
        .resource("sha256", "0".repeat(64))
        .resource("kept_from_seq", lines)
        .resource("pruned_files", 1);
    second.handle().append(pruned).result().unwrap();
    second.shutdown(LONG).unwrap();
    std::fs::remove_file(log.dir().join("audit-2026-05-28.log")).unwrap();
    let made = Made::of(&log.dir(), &[]);
    assert_eq!(made.verdict(), ("tampered", "unexplained"));
    assert_eq!(completeness(&made)["unexplained_beside"], lines, "{:#}", completeness(&made));
    assert_eq!(made.facts["logs"][0]["retention"]["deletions"], json!([]));
    // It is counted as what it is: an event that the application has recorded, and that is not as the catalog says.
    let events = made.facts["activity"]["events"].as_array().unwrap();
    assert!(events.iter().any(|count| count["event"] == "log.pruned" && count["records"] == 1));
    assert_eq!(made.facts["activity"]["with_violations"], 1);
}

#[test]
fn days_that_were_left_out_of_a_bundle_are_missing_only_where_they_are_asked_for() {
    let log = log_of_three_days();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let bundle = path("one.tar");
    let day = "2026-05-29";
    let dir = log.dir();
    let args = ["bundle", dir.to_str().unwrap(), "--from", day, "--to", day, "--output", &bundle];
    assert_eq!(run(args).status, Some(0));
    let of = |args: &[&str]| {
        let made = Made::of(Path::new(&bundle), args);
        let (integrity, completeness) = made.verdict();
        (integrity.to_owned(), completeness.to_owned())
    };
    let words = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    assert_eq!(of(&["--from", day, "--until", day]), words("consistent", "complete"));
    // Nothing says that no more was to be in it.
    assert_eq!(of(&[]), words("incomplete", "complete"));
    assert_eq!(of(&["--from", "2026-05-28", "--until", day]), words("incomplete", "left_out"));
    assert_eq!(of(&["--from", day, "--until", "2026-05-30"]), words("incomplete", "left_out"));
}

#[test]
fn a_copy_without_its_state_is_known_by_its_records() {
    let mut log = ByHand::from(0);
    log.day(26, &[opened(0, 0), ("a.b", json!({}))]);
    let made = Made::of(log.dir(), &[]);
    assert_eq!(made.facts["logs"][0]["journal"], "0".repeat(32));
    assert!(!made.page.contains("a log without a name"));
    let mut again = ByHand::from(0);
    again.day(26, &[opened(0, 0), ("a.b", json!({}))]);
    let page = again.dir().join("both.html");
    let dirs = [log.dir(), again.dir(), &page].map(|path| path.to_str().unwrap());
    let twice = run(["report", dirs[0], dirs[1], "-o", dirs[2]]);
    assert_eq!((twice.status, twice.err.contains("the same journal")), (Some(3), true), "{twice:?}");
}
