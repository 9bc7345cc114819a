//! The example of `docs/seals.md`.

use crate::record::hex;
use crate::seal::{
    Certificate, Checkpoint, Cover, DaySeal, Issued, Proof, SignedNote, TreeRange, VerifierKey, leaf_hash,
};
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("../../../docs/seals.md");

/// Returns a file as the page shows it.
fn file(name: &str) -> &'static str {
    let begin = format!("`{name}`:\n\n```text\n");
    let at = PAGE.find(&begin).unwrap_or_else(|| panic!("{name} is not on the page")) + begin.len();
    &PAGE[at..at + PAGE[at..].find("```").unwrap()]
}

fn note(name: &str) -> SignedNote {
    let note = file(name).parse::<SignedNote>().unwrap();
    assert_eq!(note.to_string(), file(name));
    note
}

#[test]
fn seals_the_page_shows() {
    let first = file("seal/log.vkey").parse::<VerifierKey>().unwrap();
    assert_eq!(format!("{first}\n"), file("seal/log.vkey"));

    let certificate = note("seal/key-000002.vkey");
    assert_eq!(certificate.verify([&first]), Ok(0));
    let certificate = certificate.text().parse::<Certificate>().unwrap();
    assert_eq!((certificate.epoch, certificate.issued), (2, Issued::InOrder));
    assert_eq!(certificate.seal, Some(hex(&Sha256::digest(file("seal/audit-2026-11-22.seal")))));

    let mut tree = TreeRange::at(0);
    let day = file("audit-2026-11-22.log");
    day.lines().for_each(|line| tree.push(leaf_hash(line.as_bytes())));
    let seal = note("seal/audit-2026-11-22.seal");
    assert_eq!(seal.verify([&first]), Ok(0));
    let seal = seal.text().parse::<DaySeal>().unwrap();
    assert_eq!((seal.seqs, seal.cover, seal.prev), (0..3, Cover::Whole, None));
    assert_eq!((seal.bytes, seal.sha256), (day.len() as u64, hex(&Sha256::digest(day))));
    assert_eq!((&seal.tree, certificate.size, certificate.root), (&tree, 3, tree.root()));

    let second = [first, certificate.key];
    file("audit-2026-11-23.log").lines().for_each(|line| tree.push(leaf_hash(line.as_bytes())));
    let checkpoint = note("seal/checkpoint");
    assert_eq!(checkpoint.verify(&second), Ok(1));
    let checkpoint = checkpoint.text().parse::<Checkpoint>().unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (5, tree.root()));
    assert_eq!(checkpoint.origin, second[0].name());

    let proof = file("1.tlog-proof").parse::<Proof>().unwrap();
    let lines = day.lines().collect::<Vec<_>>();
    assert_eq!(proof.verify(lines[1].as_bytes(), &second), Ok(checkpoint));
    assert!(proof.verify(lines[0].as_bytes(), &second).is_err());
}
