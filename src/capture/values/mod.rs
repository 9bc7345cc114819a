//! From a Rust value to JSON text in the line.
//!
//! `value_dispatch` decides at compile time how `tracing` carries a value that is passed to
//! `audit!`, some after a conversion (`converted`); `field_value` is the value as `tracing` passes it to the layer, and writes it.

pub(crate) mod converted;
pub(super) mod field_value;
pub(crate) mod json_value;
pub(crate) mod kind_of_type;
mod null_probe;
pub(crate) mod outcome_value;
pub(crate) mod value_dispatch;
mod value_sink;
