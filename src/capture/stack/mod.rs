//! The audit layer in its stack: how `audit!` finds it, where it stands, and how it leaves the
//! other layers as they are.

pub(super) mod filter_verdicts;
pub(super) mod find;
pub(super) mod position;
pub(super) mod presence;
pub(super) mod probe;
pub(super) mod seen;
mod standing;
