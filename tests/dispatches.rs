//! An event finds the audit layer of its own dispatch, and the log finds the runtime log of it.

#[path = "dispatches/a_layer_gets_the_events_of_its_own_stack.rs"]
mod a_layer_gets_the_events_of_its_own_stack;
mod support;
#[path = "dispatches/the_log_is_heard_in_any_dispatch.rs"]
mod the_log_is_heard_in_any_dispatch;
