//! What an event inherits from where it is emitted: the actor and the trace.

pub(super) mod at_call;
pub(super) mod in_stack;
pub(super) mod inherit;
pub(super) mod span_actors;
