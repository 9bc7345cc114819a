//! Comparing a log with another directory of the same log: whether one of the two histories goes on from the other.
//!
//! Each side has signed statements of its tree: checkpoints, seals, certificates, and the checkpoints in its lines. Each
//! statement of one side is compared with the root that the other side's lines, or seals, have at that size. If
//! all agree up to the end of the shorter history, it is the begin of the longer one. If one does not, a
//! key has signed two histories; the lines tell where they part.

mod compare;
mod history;
mod others;
mod parting;
mod statements;

pub(super) use others::Others;
