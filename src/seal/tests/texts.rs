//! Each format has one spelling, and each malformed text is refused with the line that is wrong.

use super::samples::{all, certificate, checkpoint, day_seal, proof};
use crate::seal::{Certificate, Checkpoint, Cover, DaySeal, Hash, Issued, Proof, SealFormatError};
use std::fmt::Debug;
use std::str::FromStr;

fn again<T: FromStr<Err: Debug> + ToString>(text: &str) -> T {
    let parsed = text.parse::<T>().unwrap();
    assert_eq!(parsed.to_string(), text);
    parsed
}

/// Asserts that a text is refused once `from` in it is replaced by `to`, with this line and reason.
fn refused<T: FromStr<Err = SealFormatError>>(text: &str, cases: &[(&str, &str, usize, &str)]) {
    for (from, to, line, reason) in cases {
        assert!(text.contains(from), "{from} is not in {text}");
        let changed = text.replacen(from, to, 1);
        let Err(error) = changed.parse::<T>() else { panic!("{from:?} -> {to:?} is accepted") };
        let error = error.to_string();
        assert!(error.starts_with(&format!("line {line}: ")), "{from:?} -> {to:?}: {error}");
        assert!(error.contains(reason), "{from:?} -> {to:?}: {error}");
    }
}

#[test]
fn checkpoints() {
    let text = checkpoint(7).text().to_owned();
    assert_eq!(again::<Checkpoint>(&text).size, 7);
    refused::<Checkpoint>(
        &text,
        &[
            ("db.example/shop/0123456789abcdef\n", "\n", 1, "the origin is empty"),
            ("db.example", "db\rexample", 1, "the control character"),
            ("\n7\n", "\n07\n", 2, "\"07\" is no size of a tree"),
            ("\n7\n", "\n+7\n", 2, "\"+7\" is no size of a tree"),
            ("\n7\n", "\n 7\n", 2, "\" 7\" is no size of a tree"),
            ("\n7\n", "\n-1\n", 2, "no size"),
            ("\n7\n", "\n\n", 2, "no size"),
            ("\n7\n", "\n9223372036854775808\n", 2, "no size"),
            ("\n7\n", "\n18446744073709551616\n", 2, "no size"),
            ("7\nEvKAi8pMShoFMXCjvEsCuz6D/gv4VOQsdbNQL7mqlaI=\n", "7\n", 3, "the root is missing"),
            ("laI=", "laJ=", 3, "is no hash in base64"),
            ("laI=", "laI", 3, "is no hash in base64"),
            ("laI=\n", "laI=", 3, "does not end with `\\n`"),
            ("laI=\n", "laI=\n\n", 4, "an extension is empty"),
            ("laI=\n", "laI=\nx\n\n", 5, "an extension is empty"),
            ("laI=\n", "laI=\nx", 4, "an extension does not end with `\\n`"),
        ],
    );
    let extended = format!("{text}an extension\nanother\n").parse::<Checkpoint>().unwrap();
    assert_eq!(extended, text.parse().unwrap());
    assert_eq!("".parse::<Checkpoint>().unwrap_err().to_string(), "line 1: the origin is missing");
    again::<Checkpoint>("o\n9223372036854775807\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
}

#[test]
fn hashes() {
    let zeros = format!("{}=", "A".repeat(43));
    assert_eq!(again::<Hash>(&zeros).as_bytes(), &[0; 32]);
    for text in
        [String::new(), "A".repeat(43), "A".repeat(44), format!("{zeros} "), format!("{}B=", "A".repeat(42))]
    {
        assert!(text.parse::<Hash>().is_err(), "{text}");
    }
    assert!("x".repeat(60_000).parse::<Hash>().unwrap_err().to_string().len() < 300);
}

#[test]
fn certificates() {
    let restarted = Issued::Restarted("the key was lost".to_owned());
    for issued in [Issued::InOrder, restarted.clone()] {
        let text = certificate(issued.clone()).to_string();
        assert_eq!(again::<Certificate>(&text), certificate(issued));
    }
    let first_seal = Certificate { seal: None, size: 0, ..certificate(Issued::InOrder) };
    again::<Certificate>(&first_seal.to_string());

    let text = certificate(restarted).to_string();
    let other_key = "origin db.example/shop/0123456789abcdee";
    refused::<Certificate>(
        &text,
        &[
            ("audit-key/v1", "audit-key/v2", 1, "\"audit-key/v2\" is not `audit-key/v1`"),
            ("journal ", "journal", 2, "is not `journal …`"),
            ("journal 0123", "journal 012", 2, "is no id of a journal"),
            ("journal 0123456789a", "journal 0123456789A", 2, "is no id of a journal"),
            ("journal 0123", "journal  123", 2, "is no id of a journal"),
            ("origin", "0rigin", 3, "is not `origin …`"),
            ("epoch 2", "epoch 02", 4, "\"02\" is no `epoch`"),
            ("epoch 2", "epoch 0", 4, "the first epoch is 1"),
            ("epoch 2", "epoch ", 4, "\"epoch \" is not `epoch …`"),
            ("epoch 2\n", "", 4, "is not `epoch …`"),
            (
                "origin db.example/shop/0123456789abcdef",
                other_key,
                5,
                "the name of the key is not the origin",
            ),
            ("key db", "key xdb", 5, "is no `key`"),
            ("size 5", "size 5 ", 6, "\"5 \" is no `size`"),
            ("size 5", "size 9223372036854775808", 6, "is more than"),
            ("root ", "root A", 7, "is no `root`"),
            ("seal ab", "seal aB", 8, "is neither a SHA-256 in hex digits nor `none`"),
            ("seal ab", "seal  ", 8, "is neither"),
            ("restarted the", "restartedthe", 9, "does not belong here"),
            ("restarted the key was lost", "restarted ", 9, "is not `restarted …`"),
            ("restarted the key was lost", "restarted the key\u{7f}was lost", 9, "is no reason in one line"),
            ("lost\n", "lost\nmore\n", 10, "\"more\" does not belong here"),
            ("lost\n", "lost", 9, "does not end with `\\n`"),
            ("lost\n", "lost\n\n", 10, "\"\" does not belong here"),
        ],
    );
    let reason = |reason: &str| certificate(Issued::Restarted(reason.to_owned())).to_string();
    assert!(reason("an error\nof two lines").ends_with("restarted an error of two lines\n"));
    again::<Certificate>(&reason("an error\nof two lines"));
    again::<Certificate>(&reason(""));
}

#[test]
fn day_seals() {
    let prefix = |name: Option<&str>| Cover::Prefix { superseded_by: name.map(str::to_owned) };
    for cover in [Cover::Whole, prefix(None), prefix(Some("audit-2026-11-23.log"))] {
        let text = day_seal(cover.clone()).to_string();
        assert_eq!(again::<DaySeal>(&text), day_seal(cover));
    }
    let text = day_seal(Cover::Whole).to_string();
    assert!(text.len() < 4096 - 200);
    let seal = day_seal(Cover::Whole);
    assert_eq!(seal.leaves(), 5..11);

    let tag = "SHA256 (audit-2026-11-22.1.log) = ";
    refused::<DaySeal>(
        &text,
        &[
            ("audit-seal/v1", "audit-seal/v1 ", 1, "is not `audit-seal/v1`"),
            ("origin db", "origin d b", 2, "can't be the name of a key"),
            ("file audit", "file ../audit", 3, "is no name of a day file"),
            ("file audit-2026-11-22", "file audit-x/../../22", 3, "is no name of a day file"),
            ("file audit-2026-11-22", "file audit-..\\", 3, "is no name of a day file"),
            ("22.1.log\n", "22.1.seal\n", 3, "is no name of a day file"),
            ("bytes 4711", "bytes -1", 4, "\"-1\" is no `bytes`"),
            ("bytes 4711", "bytes 4711.0", 4, "is no `bytes`"),
            (tag, "SHA256 (audit-2026-11-22.log) = ", 5, "is no SHA-256 of audit-2026-11-22.1.log"),
            (tag, "SHA512 (audit-2026-11-22.1.log) = ", 5, "is no SHA-256 of"),
            (" = cd", " = cD", 5, "is not 64 hex digits"),
            (" = cd", " =  cd", 5, "is not 64 hex digits"),
            ("base 100", "superseded-by audit-2026-11-23.log\nbase 100", 6, "is not `base …`"),
            ("base 100", "base 0100", 6, "is no `base`"),
            ("base 100", "base 106", 7, "is no range of numbers from 106 on"),
            ("range 105 111", "range 111 105", 7, "is no range"),
            ("range 105 111", "range 105", 7, "is no range"),
            ("range 105 111", "range 105  111", 7, "is no range"),
            ("range 105 111", "range 105 9223372036854775808", 7, "is no range"),
            ("range 105 111", "range 105 110", 12, "a tree of 10 leaves has a frontier of 2 hashes, not 3"),
            ("root ", "root =", 8, "is no `root`"),
            ("prev ef", "prev none", 9, "is neither"),
            ("frontier", "front", 9, "a tree of 11 leaves has a frontier of 3 hashes, not 0"),
            ("\nfrontier ", "\nfrontier  ", 10, "is no `frontier`"),
            ("consistency", "consistence", 13, "does not belong here"),
        ],
    );
    let other_root = text.replace(
        &format!("root {}", super::samples::root(11)),
        &format!("root {}", super::samples::root(10)),
    );
    let error = other_root.parse::<DaySeal>().unwrap_err().to_string();
    assert!(error.ends_with("the root is not that of the frontier"), "{error}");
    let last = text.lines().last().unwrap();
    let error = format!("{text}{}", format!("{last}\n").repeat(64)).parse::<DaySeal>().unwrap_err();
    assert!(error.to_string().ends_with("a proof has at most 64 hashes"), "{error}");
    let named = day_seal(prefix(Some("audit-2026-11-22.2.log"))).to_string();
    refused::<DaySeal>(
        &named,
        &[
            ("superseded-by audit", "superseded-by /audit", 6, "is no name of a day file"),
            ("superseded-by audit-2026-11-22.2.log", "superseded-by ", 6, "is not `superseded-by …`"),
        ],
    );
}

#[test]
fn proofs() {
    let text = proof(3, 11).to_string();
    assert_eq!(again::<Proof>(&text), proof(3, 11));
    let plain = Proof { extra: None, ..proof(3, 11) };
    assert_eq!(again::<Proof>(&plain.to_string()), plain);
    assert_eq!(Proof { extra: Some(Vec::new()), ..plain.clone() }.to_string(), plain.to_string());
    assert_eq!(proof(0, 1).path, []);
    again::<Proof>(&proof(0, 1).to_string());

    let path = "index 3\n";
    let hash = format!("{}=\n", "A".repeat(43));
    refused::<Proof>(
        &text,
        &[
            ("@v1", "@v2", 1, "is not `c2sp.org/tlog-proof@v1`"),
            ("extra ", "extra  ", 2, "the extra data is not base64"),
            ("extra ZXh0cmE=", "extra ZXh0cmE", 2, "the extra data is not base64"),
            ("extra ZXh0cmE=", "extra ", 2, "is not `extra …`"),
            ("extra ZXh0cmE=\n", "extra ZXh0cmE=\nextra ZXh0cmE=\n", 3, "is not `index …`"),
            ("index 3", "index 03", 3, "\"03\" is no `index`"),
            ("index 3", "index", 3, "is not `index …`"),
            (path, "index 3\nx\n", 4, "is no hash in base64"),
            (path, &format!("{path}{}", hash.repeat(64)), 68, "a proof has at most 64 hashes"),
            ("=\n\ndb.", "=\ndb.", 8, "is no hash in base64"),
            ("\n— ", "\n- ", 13, "is no signature"),
        ],
    );
    let cut = text.split("\n\n").next().unwrap();
    let error = format!("{cut}\n").parse::<Proof>().unwrap_err().to_string();
    assert_eq!(error, "line 8: the empty line before the checkpoint is missing");
    let long = Proof { extra: Some(vec![0; 200_000]), ..plain };
    assert!(
        long.to_string().parse::<Proof>().unwrap_err().to_string().ends_with("bytes are more than 262144")
    );
}

#[test]
fn each_sample_ends_with_a_whole_line_or_is_a_key() {
    for (name, text) in all() {
        assert!(text.ends_with('\n') || name.ends_with("key"), "{name}");
    }
}
