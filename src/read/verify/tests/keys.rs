//! What an attacker with a key, or with the right to write anywhere, can do, and which level shows it.

use super::five_days::{copy, kinds};
use super::writer::{ORIGIN, Writer, key};
use crate::read::verify::{FindingKind, Level, Status, Verify, verify};
use crate::record::Record;
use crate::seal::{SignedNote, SigningKey};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The kinds of findings at each of the three levels: with the key of the directory, with the genuine key, and with
/// a checkpoint from elsewhere.
fn at_each_level(dir: &Path, genuine: &SigningKey, anchor: &SignedNote) -> [Vec<FindingKind>; 3] {
    let pinned = || verify(dir).key(genuine.verifier());
    let result = |verify: Verify| kinds(&verify.run().unwrap());
    [result(verify(dir)), result(pinned()), result(verify(dir).anchor(anchor.to_string()))]
}

/// Signs every file of the seals again with keys of its own.
fn sign_again(dir: &Path) -> Writer {
    std::fs::remove_dir_all(dir).unwrap();
    let mut writer = Writer::new_with(dir, 0, key(99, ORIGIN));
    writer.events(300);
    writer.next_file("audit-2026-11-21.log", "2026-11-21");
    writer.events(300);
    writer.checkpoint();
    writer
}

#[test]
fn a_log_that_was_signed_again_with_another_key_is_only_consistent() {
    let folder = tempfile::tempdir().unwrap();
    let genuine = Writer::five_days(folder.path());
    let anchor = genuine.note();
    sign_again(folder.path());
    let found = at_each_level(folder.path(), &genuine.keys[0], &anchor);
    assert_eq!(found, [vec![], vec![FindingKind::WrongKey], vec![FindingKind::AnchorNotInLog]]);
}

#[test]
fn yesterdays_directory_is_authentic_and_shown_by_an_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, yesterday) = (folder.path().join("audit"), folder.path().join("yesterday"));
    let mut writer = Writer::five_days(&dir);
    copy(&dir, &yesterday);
    writer.events(20);
    writer.next_file("audit-2026-11-25.log", "2026-11-25");
    writer.events(20);
    writer.checkpoint();
    let found = at_each_level(&yesterday, &writer.keys[0], &writer.note());
    assert_eq!(found, [vec![], vec![], vec![FindingKind::AnchorNotInLog]]);
    let stale = verify(&yesterday).max_age(Duration::from_secs(7200));
    let now = SystemTime::try_from(writer.now()).unwrap();
    assert_eq!(kinds(&stale.clone().as_of(now).run().unwrap()), [FindingKind::Stale]);
    assert_eq!(kinds(&stale.as_of(now - Duration::from_secs(86_400)).run().unwrap()), []);
}

#[test]
fn the_end_rewritten_with_the_newest_key_is_a_fork_for_an_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, other) = (folder.path().join("audit"), folder.path().join("other"));
    let mut writer = Writer::five_days(&dir);
    let mut again = Writer::five_days(&other);
    writer.append(Record::new("a.b").resource("by", "ada"));
    again.append(Record::new("a.b").resource("by", "eve"));
    for writer in [&mut writer, &mut again] {
        writer.events(5);
        writer.checkpoint();
    }
    let found = at_each_level(&other, &writer.keys[0], &writer.note());
    assert_eq!(found, [vec![], vec![], vec![FindingKind::Fork]]);
}

#[test]
fn a_replaced_verifier_key_signs_nothing_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let forged = key(99, ORIGIN).verifier();
    std::fs::write(folder.path().join("seal/log.vkey"), format!("{forged}\n")).unwrap();
    for (found, pinned) in
        at_each_level(folder.path(), &writer.keys[0], &writer.note()).iter().zip([false, true, false])
    {
        assert!(
            found.contains(&FindingKind::CheckpointInvalid) && found.contains(&FindingKind::SealInvalid),
            "{found:?}"
        );
        assert_eq!(found.contains(&FindingKind::WrongKey), pinned);
    }
    std::fs::remove_file(folder.path().join("seal/log.vkey")).unwrap();
    let found = verify(folder.path()).key(writer.keys[0].verifier()).run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![FindingKind::KeyMissing], Level::Authentic), "{found}");
    assert_eq!(found.status(), Status::Incomplete);
}

#[test]
fn yesterdays_seal_signed_with_todays_key_is_not_valid() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    for name in ["audit-2026-11-21", "audit-2026-11-22.1"] {
        let path = folder.path().join(format!("seal/{name}.seal"));
        let genuine = std::fs::read_to_string(&path).unwrap();
        let note = genuine.parse::<SignedNote>().unwrap();
        let again = SignedNote::sign(note.text().to_owned(), writer.keys.last().unwrap());
        std::fs::write(&path, again.to_string()).unwrap();
        for found in at_each_level(folder.path(), &writer.keys[0], &writer.note()) {
            assert_eq!(found, [FindingKind::SealInvalid], "{name}");
        }
        std::fs::write(&path, genuine).unwrap();
    }
}

#[test]
fn a_log_that_has_lost_its_key_needs_both_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(folder.path());
    let next = writer.hand_over(Some("the key file was gone"));
    writer.events(20);
    writer.checkpoint();
    let pinned = || verify(folder.path()).key(writer.keys[0].verifier());
    for (verify, level) in [(verify(folder.path()), Level::Consistent), (pinned(), Level::Consistent)] {
        let found = verify.run().unwrap();
        assert_eq!((kinds(&found), found.level()), (vec![FindingKind::KeyUntrusted], level), "{found}");
        assert_eq!(found.status(), Status::Incomplete);
    }
    let found = pinned().key(next).run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![], Level::Authentic), "{found}");
}

#[test]
fn a_certificate_that_is_changed_or_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let path = folder.path().join("seal/key-000002.vkey");
    let genuine = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, genuine.replace("size 1", "size 2")).unwrap();
    let [found, ..] = at_each_level(folder.path(), &writer.keys[0], &writer.note());
    assert!(found.contains(&FindingKind::CertificateInvalid), "{found:?}");
    std::fs::remove_file(&path).unwrap();
    let [found, ..] = at_each_level(folder.path(), &writer.keys[0], &writer.note());
    assert!(found.contains(&FindingKind::CertificateMissing), "{found:?}");
}

#[test]
fn an_anchor_counts_if_its_signature_does() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let genuine = writer.note().to_string();
    let found = |anchor: String| verify(folder.path()).anchor(anchor).run();
    let mut older = Writer::five_days(&folder.path().join("again"));
    older.events(3);
    let json = serde_json::to_string(&older.note().to_string()).unwrap();
    assert_eq!(
        kinds(&found(format!("{genuine}\n{{\"checkpoint\":{json}}}")).unwrap()),
        [FindingKind::AnchorNotInLog]
    );
    let forged = genuine.replace("\n440\n", "\n430\n");
    let result = found(forged).unwrap();
    assert_eq!((kinds(&result), result.level()), (vec![FindingKind::AnchorInvalid], Level::Consistent));
    let other = SignedNote::sign(
        "other\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".to_owned(),
        &key(7, "other"),
    );
    assert_eq!(kinds(&found(other.to_string()).unwrap()), [FindingKind::AnchorNotInLog]);
    let both = format!("{other}\n{genuine}");
    assert_eq!(found(both).unwrap().level(), Level::Anchored);
    assert!(found("nothing".to_owned()).is_err());
}

#[test]
fn a_private_key_in_a_copy_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    std::fs::write(folder.path().join(".state/seal.key"), writer.keys[0].to_text().as_bytes()).unwrap();
    assert_eq!(kinds(&verify(folder.path()).run().unwrap()), []);
    assert_eq!(kinds(&verify(folder.path()).is_copy(true).run().unwrap()), [FindingKind::PrivateKeyInCopy]);
}
