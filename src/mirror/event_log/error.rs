//! The errors of registering a source, and of reporting to it.

use crate::error::debug_for_people;
use std::io;

/// A source of the Windows Event Log could not be registered, removed or looked up, or records
/// could not be reported to it.
///
/// In the latter case it is the source of a [`DeliveryError`](crate::mirror::DeliveryError).
///
/// # Examples
///
/// An installer that tells its user what to do:
///
/// ```no_run
/// use tracing_audit::event_log::{EventLogError, install_source};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// match install_source("kombify SpeechKit") {
///     Ok(()) => println!("the source is registered"),
///     Err(EventLogError::AccessDenied { .. }) => println!("run this installer as administrator"),
///     Err(EventLogError::Taken { by, .. }) => println!("choose another name: {by}"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// The name can't be that of a source.
    #[error("`{}` can't be the name of a Windows Event Log source: {reason}", name.escape_debug())]
    Name {
        /// The name.
        name: String,
        /// The rule that the name breaks.
        reason: &'static str,
    },
    /// The name belongs to another program's source, or to a log. It was left unchanged.
    #[error("the name `{name}` is taken in the Windows Event Log and was left unchanged: {by}")]
    Taken {
        /// The name.
        name: String,
        /// A description of what has the name.
        by: String,
    },
    /// The process has no administrator rights.
    #[error(
        "{doing} the Windows Event Log source `{name}` needs administrator rights; run the program elevated"
    )]
    AccessDenied {
        /// What was to be done.
        doing: &'static str,
        /// The name of the source.
        name: String,
        /// The error that Windows returned.
        source: io::Error,
    },
    /// The registry could not be read or written.
    #[error(
        "{doing} the Windows Event Log source `{name}` failed at registry key `HKEY_LOCAL_MACHINE\\{key}`"
    )]
    Registry {
        /// What was to be done.
        doing: &'static str,
        /// The name of the source.
        name: String,
        /// The registry key, below `HKEY_LOCAL_MACHINE`.
        key: String,
        /// The error that Windows returned.
        source: io::Error,
    },
    /// The source is not registered, so nothing was reported.
    #[error(
        "the Windows Event Log source `{name}` is {} registered; an administrator must run \
         `cargo run --manifest-path examples/windows_event_log/Cargo.toml -- --install \"{name}\"`, or a program \
         that calls `tracing_audit::event_log::install_source`",
        if *is_incomplete { "not completely" } else { "not" }
    )]
    NotRegistered {
        /// The name of the source.
        name: String,
        /// Whether the source is registered in part.
        is_incomplete: bool,
    },
    /// The Event Log could not be opened.
    #[error("could not open the Windows Event Log for the source `{name}`")]
    Open {
        /// The name of the source.
        name: String,
        /// The error that Windows returned.
        source: io::Error,
    },
    /// The Event Log did not take a record.
    #[error("could not report record {seq} to the Windows Event Log source `{name}`")]
    Report {
        /// The name of the source.
        name: String,
        /// The number of the record.
        seq: u64,
        /// The error that Windows returned.
        source: io::Error,
    },
}

debug_for_people!(EventLogError {
    Name { name, reason },
    Taken { name, by },
    AccessDenied { doing, name, source },
    Registry { doing, name, key, source },
    NotRegistered { name, is_incomplete },
    Open { name, source },
    Report { name, seq, source },
});
