//! How far the tree has come, in memory and on disk.

use crate::journal::DayFileName;
use crate::journal::slots::Slot;
use crate::journal::state_file::Version;
use crate::seal::{Hash, SealFormatError, TreeRange};
use serde::{Deserialize, Serialize};

/// The name of the state file with the position.
pub(in crate::sealer) const HEAD: &str = "head";

/// How far the tree has come.
///
/// The tree is kept in three parts: up to the newest seal; from there to the begin of the current file,
/// if files in between have got no seal; and the current file.
#[derive(Clone, Debug)]
pub(in crate::sealer) struct Position {
    /// The number of the record that is the first leaf.
    pub(in crate::sealer) base: u64,
    pub(in crate::sealer) sealed: TreeRange,
    pub(in crate::sealer) before: TreeRange,
    pub(in crate::sealer) in_file: TreeRange,
    /// The day file with the last leaf.
    pub(in crate::sealer) file: Option<DayFileName>,
    /// The offset behind its line.
    pub(in crate::sealer) offset: u64,
    /// The SHA-256 of the newest seal, in hex digits.
    pub(in crate::sealer) newest_seal: Option<String>,
    /// Whether a record that is not the log's own came since the last `log.checkpoint`.
    pub(in crate::sealer) has_events: bool,
}

impl Position {
    /// Returns the position behind a seal, or of a tree without leaves.
    pub(in crate::sealer) fn behind(base: u64, sealed: TreeRange, newest_seal: Option<String>) -> Position {
        let (before, in_file) = (TreeRange::at(sealed.end()), TreeRange::at(sealed.end()));
        Position { base, sealed, before, in_file, file: None, offset: 0, newest_seal, has_events: false }
    }

    /// Returns the number of leaves.
    pub(in crate::sealer) fn size(&self) -> u64 {
        self.in_file.end()
    }

    /// Returns the number of the record that is the next leaf.
    pub(in crate::sealer) fn next_seq(&self) -> u64 {
        self.base + self.size()
    }

    /// Returns the leaves since the newest seal.
    pub(in crate::sealer) fn since_seal(&self) -> TreeRange {
        let mut leaves = self.before.clone();
        leaves.join(&self.in_file);
        leaves
    }

    /// Returns the whole tree.
    pub(in crate::sealer) fn tree(&self) -> TreeRange {
        let mut tree = self.sealed.clone();
        tree.join(&self.before);
        tree.join(&self.in_file);
        tree
    }

    /// Continues behind a file that has got its seal, or none.
    pub(in crate::sealer) fn file_has_ended(&mut self, seal: Option<String>) {
        if seal.is_some() {
            self.sealed = self.tree();
            self.before = TreeRange::at(self.sealed.end());
            self.newest_seal = seal;
        } else {
            self.before = self.since_seal();
        }
        self.in_file = TreeRange::at(self.before.end());
        (self.file, self.offset) = (None, 0);
    }
}

/// The position as `.state/head` has it, with the newest checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sealer) struct Head {
    version: Version,
    turn: u64,
    /// The signed note.
    pub(in crate::sealer) checkpoint: String,
    pub(in crate::sealer) base: u64,
    pub(in crate::sealer) epoch: u64,
    /// The sizes of the tree at the newest seal, at the begin of the current file, and now.
    sizes: [u64; 3],
    /// The hashes of the three parts.
    parts: [Vec<Hash>; 3],
    file: Option<String>,
    offset: u64,
    /// The SHA-256 of the newest seal.
    pub(in crate::sealer) seal: Option<String>,
    has_events: bool,
}

impl Slot for Head {
    const SIZE: usize = 16 * 1024;

    fn turn(&self) -> u64 {
        self.turn
    }
}

impl Head {
    pub(in crate::sealer) fn of(position: &Position, checkpoint: String, epoch: u64, turn: u64) -> Head {
        let Position { base, sealed, before, in_file, file, offset, newest_seal, has_events } = position;
        Head {
            version: Version,
            turn,
            checkpoint,
            base: *base,
            epoch,
            sizes: [sealed.end(), before.end(), in_file.end()],
            parts: [sealed, before, in_file].map(|part| part.hashes().to_vec()),
            file: file.map(|file| file.to_string()),
            offset: *offset,
            seal: newest_seal.clone(),
            has_events: *has_events,
        }
    }

    /// Returns the number before which all day files had their seals.
    pub(in crate::sealer) fn files_sealed_until(&self) -> u64 {
        self.base.saturating_add(self.sizes[0])
    }

    /// Returns the number of the record that is the next leaf.
    pub(in crate::sealer) fn next_seq(&self) -> u64 {
        self.base.saturating_add(self.sizes[2])
    }

    /// Returns the position that it has.
    pub(in crate::sealer) fn position(&self) -> Result<Position, SealFormatError> {
        let ([sealed_end, file_start, size], [sealed, before, in_file]) = (self.sizes, self.parts.clone());
        Ok(Position {
            base: self.base,
            sealed: TreeRange::of(0, sealed_end, sealed)?,
            before: TreeRange::of(sealed_end, file_start, before)?,
            in_file: TreeRange::of(file_start, size, in_file)?,
            file: self.file.as_deref().and_then(DayFileName::parse),
            offset: self.offset,
            newest_seal: self.seal.clone(),
            has_events: self.has_events,
        })
    }
}

/// The largest tree that was signed, beside the key: nothing smaller and nothing else is signed again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sealer) struct Guard {
    version: Version,
    turn: u64,
    pub(in crate::sealer) size: u64,
    pub(in crate::sealer) root: Hash,
}

impl Guard {
    pub(in crate::sealer) fn of(tree: &TreeRange, turn: u64) -> Guard {
        Guard { version: Version, turn, size: tree.end(), root: tree.root() }
    }
}

impl Slot for Guard {
    const SIZE: usize = 512;

    fn turn(&self) -> u64 {
        self.turn
    }
}
