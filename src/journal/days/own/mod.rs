//! What of the day files is the journal's own, and what others have put there.

pub(in crate::journal) mod aside;
pub(crate) mod ends;
pub(crate) mod runs;
