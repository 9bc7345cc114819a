//! Events of the Open Cybersecurity Schema Framework 1.5.0.
//!
//! `event` is the whole, `class` says which objects an event of a class has, and `actor` and `resource` write these. What no object has is in `unmapped`, under
//! `actor`, `resource` or `other`.

mod actor;
mod class;
mod event;
mod parts;
mod resource;

pub(super) use event::{end, record};
