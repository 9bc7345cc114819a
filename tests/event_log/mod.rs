//! The Windows Event Log, as the tests of its mirror see it: the calls to it, and the registry.

pub mod calls;
pub mod import_table;
pub mod registry;
