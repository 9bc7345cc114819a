//! Signatures of notes: those of Go's package `golang.org/x/mod/sumdb/note` and of other programs, and
//! wrong ones.

use super::samples::{ORIGIN, checkpoint, key, line, proof, root};
use crate::seal::note::signing_key::SigningKey;
use crate::seal::{Checkpoint, NoteError, Proof, ProofError, SignedNote, VerifierKey, WitnessKey};

const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

/// Keys and signatures of the PyPI package tlog-scales 0.0.3, for `checkpoint(7)`.
pub(super) const WITNESS: &str = "witness.example/w1+773a6c12+BMhTrQ8M0rYZrqks7sT9VqJNZJnVhM55JX5Fz9gTm2Cn";
pub(super) const OTHER_WITNESS: &str =
    "witness.example/w2+2cf51e8f+BO4x+DyIpxIZpvz5vuDam8ImIFiPWhWmFFVTUE35ZJ5c";
const LOG: &str = "— db.example/shop/0123456789abcdef o6JPBrIIANSPUPvPVXmUjcIF+LNulawOlL+MpvMN7SIqGS6nmxCytTLWv7OPTTPeiuuquFWPIyew+of330aCtUvhTwA=\n";
const BY_WITNESS: &str = "— witness.example/w1 dzpsEgAAAABpJIEARqv9HcBDLGnp/6I0BgrmKGd8mCRd+3dDPqSTgrhrgXUolP1qhp/WbxDkhGqeryOugDF+mfkSRY5/h9DF5gyVAg==\n";
const BY_OTHER_WITNESS: &str = "— witness.example/w2 LPUejwAAAABpJIE8rykKkl4j7eVmoJ5TUWkdswJHdGPZbgUV307KkBG20Hrm9bh4KQKxY4H25dU0/4juZwLv0g8OhCb2Raxy8dgpAw==\n";

fn peter() -> VerifierKey {
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap()
}

fn enoch() -> VerifierKey {
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop".parse().unwrap()
}

fn note(text: &str) -> SignedNote {
    let note = text.parse::<SignedNote>().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(note.to_string(), text);
    note
}

#[test]
fn a_note_of_gos_package_is_verified() {
    let both = note(&format!("{TEXT}\n{PETER}{ENOCH}"));
    assert_eq!(both.text(), TEXT);
    assert_eq!(both.verify(&[peter()]), Ok(0));
    assert_eq!(both.verify(&[enoch()]), Ok(0));
    assert_eq!(both.verify(&[enoch(), peter()]), Ok(0));
    assert_eq!(both.verify(&[key(1).verifier(), peter()]), Ok(1));
    let names = both.signatures().iter().map(|signature| (signature.name(), signature.hash()));
    assert_eq!(names.collect::<Vec<_>>(), [("PeterNeumann", 0xc74f_20a3), ("EnochRoot", 0xaf0c_fe78)]);

    let private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let signed = SignedNote::sign(TEXT.to_owned(), &SigningKey::parse(private).unwrap());
    assert_eq!(signed.to_string(), format!("{TEXT}\n{PETER}"));
}

#[test]
fn a_note_that_no_known_key_has_signed_is_refused() {
    let unsigned = note(&format!("{TEXT}\n{PETER}"));
    for keys in [&[][..], &[enoch()], &[key(1).verifier()]] {
        let error = unsigned.verify(keys).unwrap_err();
        assert_eq!(error, NoteError::Unsigned { signers: vec!["PeterNeumann+c74f20a3".to_owned()] });
    }
    // The name of one key and the hash of another are those of no key.
    let mixed = note(&format!("{TEXT}\n{}", PETER.replace("PeterNeumann", "EnochRoot")));
    assert!(matches!(mixed.verify(&[peter(), enoch()]), Err(NoteError::Unsigned { .. })));
    // No message hands control characters on to a terminal.
    let hostile = note(&format!("{TEXT}\n{}", PETER.replace("PeterNeumann", "\u{9b}2J")));
    let message = hostile.verify(&[peter()]).unwrap_err().to_string();
    assert_eq!(message, "no known key has signed the note; it is signed by \\u{9b}2J+c74f20a3");
}

#[test]
fn a_wrong_signature_by_a_known_key_is_refused_beside_a_right_one() {
    let wrong = PETER.replace("x08go/Z", "x08go/A");
    let short = PETER.replace(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
        "x08go/ZJ",
    );
    for signatures in [
        format!("{wrong}{ENOCH}"),
        format!("{ENOCH}{wrong}"),
        format!("{PETER}{wrong}"),
        format!("{wrong}{PETER}"),
        format!("{ENOCH}{short}"),
    ] {
        let note = note(&format!("{TEXT}\n{signatures}"));
        let error = note.verify(&[peter(), enoch()]).unwrap_err();
        assert_eq!(error, NoteError::Invalid { signer: "PeterNeumann+c74f20a3".to_owned() }, "{signatures}");
        assert_eq!(note.verify(&[enoch()]).is_ok(), signatures.contains(ENOCH));
    }
    let other_text = note(&format!("{TEXT}more\n\n{PETER}"));
    assert!(matches!(other_text.verify(&[peter()]), Err(NoteError::Invalid { .. })));
    // The same valid signature twice says no more than once, and nothing wrong.
    assert_eq!(note(&format!("{TEXT}\n{PETER}{PETER}")).verify(&[peter()]), Ok(0));
}

/// The order of the group, added to the second half, gives another spelling of the same signature.
#[test]
fn another_spelling_of_a_signature_is_refused() {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
    let digits = PETER.split(' ').nth(2).unwrap().trim_end();
    let mut bytes = BASE64.decode(digits).unwrap();
    let order =
        crate::record::bytes_of_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0;
    for (byte, more) in bytes[36..].iter_mut().zip(order.unwrap()) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(carry, 0);
    let note = note(&format!("{TEXT}\n— PeterNeumann {}\n", BASE64.encode(bytes)));
    assert!(matches!(note.verify(&[peter()]), Err(NoteError::Invalid { .. })));
}

#[test]
fn a_malformed_note_is_refused_with_the_line() {
    let refusal = |text: &str| text.parse::<SignedNote>().unwrap_err().to_string();
    let no_signature = "is no signature `— NAME BASE64`";
    for (text, line, reason) in [
        (format!("a\tb\n\n{PETER}"), 1, "the control character '\\t' is not allowed"),
        (format!("a\n\n{}", PETER.replace('\n', "\r\n")), 3, "the control character '\\r' is not allowed"),
        ("a\n\n".to_owned(), 3, "a note has from 1 to 100 signatures, not 0"),
        (format!("a\n\n{}", PETER.trim_end()), 3, "a note has from 1 to 100 signatures, not 0"),
        (format!("a\n\n{PETER}{}", ENOCH.trim_end()), 4, no_signature),
        (format!("a\n\n{}", PETER.repeat(101)), 3, "a note has from 1 to 100 signatures, not 101"),
        (format!("a\nb\n\n{PETER}x\n"), 5, no_signature),
        (format!("a\nb\n\n{}", PETER.replace('—', "-")), 4, no_signature),
        (format!("a\nb\n\n{}", PETER.replace("— ", "—")), 4, no_signature),
        (format!("a\nb\n\n{}", PETER.replace("PeterNeumann", "Peter+Neumann")), 4, no_signature),
        (format!("a\nb\n\n{}", PETER.replace("PeterNeumann", "Peter\u{a0}Neumann")), 4, no_signature),
        (format!("a\nb\n\n{}", PETER.replace("PeterNeumann", "")), 4, no_signature),
        (format!("a\nb\n\n{}", PETER.replace("nAM=", "nAM")), 4, no_signature),
        // Bits that stand for nothing.
        (format!("a\nb\n\n{}", PETER.replace("nAM=", "nAN=")), 4, no_signature),
        ("a\n\n— PeterNeumann x08goA==\n".to_owned(), 3, no_signature),
        ("a\n\n— PeterNeumann \n".to_owned(), 3, no_signature),
    ] {
        let refusal = refusal(&text);
        assert!(refusal.starts_with(&format!("line {line}: ")), "{text:?}: {refusal}");
        assert!(refusal.ends_with(reason), "{text:?}: {refusal}");
    }
    assert!(refusal("").contains("no empty line"));
    assert!(refusal(&format!("a\n{PETER}")).contains("no empty line"));
    assert_eq!(refusal(&"a\n".repeat(70_000)), "140000 bytes are more than 131072");
    // What the specification allows: DEL, empty lines, 100 signatures.
    note(&format!("\n\n\u{7f}é\n\n\n{PETER}"));
    note(&format!("a\n\n{}", PETER.repeat(100)));
    // And 16 signatures of nearly 5,000 bytes, as algorithms have that a quantum computer can't break.
    note(&format!("a\n\n{}", format!("— witness {}\n", "A".repeat(6_600)).repeat(16)));
}

#[test]
fn signatures_of_witnesses_are_checked_where_their_keys_are_known() {
    let witnesses = [WITNESS, OTHER_WITNESS].map(|key| key.parse::<WitnessKey>().unwrap());
    let text = checkpoint(7).text().to_owned();
    assert_eq!(checkpoint(7).to_string(), format!("{text}\n{LOG}"), "tlog-scales signs as we do");
    let cosigned = note(&format!("{text}\n{LOG}{BY_WITNESS}{BY_OTHER_WITNESS}"));
    assert_eq!(cosigned.verify(&[key(1).verifier()]), Ok(0));
    let said = |note: &SignedNote, keys: &[WitnessKey]| {
        let said = note.cosignatures(keys)?;
        Ok(said.iter().map(|said| (said.witness().to_owned(), said.unix_time())).collect::<Vec<_>>())
    };
    let first = ("witness.example/w1".to_owned(), 1_764_000_000);
    let second = ("witness.example/w2".to_owned(), 1_764_000_060);
    assert_eq!(said(&cosigned, &witnesses), Ok(vec![first.clone(), second]));
    assert_eq!(said(&cosigned, &witnesses[..1]), Ok(vec![first.clone()]));
    assert_eq!(said(&cosigned, &[]), Ok(vec![]));
    assert_eq!(said(&checkpoint(7), &witnesses), Ok(vec![]));
    let twice = note(&format!("{text}\n{BY_WITNESS}{BY_WITNESS}"));
    assert_eq!(said(&twice, &witnesses), Ok(vec![first]));

    let invalid = NoteError::Invalid { signer: "witness.example/w1+773a6c12".to_owned() };
    // Another time, another text, a signature that is too short, and a time behind 2^63 - 1.
    let late = BY_WITNESS.replace("AAAABpJIEAR", "AAAABpJIEBR");
    let short = "— witness.example/w1 dzpsEgAAAABpJIEA\n".to_owned();
    let far = BY_WITNESS.replace("dzpsEgAAAAB", "dzpsEoAAAAB");
    for wrong in [late, short, far] {
        assert_ne!(wrong, BY_WITNESS);
        let note = note(&format!("{text}\n{LOG}{wrong}{BY_OTHER_WITNESS}"));
        assert_eq!(said(&note, &witnesses), Err(invalid.clone()), "{wrong}");
        assert!(said(&note, &witnesses[1..]).is_ok());
        assert_eq!(note.verify(&[key(1).verifier()]), Ok(0));
    }
    for (time, is_valid) in [(i64::MAX as u64, true), (1 << 63, false)] {
        use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
        use ed25519_dalek::Signer as _;
        let witness = ed25519_dalek::SigningKey::from_bytes(&[0x77; 32]);
        let signature = witness.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
        let bytes = [&[0x77, 0x3a, 0x6c, 0x12], &time.to_be_bytes()[..], &signature.to_bytes()].concat();
        let note = note(&format!("{text}\n— witness.example/w1 {}\n", BASE64.encode(bytes)));
        assert_eq!(said(&note, &witnesses).is_ok(), is_valid, "{time}");
    }
    let other_text = note(&format!("{}\n{BY_WITNESS}", checkpoint(8).text()));
    assert_eq!(said(&other_text, &witnesses), Err(invalid));
}

#[test]
fn a_proof_holds_for_its_line_index_and_log_alone() {
    let keys = [key(2).verifier(), key(1).verifier()];
    for size in [1, 2, 7, 11] {
        for index in 0..size {
            let proof = proof(index, size).to_string().parse::<Proof>().unwrap();
            let checkpoint = proof.verify(line(index).as_bytes(), &keys).unwrap();
            assert_eq!(checkpoint, Checkpoint { origin: ORIGIN.to_owned(), size, root: root(size) });
            assert_eq!(proof.verify(format!("{}\n", line(index)).as_bytes(), &keys), Ok(checkpoint));
            let error = proof.verify(line(index + 1).as_bytes(), &keys).unwrap_err();
            assert_eq!(error, ProofError::NotIncluded { index, size });
            let moved = Proof { index: index + 1, ..proof.clone() };
            assert!(moved.verify(line(index).as_bytes(), &keys).is_err());
            assert!(matches!(proof.verify(line(index).as_bytes(), &keys[..1]), Err(ProofError::Note(_))));
        }
    }
    let of = |origin: &str| {
        let text = Checkpoint { origin: origin.to_owned(), size: 7, root: root(7) }.to_string();
        Proof { checkpoint: SignedNote::sign(text, &key(1)), ..proof(3, 7) }
    };
    assert!(of(ORIGIN).verify(line(3).as_bytes(), &keys).is_ok());
    let error = of("other.example/log").verify(line(3).as_bytes(), &keys).unwrap_err();
    assert_eq!(error, ProofError::OtherLog { origin: "other.example/log".to_owned() });
}
