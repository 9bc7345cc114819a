//! What the journal says about itself beside its events: what it was set to, and whether there is a legal
//! hold.

pub(in crate::journal) mod hold;
pub(in crate::journal) mod log_opened;
