//! A signer outside of the log signs as well, and holds nothing up when it does not.

use super::*;
use ed25519_dalek::Signer as _;
use std::error::Error;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tracing_audit::read::{FindingKind, Verification};
use tracing_audit::seal::Signer;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Signs,
    Fails,
    Hangs,
    Panics,
    SignsWrong,
}

/// A signer that does as it is told. It hangs until the test ends.
struct Moody {
    mood: Arc<Mutex<Mood>>,
    key: ed25519_dalek::SigningKey,
    release: Receiver<()>,
}

/// What a test has of its signer.
struct Told {
    mood: Arc<Mutex<Mood>>,
    _release: Sender<()>,
}

fn moody(mood: Mood) -> (Moody, Told) {
    let (mood, (_release, release)) = (Arc::new(Mutex::new(mood)), channel());
    let key = ed25519_dalek::SigningKey::from_bytes(&[42; 32]);
    (Moody { mood: Arc::clone(&mood), key, release }, Told { mood, _release })
}

fn signer_key() -> VerifierKey {
    moody(Mood::Signs).0.verifier_key()
}

impl Signer for Moody {
    fn verifier_key(&self) -> VerifierKey {
        VerifierKey::from_bytes("hsm.example.com/audit", self.key.verifying_key().as_bytes()).unwrap()
    }

    fn deadline(&self) -> Duration {
        // Short enough to be waited for; long enough on a busy machine where it matters.
        let is_hanging = *self.mood.lock().unwrap() == Mood::Hangs;
        if is_hanging { Duration::from_millis(300) } else { LONG }
    }

    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Signs => Ok(self.key.sign(message).to_bytes()),
            Mood::Fails => Err("the module is locked".into()),
            Mood::Hangs => {
                self.release.recv().unwrap_or(());
                Err("too late".into())
            }
            Mood::Panics => panic!("a broken driver"),
            Mood::SignsWrong => Ok(self.key.sign(b"another message").to_bytes()),
        }
    }
}

fn verified(dir: &Path) -> Verification {
    verify(dir).signer(signer_key()).is_copy(true).run().unwrap()
}

fn is_signed(path: &Path) -> bool {
    fs::read_to_string(path)
        .is_ok_and(|text| text.parse::<SignedNote>().is_ok_and(|note| note.verify([&signer_key()]).is_ok()))
}

/// Writes a log of some days, with a signer that the test talks to meanwhile.
fn days(log: &TestLog, clock: &TestClock, count: usize, moody: Moody, told: impl FnMut(usize, &AuditGuard)) {
    days_of(builder(log), clock, count, moody, told);
}

fn days_of(
    builder: AuditLayerBuilder,
    clock: &TestClock,
    count: usize,
    moody: Moody,
    mut told: impl FnMut(usize, &AuditGuard),
) {
    let builder = builder.clock(clock.clone()).heartbeat_interval(Duration::ZERO).signer(moody);
    let (_layer, guard) = builder.open().unwrap();
    for day in 0..count {
        if day > 0 {
            clock.pass(DAY);
        }
        append(&guard, 5);
        guard.handle().flush(LONG).unwrap();
        let synced = guard.handle().stats().synced_seq;
        let is_sealed = || guard.handle().stats().seal.unwrap().sealed_seq >= synced;
        support::eventually("the seal", is_sealed);
        told(day, &guard);
    }
    guard.shutdown(LONG).unwrap();
}

fn notes(log: &TestLog) -> Vec<SignedNote> {
    let records = log.all_records();
    let checkpoints = records.iter().filter(|record| record.event == "log.checkpoint");
    checkpoints.map(|record| record.resource["checkpoint"].as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_signer_certifies_each_key_and_signs_seals_and_recorded_checkpoints() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let dir = log.dir();
    let (signer, _told) = moody(Mood::Signs);
    days(&log, &clock, 3, signer, |_, _| ());
    assert_eq!(fs::read_to_string(dir.join("seal/signer.vkey")).unwrap(), format!("{}\n", signer_key()));
    for name in [
        "log.vkey.signed",
        "key-000002.vkey",
        "key-000003.vkey",
        "audit-2026-05-28.seal",
        "audit-2026-05-29.seal",
    ] {
        assert!(is_signed(&dir.join("seal").join(name)), "{name}");
    }
    // Not each second.
    assert!(!is_signed(&dir.join("seal/checkpoint")));
    let keys = keys(&dir);
    let notes = notes(&log);
    assert_eq!(notes.len(), 3);
    for note in &notes {
        note.verify(&keys).unwrap();
        note.verify([&signer_key()]).unwrap();
    }
    check(&dir);
    let verification = verified(&dir);
    assert_eq!(
        verification.findings().iter().filter(|it| it.kind != FindingKind::PrivateKeyInCopy).count(),
        0,
        "{verification}"
    );
    assert_eq!(verification.level(), Level::Authentic);
    let facts = verification.facts().signer.clone().unwrap();
    assert_eq!(
        (facts.keys, facts.first_key, facts.seals, facts.checkpoints),
        (3, Some(1), 2, 3),
        "{verification}"
    );
    assert_eq!(facts.size, notes[2].text().parse::<Checkpoint>().unwrap().size);
    let opened = log.all_records().remove(0);
    let settings = opened.resource["settings"].as_object().unwrap();
    assert_eq!(settings["signer"].as_str(), Some(&*signer_key().to_string()));
    // Someone who does not know the signer passes its signatures over.
    is_intact(&dir);
    let other = ed25519_dalek::SigningKey::from_bytes(&[43; 32]);
    let other = VerifierKey::from_bytes("other", other.verifying_key().as_bytes()).unwrap();
    let verification = verify(&dir).signer(other).run().unwrap();
    assert_eq!(verification.status(), Status::Incomplete);
    assert_eq!(verification.findings()[0].kind, FindingKind::SignerMissing);
}

#[test]
fn a_signer_that_does_not_sign_holds_nothing_up_and_is_an_alarm() {
    for mood in [Mood::Fails, Mood::Hangs, Mood::Panics, Mood::SignsWrong] {
        let (log, runtime) = (TestLog::new(), RuntimeLog::default());
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        let (signer, _told) = moody(mood);
        let (layer, guard) = builder(&log)
            .clock(clock.clone())
            .heartbeat_interval(Duration::ZERO)
            .signer(signer)
            .open()
            .unwrap();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        tracing::subscriber::with_default(subscriber, || {
            append(&guard, 5);
            let failing = || guard.handle().stats().seal.unwrap().signer_failing_since.is_some();
            support::eventually("the failure", failing);
            for _ in 0..2 {
                clock.pass(DAY);
                append(&guard, 5);
                guard.handle().flush(LONG).unwrap();
            }
            let synced = guard.handle().stats().synced_seq;
            let is_sealed = || guard.handle().stats().seal.unwrap().sealed_seq >= synced;
            support::eventually("the seals", is_sealed);
            let stats = guard.handle().stats().seal.unwrap();
            assert_eq!(stats.failing_since, None, "{mood:?}: sealing goes on");
            let begun = Instant::now();
            guard.shutdown(LONG).unwrap();
            assert!(begun.elapsed() < LONG / 2, "{mood:?}: the log was closed in {:?}", begun.elapsed());
            support::eventually("the error", || {
                runtime.all_lines().iter().any(|line| line.contains("has not signed"))
            });
        });
        let told =
            runtime.all_lines().into_iter().filter(|line| line.contains("the signer")).collect::<Vec<_>>();
        assert_eq!(told.len(), 1, "{mood:?}: {told:?}");
        assert!(told[0].contains("ERROR") && told[0].contains("hsm.example.com/audit"), "{told:?}");
        let reason = match mood {
            Mood::Fails => "the module is locked",
            Mood::Hangs => "no signature came within 300ms",
            Mood::Panics => "a broken driver",
            _ => "not valid for its verifier key",
        };
        assert!(told[0].contains(reason), "{told:?}");
        let records = log.all_records();
        let failed = records.iter().filter(|record| record.event == "log.signer_failed").collect::<Vec<_>>();
        assert_eq!(failed.len(), 1, "{mood:?}");
        assert!(failed[0].resource["error"].as_str().unwrap().contains(reason));
        let notes = notes(&log);
        assert!(!notes.is_empty() && notes.iter().all(|note| note.signatures().len() == 1));
        check(&log.dir());
        assert_eq!(keys(&log.dir()).len(), 3);
        let verification = verified(&log.dir());
        assert_eq!(verification.status(), Status::Incomplete, "{verification}");
        assert!(verification.to_string().contains("signer_missing"), "{verification}");
    }
}

/// Wherever the private key lies: what is not signed yet is noted beside it.
#[test]
fn certificates_get_the_signature_once_the_signer_works_again_also_after_a_restart() {
    for is_elsewhere in [false, true] {
        let (log, keys_dir) = (TestLog::new(), tempfile::tempdir().unwrap());
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        let builder = || match is_elsewhere {
            true => builder(&log).seal_key(keys_dir.path().join("key")),
            false => builder(&log),
        };
        let seal = log.dir().join("seal");
        let (signer, _told) = moody(Mood::Fails);
        days_of(builder(), &clock, 2, signer, |_, _| ());
        clock.pass(DAY);
        assert_eq!(log.dir().join(".state/seal.signer").exists(), !is_elsewhere);
        assert_eq!(keys_dir.path().join("key.signer").exists(), is_elsewhere);
        let (signer, told) = moody(Mood::Fails);
        let names = ["log.vkey.signed", "key-000002.vkey", "key-000003.vkey", "key-000004.vkey"];
        days_of(builder(), &clock, 2, signer, |day, guard| {
            if day == 1 {
                assert!(names.iter().all(|name| !is_signed(&seal.join(name))));
                *told.mood.lock().unwrap() = Mood::Signs;
                support::eventually("the signatures", || {
                    names.iter().all(|name| is_signed(&seal.join(name)))
                });
                support::eventually("the alarm's end", || {
                    guard.handle().stats().seal.unwrap().signer_failing_since.is_none()
                });
            }
        });
        let records = log.all_records();
        assert!(records.iter().any(|record| record.event == "log.signer_restored"));
        is_intact(&log.dir());
        let facts = verified(&log.dir()).facts().signer.clone().unwrap();
        assert_eq!((facts.keys, facts.first_key), (4, Some(1)));
        // The seals of the days in which it failed stay without it.
        assert_eq!(facts.seals, 0);
    }
}

/// A signer that is set later certifies the key of that day and those that follow; and one that begins again.
#[test]
fn a_signer_certifies_from_the_key_on_with_which_it_was_set_and_a_new_origin_too() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let dir = log.dir();
    let plain = || {
        let (_layer, guard) = builder(&log).clock(clock.clone()).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    };
    plain();
    plain();
    let (signer, _told) = moody(Mood::Signs);
    days(&log, &clock, 2, signer, |_, _| ());
    let verification = verified(&dir);
    let facts = verification.facts().signer.clone().unwrap();
    // The second key was the newest when the log was opened.
    assert_eq!((facts.keys, facts.first_key), (3, Some(2)), "{verification}");
    assert!(!verification.to_string().contains("signer_missing"), "{verification}");
    fs::remove_file(dir.join(".state/seal.key")).unwrap();
    let (signer, _told) = moody(Mood::Signs);
    days(&log, &clock, 1, signer, |_, _| ());
    assert!(is_signed(&dir.join("seal/key-000005.vkey")));
    // It is trusted since the signer has certified it.
    let verification = verified(&dir);
    assert_eq!(verification.level(), Level::Authentic, "{verification}");
    assert!(!verification.to_string().contains("key_untrusted"), "{verification}");
    // And a day without the signer is seen.
    clock.pass(DAY);
    plain();
    let verification = verified(&dir);
    let missing = verification.findings().iter().find(|it| it.kind == FindingKind::SignerMissing).unwrap();
    assert_eq!(missing.file.as_deref(), Some("seal/key-000006.vkey"), "{verification}");
}

#[test]
fn a_bad_signature_by_the_signer_is_found_wherever_it_is() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let dir = log.dir();
    let (signer, _told) = moody(Mood::Signs);
    days(&log, &clock, 2, signer, |_, _| ());
    let anchor = notes(&log)[0].to_string();
    let signer_line = |text: &str| text.lines().find(|line| line.starts_with("— hsm.")).unwrap().to_owned();
    let certificate = fs::read_to_string(dir.join("seal/key-000002.vkey")).unwrap();
    let seal = fs::read_to_string(dir.join("seal/audit-2026-05-28.seal")).unwrap();
    // The signature of another text.
    let forged = |text: &str| match text.contains("— hsm.") {
        true => {
            text.replace(&signer_line(text), &signer_line(if text == seal { &certificate } else { &seal }))
        }
        false => format!("{text}{}\n", signer_line(&seal)),
    };
    for name in ["log.vkey.signed", "key-000002.vkey", "audit-2026-05-28.seal", "checkpoint"] {
        let path = dir.join("seal").join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, forged(&text)).unwrap();
        let verification = verified(&dir);
        assert_eq!(verification.status(), Status::Tampered, "{name}: {verification}");
        let file = format!("seal/{name}");
        let is_told = verification.findings().iter().any(|finding| {
            finding.kind == FindingKind::SignerInvalid && finding.file.as_deref() == Some(&*file)
        });
        assert!(is_told, "{name}: {verification}");
        fs::write(&path, text).unwrap();
    }
    let verification = verify(&dir).signer(signer_key()).anchor(forged(&anchor)).run().unwrap();
    assert!(verification.to_string().contains("anchor_invalid"), "{verification}");
    // In a line, which is another one then, too.
    let day_file = dir.join("audit-2026-05-29.log");
    let text = fs::read_to_string(&day_file).unwrap();
    let line = text.lines().find(|line| line.contains(r#""event":"log.checkpoint""#)).unwrap();
    let begin = line.find("— hsm.").unwrap();
    let end = begin + line[begin..].find("\\n").unwrap();
    let changed = format!("{}{}{}", &line[..begin], signer_line(&seal), &line[end..]);
    fs::write(&day_file, text.replace(line, &changed)).unwrap();
    let verification = verified(&dir);
    let number = 1 + text.lines().position(|other| other == line).unwrap() as u64;
    let told =
        verification.findings().iter().find(|finding| finding.kind == FindingKind::SignerInvalid).unwrap();
    assert_eq!(
        (told.file.as_deref(), told.line),
        (Some("audit-2026-05-29.log"), Some(number)),
        "{verification}"
    );
    fs::write(&day_file, text).unwrap();
    assert!(!verified(&dir).to_string().contains("signer_invalid"));
}

/// Someone has the day's key, and has all of it sealed again after a change; what the signer has signed is still there.
#[test]
fn lines_before_a_checkpoint_of_the_signer_can_t_be_sealed_again_without_it() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let dir = log.dir();
    let (signer, _told) = moody(Mood::Signs);
    days(&log, &clock, 1, signer, |_, _| ());
    let signed = verified(&dir).facts().signer.clone().unwrap();
    let day_file = dir.join("audit-2026-05-28.log");
    let text = fs::read_to_string(&day_file).unwrap();
    fs::write(&day_file, text.replace(r#""number":3"#, r#""number":4"#)).unwrap();
    for name in [".state/head", ".state/seal.guard", "seal/checkpoint"] {
        fs::remove_file(dir.join(name)).unwrap();
    }
    let (_layer, guard) = builder(&log).clock(clock).open().unwrap();
    guard.shutdown(LONG).unwrap();
    // To everyone else, it is a perfect log.
    is_intact(&dir);
    let verification = verified(&dir);
    assert_eq!(verification.status(), Status::Tampered, "{verification}");
    let fork = verification.findings().iter().find(|finding| finding.kind == FindingKind::Fork).unwrap();
    assert_eq!(fork.file.as_deref(), Some("audit-2026-05-28.log"), "{verification}");
    assert!(fork.line.is_some());
    // The certificate of the first key is about no records.
    let facts = verification.facts().signer.clone().unwrap();
    assert_eq!((facts.keys, facts.size), (1, 0), "{verification}");
    assert!(signed.size > 0);
}

/// Someone can write to the directory, and has no key: the signer signs no certificate that the log has not made.
#[test]
fn a_certificate_that_was_put_there_gets_no_signature() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let path = log.dir().join("seal/key-000002.vkey");
    let (signer, told) = moody(Mood::Fails);
    days(&log, &clock, 2, signer, |day, guard| {
        if day == 1 {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("\nsize ", "\nsize 1")).unwrap();
            *told.mood.lock().unwrap() = Mood::Signs;
            let first = log.dir().join("seal/log.vkey.signed");
            support::eventually("the first certificate", || is_signed(&first));
            support::eventually("the alarm's end", || {
                guard.handle().stats().seal.unwrap().signer_failing_since.is_none()
            });
        }
    });
    assert!(!is_signed(&path));
}

#[test]
fn a_signer_whose_name_is_too_long_is_refused() {
    struct Long;
    impl Signer for Long {
        fn verifier_key(&self) -> VerifierKey {
            VerifierKey::from_bytes("x".repeat(201), signer_key().as_bytes()).unwrap()
        }
        fn sign(&mut self, _: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
            Ok([0; 64])
        }
    }
    let log = TestLog::new();
    let error = builder(&log).signer(Long).open().unwrap_err();
    assert!(matches!(&error, tracing_audit::OpenError::Setting { setting: "signer", .. }), "{error}");
    assert!(VerifierKey::from_bytes("a b", signer_key().as_bytes()).is_err());
    assert!(VerifierKey::from_bytes("a", &[0; 32]).is_err());
}
