//! The fields of an audit event: their names, where they go in a record, and what the compiler
//! checks of them.

pub(crate) mod compile_check;
pub(crate) mod key_fragment;
pub(crate) mod name;
pub(crate) mod slot;
