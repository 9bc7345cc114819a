//! Followers: threads that hand the synced records to the mirrors, each with a durable cursor.
//!
//! A follower hands each record that is on disk to its mirror, in order, and repeats it until the
//! mirror acknowledges it; only then the cursor moves on. It reads the records from the day files,
//! so a follower that is a week behind costs no memory.
//!
//! - `followers`: all followers of a journal, which the log starts, stops and asks
//! - `thread`, `follower`, `outcome`: the thread of one follower, its state, and what happens to a
//!   batch
//! - `control`: what a follower's thread and the rest of the log tell each other
//! - `cursor`, `cursors`: the position of each follower, on disk and in memory
//! - `feed`: reading the day files
//! - `rejected`: what happens to a record that the receiver rejects
//! - `replay`: delivering records again
//! - `last_attempt`: how often a mirror is tried while its log is closed
//! - `alarm`, `backoff`, `stats`, `priority`

mod alarm;
mod backoff;
mod control;
mod cursor;
mod cursors;
mod feed;
mod follower;
mod followers;
mod last_attempt;
mod outcome;
pub(crate) mod priority;
mod rejected;
mod replay;
mod stats;
mod thread;

pub(crate) use cursor::{cursor_at, next_in};
pub(crate) use cursors::{Cursors, file_name};
pub(crate) use feed::{Feed, LineSink, OnMissing};
pub(crate) use followers::{Figures, Followers, MadeOf};
pub(crate) use replay::too_late;
pub use stats::{MirrorError, MirrorStats};
pub(crate) use thread::SpareThread;
