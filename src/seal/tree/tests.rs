//! Trees against the recursive definition of RFC 6962, and proofs against each other.

use super::hash::{Hash, LOST_LEAF, empty_root, leaf_hash, node_hash};
use super::proofs::{consistency, inclusion};
use super::range::TreeRange;
use super::verify::{verify_consistency, verify_inclusion};

const LEAVES: usize = 37;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(number.to_string().as_bytes())).collect()
}

/// RFC 6962, section 2.1, word for word.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node_hash(root(&leaves[..split]), root(&leaves[split..]))
        }
    }
}

fn range(leaves: &[Hash], begin: usize, end: usize) -> TreeRange {
    let mut range = TreeRange::at(begin as u64);
    leaves[begin..end].iter().for_each(|leaf| range.push(*leaf));
    range
}

#[test]
fn hashes_are_those_of_rfc_6962() {
    // The test vectors of certificate-transparency's reference implementation.
    assert_eq!(empty_root().to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(leaf_hash(b""), LOST_LEAF);
    let vectors = leaves_of(&[
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]);
    assert_eq!(root(&vectors).to_string(), "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=");
}

fn leaves_of(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| leaf_hash(&crate::record::bytes_of_hex(text).unwrap())).collect()
}

#[test]
fn a_range_from_the_first_leaf_on_has_the_root_of_the_tree() {
    let leaves = leaves(LEAVES);
    for size in 0..=LEAVES {
        let tree = range(&leaves, 0, size);
        assert_eq!(tree.root(), root(&leaves[..size]), "{size}");
        let again = TreeRange::of_tree(size as u64, tree.hashes().to_vec()).unwrap();
        assert_eq!(again, tree);
        assert!(TreeRange::of_tree(size as u64, [tree.hashes(), &[LOST_LEAF]].concat()).is_err());
    }
}

#[test]
fn ranges_that_follow_one_another_can_be_joined() {
    let leaves = leaves(LEAVES);
    for begin in [0, 1, 5, 8, 16] {
        for end in begin..=LEAVES {
            for middle in begin..=end {
                let mut joined = range(&leaves, begin, middle);
                joined.join(&range(&leaves, middle, end));
                assert_eq!(joined, range(&leaves, begin, end), "{begin} {middle} {end}");
            }
        }
    }
}

#[test]
fn each_leaf_has_a_proof_that_no_other_leaf_index_or_size_has() {
    let leaves = leaves(LEAVES);
    for size in 1..=LEAVES {
        let root = root(&leaves[..size]);
        for index in 0..size {
            let path = inclusion(&range(&leaves, 0, index), &range(&leaves, index + 1, size)).unwrap();
            let (at, of) = (index as u64, size as u64);
            assert!(verify_inclusion(leaves[index], at, of, &path, root), "{index} of {size}");
            assert!(!verify_inclusion(LOST_LEAF, at, of, &path, root));
            assert!(!verify_inclusion(leaves[index], at + 1, of, &path, root));
            assert!(!verify_inclusion(leaves[index], at, of, &path, LOST_LEAF));
            assert!(!verify_inclusion(leaves[index], at, of, &[&path[..], &[LOST_LEAF]].concat(), root));
            assert!(size == 1 || !verify_inclusion(leaves[index], at, of, &path[1..], root));
        }
    }
    assert_eq!(inclusion(&TreeRange::at(0), &TreeRange::at(2)), None);
    assert_eq!(inclusion(&range(&leaves, 1, 3), &range(&leaves, 4, 9)), None);
}

#[test]
fn each_older_tree_has_a_proof_of_consistency() {
    let leaves = leaves(LEAVES);
    for newer in 0..=LEAVES {
        for older in 0..=newer {
            let path = consistency(&range(&leaves, 0, older), &range(&leaves, older, newer)).unwrap();
            let (from, to) = (older as u64, newer as u64);
            let (older_root, newer_root) = (root(&leaves[..older]), root(&leaves[..newer]));
            assert!(verify_consistency(from, older_root, to, newer_root, &path), "{older} {newer}");
            let longer = [&path[..], &[LOST_LEAF]].concat();
            assert!(!verify_consistency(from, older_root, to, newer_root, &longer));
            assert!(!verify_consistency(from, LOST_LEAF, to, newer_root, &path));
            assert!(older == 0 || !verify_consistency(from, older_root, to, LOST_LEAF, &path));
            assert!(!verify_consistency(to + 1, older_root, to, newer_root, &path));
        }
    }
}

#[test]
fn a_proof_that_ends_below_the_root_shows_nothing() {
    let leaf = leaves(1)[0];
    for size in 2..9 {
        assert!(!verify_inclusion(leaf, 0, size, &[], leaf), "{size}");
        assert!(!verify_consistency(1, leaf, size, leaf, &[]), "{size}");
    }
}

#[test]
fn no_tree_has_more_leaves_than_others_can_count() {
    let hashes = |count| vec![LOST_LEAF; count];
    assert!(TreeRange::of_tree(i64::MAX as u64, hashes(63)).is_ok());
    assert!(TreeRange::of_tree(1 << 63, hashes(1)).is_err());
    assert!(TreeRange::of_tree(u64::MAX, hashes(64)).is_err());
}
