//! The data of one event while it is recorded. Nothing here knows a log, a stack or a journal.

pub(super) mod catalog_check;
pub(super) mod entry_cache;
pub(super) mod line_buffers;
pub(super) mod notes;
pub(super) mod origin;
pub(super) mod secret_cache;
