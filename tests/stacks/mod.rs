//! Random stacks of layers and random scripts of events, with which `runtime_log_is_untouched` compares
//! a stack with the same stack without an audit layer.

pub(crate) mod script;
pub(crate) mod stack;
