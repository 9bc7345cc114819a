//! A log that is compared with another directory.

use super::five_days::{copy, kinds};
use super::writer::{JOURNAL, Writer, key};
use crate::read::verify::{Counterpart, FindingKind, Status, Verification, verify};
use crate::record::Record;
use std::path::Path;

/// Two directories that have the same five days.
fn two(folder: &Path) -> [Writer; 2] {
    [Writer::five_days(&folder.join("one")), Writer::five_days(&folder.join("two"))]
}

fn against(own: &Path, other: &Path) -> Verification {
    verify(own).against(other).run().unwrap()
}

/// Checks that either of two has the same history as the other.
fn is_same(one: &Path, two: &Path) {
    for (own, other) in [(one, two), (two, one)] {
        let found = against(own, other);
        assert_eq!(kinds(&found), [], "{found}");
        assert!(found.notes().iter().any(|note| note.kind == FindingKind::SameHistory), "{found}");
    }
}

/// Returns the fork that the comparison of the first with the second has found, and nothing else.
fn fork(own: &Path, other: &Path) -> (Option<String>, Option<u64>, Box<Counterpart>) {
    let found = against(own, other);
    assert_eq!(kinds(&found), [FindingKind::Fork], "{found}");
    let finding = found.findings()[0].clone();
    let map = serde_json::to_value(&finding).unwrap();
    assert_eq!(map["counterpart"]["common"].as_u64(), finding.counterpart.as_ref().map(|it| it.common));
    (finding.file, finding.line, finding.counterpart.unwrap())
}

#[test]
fn a_copy_and_an_older_copy_have_the_same_history() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(&folder.path().join("log"));
    is_same(&writer.dir, &writer.dir);
    let older = folder.path().join("older");
    copy(&writer.dir, &older);
    is_same(&writer.dir, &older);
    for days in 0..3 {
        writer.events(9);
        writer.checkpoint();
        is_same(&writer.dir, &older);
        writer.next_file(&format!("audit-2026-11-2{}.log", 5 + days), "2026-11-25");
        writer.hand_over(None);
        writer.events(9);
        writer.log_checkpoint();
        writer.checkpoint();
        writer.append_unsealed(Record::new("a.b"));
        is_same(&writer.dir, &older);
    }
    // A copy without lines, or without seals.
    let (seals, lines) = (folder.path().join("seals"), folder.path().join("lines"));
    copy(&writer.dir.join("seal"), &seals.join("seal"));
    let found = against(&writer.dir, &seals);
    assert_eq!(kinds(&found), [], "{found}");
    // Lines of the older copy were changed by an attacker without the key.
    let path = older.join("audit-2026-11-23.log");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("bad", "mad", 1)).unwrap();
    let found = against(&writer.dir, &older);
    assert_eq!(kinds(&found), [], "{found}");
    copy(&older, &lines);
    std::fs::remove_dir_all(lines.join("seal")).unwrap();
    std::fs::remove_dir_all(lines.join(".state")).unwrap();
    let found = against(&writer.dir, &lines);
    assert_eq!(kinds(&found), [], "{found}");
    assert!(found.to_string().contains("same history up to 389 records"), "{found}");
}

#[test]
fn two_histories_are_a_fork_with_the_places_at_which_they_part() {
    let folder = tempfile::tempdir().unwrap();
    let [mut one, mut two] = two(folder.path());
    one.append(Record::new("a.b").resource("by", "ada"));
    two.append(Record::new("a.b").resource("by", "eve"));
    one.events(5);
    one.checkpoint();
    // The other one goes on for days, with keys of its own.
    two.events(2);
    two.next_file("audit-2026-11-25.log", "2026-11-25");
    two.hand_over(None);
    two.events(30);
    two.checkpoint();
    for (own, other, sizes) in [(&one, &two, [448, 475]), (&two, &one, [475, 448])] {
        let (file, line, counterpart) = fork(&own.dir, &other.dir);
        let place = (Some("audit-2026-11-24.log".to_owned()), Some(84));
        assert_eq!((file, line), place);
        assert_eq!((counterpart.file.clone(), counterpart.line), place);
        assert_eq!((counterpart.common, counterpart.own_size, counterpart.size), (442, sizes[0], sizes[1]));
        assert_eq!(counterpart.dir, other.dir);
        // By itself, either is perfect.
        assert_eq!(kinds(&verify(&own.dir).key(own.keys[0].verifier()).run().unwrap()), []);
    }
}

/// The signed statements contradict each other, whatever else is still there.
#[test]
fn without_lines_two_histories_are_a_fork_by_what_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let [mut one, mut two] = two(folder.path());
    one.append(Record::new("a.b").resource("by", "ada"));
    two.append(Record::new("a.b").resource("by", "eve"));
    for writer in [&mut one, &mut two] {
        writer.events(5);
        writer.checkpoint();
    }
    let seals = folder.path().join("seals");
    copy(&two.dir.join("seal"), &seals.join("seal"));
    let (file, _, counterpart) = fork(&one.dir, &seals);
    assert_eq!(
        (file.as_deref(), counterpart.file.as_deref()),
        (Some("seal/checkpoint"), Some("seal/checkpoint"))
    );
    assert_eq!((counterpart.line, counterpart.own_size, counterpart.size), (None, 448, 448));
    // An older copy of the one, whose next day and key are not yet there; the checkpoint in a line of the other.
    two.log_checkpoint();
    two.events(5);
    two.checkpoint();
    std::fs::remove_dir_all(two.dir.join("seal")).unwrap();
    copy(&seals.join("seal"), &two.dir.join("seal"));
    std::fs::remove_file(two.dir.join("seal/checkpoint")).unwrap();
    std::fs::remove_file(two.dir.join(".state/head")).unwrap();
    let (_, _, counterpart) = fork(&one.dir, &two.dir);
    assert_eq!((counterpart.file.as_deref(), counterpart.line), (Some("audit-2026-11-24.log"), Some(90)));
}

#[test]
fn two_keys_that_one_key_has_certified_are_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let [mut one, mut two] = two(folder.path());
    one.hand_over(None);
    two.hand_over_to(key(77, super::writer::ORIGIN), None);
    let (file, _, counterpart) = fork(&one.dir, &two.dir);
    assert_eq!(
        (file.as_deref(), counterpart.file.as_deref()),
        (Some("seal/key-000004.vkey"), Some("seal/key-000004.vkey"))
    );
    assert_eq!(counterpart.common, 440);
}

#[test]
fn a_key_that_only_the_directory_vouches_for_proves_no_fork() {
    let folder = tempfile::tempdir().unwrap();
    let [mut one, mut two] = two(folder.path());
    one.events(9);
    one.checkpoint();
    let next = two.hand_over(Some("the key was lost"));
    two.append(Record::new("a.b").resource("by", "eve"));
    two.checkpoint();
    let found = against(&one.dir, &two.dir);
    assert_eq!(kinds(&found), [FindingKind::NotComparable], "{found}");
    let found = verify(&one.dir).key(one.keys[0].verifier()).key(next).against(&two.dir).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Fork], "{found}");
}

#[test]
fn another_log_can_not_be_compared() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(&folder.path().join("log"));
    let mut other = Writer::new_with(&folder.path().join("other"), 0, key(9, "elsewhere/app"));
    other.events(9);
    other.checkpoint();
    // As someone makes it who has no key of the log.
    let mut forged = Writer::new_with(&folder.path().join("forged"), 0, key(9, super::writer::ORIGIN));
    forged.events(9);
    forged.checkpoint();
    let unsealed = folder.path().join("unsealed");
    std::fs::create_dir(&unsealed).unwrap();
    let mut line = Record::new("log.opened").resource("journal", JOURNAL);
    (line.ts, line.seq) = (Some(writer.now()), Some(0));
    std::fs::write(unsealed.join("audit-2026-11-20.log"), format!("{line}\n")).unwrap();
    for dir in [&other.dir, &forged.dir, &unsealed] {
        let found = against(&writer.dir, dir);
        assert_eq!(kinds(&found), [FindingKind::NotComparable], "{found}");
        assert_eq!(found.status(), Status::Incomplete);
        assert!(found.findings()[0].detail.contains(&dir.display().to_string()), "{found}");
    }
    assert!(verify(&writer.dir).against(folder.path().join("nowhere")).run().is_err());
}
