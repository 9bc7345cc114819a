//! What the rest of the log sees of the sealer: its settings, its state, and what is known before the journal
//! is open.

pub(super) mod keeper;
pub(super) mod prepared;
pub(super) mod settings;
pub(super) mod stats;
