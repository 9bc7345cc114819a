//! JSON values that keep the order of their keys.
//!
//! `serde_json::Value` sorts the keys of objects or keeps their order, depending on whether
//! any crate in the build turns on its feature `preserve_order`. A record must read the same
//! in every build.

mod compare;
pub(in crate::record) mod convert;
mod deserialize;
pub(in crate::record) mod json;
mod key_index;
pub(in crate::record) mod object_iter;
mod serialize;
mod serialize_error;
pub(in crate::record) mod to_json;
pub(in crate::record) mod to_value;
