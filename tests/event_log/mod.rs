//! The Windows Event Log, as the tests of its mirror see it: the calls to it, and the registry.
#![allow(dead_code, unreachable_pub)] // Each test file is a crate of its own, and none needs all of it.

pub mod calls;
pub mod import_table;
pub mod registry;
