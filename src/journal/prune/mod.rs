//! Removes old files: day files beyond their retention, and what was quarantined on such days.
//!
//! A file goes when its whole name is that of a day file, and its day, and that of its last
//! record, is more than `retention_days` before today: oldest first, never the newest, and none
//! while anything called `HOLD` is in the directory. Files of `.state` that belong to a day go
//! with that day.
//!
//! A file is first moved to `.state/pruned/`, then `log.pruned` is recorded and synced, then the
//! file is removed: so a crash in between never removes a file without a record of it. The next
//! run moves it back first, if it is still what it was.
//!
//! A file that a mirror has not got yet stays `undelivered_days` longer. Then it goes, too, and
//! `log.pruned` names the records that the mirror never got.

pub(in crate::journal) mod background;
pub(in crate::journal) mod keeper;
pub(in crate::journal) mod pruner;
pub(in crate::journal) mod put_back;
pub(in crate::journal) mod retention;
