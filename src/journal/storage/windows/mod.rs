//! Directories and files on Windows, by path. The directories themselves are kept open.

mod calls;
mod create;
mod descriptor;
mod files;
mod handle;
mod mapping;
mod paths;
mod readers;
mod retry;
mod size_limit;

pub(crate) use calls::space_of;
pub(crate) use files::{allocate, append, group_of, len_and_identity, only_owner_of, read_at, write_all_at};
pub(crate) use handle::Handle;
pub(crate) use mapping::mapping_of;
pub(crate) use paths::check_path;
pub(crate) use size_limit::{check_size, check_size_now, is_size_limited, read_size_limit};
