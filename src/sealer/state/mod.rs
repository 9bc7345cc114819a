//! How far the tree has come, in memory and on disk, and where it goes on when a log is opened.

pub(super) mod position;
pub(super) mod start;
