//! Keys, signatures and checkpoints.

use crate::seal::{Checkpoint, Hash, SignedNote, SigningKey, VerifierKey};
use proptest::prelude::*;
use signed_note::{Note, Signer, StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::tlog;

const NAME: &str = "log.example/a";

fn key(byte: u8) -> SigningKey {
    SigningKey::of_seed(NAME, &[byte; 32]).unwrap()
}

/// The same key in the other crate, which reads the text that is written here.
fn their_signer(key: &SigningKey) -> StandardSigner {
    StandardSigner::new(key.to_text().trim_end()).unwrap()
}

fn verifiers(keys: &[String]) -> VerifierList {
    VerifierList::new(
        keys.iter().map(|key| Box::new(StandardVerifier::new(key).unwrap()) as Box<dyn Verifier>).collect(),
    )
}

/// Returns a signed checkpoint, and the verifier's key, that were written by the other crates.
pub(crate) fn signed_by_others(origin: &str, size: u64, root: tlog::Hash) -> (String, String) {
    let checkpoint = tlog_tiles::Checkpoint::new(origin, size, root, "").unwrap();
    let mut note = Note::new(&checkpoint.to_bytes(), &[]).unwrap();
    let key = SigningKey::of_seed(origin, &[7; 32]).unwrap();
    note.add_sigs(&[&their_signer(&key) as &dyn Signer]).unwrap();
    let public = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    let text = [&[1], public.as_bytes().as_slice()].concat();
    let id = signed_note::key_id(origin, &text);
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(text);
    (String::from_utf8(note.to_bytes()).unwrap(), format!("{origin}+{id:08x}+{text}"))
}

#[test]
fn notes_of_either_are_verified_by_the_other() {
    for text in ["a\n", "\n", "a\n\nb\n\n", "é — ü\n", &"long\n".repeat(5000)] {
        let ours = SignedNote::sign(text.to_owned(), &key(1)).to_string();
        let note = Note::from_bytes(ours.as_bytes()).unwrap();
        let (verified, unverified) = note.verify(&verifiers(&[key(1).verifier().to_string()])).unwrap();
        assert_eq!((verified.len(), unverified.len()), (1, 0));

        let mut note = Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[&their_signer(&key(2)) as &dyn Signer, &their_signer(&key(1))]).unwrap();
        let theirs = String::from_utf8(note.to_bytes()).unwrap();
        let parsed = theirs.parse::<SignedNote>().unwrap();
        assert_eq!((parsed.text(), parsed.to_string()), (text, theirs));
        assert_eq!(parsed.verify(&[key(1).verifier(), key(2).verifier()]), Ok(0));
    }
}

#[test]
fn keys_are_named_alike() {
    for byte in 0..20 {
        let (ours, theirs) = (key(byte), their_signer(&key(byte)));
        assert_eq!((ours.name(), ours.verifier().hash()), (theirs.name(), theirs.key_id()));
        let verifier = StandardVerifier::new(&ours.verifier().to_string()).unwrap();
        assert_eq!((verifier.name(), verifier.key_id()), (theirs.name(), theirs.key_id()));
    }
}

#[test]
fn checkpoints_of_either_are_read_by_the_other() {
    for size in [0, 1, 7, u64::from(u32::MAX), i64::MAX as u64] {
        let root = [size as u8; 32];
        let ours = Checkpoint { origin: NAME.to_owned(), size, root: Hash::from(root) };
        let theirs = tlog_tiles::Checkpoint::from_bytes(ours.to_string().as_bytes()).unwrap();
        assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (NAME, size, root));
        assert_eq!(theirs.to_bytes(), ours.to_string().into_bytes());

        let extended = tlog_tiles::Checkpoint::new(NAME, size, tlog::Hash(root), "an extension\n").unwrap();
        let text = String::from_utf8(extended.to_bytes()).unwrap();
        assert_eq!(text.parse::<Checkpoint>().unwrap(), ours);

        let (note, key) = signed_by_others(NAME, size, tlog::Hash(root));
        let note = note.parse::<SignedNote>().unwrap();
        assert_eq!(note.verify(&[key.parse::<VerifierKey>().unwrap()]), Ok(0));
        assert_eq!(note.text().parse::<Checkpoint>().unwrap(), ours);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// A changed note is refused, or has the text that was signed, as the other crate says, too.
    #[test]
    fn changed_notes_are_refused_as_by_the_other(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), count in 0_usize..3, twice in any::<bool>(),
    ) {
        let mut bytes = SignedNote::sign("a\n\nb\n".to_owned(), &key(1)).to_string().into_bytes();
        if twice {
            let line = bytes[6..].to_vec();
            bytes.extend(line);
        }
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + count);
        bytes.splice(at..end, [byte]);
        let theirs = Note::from_bytes(&bytes).ok();
        let ours = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<SignedNote>().ok());
        prop_assert_eq!(ours.is_some(), theirs.is_some(), "{:?}", String::from_utf8_lossy(&bytes));
        let (Some(ours), Some(theirs)) = (ours, theirs) else { return Ok(()) };
        let verified = theirs.verify(&verifiers(&[key(1).verifier().to_string()])).is_ok();
        let accepted = ours.verify(&[key(1).verifier()]).is_ok();
        // The other crate looks at a key's first signature only.
        prop_assert!(accepted == verified || verified && twice);
    }

    /// A key that is read here is one for the other crate, too.
    #[test]
    fn changed_keys_are_refused_as_by_the_other(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = key(1).verifier().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = std::str::from_utf8(&bytes)
            && let Ok(ours) = text.parse::<VerifierKey>()
        {
            prop_assert_eq!(StandardVerifier::new(text.trim_end()).unwrap().key_id(), ours.hash());
        }
    }
}
