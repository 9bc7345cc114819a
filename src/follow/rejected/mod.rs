//! Records that a receiver rejects although each was sent alone.
//!
//! - `evidence`: whether the fault is the record's or the endpoint's
//! - `aside`: putting a record into `.state/dead_letters`
//! - `letters`: delivering those records again

mod aside;
mod evidence;
mod letters;

pub(super) use evidence::Rejections;
