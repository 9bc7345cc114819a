//! The machine, and the processes on it, as the operating system has them.
//!
//! A room of its own, below all others, as `account` is: `log.opened` says where a log was written, and
//! `status.json` by which process.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "elsewhere.rs")]
mod host_name;
pub(crate) mod process;

pub(crate) use host_name::host_name;
