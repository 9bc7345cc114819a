//! Signatures of witnesses under the checkpoints of a log.

use super::five_days::kinds;
use super::writer::{Writer, key};
use crate::read::verify::{FindingKind, Level, Status, Verification, verify};
use crate::record::hex;
use crate::seal::{SignedNote, SigningKey, WitnessKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

struct Witness {
    name: &'static str,
    secret: ed25519_dalek::SigningKey,
}

impl Witness {
    fn new(name: &'static str, seed: u8) -> Witness {
        Witness { name, secret: ed25519_dalek::SigningKey::from_bytes(&[seed; 32]) }
    }

    fn bytes(&self) -> Vec<u8> {
        [&[4], &self.secret.verifying_key().to_bytes()[..]].concat()
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest([self.name.as_bytes(), b"\n", &self.bytes()].concat())[..4].to_vec()
    }

    fn key(&self) -> WitnessKey {
        let hash = hex(&self.hash());
        format!("{}+{hash}+{}", self.name, BASE64.encode(self.bytes())).parse().unwrap()
    }

    /// Returns the note with a signature by this witness, who has been shown this text.
    fn sign_as(&self, note: &SignedNote, text: &str, time: u64) -> SignedNote {
        let signature = self.secret.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
        let bytes = [&self.hash()[..], &time.to_be_bytes(), &signature.to_bytes()].concat();
        format!("{note}— {} {}\n", self.name, BASE64.encode(bytes)).parse().unwrap()
    }

    fn sign(&self, note: &SignedNote, time: u64) -> SignedNote {
        self.sign_as(note, note.text(), time)
    }
}

fn facts(found: &Verification) -> Vec<(&str, u64, Option<u64>, Option<u64>)> {
    let facts = found.facts().witnesses.iter();
    facts.map(|it| (it.name.as_str(), it.checkpoints, it.size, it.unix_time)).collect()
}

#[test]
fn signatures_of_witnesses_are_counted_wherever_the_checkpoint_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::five_days(folder.path());
    let [one, two, other] = [("w.example/1", 1), ("w.example/2", 2), ("w.example/3", 3)]
        .map(|(name, seed)| Witness::new(name, seed));
    let check = || verify(folder.path()).witness(one.key()).witness(two.key()).witness(one.key());
    let found = check().run().unwrap();
    assert_eq!(facts(&found), [("w.example/1", 0, None, None), ("w.example/2", 0, None, None)]);
    assert_eq!(found.level(), Level::Consistent);
    // Anchors of two sizes, one of them twice.
    let older = one.sign(&other.sign(&writer.note(), 99), 1_764_000_000);
    let again = one.sign(&writer.note(), 1_764_000_005);
    writer.events(5);
    writer.checkpoint();
    let newer = two.sign(&one.sign(&writer.note(), 1_764_000_030), 1_764_000_031);
    let found = check().anchor(format!("{older}\n{again}")).anchor(newer.to_string()).run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![], Level::Anchored), "{found}");
    assert_eq!(
        facts(&found),
        [
            ("w.example/1", 2, Some(447), Some(1_764_000_030)),
            ("w.example/2", 1, Some(447), Some(1_764_000_031))
        ]
    );
    let text = found.to_string();
    let line = "w.example/1 has signed 2 checkpoints; the newest is about 447 records, at 2025-11-24T16:00:30.000000000Z\n";
    assert!(text.contains(line), "{text}");
    let map = serde_json::to_value(&found).unwrap();
    assert_eq!(map["facts"]["witnesses"][1]["unix_time"].as_u64(), Some(1_764_000_031));
    // The directory's own checkpoint, without any anchor.
    std::fs::write(folder.path().join("seal/checkpoint"), newer.to_string()).unwrap();
    let found = check().run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![], Level::Anchored), "{found}");
    assert_eq!(facts(&found)[0], ("w.example/1", 1, Some(447), Some(1_764_000_030)));
    // Who does not know the witnesses passes over what they have signed.
    let found = verify(folder.path()).run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![], Level::Consistent), "{found}");
}

#[test]
fn a_bad_signature_of_a_known_witness_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let (good, bad) = (Witness::new("w.example/1", 1), Witness::new("w.example/2", 2));
    let note = good.sign(&bad.sign_as(&writer.note(), "other\n5\nx\n", 7), 1_764_000_000);
    let check = || verify(folder.path()).witness(good.key()).witness(bad.key());
    let found = check().anchor(note.to_string()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::CosignatureInvalid], "{found}");
    assert_eq!((found.status(), found.level()), (Status::Incomplete, Level::Consistent));
    let finding = &found.findings()[0];
    assert!(finding.file.is_none() && finding.detail.contains("w.example/2+"), "{found}");
    assert_eq!(facts(&found)[0].1, 1);
    let path = folder.path().join("seal/checkpoint");
    std::fs::write(&path, note.to_string()).unwrap();
    let found = check().run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::CosignatureInvalid], "{found}");
    assert_eq!(found.findings()[0].file.as_deref(), Some("seal/checkpoint"));
    // Only the log's own checkpoints count.
    let of = |key: &SigningKey| SignedNote::sign(writer.note().text().to_owned(), key);
    std::fs::write(&path, writer.note().to_string()).unwrap();
    let forged = good.sign(&of(&key(99, super::writer::ORIGIN)), 9);
    let found = check().anchor(format!("{forged}\n{}", writer.note())).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::AnchorNotInLog], "{found}");
    assert_eq!(facts(&found)[0].1, 0);
    // A seal, under which no witness signs anything else.
    let path = folder.path().join("seal/audit-2026-11-23.seal");
    let seal = std::fs::read_to_string(&path).unwrap().parse::<SignedNote>().unwrap();
    std::fs::write(&path, bad.sign_as(&seal, "other\n5\nx\n", 7).to_string()).unwrap();
    let found = check().run().unwrap();
    assert!(kinds(&found).contains(&FindingKind::CosignatureInvalid), "{found}");
    assert_eq!(found.findings()[0].file.as_deref(), Some("seal/audit-2026-11-23.seal"));
}

/// The holder of the log's key rewrites its end: what a witness has signed shows it.
#[test]
fn a_checkpoint_that_the_lines_contradict_does_not_count_as_witnessed() {
    let folder = tempfile::tempdir().unwrap();
    let [mut one, mut two] = ["one", "two"].map(|name| Writer::five_days(&folder.path().join(name)));
    one.append(crate::record::Record::new("a.b").resource("by", "ada"));
    two.append(crate::record::Record::new("a.b").resource("by", "eve"));
    one.checkpoint();
    two.checkpoint();
    let witness = Witness::new("w.example/1", 1);
    let note = witness.sign(&one.note(), 1_764_000_000);
    let found = verify(&two.dir).witness(witness.key()).anchor(note.to_string()).run().unwrap();
    assert_eq!((kinds(&found), found.level()), (vec![FindingKind::Fork], Level::Consistent), "{found}");
    assert_eq!(facts(&found), [("w.example/1", 0, None, None)]);
}
