//! Removes old files: day files beyond their retention, and what was quarantined on such days.
//!
//! A file goes when its whole name is that of a day file, and its day, and that of its last
//! record, is more than `retention_days` before today: oldest first, never the newest, and none
//! while anything called `HOLD` is in the directory. Files of `.state` that belong to a day go
//! with that day.
//!
//! A file is first moved to `.state/pruned/`, then `log.pruned` is recorded and synced, then the
//! checkpoint is written, then the file is removed: so a crash in between never removes a file without a
//! record of it. The next run moves it back first, if it is still what it was; the repeated `log.pruned`
//! has the same figures ([`Pruned`](crate::journal::state::pruned::Pruned)).
//!
//! `HOLD` is looked for before a file is read, before it is moved, and once more before it is removed: if
//! it has appeared by then, the file is moved back.
//!
//! A file that a mirror has not got yet stays `undelivered_days` longer. Then it goes, too, and
//! `log.pruned` names the records that the mirror never got.

pub(in crate::journal) mod background;
pub(crate) mod how;
pub(in crate::journal) mod keeper;
mod kept;
pub(in crate::journal) mod pruner;
pub(in crate::journal) mod put_back;
pub(in crate::journal) mod retention;
pub(in crate::journal) mod so_far;
