//! Narrowing down where a section was changed, by the checkpoints that its own lines have.
//!
//! A `log.checkpoint` states a root of the tree before itself, and is signed. So the lines before the last one
//! that is right are as they were, and one of those before the first one that is wrong is not.

use super::super::evidence::anchors;
use super::super::walk::section::{Files, Made, Section};
use crate::seal::{Hash, KeyChain, LOST_LEAF, TreeRange, leaf_hash};
use std::io;
use std::ops::Range;

/// So many checkpoints of a section are looked at.
const MOST: usize = 100_000;

/// Returns the numbers among which a line was changed, and how many checkpoints there were. `known` are signed
/// roots from elsewhere, each with its size.
pub(super) fn narrow(
    files: Files<'_>,
    section: &Section<'_>,
    made: &Made,
    keys: &KeyChain,
    known: &[(u64, Hash)],
) -> io::Result<(Range<u64>, usize)> {
    let Some(before) = &section.before else {
        return Ok((section.seqs.clone(), 0));
    };
    let base = files.plan.base;
    let mut signed = known.to_vec();
    each(files, made, |_, line| {
        let is_checkpoint = memchr::memmem::find(line, br#""event":"log.checkpoint""#).is_some();
        if is_checkpoint && signed.len() < MOST {
            let notes = anchors::notes(&String::from_utf8_lossy(line));
            let checkpoints = notes.iter().filter_map(|note| keys.checkpoint(note).ok());
            signed.extend(checkpoints.map(|checkpoint| (checkpoint.size, checkpoint.root)));
        }
    })?;
    signed
        .retain(|(size, _)| (section.seqs.start + 1..section.seqs.end).contains(&base.saturating_add(*size)));
    signed.sort();
    signed.dedup();
    let mut among = section.seqs.clone();
    let mut tree = before.clone();
    let mut next = signed.iter().peekable();
    let mut is_found = false;
    let mut compare = |tree: &TreeRange| {
        while let Some((size, root)) = next.next_if(|(size, _)| *size <= tree.end()) {
            if is_found || *size < tree.end() {
                continue;
            }
            if tree.root() == *root {
                among.start = base + size;
            } else {
                among.end = base + size;
                is_found = true;
            }
        }
    };
    let mut holes = made.holes.iter().flat_map(Range::clone).peekable();
    each(files, made, |seq, line| {
        while holes.next_if(|hole| *hole < seq).is_some() {
            tree.push(LOST_LEAF);
            compare(&tree);
        }
        tree.push(leaf_hash(line));
        compare(&tree);
    })?;
    Ok((among, signed.len()))
}

/// Shows the lines of a section in order.
fn each(files: Files<'_>, made: &Made, mut show: impl FnMut(u64, &[u8])) -> io::Result<()> {
    for source in &made.sources {
        let mut lines = files.lines(source.file, source.run, source.seqs.clone())?;
        while let Some(line) = lines.next()? {
            show(line.seq, line.text);
        }
    }
    Ok(())
}
