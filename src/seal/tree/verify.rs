//! Checking proofs: RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use super::hash::{Hash, empty_root, node_hash};

/// The most hashes of a proof that a leaf is in a tree, or that a tree begins with another.
pub(in crate::seal) const MOST_HASHES: usize = 64;

/// Returns whether `path` proves that the tree of `size` leaves with this root has the leaf at `index`.
///
/// RFC 9162, section 2.1.3.2.
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Returns whether `path` proves that the tree of `newer_size` leaves begins with the leaves of the
/// tree of `older_size` leaves. Every tree begins with the empty one, and the proof for that is empty.
///
/// RFC 9162, section 2.1.4.2.
#[must_use]
pub fn verify_consistency(
    older_size: u64,
    older_root: Hash,
    newer_size: u64,
    newer_root: Hash,
    path: &[Hash],
) -> bool {
    if older_size == 0 {
        return path.is_empty() && older_root == empty_root();
    }
    if older_size >= newer_size {
        return older_size == newer_size && path.is_empty() && older_root == newer_root;
    }
    // Of a whole subtree, the proof leaves out its root.
    let (first, rest) = match (older_size.is_power_of_two(), path) {
        (true, path) => (older_root, path),
        (false, [first, rest @ ..]) => (*first, rest),
        (false, []) => return false,
    };
    let (mut node, mut last) = (older_size - 1, newer_size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut older, mut newer) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            older = node_hash(*sibling, older);
            newer = node_hash(*sibling, newer);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            newer = node_hash(newer, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && older == older_root && newer == newer_root
}
