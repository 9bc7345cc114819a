//! Assigns sequence numbers and timestamps, and hands lines to the intake or to the day files.
//!
//! Control records that are pending come before the next record. A record that can't be appended
//! is counted in the gap.

pub(in crate::journal) mod appender;
pub(in crate::journal) mod gap;
pub(in crate::journal) mod outlet;
pub(in crate::journal) mod pending;
pub(in crate::journal) mod schedule;
pub(in crate::journal) mod sequencer;
pub(in crate::journal) mod space_guard;
pub(in crate::journal) mod tally;
pub(in crate::journal) mod timeline;
