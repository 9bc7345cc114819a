//! What the journal asks of the operating system, and what its files are called.
//!
//! [`Directory`] and [`LogFile`] are all that the rest of the journal knows of a file system; tests
//! replace them with ones that fail on demand. [`DiskDirectory`] is the real one. On Unix its files
//! are opened relative to the directory's handle; on Windows the directory is kept open, so that it
//! can't be moved. Links are never followed.
//!
//! `system` is what differs between systems: `unix/`, `windows/` or `elsewhere.rs`, with the same
//! names in each.

mod contents;
mod directory;
mod disk_directory;
mod disk_file;
pub(crate) mod layout;
mod lock;
mod log_file;
mod mapping;
mod refused;
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
#[cfg_attr(not(any(unix, windows)), path = "elsewhere.rs")]
pub(in crate::journal) mod system;
#[cfg(any(windows, test))]
#[path = "windows/names.rs"]
mod windows_names;

pub(crate) use contents::journal_id::{id_bytes, id_in};
pub(crate) use contents::{slots, state_file};
pub(crate) use directory::{Directory, LostName};
pub(crate) use disk_directory::DiskDirectory;
pub(crate) use lock::Opener;
pub(crate) use log_file::{Identity, LogFile, Syncer};
pub(in crate::journal) use mapping::Mapping;
pub(crate) use refused::Sharing;
pub(crate) use system::space_of;
