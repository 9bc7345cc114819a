//! What the small files in `.state` have in common, and the one that has the journal's id.

pub(super) mod journal_id;
pub(crate) mod slots;
pub(crate) mod state_file;
