//! What is wrong with a source of the Event Log, or with a report to it.

use std::io;

/// A source of the Windows Event Log could not be registered, removed or looked up, or records
/// could not be reported to it.
///
/// Of the latter it is the source of a [`DeliveryError`](crate::mirror::DeliveryError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// No source can have this name.
    #[error("`{}` can't be the name of a source of the Windows Event Log: {reason}", name.escape_debug())]
    Name {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// The name belongs to something else, which was left as it is.
    #[error("the name `{name}` is taken in the Windows Event Log, and was left alone: {by}")]
    Taken {
        /// The name.
        name: String,
        /// By what.
        by: String,
    },
    /// Who runs this is no administrator.
    #[error("{doing} the source `{name}` of the Windows Event Log needs an administrator: run it elevated")]
    AccessDenied {
        /// What was to be done.
        doing: &'static str,
        /// The source.
        name: String,
        /// What Windows says.
        source: io::Error,
    },
    /// The registry could not be read or written.
    #[error("{doing} the source `{name}` of the Windows Event Log failed, at `{key}` of the registry")]
    Registry {
        /// What was to be done.
        doing: &'static str,
        /// The source.
        name: String,
        /// Where in the registry, below `HKEY_LOCAL_MACHINE`.
        key: String,
        /// What Windows says.
        source: io::Error,
    },
    /// The source is not registered, so that nothing was reported.
    #[error(
        "the source `{name}` is not registered in the Windows Event Log{}: an administrator has to run \
         `cargo run --manifest-path examples/windows_event_log/Cargo.toml -- --install \"{name}\"`, or a program \
         that calls `tracing_audit::event_log::install_source`",
        if *is_incomplete { " as it should be" } else { "" }
    )]
    NotRegistered {
        /// The source.
        name: String,
        /// Whether there is something of it, to be mended.
        is_incomplete: bool,
    },
    /// The Event Log could not be opened.
    #[error("the Windows Event Log can't be opened for the source `{name}`")]
    Open {
        /// The source.
        name: String,
        /// What Windows says.
        source: io::Error,
    },
    /// The Event Log has not taken a record.
    #[error("the Windows Event Log has not taken the record {seq} from the source `{name}`")]
    Report {
        /// The source.
        name: String,
        /// The record's number.
        seq: u64,
        /// What Windows says.
        source: io::Error,
    },
}
