//! What the commands say of a sound log.

use crate::{log_of_three_days, run, seqs};
use std::collections::BTreeSet;
use tracing_audit::read::Reader;

#[test]
fn each_command_does_its_work_and_says_so_by_its_status() {
    let log = log_of_three_days();
    let dir = log.dir();
    let dir = dir.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();

    let all = run(["query", dir]);
    assert_eq!((all.status, all.err.as_str()), (Some(0), ""));
    let records =
        Reader::open(dir).unwrap().records().map(|record| record.unwrap().seq.unwrap()).collect::<Vec<_>>();
    assert_eq!(seqs(&all.out), records);
    let failed = run(["query", dir, "--outcome", "failure", "--event", "a.*", "--actor", "eve"]);
    assert_eq!((failed.status, failed.out.lines().count()), (Some(0), 3));
    assert_eq!(run(["query", dir, "--event", "no.such"]).status, Some(1));
    assert_eq!(run(["query", dir, "--count", "--event", "a.b"]).out, "33\n");
    assert!(run(["query", dir, "--format", "table", "--limit", "1"]).out.contains("OUTCOME"));
    assert_eq!(run(["query", dir, "--format", "csv", "--limit", "1"]).out.lines().count(), 2);

    let last = run(["tail", dir, "-n", "3"]);
    assert_eq!((last.status, last.err.as_str()), (Some(0), ""));
    assert_eq!(seqs(&last.out), records[records.len() - 3..]);
    assert_eq!(run(["tail", dir]).out.lines().count(), 10);
    assert_eq!(run(["tail", dir, "-n", "2", "--event", "a.b"]).out.lines().count(), 2);
    assert_eq!(run(["tail", dir, "-n", "0"]).out, "");
    if cfg!(unix) {
        assert_eq!(run(["tail", dir, "--synced", "-n", "4"]).out.lines().count(), 4);
    }

    let counted = run(["stats", dir]);
    assert_eq!((counted.status, counted.err.as_str()), (Some(0), ""));
    for part in ["DAY", "2026-05-28", "2026-05-30", "ada", "a.b", "without an actor", "█"] {
        assert!(counted.out.contains(part), "{part}: {}", counted.out);
    }
    assert!(counted.out.lines().all(|line| line.chars().count() <= 80), "{}", counted.out);
    let json = serde_json::from_str::<serde_json::Value>(&run(["stats", dir, "--json"]).out).unwrap();
    assert_eq!((&json["version"], &json["records"]), (&1.into(), &records.len().into()));
    assert_eq!(json["outcomes"]["top"].as_array().unwrap().len(), 2);
    let one = run(["stats", dir, "--top", "1"]);
    assert!(one.out.contains("and 1 more"), "{}", one.out);
    assert_eq!(run(["stats", dir, "--event", "no.such"]).status, Some(1));

    for format in ["ocsf", "ecs", "cef", "syslog"] {
        let piped = run(["export", dir, "--format", format]);
        assert_eq!((piped.status, piped.err.as_str()), (Some(0), ""), "{format}");
        assert_eq!(piped.out.lines().count(), records.len() + 1, "{format}");
        assert!(piped.out.lines().last().unwrap().contains("export.ended"), "{format}");
        let path = at(format);
        let written = run(["export", dir, "--format", format, "-o", &path]);
        assert_eq!(written.status, Some(0), "{written:?}");
        assert!(written.out.ends_with(&format!("  {path}\n")), "{written:?}");
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), records.len() + 1);
    }
    let csv = run(["export", dir, "--format", "csv"]);
    assert_eq!(csv.out, run(["query", dir, "--format", "csv"]).out);
    assert!(csv.err.starts_with(&format!("{} records, SHA-256 ", records.len())), "{}", csv.err);
    assert_eq!(run(["export", dir, "--format", "csv", "--quiet"]).err, "");
    assert_eq!(run(["export", dir, "--format", "ecs", "--event", "no.such"]).status, Some(1));
    let into_the_log = run(["export", dir, "--format", "ecs", "-o", &format!("{dir}/x.json")]);
    assert_eq!(into_the_log.status, Some(3), "{into_the_log:?}");
    let mapped = run(["export", dir, "--format", "ocsf", "--event", "a.b", "--limit", "1"]);
    assert_eq!(mapped.status, Some(3), "export has no limit: {mapped:?}");
    let mapped = run(["export", dir, "--format", "ocsf", "--event", "a.b", "--ocsf", "a.b=6003/1"]);
    assert!(mapped.out.starts_with('{') && mapped.out.contains("\"type_uid\":600301"), "{mapped:?}");
    for wrong in ["a.b", "=6003/1", "a.b=2004/1", "a.b=6003/42", "a.b=x/1"] {
        let refused = run(["export", dir, "--format", "ocsf", "--ocsf", wrong]);
        assert_eq!(refused.status, Some(3), "{refused:?}");
    }

    let verified = run(["verify", dir]);
    assert_eq!(verified.status, Some(0), "{verified:?}");
    assert!(verified.out.starts_with("intact"), "{}", verified.out);
    assert_eq!(run(["verify", dir, "--quiet"]).out, "");
    let pinned = run(["key", "pin", dir, &at("pinned.vkey")]);
    assert_eq!(pinned.status, Some(0), "{pinned:?}");
    assert_eq!(run(["verify", dir, "--key", &at("pinned.vkey")]).status, Some(0));
    assert_eq!(run(["key", "show", dir]).status, Some(0));
    assert_eq!(run(["key", "fingerprint", dir]).status, Some(0));
    let checkpoint = run(["checkpoint", dir]);
    assert_eq!((checkpoint.status, checkpoint.out.contains('—')), (Some(0), true), "{checkpoint:?}");
    let proven = run(["prove", dir, "5", "7", "--output", &at("proofs")]);
    assert_eq!(proven.status, Some(0), "{proven:?}");
    let check = |proof: &str, line: &str| {
        let (key, chain) = (at("pinned.vkey"), at("proofs/keys.chain"));
        run(["check-proof", &at(proof), &at(line), "--key", &key, "--keys", &chain]).status
    };
    assert_eq!(check("proofs/5.tlog-proof", "proofs/5.json"), Some(0));
    assert_eq!(check("proofs/5.tlog-proof", "proofs/7.json"), Some(1));
}

#[test]
fn wrong_arguments_and_what_is_not_there_are_status_3_and_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (none, file) = (folder.path().join("none"), folder.path().join("file"));
    std::fs::write(&file, "x").unwrap();
    let log = log_of_three_days();
    let dir = log.dir();
    let [none, file, dir] = [&none, &file, &dir].map(|path| path.to_str().unwrap());
    for args in [
        &["query", none][..],
        &["query", file],
        &["query"],
        &["query", dir, "--since", "the day before"],
        &["query", dir, "--where", "resource.n>"],
        &["query", dir, "--seq", "5..x"],
        &["tail", none],
        &["tail", file],
        &["tail", dir, "-n", "many"],
        &["tail", dir, "--until", "never"],
        &["stats", none],
        &["stats", dir, "--top", "-1"],
        &["verify", none],
        &["verify", file],
        &["checkpoint", none],
        &["key", "show", none],
        &["prove", dir, "4000000000"],
        &["no-such-command"],
        &[],
    ] {
        let ran = run(args);
        assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""), "{args:?}: {ran:?}");
        assert!(!ran.err.contains("panicked") && ran.err.trim().len() > 10, "{args:?}: {}", ran.err);
    }
}

#[test]
fn every_command_has_a_help_that_names_its_statuses() {
    let help = run(["--help"]).out;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    // Longer lines go on behind more space.
    let commands = commands.lines().filter_map(|line| line.strip_prefix("  "));
    let commands = commands.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    let commands = commands.collect::<BTreeSet<_>>();
    assert!(commands.is_superset(&BTreeSet::from(["query", "tail", "stats", "verify", "prove"])), "{help}");
    for name in commands.into_iter().filter(|name| *name != "help") {
        let ran = run([name, "--help"]);
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.out.contains("Usage: auditlog"), "{}", ran.out);
        if ["query", "tail", "stats", "verify", "prove", "check-proof", "checkpoint"].contains(&name) {
            assert!(ran.out.contains("Exit status: 0 "), "{}", ran.out);
        }
    }
    assert_eq!(run(["--version"]).status, Some(0));
    let completions = run(["completions", "bash"]).out;
    let commands = ["append", "prune", "mirror", "eventlog", "query", "hold", "release", "recover"];
    assert!(
        commands.iter().all(|name| completions.contains(&format!("auditlog__subcmd__{name}"))),
        "{completions}"
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(["man", folder.path().to_str().unwrap()]).status, Some(0));
    for name in [
        "auditlog",
        "auditlog-tail",
        "auditlog-append",
        "auditlog-prune",
        "auditlog-mirror",
        "auditlog-eventlog",
    ] {
        assert!(folder.path().join(format!("{name}.1")).exists(), "{name}");
    }
}

#[test]
fn times_are_shown_in_utc_or_in_the_zone_that_is_asked_for() {
    let log = log_of_three_days();
    let dir = log.dir();
    let query = |zone: &str, more: &[&str]| {
        let args =
            [&["query", dir.to_str().unwrap(), "--format", "table", "--limit", "1"][..], more].concat();
        crate::Ran::of(crate::command(args).env("TZ", zone).output().unwrap())
    };
    let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
    for more in [&[][..], &["--utc"]] {
        let ran = query(berlin, more);
        assert!(ran.out.contains("TIME (UTC)") && ran.out.contains("2026-05-28 12:00:00"), "{ran:?}");
    }
    let ran = query(berlin, &["--local"]);
    assert!(ran.out.contains("2026-05-28 14:00:00.000+02:00"), "{ran:?}");
    let ran = query("", &["--local"]);
    assert!(ran.out.contains("2026-05-28 12:00:00.000+00:00"), "{ran:?}");
    for wrong in ["No/Such", "../../etc/passwd", "\u{1b}[31m"] {
        let ran = query(wrong, &["--local"]);
        assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""), "{ran:?}");
        assert!(!ran.err.contains('\u{1b}'), "{ran:?}");
    }
    assert_eq!(query(berlin, &["--local", "--utc"]).status, Some(3));
}

#[test]
fn a_document_has_the_catalog_or_has_not() {
    let page = |name: &str| format!("{}/docs/compliance/{name}", env!("CARGO_MANIFEST_DIR"));
    for name in ["audit-event-catalog.md", "common-events.md"] {
        assert_eq!(run(["catalog", "--check", &page(name)]).status, Some(0), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.md");
    let check = || run(["catalog", "--check", path.to_str().unwrap()]);
    let whole = run(["catalog"]).out;
    std::fs::write(&path, format!("# Ours\n\n{whole}\nThe end.\n").replace('\n', "\r\n")).unwrap();
    assert_eq!(check().status, Some(0));
    std::fs::write(&path, whole.replacen("| 105 |", "| 106 |", 1)).unwrap();
    let differs = check();
    assert_eq!((differs.status, differs.err.contains("has not the catalog")), (Some(1), true), "{differs:?}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(check().status, Some(3));
}
