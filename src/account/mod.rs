//! The account that the process runs as, as the operating system identifies it.
//!
//! A room of its own, below all others: the caller's actor and the private directories of the
//! journal both ask for it.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "elsewhere.rs")]
mod process_account;

pub(crate) use process_account::process_account;
