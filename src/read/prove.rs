//! Proofs that one line is in a log, and that a log goes on from an older state.

use super::archive::{Limits, Opened};
use super::verify::{VerifyError, Walk};
use crate::error::debug_for_people;
use crate::seal::{
    Checkpoint, Hash, Proof, SignedNote, TreeRange, consistency, inclusion, leaf_hash, verify_consistency,
    verify_inclusion,
};
use std::path::Path;

/// A proof could not be made.
///
/// `{:?}` is the message with its causes; `{:#?}` has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The log could not be read.
    #[error(transparent)]
    Read {
        /// The reason.
        #[from]
        source: VerifyError,
    },
    /// There is no checkpoint that a key of the log has signed.
    #[error("the log has no valid checkpoint: {reason}")]
    NoCheckpoint {
        /// What is wrong with it.
        reason: String,
    },
    /// The newest checkpoint does not cover the record.
    #[error("record {seq} is not sealed: the newest checkpoint is about the records {base} to {last}")]
    NotSealed {
        /// The record's number.
        seq: u64,
        /// The number of the first sealed record.
        base: u64,
        /// The number of the last one; that before `base` if there is none.
        last: i128,
    },
    /// No day file has the record.
    #[error("no day file has record {seq}: it was pruned, or it is lost")]
    NotThere {
        /// The record's number.
        seq: u64,
    },
    /// The lines do not make the tree of the checkpoint.
    #[error("the lines are not those that were sealed: `verify` tells which")]
    NotAsSealed,
    /// The older state is of a tree that is larger, or whose lines were pruned.
    #[error("a tree of {size} records can't be compared with the log's: {reason}")]
    NotComparable {
        /// The number of records of the older tree.
        size: u64,
        /// The reason.
        reason: &'static str,
    },
}

debug_for_people!(ProveError {
    Read { source },
    NoCheckpoint { reason },
    NotSealed { seq, base, last },
    NotThere { seq },
    NotAsSealed {},
    NotComparable { size, reason },
});

/// The proof that a log's newest checkpoint goes on from an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsistencyProof {
    /// The newest checkpoint.
    pub checkpoint: SignedNote,
    /// The hashes, for [`verify_consistency`](crate::seal::verify_consistency).
    pub path: Vec<Hash>,
}

/// The newest checkpoint, and the lines.
struct Sealed {
    walk: Walk,
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl Sealed {
    fn read(log: &Opened, stops: &[u64]) -> Result<Sealed, ProveError> {
        let walk = Walk::read(log.dir(), stops).map_err(|error| log.named(error))?;
        let (note, checkpoint) = walk.checkpoint().map_err(|reason| ProveError::NoCheckpoint { reason })?;
        Ok(Sealed { walk, note, checkpoint })
    }

    fn prove(&self, seq: u64) -> Result<Proven, ProveError> {
        let Checkpoint { size, root, .. } = self.checkpoint;
        let base = self.walk.base();
        let index = seq.checked_sub(base).filter(|index| *index < size).ok_or(ProveError::NotSealed {
            seq,
            base,
            last: i128::from(base) + i128::from(size) - 1,
        })?;
        let before = self.walk.tree(seq)?.ok_or(ProveError::NotThere { seq })?;
        let line = self.walk.line(seq)?.ok_or(ProveError::NotThere { seq })?;
        let behind = self.walk.range(seq + 1..base + size)?;
        let path = inclusion(&before, &behind).ok_or(ProveError::NotAsSealed)?;
        if !verify_inclusion(leaf_hash(&line), index, size, &path, root) {
            return Err(ProveError::NotAsSealed);
        }
        let proof = Proof { extra: None, index, path, checkpoint: self.note.clone() };
        Ok(Proven { seq, line, proof })
    }
}

/// A line of a log, and the proof that it is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proven {
    /// The record's number.
    pub seq: u64,
    /// The line as it was written, without its `\n`.
    pub line: Vec<u8>,
    /// The proof.
    pub proof: Proof,
}

/// Returns the proof that the record `seq` is in the log in `dir`, as its newest checkpoint states it. It can be
/// checked with [`Proof::verify`](crate::seal::Proof::verify), or any verifier of <https://c2sp.org/tlog-proof>.
///
/// All lines that are still there are read. With the feature `cli`, `dir` may be an archive: see [`verify`](crate::read::verify).
///
/// # Errors
///
/// [`ProveError`]: the record is not sealed, not there, or the lines around it are not those that were
/// sealed.
pub fn prove(dir: impl AsRef<Path>, seq: u64) -> Result<Proof, ProveError> {
    let log = Opened::at(dir.as_ref(), &Limits::default())?;
    let sealed = Sealed::read(&log, &[seq, seq.saturating_add(1)])?;
    Ok(sealed.prove(seq)?.proof)
}

/// Returns lines of the log in `dir` with their proofs, as [`prove`] does, in the order of `seqs`. The log is read once for
/// all of them, so that all proofs have the same checkpoint.
///
/// # Errors
///
/// As with [`prove`], for the first record for which there is no proof.
pub fn prove_lines(dir: impl AsRef<Path>, seqs: &[u64]) -> Result<Vec<Proven>, ProveError> {
    let stops = seqs.iter().flat_map(|seq| [*seq, seq.saturating_add(1)]).collect::<Vec<_>>();
    let log = Opened::at(dir.as_ref(), &Limits::default())?;
    let sealed = Sealed::read(&log, &stops)?;
    seqs.iter().map(|seq| sealed.prove(*seq)).collect()
}

/// Returns the proof that the newest checkpoint of the log in `dir` goes on from an older one.
///
/// # Errors
///
/// [`ProveError`]: the older tree is larger, its lines were pruned (where it did not end with a day file), or
/// it is not one of this log.
pub fn prove_consistency(dir: impl AsRef<Path>, older: &Checkpoint) -> Result<ConsistencyProof, ProveError> {
    let size = older.size;
    let no = |reason| ProveError::NotComparable { size, reason };
    let log = Opened::at(dir.as_ref(), &Limits::default())?;
    let sealed = Sealed::read(&log, &[])?;
    let newer = &sealed.checkpoint;
    if size > newer.size {
        return Err(no("it is larger than that of the newest checkpoint"));
    }
    let base = sealed.walk.base();
    let sealed = Sealed::read(&log, &[base + size])?;
    let newer = &sealed.checkpoint;
    let path = if size == 0 {
        Vec::new()
    } else {
        let before = sealed.walk.tree(base + size)?.ok_or_else(|| no("its lines were pruned"))?;
        let added: TreeRange = sealed.walk.range(base + size..base + newer.size)?;
        consistency(&before, &added).ok_or(ProveError::NotAsSealed)?
    };
    if !verify_consistency(size, older.root, newer.size, newer.root, &path) {
        return Err(ProveError::NotAsSealed);
    }
    Ok(ConsistencyProof { path, checkpoint: sealed.note })
}
