//! The context that an event inherits: the actor and the trace of the place where it is emitted.

pub(super) mod at_call;
mod current;
pub(super) mod in_stack;
pub(super) mod inherit;
pub(super) mod span_actors;
