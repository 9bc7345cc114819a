//! Acting on a log from outside of its application: what the command `auditlog` does for operators and scripts.
//!
//! A log has one writer at a time. While its application runs, an [`Operator`] leaves a request in `.state/requests`, which the
//! application takes up within milliseconds; otherwise it opens the log, does one thing and closes it again. In both
//! cases the log records `log.requested`, with the user id of who has asked.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("audit");
//! # let (layer, guard) = tracing_audit::AuditLayer::builder(&dir).open()?;
//! use tracing_audit::Record;
//! use tracing_audit::operate::Operator;
//!
//! // In another process, such as one that a script runs:
//! let done = Operator::new(&dir).append(Record::new("settings.changed").resource("by", "a script"))?;
//! println!("recorded as number {}", done.seq.unwrap());
//! # drop((layer, guard));
//! # Ok(())
//! # }
//! ```
//!
//! *Whose account.* `.state` is the log's own: an operator is its account, or root. As root, a request can be left; but a log
//! that no process has open is not opened as root ([`OpenError::ForeignOwner`]), since root's files would be closed to the
//! application. The command becomes the owner first.
//!
//! *Which settings.* Those that were in force, as the newest `log.opened` or `log.config_changed` says them. A log without such a
//! record is one of an early build: what is to be kept is not known then, and nothing is pruned without being told.
//!
//! *What does not happen.* Nothing is pruned, except by [`prune`](Operator::prune). No mirror is started, and nothing is sealed: the
//! application does that when it opens the log again. Its catalog is not known here, so that an event of its own types is
//! flagged as one of no catalog, unless the application runs.

mod access;
mod cursors;
mod done;
mod error;
mod mirrors;
mod operator;
mod plan;
mod replay;
mod settings;

pub use access::Access;
pub use done::Done;
pub use error::OperateError;
pub use mirrors::MirrorState;
pub use operator::{Operator, Pruning};
pub use plan::{Plan, PlannedFile};

#[cfg(doc)]
use crate::OpenError;
