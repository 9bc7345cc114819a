//! Manipulations of lines and files, with the leaves intact, removed, and forged to match.

use super::attacks::{ATTACKS, Expected, day_files, seq_of};
use super::dice::Dice;
use super::five_days::{copy, kinds};
use super::writer::Writer;
use crate::journal::storage::layout::leaves_of;
use crate::read::verify::{FindingKind, Level, Status, Verification, verify};
use crate::seal::leaf_hash;
use std::path::Path;

/// The three levels at which a log is verified.
fn levels(dir: &Path, writer: &Writer) -> Vec<Verification> {
    let pinned = || verify(dir).key(writer.keys[0].verifier());
    let anchored = pinned().anchor(writer.note().to_string());
    vec![verify(dir).run().unwrap(), pinned().run().unwrap(), anchored.run().unwrap()]
}

#[test]
fn an_intact_log_has_no_finding_at_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::five_days(folder.path());
    let results = levels(folder.path(), &writer);
    for (verification, level) in results.iter().zip([Level::Consistent, Level::Authentic, Level::Anchored]) {
        assert_eq!(kinds(verification), [], "{verification}");
        assert_eq!((verification.status(), verification.level()), (Status::Intact, level), "{verification}");
        let notes = verification.notes().iter().map(|note| note.kind).collect::<Vec<_>>();
        for kind in
            [FindingKind::Pruned, FindingKind::DeclaredLost, FindingKind::Gap, FindingKind::NotYetSealed]
        {
            assert!(notes.contains(&kind), "{kind}: {verification}");
        }
        assert_eq!(verification.facts().size, writer.tree.end());
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Leaves {
    Intact,
    Removed,
    Forged,
}

/// Makes the leaves those of the lines that are there now.
fn forge_leaves(dir: &Path, name: &str) {
    let lines = std::fs::read(dir.join(name)).unwrap_or_default();
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let leaves = lines.flat_map(|line| leaf_hash(line).0).collect::<Vec<_>>();
    std::fs::write(dir.join("seal").join(leaves_of(name)), leaves).unwrap();
}

fn wrong(verification: &Verification, expected: &Expected, leaves: Leaves, what: &str) -> Option<String> {
    let allowed = if leaves == Leaves::Intact { expected.kinds } else { expected.kinds_without_leaves };
    let is_it = |finding: &&crate::read::verify::Finding| {
        allowed.contains(&finding.kind.as_str())
            && expected.file.as_ref().is_none_or(|file| finding.file.as_ref() == Some(file))
            && (expected.lines.is_empty()
                || finding.line.is_some_and(|line| {
                    let is_range = leaves != Leaves::Intact && finding.kind == FindingKind::Changed;
                    expected.lines.contains(&line) || is_range && expected.lines.iter().any(|at| line <= *at)
                }))
    };
    let is_found = verification.findings().iter().any(|finding| is_it(&finding));
    // Without the file that says so, a pruned one counts as missing, too.
    let is_of_kind = |finding: &&crate::read::verify::Finding| allowed.contains(&finding.kind.as_str());
    let others = verification.findings().iter().filter(|finding| !is_of_kind(finding)).count();
    let is_right = is_found && (others == 0 || leaves != Leaves::Intact);
    (!is_right).then(|| format!("{what}, {leaves:?}: expected {expected:?}\n{verification}"))
}

#[test]
fn each_manipulation_is_named_with_its_file_line_and_kind() {
    let folder = tempfile::tempdir().unwrap();
    let genuine = folder.path().join("genuine");
    let writer = Writer::five_days(&genuine);
    let sealed = writer.base + writer.tree.end();
    let seeds = std::env::var("ATTACKS").map_or(1, |seeds| seeds.parse().unwrap());
    let mut wrongs = Vec::new();
    for (number, (what, attack)) in ATTACKS.iter().enumerate() {
        for seed in 0..seeds {
            for leaves in [Leaves::Intact, Leaves::Removed, Leaves::Forged] {
                let dir = folder.path().join("attacked");
                copy(&genuine, &dir);
                let mut dice = Dice::new(seed * 1000 + number as u64);
                let Some(expected) = attack(&dir, sealed, &mut dice) else {
                    continue;
                };
                for name in day_files(&genuine) {
                    match leaves {
                        Leaves::Intact => {}
                        Leaves::Removed => {
                            std::fs::remove_file(dir.join("seal").join(leaves_of(&name))).unwrap();
                        }
                        Leaves::Forged => forge_leaves(&dir, &name),
                    }
                }
                let what = format!("{what}, seed {seed}");
                // By default, each level with one kind of leaves.
                let levels = if seeds == 1 {
                    vec![levels(&dir, &writer).swap_remove(leaves as usize)]
                } else {
                    levels(&dir, &writer)
                };
                for verification in levels {
                    assert_ne!(
                        verification.status(),
                        Status::Intact,
                        "{what}, {leaves:?}: {expected:?}\n{verification}"
                    );
                    wrongs.extend(wrong(&verification, &expected, leaves, &what));
                }
                std::fs::remove_dir_all(&dir).unwrap();
            }
        }
    }
    assert!(wrongs.is_empty(), "{} wrong\n{}", wrongs.len(), wrongs.join("\n\n"));
    assert!(seq_of("{\"seq\":1,\"seq\":41}\n") == Some(41));
}
