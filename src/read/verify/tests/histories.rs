//! Logs that are as they were written, whatever has happened to them, and those that are not sealed to their end.

use super::five_days::kinds;
use super::writer::Writer;
use crate::read::verify::{FindingKind, Level, Status, verify};
use crate::read::{ProveError, prove, prove_consistency};
use crate::record::Record;
use crate::seal::{Checkpoint, verify_consistency};
use std::io::Write as _;

fn append(path: &std::path::Path, bytes: &[u8]) {
    std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn a_log_without_seals_is_unsealed() {
    let folder = tempfile::tempdir().unwrap();
    Writer::five_days(folder.path());
    std::fs::remove_dir_all(folder.path().join("seal")).unwrap();
    std::fs::remove_dir_all(folder.path().join(".state")).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![FindingKind::Unsealed], Level::Unsealed), "{found}");
    assert_eq!(found.status(), Status::Incomplete);
    assert!(verify(folder.path().join("nowhere")).run().is_err());
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert!(verify(folder.path().join("empty")).run().is_err());
}

#[test]
fn a_log_whose_sealing_began_later_has_notes_of_the_files_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Writer::new(folder.path(), 0);
    before.events(50);
    std::fs::remove_dir_all(folder.path().join("seal")).unwrap();
    std::fs::write(
        folder.path().join("audit-2026-11-01.log"),
        "{\"_schema_version\":\"1\",\"ts\":\"2026-05-01T08:00:00.123Z\",\"event\":\"a.b\"}\n",
    )
    .unwrap();
    for has_seal in [false, true] {
        let mut writer = Writer::continued(folder.path(), &before, "audit-2026-11-21.log");
        writer.events(40);
        if has_seal {
            writer.next_file("audit-2026-11-22.log", "2026-11-22");
            writer.events(40);
        }
        writer.checkpoint();
        let found = verify(folder.path()).run().unwrap();
        assert_eq!(kinds(&found), [], "{found}");
        let notes = found.notes().iter().map(|note| note.kind).collect::<Vec<_>>();
        assert_eq!(
            notes,
            [FindingKind::Original, FindingKind::BeforeSealing, FindingKind::KeyNotPinned],
            "{found}"
        );
        assert_eq!(found.facts().base, 51);
        // Without the sealer's position, the first number tells.
        if has_seal {
            std::fs::remove_dir_all(folder.path().join(".state")).unwrap();
            assert_eq!(kinds(&verify(folder.path()).run().unwrap()), []);
        }
        std::fs::remove_file(folder.path().join("audit-2026-11-21.log")).unwrap();
        std::fs::remove_dir_all(folder.path().join("seal")).unwrap();
    }
}

/// In the middle of a day file, and the log was sealed once before, from its begin.
#[test]
fn a_copy_without_state_and_seals_begins_where_the_log_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Writer::new(folder.path(), 0);
    before.append(Record::new("log.opened").resource("base", 0));
    before.events(50);
    std::fs::remove_dir_all(folder.path().join("seal")).unwrap();
    let mut writer = Writer::continued(folder.path(), &before, &before.file);
    writer.append(Record::new("log.opened").resource("base", writer.base));
    writer.events(40);
    writer.checkpoint();
    std::fs::remove_dir_all(folder.path().join(".state")).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!((kinds(&found), found.facts().base, found.facts().size), (vec![], 52, 42), "{found}");
    let path = folder.path().join(&writer.file);
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.rfind("bad").unwrap();
    std::fs::write(&path, format!("{}mad{}", &text[..at], &text[at + 3..])).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Changed], "{found}");
}

#[test]
fn lines_behind_the_checkpoint_are_young_or_unsealed() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(folder.path());
    let found = verify(folder.path()).strict(true).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::UnsealedTail], "{found}");
    for _ in 0..12 {
        writer.append_unsealed(Record::new("a.b"));
    }
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::UnsealedTail], "{found}");
    assert_eq!(found.status(), Status::Incomplete);
    assert_eq!(found.findings()[0].seqs, Some(440..=453));
    let now = std::time::SystemTime::try_from(writer.now()).unwrap();
    // The first ones are young beside the sealed ones, the others beside now.
    assert_eq!(kinds(&verify(folder.path()).as_of(now).run().unwrap()), []);
    let path = folder.path().join(&writer.file);
    append(&path, b"not a record\n");
    assert_eq!(
        kinds(&verify(folder.path()).run().unwrap()),
        [FindingKind::ForeignLine, FindingKind::UnsealedTail]
    );
}

/// Each with a number and a time, so that it looks like a record at its ends.
#[test]
fn each_line_that_is_not_sealed_and_no_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let path = folder.path().join(&writer.file);
    let text = std::fs::read_to_string(&path).unwrap();
    let last = text.lines().last().unwrap().to_owned();
    let seq = |line: &str, by: u64| {
        line.replace(&format!("\"seq\":{}}}", writer.seq - 1), &format!("\"seq\":{}}}", writer.seq + by))
    };
    let sound = |by| seq(&last, by) + "\n";
    let wrong = |by, is: &str, becomes: &str| sound(by).replacen(is, becomes, 1);
    let added = [
        sound(0),
        wrong(1, "\"success\"", "\"Success\""),
        sound(2),
        wrong(3, "\"actor\":", "\"actor\": "),
        // One that a later version may have written.
        wrong(4, ",\"seq\"", ",\"span_id\":\"x\",\"seq\""),
        wrong(5, "_schema_version\":\"1\"", "_schema_version\":\"2\""),
    ];
    append(&path, added.concat().as_bytes());
    let found = verify(folder.path()).run().unwrap();
    let lines = text.lines().count() as u64;
    let foreign = found.findings().iter().filter(|finding| finding.kind == FindingKind::ForeignLine);
    let foreign = foreign.map(|finding| finding.line.unwrap() - lines).collect::<Vec<_>>();
    assert_eq!(foreign, [2, 4, 6], "{found}");
    // In a log that is not sealed, too.
    std::fs::remove_dir_all(folder.path().join("seal")).unwrap();
    std::fs::remove_dir_all(folder.path().join(".state")).unwrap();
    let found = verify(folder.path()).run().unwrap();
    let foreign = [FindingKind::ForeignLine; 3];
    assert_eq!(kinds(&found), [&[FindingKind::Unsealed], &foreign[..]].concat(), "{found}");
}

#[test]
fn a_line_behind_the_end_with_the_greatest_number_of_all_is_not_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let path = folder.path().join(&writer.file);
    let text = std::fs::read_to_string(&path).unwrap();
    let last = text.lines().last().unwrap();
    let at = last.rfind(":").unwrap();
    append(&path, format!("{}:{}}}\n", &last[..at], u64::MAX).as_bytes());
    assert_eq!(kinds(&verify(folder.path()).run().unwrap()), [FindingKind::ForeignLine]);
}

/// The log flags an event of the application's that has a name of its own records.
#[test]
fn an_event_of_the_application_explains_no_file_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(folder.path());
    let name = "audit-2026-11-22.log";
    let said = writer.pruned(name, 300).resource("_violations", vec!["the name is reserved"]);
    writer.append(said);
    writer.checkpoint();
    std::fs::remove_file(folder.path().join(name)).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert!(kinds(&found).contains(&FindingKind::FileMissing), "{found}");
}

#[test]
fn a_torn_line_is_a_finding_once_nobody_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let bytes = verify(folder.path()).run().unwrap().facts().bytes;
    let path = folder.path().join(&writer.file);
    let begin = path.metadata().unwrap().len();
    let torn = b"{\"_schema_version\":\"1\"";
    append(&path, torn);
    assert_eq!(kinds(&verify(folder.path()).run().unwrap()), []);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    let found = verify(folder.path()).as_of(later).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Torn], "{found}");
    assert_eq!((found.findings()[0].line, found.findings()[0].byte), (Some(84), Some(begin)));
    assert_eq!(found.facts().bytes, bytes + torn.len() as u64);
}

#[test]
fn another_line_with_a_number_in_another_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let lines = std::fs::read_to_string(folder.path().join("audit-2026-11-23.log")).unwrap();
    let lines = lines.lines().take(20).map(|line| format!("{line}\n")).collect::<Vec<_>>();
    let copied = folder.path().join("audit-2026-11-23.7.log");
    std::fs::write(&copied, lines[5..].concat()).unwrap();
    assert_eq!(kinds(&verify(folder.path()).run().unwrap()), [], "the same lines");
    let forged = lines[5..].concat().replace("bad password 9", "good password");
    std::fs::write(&copied, forged).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Duplicated], "{found}");
    assert_eq!(
        (found.findings()[0].file.as_deref(), found.findings()[0].line),
        (Some("audit-2026-11-23.7.log"), Some(5))
    );
    std::fs::remove_file(&copied).unwrap();
    // Among the newest lines, which no seal names the file of.
    let lines = std::fs::read_to_string(folder.path().join(&writer.file)).unwrap();
    let lines = lines.lines().take(20).map(|line| format!("{line}\n")).collect::<Vec<_>>();
    let copied = folder.path().join("audit-2026-11-24.7.log");
    std::fs::write(&copied, lines[5..].concat().replace("bad password 9", "good password")).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Duplicated], "{found}");
    assert_eq!(found.findings()[0].file.as_deref(), Some("audit-2026-11-24.7.log"));
}

#[test]
fn a_lost_record_that_turns_up_is_found() {
    let folder = tempfile::tempdir().unwrap();
    Writer::five_days(folder.path());
    let path = folder.path().join("audit-2026-11-23.log");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
    let returned = lines[29].replace("\"seq\":293}", "\"seq\":294}");
    assert_ne!(returned, lines[29]);
    std::fs::write(&path, [&lines[..30], &[returned], &lines[30..]].concat().join("\n") + "\n").unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Returned], "{found}");
    assert_eq!(found.findings()[0].line, Some(31));
}

#[test]
fn a_pruned_file_needs_a_sealed_record_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    std::fs::remove_file(folder.path().join("audit-2026-11-21.log")).unwrap();
    // A record behind the sealed lines says so.
    let mut forged = Record::new("log.pruned")
        .resource("file", "audit-2026-11-21.log")
        .resource("sha256", "0")
        .resource("kept_from_seq", 300);
    (forged.ts, forged.seq) = (Some(writer.now()), Some(writer.seq));
    append(&folder.path().join(&writer.file), format!("{forged}\n").as_bytes());
    let found = verify(folder.path()).patience(std::time::Duration::from_millis(30)).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::FileMissing], "{found}");
    assert_eq!(found.findings()[0].file.as_deref(), Some("audit-2026-11-21.log"));
}

#[test]
fn each_record_that_is_there_can_be_proved_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let keys = writer.keys.iter().map(|key| key.verifier()).collect::<Vec<_>>();
    let mut proved = 0;
    for name in [
        "audit-2026-11-21.log",
        "audit-2026-11-22.log",
        "audit-2026-11-22.1.log",
        "audit-2026-11-23.log",
        "audit-2026-11-24.log",
    ] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        for line in text.lines().step_by(37) {
            let seq = Record::from_line(line.as_bytes()).unwrap().seq.unwrap();
            let proof = prove(folder.path(), seq).unwrap();
            let checkpoint = proof.verify(line.as_bytes(), &keys).unwrap();
            assert_eq!((proof.index, checkpoint.size), (seq, 440));
            assert!(proof.verify(b"another line", &keys).is_err());
            proved += 1;
        }
    }
    assert!(proved > 10);
    assert!(matches!(prove(folder.path(), 3), Err(ProveError::NotThere { seq: 3 })), "pruned");
    assert!(matches!(prove(folder.path(), 295), Err(ProveError::NotThere { seq: 295 })), "lost");
    assert!(matches!(prove(folder.path(), 440), Err(ProveError::NotSealed { seq: 440, base: 0, last: 439 })));
    let path = folder.path().join("audit-2026-11-23.log");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("bad", "mad", 1)).unwrap();
    assert!(matches!(prove(folder.path(), 270), Err(ProveError::NotAsSealed)));
}

#[test]
fn a_log_goes_on_from_each_of_its_older_states() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(folder.path());
    for _ in 0..3 {
        let older = writer.note().text().parse::<Checkpoint>().unwrap();
        writer.events(7);
        writer.checkpoint();
        writer.append_unsealed(Record::new("a.b"));
        writer.append_unsealed(Record::new("a.b"));
        let newer = writer.note().text().parse::<Checkpoint>().unwrap();
        let proof = prove_consistency(folder.path(), &older).unwrap();
        assert!(verify_consistency(older.size, older.root, newer.size, newer.root, &proof.path));
        let forged = Checkpoint { root: newer.root, ..older.clone() };
        assert!(matches!(prove_consistency(folder.path(), &forged), Err(ProveError::NotAsSealed)));
        let larger = Checkpoint { size: newer.size + 1, ..older };
        assert!(matches!(prove_consistency(folder.path(), &larger), Err(ProveError::NotComparable { .. })));
    }
}

#[test]
fn a_line_that_was_written_again_must_be_the_same() {
    let folder = tempfile::tempdir().unwrap();
    Writer::five_days(folder.path());
    let path = folder.path().join("audit-2026-11-22.log");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.rfind("true").unwrap();
    // A torn end, or zeros, is what a failed sync may leave.
    for end in ["", "\0\0\0\0"] {
        std::fs::write(&path, format!("{}{end}", &text[..at])).unwrap();
        assert_eq!(kinds(&verify(folder.path()).run().unwrap()), [], "{end:?}");
    }
    std::fs::write(&path, format!("{}null{}", &text[..at], &text[at + 4..])).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Duplicated], "{found}");
    assert_eq!(found.findings()[0].file.as_deref(), Some("audit-2026-11-22.log"));
}

#[test]
fn a_checkpoint_that_was_put_back_is_shown_by_the_sealers_position() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(folder.path());
    let old = std::fs::read(folder.path().join("seal/checkpoint")).unwrap();
    let path = folder.path().join(&writer.file);
    let lines = std::fs::read(&path).unwrap();
    writer.events(10);
    writer.checkpoint();
    std::fs::write(&path, lines).unwrap();
    std::fs::write(folder.path().join("seal/checkpoint"), old).unwrap();
    let found = verify(folder.path()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Truncated], "{found}");
    let head = folder.path().join(".state/head");
    let contents = std::fs::read(&head).unwrap();
    std::fs::write(&head, b"nothing").unwrap();
    assert_eq!(
        kinds(&verify(folder.path()).run().unwrap()),
        [],
        "a key holder's older state: only an anchor shows it"
    );
    std::fs::write(&head, contents).unwrap();
}

#[test]
fn a_pause_without_heartbeats_is_a_finding_unless_a_record_explains_it() {
    for (closed, explanation, is_found) in [
        (false, None, true),
        (true, None, false),
        (false, Some("log.recovered"), false),
        (false, Some("log.clock_step"), false),
        (false, Some("log.opened"), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 0);
        let settings = std::collections::BTreeMap::from([("heartbeat_interval", "1h")]);
        let opened = || Record::new("log.opened").resource("settings", &settings);
        writer.append(opened().resource("boot", "one"));
        writer.events(3);
        if closed {
            writer.append(Record::new("log.closed"));
        }
        writer.nanos += 3 * 3600 * 1_000_000_000;
        match explanation {
            Some("log.opened") => writer.append(opened().resource("boot", "two")),
            Some(event) => writer.append(Record::new(event)),
            None => {}
        }
        writer.events(9);
        writer.checkpoint();
        let found = verify(folder.path()).run().unwrap();
        assert_eq!(kinds(&found) == [FindingKind::Silence], is_found, "{closed} {explanation:?}: {found}");
        assert_eq!(found.status() == Status::Intact, !is_found);
    }
}

#[test]
fn the_report_is_for_people_and_the_map_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    Writer::five_days(folder.path());
    std::fs::remove_file(folder.path().join("audit-2026-11-23.log")).unwrap();
    let found = verify(folder.path()).run().unwrap();
    let text = found.to_string();
    let first = text.lines().next().unwrap();
    let fingerprint = found.facts().key_fingerprint.clone().unwrap();
    assert!(
        first.starts_with(&format!(
            "tampered, consistent; key {fingerprint}; newest sealed record 2026-11-24T"
        )),
        "{first}"
    );
    assert!(
        text.contains("file_missing: audit-2026-11-23.log, records 264 to 358: the file is gone"),
        "{text}"
    );
    let map = serde_json::to_value(&found).unwrap();
    assert_eq!(map["version"], 1);
    assert_eq!((map["status"].as_str(), map["exit_status"].as_u64()), (Some("tampered"), Some(1)));
    assert_eq!(map["findings"][0]["kind"], "file_missing");
    assert_eq!(
        (map["findings"][0]["from_seq"].as_u64(), map["facts"]["size"].as_u64()),
        (Some(264), Some(440))
    );
    let names = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names.len(), FindingKind::ALL.len());
}
