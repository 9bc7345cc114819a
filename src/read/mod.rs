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
//!
//! # Searching
//!
//! A [`Query`] finds records by their event type, actor, time, number and any of their fields, in one log or in several,
//! also while they are written. Its result is that of a search through all lines:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("audit");
//! # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
//! use tracing_audit::read::Query;
//!
//! let opened = Query::new([&dir]).event("log.*").filter("resource.settings.retention_days>=90".parse()?);
//! for found in opened.run()? {
//!     match found {
//!         Ok(record) => println!("{}: {}", record.path().display(), record.record()?),
//!         Err(trouble) => eprintln!("{trouble}"),
//!     }
//! }
//! # assert_eq!(Query::new([&dir]).event("log.*").count(|trouble| panic!("{trouble}"))?, 2);
//! # Ok(())
//! # }
//! ```
//!
//! *Order.* The records of one log come in the order of their numbers, after lines without one. Those of several come
//! by `ts`, journal id and `seq`; if several directories have the same journal, a line that they have in common comes
//! once.
//!
//! *What is read.* A day file of the log has the records of the UTC day that it is named for, also after the clock was
//! set. So those of other days are not opened, unless there is a sign that files are not as the log has written
//! them: one without numbers, or numbers that are missing between two files. In a file, the beginning of the range
//! is found by bisection. The rest is searched in pieces by threads, as many as there are processors and at most 8;
//! lines that can't match by their bytes are not parsed. At most some 40 MiB of memory are used, however long
//! the files are.
//!
//! *What else is met* is a [`Trouble`], in its place among the records: whatever is damaged, missing, unreadable or
//! foreign is named, and the search goes on. Lines that are not parsed are looked at from both ends, for
//! control characters and for UTF-8. A record that two files have, after a sync that failed, is found once, as
//! [`Reader::records`] returns it. Lines of another schema version are searched as far as they are alike.
//!
//! What is found is what is written: whether it is genuine is for `verify` to tell.

#[cfg(feature = "cli")]
mod archive;
#[cfg(all(feature = "seal", not(feature = "cli")))]
#[path = "no_archive.rs"]
mod archive;
#[cfg(feature = "cli")]
mod bundle;
mod day_files;
mod days;
mod error;
#[cfg(feature = "report")]
pub mod evidence;
mod export;
mod follow;
mod health;
mod in_order;
#[cfg(feature = "seal")]
mod manifest;
mod output;
mod pending;
#[cfg(feature = "seal")]
mod prove;
mod query;
mod reader;
mod records;
mod regular_file;
mod stats;
#[cfg(feature = "seal")]
mod verify;

pub use crate::host::process::ProcessIdentity;
pub use crate::published::{
    PublishedError, PublishedMirror, PublishedReport, PublishedSeal, PublishedStatus,
};
pub use crate::record::{escaped, escaped_json};
#[cfg(feature = "cli")]
pub use bundle::{Bundle, BundleError, Bundled};
pub use error::ReadError;
pub use export::{Encoder, Export, ExportError, ExportFormat, Exported, export};
pub use follow::{Follow, Following};
pub(crate) use health::published;
pub use health::{Check, CheckHealth, CheckState, Health, health};
#[cfg(feature = "seal")]
pub use prove::{ConsistencyProof, ProveError, Proven, prove, prove_consistency, prove_lines};
pub use query::{
    Condition, Match, Matches, ParseConditionError, ParseTimeError, Query, QueryError, Trouble, TroubleKind,
    parse_time,
};
pub use reader::Reader;
pub(crate) use reader::has_writer;
pub use records::Records;
pub(crate) use regular_file::{contents as small_file, open as regular_file};
pub use stats::{Count, Counts, DayCount, Gaps, Place, Statistics, stats};
#[cfg(feature = "seal")]
pub use verify::{
    Counterpart, Facts, Finding, FindingKind, Level, SignerFacts, Status, Verification, Verify, VerifyError,
    WitnessFacts, keys, verify,
};
