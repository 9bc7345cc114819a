//! Directories and files on Unix, by descriptor.

mod access;
mod create;
mod descriptor;
mod directory;
mod files;
mod handle;
#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "linux.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "portable.rs")]
mod kernel;
mod size_limit;
mod stat;

pub(crate) use access::group_of;
pub(crate) use directory::space_of;
pub(crate) use files::{check_path, read_at, write_all_at};
pub(crate) use handle::Handle;
pub(crate) use kernel::{allocate, append, is_immutable, mapping_of};
pub(crate) use size_limit::{check_size, check_size_now, is_size_limited, read_size_limit};
pub(crate) use stat::{len_and_identity, only_owner_of};
