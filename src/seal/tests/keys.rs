//! Keys: those of Go's package `golang.org/x/mod/sumdb/note`, and malformed ones.

use super::samples::key;
use crate::seal::note::signing_key::SigningKey;
use crate::seal::{VerifierKey, WitnessKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PRIVATE: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// Returns the text of a public key with a fitting hash, which may not be one.
fn text_of(name: &str, key: &[u8; 32]) -> String {
    let key = [&[1], key.as_slice()].concat();
    let hash = Sha256::digest([name.as_bytes(), b"\n", &key].concat());
    format!("{name}+{}+{}", crate::record::hex(&hash[..4]), BASE64.encode(key))
}

fn refusal(text: &str) -> String {
    text.parse::<VerifierKey>().unwrap_err().to_string()
}

#[test]
fn the_keys_of_gos_package_are_read_and_written() {
    let key = SigningKey::parse(PRIVATE).unwrap();
    assert_eq!(key.name(), "PeterNeumann");
    assert_eq!(key.verifier().to_string(), VERIFIER);
    assert_eq!(key.verifier().hash(), 0xc74f_20a3);
    assert_eq!(*key.to_text(), format!("{PRIVATE}\n"));
    assert_eq!(SigningKey::parse(&key.to_text()).unwrap().verifier(), key.verifier());
    let verifier = VERIFIER.parse::<VerifierKey>().unwrap();
    assert_eq!(verifier, format!("{VERIFIER}\n").parse().unwrap());
    assert_eq!(verifier, key.verifier());
    assert_eq!(verifier.fingerprint()[..8], *"c74f20a3");
    assert_eq!(verifier.fingerprint().len(), 64);
}

/// The test vectors that Go's package refuses, and more.
#[test]
fn a_malformed_verifier_key_is_refused() {
    let malformed = "is no verifier key `NAME+HASH+KEY` of Ed25519";
    let other_hash = "has a hash that is not that of its name and key";
    let no_point = "has no public key of Ed25519";
    for (text, reason) in [
        ("", malformed),
        ("+", malformed),
        ("PeterNeumann", malformed),
        ("PeterNeumann+c74f20a3", malformed),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("Peter\u{a0}Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("Peter\u{9b}Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("PeterNeumann++c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", malformed),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n\n", malformed),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ", malformed),
        // A key that is too long, and an unknown algorithm, with fitting hashes.
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", malformed),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", malformed),
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", other_hash),
        ("PeterNewmann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", other_hash),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", other_hash),
    ] {
        assert!(refusal(text).ends_with(reason), "{text}: {}", refusal(text));
    }
    // Three keys with fitting hashes: no point of the curve, the neutral point, with which signatures can be made without a secret,
    // and the same with a coordinate that is not reduced modulo 2^255 - 19.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut unreduced = [0xff; 32];
    (unreduced[0], unreduced[31]) = (0xee, 0x7f);
    for bytes in [[2; 32], neutral, unreduced] {
        let text = text_of("name", &bytes);
        assert!(refusal(&text).ends_with(no_point), "{bytes:?}: {}", refusal(&text));
    }
    // Points that are keys, with a coordinate that is not reduced: 2^255 - 19 and a bit more.
    let mut keys = 0;
    for y in 2..19 {
        let (mut reduced, mut unreduced) = ([0; 32], [0xff; 32]);
        (reduced[0], unreduced[0], unreduced[31]) = (y, 0xed + y, 0x7f);
        if text_of("name", &reduced).parse::<VerifierKey>().is_ok() {
            keys += 1;
            assert!(refusal(&text_of("name", &unreduced)).ends_with(no_point), "{y}");
        }
    }
    assert!(keys > 0);
    assert!(refusal(super::notes::WITNESS).ends_with("is the key of a witness, not of a log"));
    assert!(refusal(&"x".repeat(100_000)).len() < 400);
}

#[test]
fn a_malformed_private_key_is_refused_without_being_shown() {
    let secret = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    for text in [
        String::new(),
        VERIFIER.to_owned(),
        format!("{PRIVATE}\n\n"),
        format!("PRIVATE+KEY+{PRIVATE}"),
        format!("PRIVATE+KEY+PeterNeumann+c74f20a4+{secret}"),
        format!("PRIVATE+KEY+PeterNewmann+c74f20a3+{secret}"),
        format!("PRIVATE+KEY+PeterNeumann+c74f20a3+B{}", &secret[1..]),
        format!("PRIVATE+KEY+PeterNeumann+c74f20a3+{secret}AAAA"),
        format!("PRIVATE+KEY+PeterNeumann+c74f20a3+{}", &secret[..40]),
        format!("PRIVATE+KEY++c74f20a3+{secret}"),
        format!("private+key+PeterNeumann+c74f20a3+{secret}"),
    ] {
        let refusal = SigningKey::parse(&text).unwrap_err().to_string();
        assert!(!refusal.contains(&secret[2..10]), "{text}: {refusal}");
        assert!(refusal.contains("private key"), "{text}: {refusal}");
    }
    assert!(!format!("{:?}", SigningKey::parse(PRIVATE).unwrap()).contains(&secret[2..10]));
}

#[test]
fn two_new_keys_differ() {
    let [first, second] = [(), ()].map(|()| SigningKey::generate("name").unwrap());
    assert_ne!(first.verifier(), second.verifier());
    for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b"] {
        assert!(SigningKey::generate(name).is_err(), "{name:?}");
    }
}

#[test]
fn keys_of_witnesses_are_read_from_a_text() {
    let text = format!("# our witnesses\n\n{}\r\n  {}\n", super::notes::WITNESS, super::notes::OTHER_WITNESS);
    let keys = WitnessKey::parse_all(&text).unwrap();
    assert_eq!(
        keys.iter().map(WitnessKey::to_string).collect::<Vec<_>>(),
        [super::notes::WITNESS, super::notes::OTHER_WITNESS]
    );
    assert_eq!(WitnessKey::parse_all("").unwrap(), []);
    let refusal = |text: &str| WitnessKey::parse_all(text).unwrap_err().to_string();
    assert_eq!(refusal(&format!("{text}{}\n", super::notes::WITNESS)), "line 5: the key is there already");
    assert!(refusal(&format!("\n{VERIFIER}")).ends_with("is the key of a log, not of a witness"));
    assert!(refusal("\n\nwitness").starts_with("line 3: \"witness\" is no key"));
    let log = key(1).verifier();
    assert!(log.to_string().parse::<WitnessKey>().is_err());
}
