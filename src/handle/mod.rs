//! What the application holds of an open log: the guard that closes it, handles to it, and the
//! receipts of its events.

mod act;
mod append_record;
mod audit_handle;
mod checks;
mod guard;
mod log;
mod normalize;
#[cfg(feature = "seal")]
mod own;
mod place;
mod publisher;
mod receipt;
mod requests;
mod stats;

pub(crate) use act::{act, take_up_requests};
pub(crate) use append_record::append_record;
pub use audit_handle::AuditHandle;
pub(crate) use checks::Checks;
pub use guard::AuditGuard;
pub(crate) use log::Log;
pub(crate) use place::Place;
pub use receipt::{Receipt, Synced};
pub use stats::{LastError, Stats};
