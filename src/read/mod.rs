//! Reading an audit log, while it is written or long after.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("audit");
//! # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
//! let reader = tracing_audit::read::Reader::open(&dir)?;
//! for record in reader.records() {
//!     println!("{}", record?);
//! }
//! // Records that a process has accepted before it died, and that are in no day file yet.
//! let pending = reader.pending()?;
//! println!("{} records are pending", pending.len());
//! # assert!(pending.is_empty() && reader.records().count() == 2);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "cli")]
mod archive;
#[cfg(all(feature = "seal", not(feature = "cli")))]
#[path = "no_archive.rs"]
mod archive;
mod day_files;
mod error;
mod health;
mod pending;
#[cfg(feature = "seal")]
mod prove;
mod reader;
mod records;
mod regular_file;
#[cfg(feature = "seal")]
mod verify;

pub use crate::host::process::ProcessIdentity;
pub use crate::published::{
    PublishedError, PublishedMirror, PublishedReport, PublishedSeal, PublishedStatus,
};
pub use error::ReadError;
pub use health::{Check, CheckHealth, CheckState, Health, health};
#[cfg(feature = "seal")]
pub use prove::{ConsistencyProof, ProveError, Proven, prove, prove_consistency, prove_lines};
pub use reader::Reader;
pub use records::Records;
#[cfg(feature = "seal")]
pub use verify::{
    Counterpart, Facts, Finding, FindingKind, Level, SignerFacts, Status, Verification, Verify, VerifyError,
    WitnessFacts, keys, verify,
};
