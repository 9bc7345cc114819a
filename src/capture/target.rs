//! The target of audit events.

/// The target that marks a `tracing` event as an audit event. `audit!` has it as a literal.
pub(crate) const TARGET: &str = "audit";
