//! An audit log beside the runtime log.

mod capture;
mod config;
mod error;
pub mod events;
mod handle;
mod journal;
mod macros;
pub mod record;
mod report;
pub mod testing;

pub use capture::AuditLayer;
pub use capture::typed::AuditEvent;
pub use config::{AuditConfig, AuditLayerBuilder};
pub use error::{AppendError, FlushError, OpenError, ShutdownError};
pub use handle::{AuditGuard, AuditHandle, LastError, Receipt, Stats};
pub use record::{Actor, Outcome, Record, SCHEMA_VERSION};

/// What the macros expand to. Not for direct use; may change at any time.
#[doc(hidden)]
pub mod __macro {
    pub use crate::capture::callsite::{Callsite, Slot, check, fragment, fragment_len};
    pub use crate::capture::given::{AnError, Bytes, Given, Native, Other, outcome};
    pub use crate::capture::typed::emit;
    pub use tracing_core::callsite::Identifier;
    pub use tracing_core::field::{FieldSet, Value, debug, display};
    pub use tracing_core::{Kind, Level, Metadata};
}
