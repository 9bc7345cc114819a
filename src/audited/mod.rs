//! Actions that are recorded when they end: [`audited`].
//!
//! [`Audited`] is the event before its end. It runs a function, or becomes a future ([`AuditedFuture`])
//! around another one, and completes the event by how that ended.

mod action;
mod end;
mod error_text;
mod event;
mod future;
mod run;

pub use action::{Audited, audited};
pub use error_text::{ErrorText, TypeAlone, TypeAndMessage};
pub use event::AuditedEvent;
pub use future::AuditedFuture;
