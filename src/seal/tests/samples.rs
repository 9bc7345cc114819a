//! A valid text of each format.

use crate::seal::note::signing_key::SigningKey;
use crate::seal::tree::hash::{Hash, leaf_hash};
use crate::seal::tree::proofs::{consistency, inclusion};
use crate::seal::tree::range::TreeRange;
use crate::seal::{Certificate, Checkpoint, Cover, DaySeal, Issued, Proof, SignedNote};

pub(super) const ORIGIN: &str = "db.example/shop/0123456789abcdef";

/// A key whose secret bytes are all `byte`.
pub(super) fn key(byte: u8) -> SigningKey {
    SigningKey::of_seed(ORIGIN, &[byte; 32]).unwrap()
}

pub(super) fn range(begin: u64, end: u64) -> TreeRange {
    let mut range = TreeRange::at(begin);
    (begin..end).for_each(|leaf| range.push(leaf_hash(line(leaf).as_bytes())));
    range
}

/// The line of a leaf.
pub(super) fn line(leaf: u64) -> String {
    format!("{{\"seq\":{leaf}}}")
}

pub(super) fn root(size: u64) -> Hash {
    range(0, size).root()
}

pub(super) fn checkpoint(size: u64) -> SignedNote {
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: root(size) };
    SignedNote::sign(checkpoint.to_string(), &key(1))
}

pub(super) fn certificate(issued: Issued) -> Certificate {
    Certificate {
        journal: "0123456789abcdef0123456789abcdef".to_owned(),
        origin: ORIGIN.to_owned(),
        epoch: 2,
        key: key(2).verifier(),
        size: 5,
        root: root(5),
        seal: Some("ab".repeat(32)),
        issued,
    }
}

/// The seal of the second file of a log, with the leaves 5 to 11.
pub(super) fn day_seal(cover: Cover) -> DaySeal {
    DaySeal {
        origin: ORIGIN.to_owned(),
        file: "audit-2026-11-22.1.log".to_owned(),
        bytes: 4711,
        sha256: "cd".repeat(32),
        cover,
        base: 100,
        seqs: 105..111,
        prev: Some("ef".repeat(32)),
        tree: range(0, 11),
        consistency: consistency(&range(0, 5), &range(5, 11)).unwrap(),
    }
}

pub(super) fn proof(index: u64, size: u64) -> Proof {
    let path = inclusion(&range(0, index), &range(index + 1, size)).unwrap();
    Proof { extra: Some(b"extra".to_vec()), index, path, checkpoint: checkpoint(size) }
}

/// Returns each text with its name.
pub(super) fn all() -> Vec<(&'static str, String)> {
    let prefix =
        |superseded_by: Option<&str>| Cover::Prefix { superseded_by: superseded_by.map(str::to_owned) };
    let signed = |text: String| SignedNote::sign(text, &key(1)).to_string();
    vec![
        ("note", checkpoint(7).to_string()),
        ("proof", proof(3, 11).to_string()),
        ("checkpoint", checkpoint(7).text().to_owned()),
        ("certificate", certificate(Issued::InOrder).to_string()),
        ("certificate", certificate(Issued::Restarted("the key was lost".to_owned())).to_string()),
        ("certificate note", signed(certificate(Issued::InOrder).to_string())),
        ("seal", day_seal(Cover::Whole).to_string()),
        ("seal", day_seal(prefix(None)).to_string()),
        ("seal", day_seal(prefix(Some("audit-2026-11-22.2.log"))).to_string()),
        ("seal note", signed(day_seal(Cover::Whole).to_string())),
        ("verifier key", key(1).verifier().to_string()),
        ("private key", key(1).to_text().to_string()),
        ("witness key", super::notes::WITNESS.to_owned()),
    ]
}
