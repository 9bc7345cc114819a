//! The page for auditors, made from logs that are sound and from those that are not.

use crate::support::TestLog;
use crate::support::clock::{DAY, HOUR, SECOND, TestClock};
use crate::{LONG, append, log_of_three_days, open, run};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tracing_audit::{Actor, Outcome, Record};

/// A report that was made.
pub(crate) struct Made {
    folder: tempfile::TempDir,
    pub(crate) facts: Value,
    pub(crate) page: String,
}

impl Made {
    pub(crate) fn of(dir: &Path, args: &[&str]) -> Made {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("evidence.html");
        let args = [&["report", dir.to_str().unwrap(), "-o", page.to_str().unwrap()], args].concat();
        let ran = run(args);
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        Made {
            facts: serde_json::from_str(&text("evidence.json")).unwrap(),
            page: text("evidence.html"),
            folder,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn answer(&self, at: usize) -> (&str, &str, &str) {
        let answer = &self.facts["answers"][at];
        let text = |key: &str| answer[key].as_str().unwrap();
        (text("state"), text("answer"), text("figure"))
    }

    pub(crate) fn verdict(&self) -> (&str, &str) {
        let verdict = &self.facts["verdict"];
        (verdict["integrity"].as_str().unwrap(), verdict["completeness"].as_str().unwrap())
    }

    /// Returns each element's name, once.
    fn elements(&self) -> Vec<String> {
        let mut names = self.page.split('<').skip(1).filter_map(|part| {
            let name = part.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
            (!name.is_empty()).then_some(name)
        });
        let mut names = names.by_ref().collect::<Vec<_>>();
        names.sort();
        names.dedup();
        names
    }
}

#[test]
fn a_sound_log_gets_a_page_that_says_so_and_can_be_checked() {
    let log = log_of_three_days();
    let made = Made::of(&log.dir(), &[]);
    assert_eq!(made.verdict(), ("consistent", "complete"), "{:#}", made.facts);
    assert_eq!(made.facts["period"]["first_day"], "2026-05-28");
    assert_eq!(made.facts["period"]["last_day"], "2026-05-30");
    let completeness = &made.facts["logs"][0]["completeness"];
    assert_eq!(completeness["reconciles"], true, "{completeness:#}");
    let records = std::fs::read_dir(log.dir()).unwrap().flatten().map(|entry| entry.path());
    let days = records.filter(|path| path.extension().is_some_and(|end| end == "log"));
    let lines = days.map(|path| std::fs::read_to_string(path).unwrap().lines().count()).sum::<usize>();
    assert_eq!(made.facts["activity"]["records"], lines);
    // The processes of three days were each closed in order.
    assert_eq!(made.answer(2).0, "explained");
    assert_eq!(made.facts["logs"][0]["interruptions"]["seconds_closed"], 2 * 86_400);
    assert_eq!(
        made.answer(1),
        ("sound", "Yes", format!("record numbers 0 to {}; without a hole", lines - 1).as_str())
    );

    // Names are in a file of their own.
    // In a cell of its own: a hash may have the same letters.
    assert!(!made.page.contains(">ada<") && made.page.contains(">actor 1<"));
    assert!(std::fs::read_to_string(made.at("evidence.names.json")).unwrap().contains("\"ada\""));
    assert!(Made::of(&log.dir(), &["--names"]).page.contains(">ada<"));

    // The same input gives the same bytes, but for the block that says when and how it was made.
    let again = Made::of(&log.dir(), &[]);
    let without = |facts: &Value| {
        let mut facts = facts.clone();
        facts["made"] = Value::Null;
        facts
    };
    assert_eq!(without(&made.facts), without(&again.facts));
    let dl = |page: &str| {
        let (before, behind) = page.split_once("<section id=\"made\"").unwrap();
        (before.to_owned(), behind.split_once("</section>").unwrap().1.to_owned())
    };
    assert_eq!(dl(&made.page), dl(&again.page));

    // It can be compared with the log later.
    let facts = made.at("evidence.json");
    let check = || run(["report", log.dir().to_str().unwrap(), "--check", facts.to_str().unwrap()]);
    assert_eq!(check().status, Some(0));
    let day = log.dir().join("audit-2026-05-29.log");
    let text = std::fs::read_to_string(&day).unwrap();
    std::fs::write(&day, text.replacen("\"ada\"", "\"eve\"", 1)).unwrap();
    let differs = check();
    assert_eq!((differs.status, differs.out.contains("tampered")), (Some(1), true), "{differs:?}");
    let made = Made::of(&log.dir(), &[]);
    assert_eq!(made.verdict(), ("tampered", "complete"));
    assert_eq!(made.answer(0).0, "fault");
    assert!(made.answer(0).2.ends_with("; the first in audit-2026-05-29.log"), "{:?}", made.answer(0));
}

#[test]
fn a_pinned_key_and_a_checkpoint_from_elsewhere_make_the_verdict_better() {
    let log = log_of_three_days();
    let dir = log.dir();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(run(["key", "pin", dir.to_str().unwrap(), &at("log.vkey")]).status, Some(0));
    std::fs::write(at("anchor"), run(["checkpoint", dir.to_str().unwrap()]).out).unwrap();
    let pinned = Made::of(&dir, &["--key", &at("log.vkey")]);
    assert_eq!(pinned.verdict().0, "authentic");
    assert_eq!(pinned.answer(0).0, "sound");
    let anchored = Made::of(&dir, &["--key", &at("log.vkey"), "--anchor", &at("anchor")]);
    assert_eq!(anchored.verdict().0, "anchored");
    assert_eq!(anchored.facts["logs"][0]["integrity"]["anchors"], 1);
}

#[test]
fn only_the_days_of_the_period_count() {
    let log = log_of_three_days();
    let made = Made::of(&log.dir(), &["--from", "2026-05-29", "--until", "2026-05-29"]);
    let file = std::fs::read_to_string(log.dir().join("audit-2026-05-29.log")).unwrap();
    assert_eq!(made.facts["activity"]["records"], file.lines().count());
    assert_eq!(made.facts["logs"][0]["integrity"]["files"].as_array().unwrap().len(), 1);
    assert_eq!(made.verdict().1, "complete");
    let completeness = &made.facts["logs"][0]["completeness"];
    assert_eq!((&completeness["dated_outside"], &completeness["reconciles"]), (&0.into(), &true.into()));
    let wrong = run(["report", log.dir().to_str().unwrap(), "--from", "2026-05-32"]);
    assert_eq!((wrong.status, wrong.err.contains("2026-05-32")), (Some(3), true), "{wrong:?}");
}

#[test]
fn what_the_log_says_about_itself_is_in_its_section() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-20T12:00:00Z"));
    let builder = || {
        tracing_audit::AuditLayer::builder(log.dir())
            .catalog(crate::TEST_TYPES)
            .clock(clock.clone())
            .append_deadline(LONG)
    };
    let (layer, guard) = builder().retention_days(3).open().unwrap();
    append(&guard, "ada", Outcome::Success, 1);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    clock.pass(DAY);
    // Days later, with another retention: the first day is pruned.
    clock.pass(5 * DAY);
    let (layer, guard) = builder().retention_days(4).open().unwrap();
    append(&guard, "ada", Outcome::Success, 2);
    clock.step(10 * SECOND);
    append(&guard, "ada", Outcome::Failure, 3);
    // Not before it is sealed.
    crate::support::eventually("the first day is pruned", || {
        guard.handle().prune().unwrap();
        !log.dir().join("audit-2026-05-20.log").exists()
    });
    clock.pass(HOUR);
    append(&guard, "ada", Outcome::Success, 4);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    let made = Made::of(&log.dir(), &[]);
    let facts = &made.facts["logs"][0];
    assert_eq!(facts["time"]["steps"][0]["step_seconds"], 10.0, "{:#}", facts["time"]);
    assert_eq!(made.answer(3).0, "explained");
    let retention = &facts["retention"];
    assert_eq!(retention["settings"][0]["retention_days"], 4, "{retention:#}");
    assert_eq!(retention["deletions"][0]["file"], "audit-2026-05-20.log");
    assert_eq!((&retention["deletions"][0]["was_due"], &retention["undue"]), (&true.into(), &0.into()));
    assert_eq!(made.answer(4).0, "sound");
    assert_eq!(facts["completeness"]["reconciles"], true);
    // The period begins with the records that are left; with the day before it, records of the period were deleted.
    assert_eq!(made.verdict().1, "complete", "{:#}", facts["completeness"]);
    let whole = Made::of(&log.dir(), &["--from", "2026-05-20"]);
    assert_eq!(whole.verdict().1, "pruned");
    assert!(whole.page.contains("Incomplete: records of the period were deleted since"));
}

#[test]
fn a_hole_that_nothing_explains_is_a_fault_of_its_day_alone() {
    let log = log_of_three_days();
    std::fs::remove_file(log.dir().join("audit-2026-05-29.log")).unwrap();
    let made = Made::of(&log.dir(), &[]);
    assert_eq!(made.verdict(), ("tampered", "unexplained"));
    let hole = &made.facts["logs"][0]["completeness"]["holes"][0];
    assert_eq!(
        hole["unexplained"],
        hole["to_seq"].as_u64().unwrap() - hole["from_seq"].as_u64().unwrap() + 1
    );
    assert_eq!((made.answer(1).0, made.answer(1).1), ("fault", "No"));
    assert_eq!(made.facts["logs"][0]["completeness"]["reconciles"], true);
}

/// Whatever is in a record is text on the page, and nothing else.
#[test]
fn hostile_records_add_no_element_to_the_page() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let guard = open(&log.dir(), &clock);
    append(&guard, "ada", Outcome::Success, 1);
    guard.shutdown(LONG).unwrap();
    clock.pass(DAY);
    let sound = Made::of(&log.dir(), &["--names"]);
    let hostile = [
        "</title><script>alert(1)</script>",
        "\"onload=\"alert(1)",
        "a\u{202e}b",
        "<svg/onload=alert(1)>",
        "&lt;x&gt;",
    ];
    let guard = open(&log.dir(), &clock);
    for text in hostile.iter().map(|text| (*text).to_owned()).chain(["x".repeat(1 << 20)]) {
        let actor = Actor::new().user_id(text.clone()).tenant(text.clone());
        let record = Record::new(text.clone()).actor(actor).resource("k", text).outcome(Outcome::Failure);
        // A longer one than any record is cut or refused; either way it is no text of the page.
        let _ = guard.handle().append(record).result();
    }
    guard.shutdown(LONG).unwrap();
    let made = Made::of(&log.dir(), &["--names"]);
    let expected = [sound.elements(), vec!["strong".into()]].concat();
    let added = made.elements().into_iter().filter(|name| !expected.contains(name)).collect::<Vec<_>>();
    assert_eq!(added, Vec::<String>::new());
    assert!(!made.page.contains("<script") && !made.page.contains('\u{202e}'));
    assert!(made.page.contains("&lt;/title&gt;&lt;script&gt;alert(1)"));
    assert!(made.page.len() < 200_000, "{}", made.page.len());
}

#[test]
fn a_running_application_makes_the_page_that_the_command_makes() {
    use tracing_audit::read::evidence::{EvidenceError, Period};
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let guard = open(&log.dir(), &clock);
    append(&guard, "ada", Outcome::Success, 1);
    clock.pass(DAY);
    append(&guard, "ada", Outcome::Failure, 2);
    guard.handle().flush(LONG).unwrap();
    let evidence = |first: &str, last: &str| {
        guard.handle().evidence(Period::new(first, last)?).map(|evidence| evidence.unwrap())
    };
    let facts = |json: &str| {
        let mut facts = serde_json::from_str::<Value>(json).unwrap();
        facts["made"] = Value::Null;
        facts
    };
    // What is sealed meanwhile is the only difference.
    crate::support::eventually("both have the same facts", || {
        let by_it = evidence("2026-05-28", "2026-05-29").unwrap();
        let made = Made::of(&log.dir(), &["--from", "2026-05-28", "--until", "2026-05-29"]);
        assert_eq!(made.facts["made"]["host"].as_str(), by_it.made.host.as_deref());
        facts(&by_it.to_json()) == facts(&made.facts.to_string())
    });
    let page = evidence("2026-05-29", "2026-05-29").unwrap();
    let of_application = page.activity.events.iter().find(|count| count.event == "a.b");
    assert_eq!(of_application.map(|count| (count.records, count.failures)), Some((1, 1)));
    assert!(page.to_html().contains(">actor 1<"));
    assert!(matches!(evidence("2026-05-29", "2026-05-28"), Err(EvidenceError::Period { .. })));
    assert!(matches!(evidence("2026-05-29", "2026-02-30"), Err(EvidenceError::Day { .. })));
    guard.shutdown(LONG).unwrap();
}

#[test]
fn several_logs_are_on_one_page_and_one_log_twice_is_refused() {
    let (one, other) = (log_of_three_days(), log_of_three_days());
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("both.html");
    let (one, other) = (one.dir(), other.dir());
    let args = |other: &Path| {
        ["report", one.to_str().unwrap(), other.to_str().unwrap(), "-o", page.to_str().unwrap()]
            .map(str::to_owned)
    };
    let ran = run(args(&other));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let facts = std::fs::read_to_string(folder.path().join("both.json")).unwrap();
    let facts = serde_json::from_str::<Value>(&facts).unwrap();
    assert_eq!(facts["logs"].as_array().unwrap().len(), 2);
    let records = |at: usize| facts["logs"][at]["records"].as_u64().unwrap();
    assert_eq!(facts["activity"]["records"], records(0) + records(1));
    let twice = run(args(&one));
    assert_eq!((twice.status, twice.err.contains("the same journal")), (Some(3), true), "{twice:?}");
}

#[test]
fn a_population_and_a_sample_of_it_are_drawn_the_same_again_and_each_record_has_its_proof() {
    let log = log_of_three_days();
    let dir = log.dir();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(run(["key", "pin", dir.to_str().unwrap(), &at("log.vkey")]).status, Some(0));
    let draw = |page: &str, seed: &str| {
        let page = at(page);
        let args =
            ["report", dir.to_str().unwrap(), "-o", &page, "--names", "--population", "a.b", "--sample", "5"];
        let ran = run([&args[..], &["--seed", seed]].concat());
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        let manifest = page.replace(".html", ".sample/manifest.json");
        serde_json::from_str::<Value>(&std::fs::read_to_string(manifest).unwrap()).unwrap()
    };
    let (one, again, other) = (draw("one.html", "42"), draw("again.html", "42"), draw("other.html", "43"));
    assert_eq!(one, again);
    assert_ne!(one["rows"], other["rows"]);
    assert_eq!((&one["population"]["records"], one["rows"].as_array().unwrap().len()), (&33.into(), 5));
    let csv = std::fs::read_to_string(at("one.population.csv")).unwrap();
    assert_eq!(csv.lines().count(), 34);
    for drawn in one["rows"].as_array().unwrap() {
        let (row, seq) = (drawn["row"].as_u64().unwrap(), drawn["seq"].as_u64().unwrap());
        assert!(csv.lines().nth(row as usize + 1).unwrap().contains(&format!(",{seq},a.b,")), "{drawn}");
        let part = |end: &str| at(&format!("one.sample/{seq}.{end}"));
        let proof = ["check-proof", &part("tlog-proof"), &part("json"), "--key", &at("log.vkey")];
        let checked = run([&proof[..], &["--keys", &at("one.sample/keys.chain")]].concat());
        assert_eq!(checked.status, Some(0), "{checked:?}");
    }
    // Where the sample can't be written, nothing is.
    let before = std::fs::read_to_string(at("one.html")).unwrap();
    let args = ["report", dir.to_str().unwrap(), "-o", &at("one.html"), "--names", "--population", "a.b"];
    let twice = run([&args[..], &["--sample", "5", "--seed", "44"]].concat());
    assert_eq!(
        (twice.status, twice.err.contains("one.sample is there already")),
        (Some(3), true),
        "{twice:?}"
    );
    assert_eq!(std::fs::read_to_string(at("one.html")).unwrap(), before);
    let unnamed = run(["report", dir.to_str().unwrap(), "--population", "a.b", "-o", &at("x.html")]);
    assert_eq!((unnamed.status, unnamed.err.contains("--names")), (Some(3), true), "{unnamed:?}");
    assert!(!Path::new(&at("x.html")).exists());
}

#[test]
fn an_extract_has_the_records_of_one_tenant_and_of_no_other() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let guard = open(&log.dir(), &clock);
    for n in 0..12 {
        let actor = Actor::new().user_id("ada").tenant(if n % 3 == 0 { "acme" } else { "other" });
        guard.handle().append(Record::new("a.b").actor(actor).resource("n", n)).result().unwrap();
    }
    guard.shutdown(LONG).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let dir = log.dir();
    let dir = dir.to_str().unwrap();
    assert_eq!(run(["key", "pin", dir, &at("log.vkey")]).status, Some(0));
    let extract = |tenant: &str| run(["extract", dir, "--tenant", tenant, "-o", &at(tenant)]);
    let made = extract("acme");
    assert_eq!((made.status, made.err.as_str()), (Some(0), ""), "{made:?}");
    let manifest = std::fs::read_to_string(at("acme/manifest.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&manifest).unwrap()["records"], 4);
    let names = std::fs::read_dir(at("acme")).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let lines =
        names.iter().filter(|path| path.file_stem().unwrap().to_str().unwrap().parse::<u64>().is_ok());
    let lines = lines.filter(|path| path.extension().unwrap() == "json").collect::<Vec<_>>();
    assert_eq!(lines.len(), 4);
    for line in lines {
        assert!(std::fs::read_to_string(line).unwrap().contains(r#""tenant":"acme""#));
        let (proof, line) = (line.with_extension("tlog-proof"), line.to_str().unwrap());
        let checked = run(["check-proof", proof.to_str().unwrap(), line, "--key", &at("log.vkey")]);
        assert_eq!(checked.status, Some(0), "{checked:?}");
    }
    assert_eq!((extract("no.such").status, Path::new(&at("no.such")).exists()), (Some(1), false));
    assert_eq!(extract("acme").status, Some(3));
}

/// Lines of the product that this crate replaces: a missing one would not be noticed.
#[test]
fn records_without_numbers_are_never_called_complete() {
    let folder = tempfile::tempdir().unwrap();
    let line = |second: u32| {
        format!(
            "{{\"_schema_version\":\"1\",\"ts\":\"2026-05-28T09:30:{second:02}.000000000Z\",\"event\":\"mode.start\",\"actor\":{{\"user_sid\":\"S-1\"}},\"resource\":{{\"mode\":\"dictation\"}},\"outcome\":\"success\"}}\n"
        )
    };
    std::fs::write(folder.path().join("audit-2026-05-28.log"), line(1) + &line(2)).unwrap();
    let made = Made::of(folder.path(), &[]);
    assert_eq!(made.facts["logs"][0]["completeness"]["without_number"], 2);
    assert_eq!((made.verdict().1, made.answer(1).0), ("unnumbered", "unknown"));
    assert!(made.page.contains("2 records have no number"));
}

#[test]
fn a_chart_of_many_years_has_the_newest_ones() {
    let log = log_of_three_days();
    let made = Made::of(&log.dir(), &["--from", "1990-01-01"]);
    assert!(
        made.page.contains("A bar for each year from 1990-01-01")
            && made.page.contains("36 years without records"),
        "{}",
        made.page.len()
    );
    assert!(Made::of(&log.dir(), &["--from", "2020-01-01"]).page.contains("A bar for each month"));
}
