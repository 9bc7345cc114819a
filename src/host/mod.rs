//! The name of the machine, as the operating system has it.
//!
//! A room of its own, below all others, as `account` is: `log.opened` says where a log was written.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "elsewhere.rs")]
mod host_name;

pub(crate) use host_name::host_name;
