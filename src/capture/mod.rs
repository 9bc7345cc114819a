//! From a `tracing` event to a line in the audit log.
//!
//! [`audit!`](crate::audit) creates a `tracing` event with the target `audit` on a static
//! [`callsite`] of its own, finds the audit layer of the current dispatch (`stack::find`), and
//! passes the event to it directly: no filter of the stack is asked, and no other layer sees the
//! event. The event's fields become a line (`field_visitor`), completed by the actor and the
//! trace of the caller's scopes and spans (`context`), and the line is appended to the journal
//! (`record_event`).
//!
//! A plain `tracing` event with that target, from code that cannot use the macro, travels down
//! the stack as any other event does. The layer takes it in `event_enabled` and answers `false`,
//! so that no other layer gets it.
//!
//! The rooms inside, each using only those before it:
//!
//! - `fields`: the names of an event's fields and where they go in a record;
//! - `event`: the data of one event while it is recorded;
//! - `values`: from Rust values to JSON text;
//! - `context`: the actor and the trace that an event inherits;
//! - `stack`: the layer's position in its stack, and how `audit!` finds it.

pub(crate) mod callsite;
mod context;
pub(crate) mod emit_record;
mod event;
mod field_visitor;
pub(crate) mod fields;
mod layer;
mod no_layer;
pub(crate) mod process_capture;
mod record_event;
mod stack;
mod target;
pub(crate) mod typed_event;
pub(crate) mod values;

pub use layer::AuditLayer;
