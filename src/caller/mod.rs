//! The caller's context, as far as it is known without the stack of layers: the scopes that
//! the caller is in, its OpenTelemetry context, and the user that the process runs as.
//!
//! No filter of the stack has an influence on these. The spans around an event, which the
//! stack knows, are in `capture`.

mod actor_scope;
mod context;
mod current_user;
#[cfg_attr(feature = "otel-context", path = "otel_enabled.rs")]
#[cfg_attr(not(feature = "otel-context"), path = "otel_disabled.rs")]
pub(crate) mod otel;
#[cfg(feature = "otel-context")]
mod otel_version;
pub(crate) mod said;
pub(crate) mod scope;
mod scoped;
mod trace_id;

pub use context::AuditContext;
pub use scoped::{ActorScope, InAuditContext, InContext};
pub(crate) use trace_id::TraceId;
