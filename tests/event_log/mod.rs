//! The Windows Event Log for the tests of its mirror: the calls to it, and the registry.
#![allow(unsafe_code)] // Calls of the system.
#![allow(dead_code, unreachable_pub)]

pub mod calls;
pub mod import_table;
pub mod registry;
