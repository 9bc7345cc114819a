//! What is known of the caller independently of the stack of layers: the actor scopes that it is
//! in, its OpenTelemetry context, and the user that the process runs as.
//!
//! No filter of the stack has an influence on these. What the stack knows, the spans around an
//! event, is in `capture`.

mod actor_scope;
mod current_user;
#[cfg_attr(feature = "otel-context", path = "otel_enabled.rs")]
#[cfg_attr(not(feature = "otel-context"), path = "otel_disabled.rs")]
pub(crate) mod otel;
pub(crate) mod scope;
mod trace_id;

pub use actor_scope::{ActorScope, ActorScoped};
pub(crate) use trace_id::TraceId;
