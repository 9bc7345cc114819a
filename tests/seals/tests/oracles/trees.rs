//! Roots and proofs.

use crate::seal::{
    Hash, Proof, SignedNote, TreeRange, consistency, inclusion, leaf_hash, verify_consistency,
    verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use tlog_tiles::tlog;

/// Sizes of trees that are looked at.
const SIZES: u64 = 70;

/// The hashes that `tlog_tiles` stores.
struct Stored(Vec<tlog::Hash>);

impl tlog::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

/// The same lines in three trees.
struct Trees {
    leaves: Vec<Hash>,
    stored: Stored,
}

impl Trees {
    fn of(size: u64) -> Trees {
        let mut trees = Trees { leaves: Vec::new(), stored: Stored(Vec::new()) };
        for leaf in 0..size {
            let line = line(leaf);
            trees.leaves.push(leaf_hash(&line));
            let more = tlog::stored_hashes(leaf, &line, &trees.stored).unwrap();
            trees.stored.0.extend(more);
        }
        trees
    }

    fn range(&self, begin: u64, end: u64) -> TreeRange {
        let mut range = TreeRange::at(begin);
        self.leaves[begin as usize..end as usize].iter().for_each(|leaf| range.push(*leaf));
        range
    }
}

fn line(leaf: u64) -> Vec<u8> {
    format!("{{\"seq\":{leaf}}}").into_bytes()
}

fn theirs(hash: Hash) -> tlog::Hash {
    tlog::Hash(*hash.as_bytes())
}

fn ours(hashes: &[tlog::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash::from(hash.0)).collect()
}

fn all_theirs(hashes: &[Hash]) -> Vec<tlog::Hash> {
    hashes.iter().map(|hash| theirs(*hash)).collect()
}

#[test]
fn roots_are_those_of_others() {
    let trees = Trees::of(1100);
    let mut in_memory = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut range = TreeRange::at(0);
    for size in 0..=1100 {
        assert_eq!(theirs(range.root()), tlog::tree_hash(size, &trees.stored).unwrap(), "{size}");
        assert_eq!(range.root().as_bytes()[..], in_memory.root().as_bytes()[..], "{size}");
        if let Some(leaf) = trees.leaves.get(size as usize) {
            assert_eq!(theirs(*leaf), tlog::record_hash(&line(size)));
            range.push(*leaf);
            in_memory.push(line(size));
        }
    }
}

#[test]
fn proofs_of_inclusion_are_those_of_others() {
    let trees = Trees::of(SIZES);
    let mut in_memory = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=SIZES {
        in_memory.push(line(size - 1));
        let root = trees.range(0, size).root();
        for index in 0..size {
            let path = inclusion(&trees.range(0, index), &trees.range(index + 1, size)).unwrap();
            let other = tlog::prove_record(size, index, &trees.stored).unwrap();
            assert_eq!(path, ours(&other), "{index} of {size}");
            let bytes = path.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>();
            assert_eq!(bytes, in_memory.prove_inclusion(index as usize).as_bytes(), "{index} of {size}");
            let leaf = trees.leaves[index as usize];
            tlog::check_record(&all_theirs(&path), size, theirs(root), index, theirs(leaf)).unwrap();
            assert!(verify_inclusion(leaf, index, size, &path, root));
        }
    }
}

#[test]
fn proofs_of_consistency_are_those_of_others() {
    let trees = Trees::of(SIZES);
    let mut in_memory = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for newer in 1..=SIZES {
        in_memory.push(line(newer - 1));
        let newer_root = trees.range(0, newer).root();
        for older in 1..=newer {
            let path = consistency(&trees.range(0, older), &trees.range(older, newer)).unwrap();
            let older_root = trees.range(0, older).root();
            let other = tlog::prove_tree(newer, older, &trees.stored).unwrap();
            assert_eq!(path, ours(&other), "{older} of {newer}");
            tlog::check_tree(&all_theirs(&path), newer, theirs(newer_root), older, theirs(older_root))
                .unwrap();
            // Of equal trees that crate has a proof, which the others do without.
            if older < newer {
                let bytes = path.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>();
                let other = in_memory.prove_consistency((newer - older) as usize);
                assert_eq!(bytes, other.as_bytes(), "{older} of {newer}");
            }
            assert!(verify_consistency(older, older_root, newer, newer_root, &path));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Trees with far more leaves than fit into memory, of which only the frontier is known.
    #[test]
    fn proofs_of_large_trees_are_accepted_by_others(
        size in prop_oneof![1_u64..1 << 20, 1_u64..(1 << 62)], added in 1_u64..200, at in any::<prop::sample::Index>(),
    ) {
        let hashes = (0..size.count_ones()).map(|hash| leaf_hash(&line(hash.into()))).collect();
        let older = TreeRange::of_tree(size, hashes).unwrap();
        let (mut more, mut newer) = (TreeRange::at(size), older.clone());
        let leaves = (0..added).map(|leaf| leaf_hash(&line(leaf))).collect::<Vec<_>>();
        leaves.iter().for_each(|leaf| more.push(*leaf));
        newer.join(&more);

        let path = consistency(&older, &more).unwrap();
        prop_assert!(verify_consistency(size, older.root(), newer.end(), newer.root(), &path));
        let (newer_root, older_root) = (theirs(newer.root()), theirs(older.root()));
        prop_assert!(tlog::check_tree(&all_theirs(&path), newer.end(), newer_root, size, older_root).is_ok());

        let at = at.index(leaves.len());
        let (mut before, mut behind) = (older.clone(), TreeRange::at(size + at as u64 + 1));
        leaves[..at].iter().for_each(|leaf| before.push(*leaf));
        leaves[at + 1..].iter().for_each(|leaf| behind.push(*leaf));
        let path = inclusion(&before, &behind).unwrap();
        let index = size + at as u64;
        prop_assert!(verify_inclusion(leaves[at], index, newer.end(), &path, newer.root()));
        let leaf = theirs(leaves[at]);
        prop_assert!(tlog::check_record(&all_theirs(&path), newer.end(), newer_root, index, leaf).is_ok());
    }

    /// Proofs with random changes: others accept them where they are accepted here.
    #[test]
    fn wrong_proofs_are_refused_as_by_others(
        size in 1_u64..40, at in any::<prop::sample::Index>(), other_size in 0_u64..45, other_index in 0_u64..45,
        extra in 0_usize..2, cut in 0_usize..2,
    ) {
        let trees = Trees::of(size);
        let (root, index) = (trees.range(0, size).root(), at.index(size as usize) as u64);
        let leaf = trees.leaves[index as usize];
        let mut path = inclusion(&trees.range(0, index), &trees.range(index + 1, size)).unwrap();
        path.truncate(path.len().saturating_sub(cut));
        path.extend(std::iter::repeat_n(leaf, extra));
        let accepted = verify_inclusion(leaf, other_index, other_size, &path, root);
        let others = tlog::check_record(&all_theirs(&path), other_size, theirs(root), other_index, theirs(leaf));
        prop_assert_eq!(accepted, others.is_ok());

        let older = 1 + at.index(size as usize) as u64;
        let older_root = trees.range(0, older).root();
        let mut path = consistency(&trees.range(0, older), &trees.range(older, size)).unwrap();
        path.truncate(path.len().saturating_sub(cut));
        path.extend(std::iter::repeat_n(leaf, extra));
        // Those of no leaves are not decided by proofs.
        if other_index > 0 {
            let accepted = verify_consistency(other_index, older_root, other_size, root, &path);
            let (root, older_root) = (theirs(root), theirs(older_root));
            let others = tlog::check_tree(&all_theirs(&path), other_size, root, other_index, older_root);
            prop_assert_eq!(accepted, others.is_ok());
        }
    }
}

/// The text is put together as <https://c2sp.org/tlog-proof> says, of what the other crates write.
#[test]
fn a_proof_of_others_is_accepted() {
    let (size, index) = (23, 17);
    let trees = Trees::of(size);
    let root = tlog::tree_hash(size, &trees.stored).unwrap();
    let (note, key) = crate::notes::signed_by_others("log.example/a", size, root);
    let path = tlog::prove_record(size, index, &trees.stored).unwrap();
    let path = path.iter().map(|hash| format!("{hash}\n")).collect::<String>();
    let text = format!("c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n{note}");

    // The library itself, as its users have it.
    let proof = text.parse::<tracing_audit::seal::Proof>().unwrap();
    let public = [key.parse::<tracing_audit::seal::VerifierKey>().unwrap()];
    assert_eq!(proof.verify(&line(index), &public).unwrap().size, size);
    assert!(proof.verify(&line(index + 1), &public).is_err());

    let ours = Proof {
        extra: None,
        index,
        path: inclusion(&trees.range(0, index), &trees.range(index + 1, size)).unwrap(),
        checkpoint: note.parse::<SignedNote>().unwrap(),
    };
    assert_eq!(ours.to_string(), text);
}
