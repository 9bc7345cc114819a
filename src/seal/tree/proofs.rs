//! Making proofs: RFC 9162, sections 2.1.3.1 and 2.1.4.1.
//!
//! A proof needs no leaves: the subtrees beside a leaf, or on both sides of a size, have its hashes.

use super::hash::Hash;
use super::range::TreeRange;
use std::ops::Range;

/// Returns the proof that a leaf is in the tree, from the ranges before it and behind it to the end
/// of the tree; `None` if they are not these ranges.
pub(crate) fn inclusion(before: &TreeRange, behind: &TreeRange) -> Option<Vec<Hash>> {
    let index = before.end();
    (before.begin() == 0 && behind.begin() == index + 1).then_some(())?;
    let (mut leaves, mut path) = (0..behind.end(), Vec::new());
    while leaves.end - leaves.start > 1 {
        let split = split(&leaves);
        if index < split {
            path.push(behind.hash_of(split..leaves.end)?);
            leaves.end = split;
        } else {
            path.push(before.hash_of(leaves.start..split)?);
            leaves.start = split;
        }
    }
    path.reverse();
    Some(path)
}

/// Returns the proof that a tree begins with the leaves of an older one, from the range of the
/// older one and the range of the leaves that were added; `None` if they are not these ranges. Without leaves on
/// either side, the proof is empty.
pub(crate) fn consistency(older: &TreeRange, added: &TreeRange) -> Option<Vec<Hash>> {
    (older.begin() == 0 && older.end() == added.begin()).then_some(())?;
    let size = older.end();
    let (mut leaves, mut path) = (0..added.end(), Vec::new());
    if size == 0 || size == leaves.end {
        return Some(path);
    }
    while size != leaves.end {
        let split = split(&leaves);
        if size <= split {
            path.push(added.hash_of(split..leaves.end)?);
            leaves.end = split;
        } else {
            path.push(older.hash_of(leaves.start..split)?);
            leaves.start = split;
        }
    }
    // The verifier knows the older tree itself.
    if leaves.start != 0 {
        path.push(older.hash_of(leaves)?);
    }
    path.reverse();
    Some(path)
}

/// Returns the index at which the tree over these leaves, more than one, is split.
fn split(leaves: &Range<u64>) -> u64 {
    let len = leaves.end - leaves.start;
    leaves.start + (1 << (63 - (len - 1).leading_zeros()))
}
