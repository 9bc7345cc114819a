//! From `tracing` to a line.
//!
//! [`audit!`](crate::audit) makes a `tracing` event with the target `audit` on a
//! static callsite of its own, finds the audit layer of the current dispatch
//! (`locate`), and hands it the event. No filter of the stack is asked, and no
//! other layer sees the event: it does not pass through them. The event's fields
//! become a line (`visit`), completed by what the caller's scopes and spans say
//! (`trace_context`), and the line goes to the journal.
//!
//! A plain `tracing` event with that target, from code that can't use the macro,
//! comes down the stack as any other event does; the layer takes it in
//! `event_enabled` and answers `false`, so that no other layer gets it.

pub(crate) mod callsite;
pub(crate) mod check;
pub(crate) mod given;
mod handed;
mod layer;
mod locate;
mod place;
mod scratch;
mod sink;
mod span_actors;
mod trace_context;
pub(crate) mod typed;
mod visit;

pub use layer::AuditLayer;

/// The target of audit events.
pub(crate) const TARGET: &str = "audit";
