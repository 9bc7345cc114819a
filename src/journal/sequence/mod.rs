//! Assigns sequence numbers and timestamps, and hands lines to the intake or to the day files.

pub(in crate::journal) mod gap;
pub(in crate::journal) mod schedule;
pub(in crate::journal) mod sequencer;
pub(in crate::journal) mod timeline;
