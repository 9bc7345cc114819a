//! A range of leaves, as the hashes of the largest subtrees in it.

use super::hash::{Hash, empty_root, node_hash};
use crate::seal::error::SealFormatError;
use std::ops::Range;

/// The most leaves of a tree: what an `int64` holds, as other programs count them.
pub(in crate::seal) const MOST_LEAVES: u64 = i64::MAX as u64;

/// The leaves from one index to another, as the hashes of the largest whole subtrees of the tree
/// that are in the range, from left to right: at most 126 of them.
///
/// The range from 0 on has the tree's root. Two ranges that follow one another can be joined, so
/// ranges may be computed apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeRange {
    begin: u64,
    end: u64,
    hashes: Vec<Hash>,
}

impl TreeRange {
    /// Returns the empty range at a leaf's index.
    pub(crate) fn at(index: u64) -> TreeRange {
        TreeRange { begin: index, end: index, hashes: Vec::new() }
    }

    /// Returns the range of the first `size` leaves.
    ///
    /// # Errors
    ///
    /// If that is not the number of hashes that such a range has, or the size is more than 2^63 - 1.
    pub(crate) fn of_tree(size: u64, hashes: Vec<Hash>) -> Result<TreeRange, SealFormatError> {
        if size > MOST_LEAVES {
            return Err(SealFormatError::new(format!("a tree has at most {MOST_LEAVES} leaves, not {size}")));
        }
        if hashes.len() != size.count_ones() as usize {
            let (has, wants) = (hashes.len(), size.count_ones());
            let reason = format!("a tree of {size} leaves has a frontier of {wants} hashes, not {has}");
            return Err(SealFormatError::new(reason));
        }
        Ok(TreeRange { begin: 0, end: size, hashes })
    }

    /// Returns the range from one index to another.
    ///
    /// # Errors
    ///
    /// If that is not the number of hashes that such a range has.
    pub(crate) fn of(begin: u64, end: u64, hashes: Vec<Hash>) -> Result<TreeRange, SealFormatError> {
        let (mut at, mut wants) = (begin, 0);
        while at < end {
            at += subtree_at(at, end);
            wants += 1;
        }
        if hashes.len() != wants {
            let reason = format!("the leaves {begin} to {end} have {wants} hashes, not {}", hashes.len());
            return Err(SealFormatError::new(reason));
        }
        Ok(TreeRange { begin, end: end.max(begin), hashes })
    }

    /// Returns the index of the first leaf.
    pub(crate) fn begin(&self) -> u64 {
        self.begin
    }

    /// Returns the index behind the last leaf: for the range from 0 on, the size of the tree.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.add(leaf, 1);
    }

    /// Adds the range that follows this one.
    ///
    /// # Panics
    ///
    /// If it begins elsewhere.
    pub(crate) fn join(&mut self, next: &TreeRange) {
        assert_eq!(self.end, next.begin, "the ranges do not follow one another");
        for ((leaves, _), hash) in next.subtrees().zip(&next.hashes) {
            self.add(*hash, leaves.end - leaves.start);
        }
    }

    /// Adds a whole subtree of `size` leaves.
    fn add(&mut self, mut hash: Hash, mut size: u64) {
        let mut start = self.end;
        self.end += size;
        // A right child, whose left sibling is in the range, makes their parent whole.
        while start & size != 0 && start - size >= self.begin {
            let Some(left) = self.hashes.pop() else {
                break;
            };
            hash = node_hash(left, hash);
            start -= size;
            size *= 2;
        }
        self.hashes.push(hash);
    }

    /// Returns the root of the tree that has the leaves from 0 on.
    pub(crate) fn root(&self) -> Hash {
        debug_assert_eq!(self.begin, 0);
        fold(&self.hashes).unwrap_or_else(empty_root)
    }

    /// Returns the hash over the leaves `leaves`, the last ones of this range, as RFC 6962 computes it;
    /// `None` if the range has no subtrees for exactly these.
    pub(super) fn hash_of(&self, leaves: Range<u64>) -> Option<Hash> {
        let first = self.subtrees().position(|(subtree, _)| subtree.start == leaves.start)?;
        let last = self.subtrees().position(|(subtree, _)| subtree.end == leaves.end)?;
        fold(self.hashes.get(first..=last)?)
    }

    /// Returns the leaves under each hash, with its position.
    fn subtrees(&self) -> impl Iterator<Item = (Range<u64>, usize)> + '_ {
        let mut start = self.begin;
        (0..self.hashes.len()).map(move |position| {
            let subtree = start..start + subtree_at(start, self.end);
            start = subtree.end;
            (subtree, position)
        })
    }
}

/// Returns the size of the largest whole subtree that begins at `start`, before `end`.
fn subtree_at(start: u64, end: u64) -> u64 {
    let largest = 1 << (63 - (end - start).leading_zeros());
    // The size to which the start is aligned; 0 is aligned to every one.
    let aligned = if start == 0 { largest } else { 1 << start.trailing_zeros() };
    largest.min(aligned)
}

/// Returns the hash over subtrees that follow one another, the larger ones first.
fn fold(hashes: &[Hash]) -> Option<Hash> {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(left, right))
}
