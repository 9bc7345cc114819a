//! The leaves of a day file, from `seal/NAME.leaf`.
//!
//! The file is a cache without a signature. It counts only if its leaves make the signed root.

use super::super::evidence::keys::SEAL;
use crate::journal::storage::layout::leaves_of;
use crate::read::regular_file;
use crate::seal::{Hash, LOST_LEAF, TreeRange};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// The length of a leaf in bytes, and how many are read at a time.
const LEAF: u64 = 32;
const WINDOW: u64 = 4096;

/// The leaves of a range of numbers.
#[derive(Debug)]
pub(super) struct Leaves {
    file: File,
    seqs: Range<u64>,
    /// The signed tree at their end.
    tree: TreeRange,
    window: Vec<u8>,
    window_start: u64,
}

impl Leaves {
    /// Opens the leaves of a day file, those of the numbers `seqs`. `None` if there are none, or if the
    /// tree `before` with them has not this root.
    pub(super) fn open(
        dir: &Path,
        day_file: &str,
        seqs: Range<u64>,
        before: &TreeRange,
        root: Hash,
    ) -> io::Result<Option<Leaves>> {
        let path = dir.join(SEAL).join(leaves_of(day_file));
        let Ok(file) = regular_file::open(&path) else {
            return Ok(None);
        };
        if file.metadata()?.len() < LEAF * (seqs.end - seqs.start) {
            return Ok(None);
        }
        let tree = before.clone();
        let mut leaves = Leaves { file, seqs: seqs.clone(), tree, window: Vec::new(), window_start: 0 };
        for seq in seqs {
            match leaves.get(seq)? {
                Some(leaf) => leaves.tree.push(leaf),
                None => return Ok(None),
            }
        }
        Ok((leaves.tree.root() == root).then_some(leaves))
    }

    pub(super) fn into_tree(self) -> TreeRange {
        self.tree
    }

    pub(super) fn seqs(&self) -> Range<u64> {
        self.seqs.clone()
    }

    /// Returns the numbers that were lost before they were sealed.
    pub(super) fn lost(&mut self) -> io::Result<Vec<Range<u64>>> {
        let mut lost = Vec::<Range<u64>>::new();
        for seq in self.seqs() {
            if self.get(seq)? == Some(LOST_LEAF) {
                match lost.last_mut() {
                    Some(last) if last.end == seq => last.end += 1,
                    _ => lost.push(seq..seq + 1),
                }
            }
        }
        Ok(lost)
    }

    /// Returns the leaf of a number; `None` outside of the range.
    pub(super) fn get(&mut self, seq: u64) -> io::Result<Option<Hash>> {
        if !self.seqs.contains(&seq) {
            return Ok(None);
        }
        let offset = (seq - self.seqs.start) * LEAF;
        let end = self.window_start + self.window.len() as u64;
        if offset < self.window_start || offset + LEAF > end {
            self.window_start = offset / (LEAF * WINDOW) * (LEAF * WINDOW);
            self.window.clear();
            self.file.seek(SeekFrom::Start(self.window_start))?;
            (&self.file).take(LEAF * WINDOW).read_to_end(&mut self.window)?;
        }
        let at = usize::try_from(offset - self.window_start).map_err(io::Error::other)?;
        Ok(self.window.get(at..).and_then(|leaf| leaf.first_chunk()).copied().map(Hash))
    }
}
