//! The macros: `audit!` emits an event, and `audit_events!` defines event types.
//!
//! `macro_rules` exports them at the root of the crate, so that nothing is re-exported here. What
//! they expand to is in `__macro` in `lib.rs`.

mod audit;
mod audit_events;
mod audit_fields;
mod define_event;
mod misread_events;
