//! A log in an archive, as an auditor gets it: `.tar`, `.tar.gz` or `.tar.zst`, told apart by their contents.
//!
//! The archive is read once, from its begin to its end, and the files of the log are unpacked into a private
//! folder, which is removed at the end. Nothing in an archive is believed:
//!
//! - Only regular files that belong to a log are written, under names that a log's files have. The private key of a
//!   log is noted, and its contents are not written.
//! - A link, a device, a FIFO, a sparse file, an absolute path, one with `..`, a name that is there twice, a second
//!   log: the archive is refused.
//! - So is one that is cut, has more entries, or would become larger, than [`Limits`] allows, counted as it is decompressed.
//!
//! A folder before the names, such as `log/` or `./`, is passed over.

mod entries;
mod folder;
mod format;
mod frames;
mod header;
mod limits;
mod opened;
mod place;
mod unpack;

pub(super) use limits::Limits;
pub(super) use opened::Opened;
pub(super) use place::is_seal;
