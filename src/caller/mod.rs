//! What is known of the caller without a word from the stack of layers: the actor
//! scopes that it is in, and its OpenTelemetry context.
//!
//! No filter of the stack has a say in either. What the stack knows, the spans
//! around an event, is `capture`'s.

mod current_user;
#[cfg_attr(not(feature = "otel-context"), path = "no_otel.rs")]
pub(crate) mod otel;
pub(crate) mod scope;
mod trace_id;

pub use scope::{ActorScope, ActorScoped};
pub(crate) use trace_id::TraceId;
