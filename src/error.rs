//! What can go wrong, by operation.

mod catalog;
mod chain;

pub use catalog::CatalogError;
pub(crate) use chain::Chain;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An audit log could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A setting has a value that it can't have.
    #[error("the setting `{setting}` can't be {value}: {reason}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// The value.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// The catalog can't be used.
    #[error("the catalog of event types can't be used")]
    Catalog {
        /// Why not.
        source: CatalogError,
    },
    /// A mirror can't have this name: it becomes that of a file.
    #[error("a mirror can't be named `{name}`: {reason}")]
    MirrorName {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A setting asks for something that this build does not have.
    #[error("the setting `{setting}` asks for {what}, which is not compiled in")]
    NotCompiledIn {
        /// Its name.
        setting: &'static str,
        /// What it asks for, with the crate's feature that has it.
        what: &'static str,
    },
    /// The directory, or one that it needs, could not be made, opened or read.
    #[error("the audit log's directory {} can't be used", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is something else where the directory should be.
    #[error("the audit log's directory {} is not a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// There is a link where the directory should be. It is not followed: whoever
    /// owns the link could send the log elsewhere.
    #[error("the audit log's directory {} is a link, and links are not followed", path.display())]
    Link {
        /// The path.
        path: PathBuf,
    },
    /// The directory belongs neither to this process's user nor to root: its owner
    /// could change what is in it.
    #[error("the audit log's directory {} belongs to somebody else (uid {owner})", path.display())]
    ForeignOwner {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Another writer has the directory.
    #[error("the audit log's directory {} is in use{}; waited {}", directory.display(), by(*holder), humantime::format_duration(*waited))]
    Locked {
        /// The directory.
        directory: PathBuf,
        /// The process that has it, where that is known.
        holder: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The directory can't be given to the group that is to read it.
    #[error("the audit log's directory {} can't be given to the group {gid}", path.display())]
    Group {
        /// The directory.
        path: PathBuf,
        /// The group's id.
        gid: u32,
        /// Why not.
        source: io::Error,
    },
    /// A file of the log's state could not be read or written, or does not make sense.
    #[error("the audit log's file {} can't be used", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The threads that the log needs could not be begun.
    #[error("the audit log's threads could not be begun")]
    Thread {
        /// Why not.
        source: io::Error,
    },
    /// A day file could not be read, or put in order after a crash.
    #[error("the day file {} can't be used", path.display())]
    DayFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

fn by(holder: Option<u32>) -> String {
    match holder {
        Some(pid) if pid == std::process::id() => format!(" by this process (id {pid})"),
        Some(pid) => format!(" by process {pid}"),
        None => String::new(),
    }
}

/// An audit event was not recorded, or, under
/// [`strict`](crate::AuditLayerBuilder::strict), not as its catalog entry wants it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// There is no audit layer in the current dispatch.
    #[error("there is no audit layer in the current dispatch")]
    NoAuditLayer,
    /// The line could not be written. It was counted, and the log tells of it in
    /// `log.gap` as soon as it can.
    #[error("could not append to {}", path.display())]
    Write {
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// A new day file could not be made. The record was counted, as for `Write`.
    #[error("could not begin the day file {}", path.display())]
    DayFile {
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// The intake was full for as long as a caller may wait
    /// ([`append_deadline`](crate::AuditLayerBuilder::append_deadline)): the disk is full, or
    /// too slow. The record was counted, as for `Write`.
    #[error("the audit log is behind with its disk: there was no room for the event within {}", humantime::format_duration(*waited))]
    Backlogged {
        /// How long it was waited for.
        waited: Duration,
        /// What the log could not do meanwhile, if that is the reason.
        source: Option<Box<AppendError>>,
    },
    /// This process was forked off the one that has opened the log, and which goes on writing
    /// it. A process opens a log of its own, in a directory of its own, after the fork.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// The line is longer than the intake.
    #[error("the line has {bytes} bytes, more than the audit log's intake can hold")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The event was recorded, but was not on disk in time. It may still get there.
    #[error("the audit event was recorded as number {seq}, but was not on disk within {}", humantime::format_duration(*waited))]
    NotSynced {
        /// The record's number.
        seq: u64,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The event was recorded, but the operating system could not bring it to disk. What of
    /// the file is there is not known; the log writes it again, into another file.
    #[error("the audit event was recorded as number {seq}, but {} could not be synced", path.display())]
    SyncFailed {
        /// The record's number.
        seq: u64,
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// The event was recorded, and flagged: it is not what its catalog entry says.
    /// Only under [`strict`](crate::AuditLayerBuilder::strict).
    #[error("the audit event was recorded as number {seq}, but: {}", violations.join("; "))]
    Violations {
        /// The record's number.
        seq: u64,
        /// What is wrong with it, as in `resource._violations`.
        violations: Vec<String>,
    },
}

/// What was recorded is not known to be on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// The disk took too long. It may still get there.
    #[error("{} was not on disk after {}", path.display(), humantime::format_duration(*timeout))]
    TimedOut {
        /// The day file.
        path: PathBuf,
        /// How long it was waited for.
        timeout: Duration,
    },
    /// This process was forked off the one that has opened the log, and which goes on writing
    /// it. A process opens a log of its own, in a directory of its own, after the fork.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// The log could not write it to a day file in time. It is in the intake, and survives the
    /// death of the process there; the log goes on trying.
    #[error("not all is in a day file after {}", humantime::format_duration(*timeout))]
    NotWritten {
        /// How long it was waited for.
        timeout: Duration,
        /// Why it could not be written the last time.
        source: AppendError,
    },
    /// The operating system could not bring it there. What of it is on disk is not
    /// known; the log writes it again, into another file.
    #[error("could not sync {}", path.display())]
    Sync {
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
}

/// Old day files could not be removed, or not all of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// There is a legal hold.
    #[error("nothing is removed while there is {}", path.display())]
    Held {
        /// The `HOLD` file.
        path: PathBuf,
    },
    /// This process was forked off the one that has opened the log, and which goes on writing
    /// it. A process opens a log of its own, in a directory of its own, after the fork.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// Some files could not be removed.
    #[error("{} old files were removed, and {} could not be{}", removed.len(), others.len() + 1, and_others(others))]
    Partly {
        /// Those that were, as paths relative to the directory.
        removed: Vec<String>,
        /// Why the first of the others was not.
        source: Box<PruneError>,
        /// Why the rest were not.
        others: Vec<String>,
    },
    /// A directory could not be read.
    #[error("could not look for old files in {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be read, to record what it was.
    #[error("{} is old enough to be removed, but can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be removed.
    #[error("{} is old enough, but can't be removed", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// `log.pruned` could not be recorded: the file is left where it is.
    #[error("{} is old enough to be removed, but the log can't tell of it", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: AppendError,
    },
    /// `log.pruned` is not known to be on disk: the file is left in `.state/pruned/`.
    #[error("a file is old enough to be removed, but what the log tells of it could not be synced")]
    Sync {
        /// Why not.
        source: io::Error,
    },
}

fn and_others(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!(" (besides the first: {})", others.join("; ")) }
}

/// The settings of an open log could not be changed. It goes on with those that it had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconfigureError {
    /// The settings are not ones that a log could be opened with.
    #[error(transparent)]
    Settings {
        /// Why not.
        source: OpenError,
    },
    /// A setting can't be changed while the log is open.
    #[error("the setting `{setting}` can't be changed while the log is open")]
    Fixed {
        /// Its name.
        setting: &'static str,
    },
    /// The catalog can't be used.
    #[error("the catalog of event types can't be used")]
    Catalog {
        /// Why not.
        source: CatalogError,
    },
    /// A mirror can't be made with its new settings. The one with the old settings goes on.
    #[error("the mirror `{mirror}` can't be changed")]
    Mirror {
        /// Its name.
        mirror: &'static str,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn listed(mirrors: &[Undelivered]) -> String {
    let mirrors = mirrors.iter().map(ToString::to_string).collect::<Vec<_>>();
    format!("mirrors get the rest when the log is opened again: {}", mirrors.join("; "))
}

/// The log was not shut down in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The log's last record, `log.closed`, could not be appended, nor, if there was
    /// one, the `log.gap` before it.
    #[error("`log.closed` could not be recorded, and {unrecorded} events before it were not")]
    NotClosed {
        /// How many events the log could not record since it was opened.
        unrecorded: u64,
        /// Why not.
        source: AppendError,
    },
    /// All is recorded and on disk, but mirrors have not got all of it. They get it when the log
    /// is opened again.
    #[error("{}", listed(mirrors))]
    Undelivered {
        /// Which ones, and how much.
        mirrors: Vec<Undelivered>,
    },
    /// All is recorded, but not known to be on disk.
    #[error("the audit log is not known to be on disk")]
    NotFlushed {
        /// Why not.
        source: FlushError,
    },
}

/// What a mirror has not got when the log was shut down: it is delivered when the log is opened
/// again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undelivered {
    /// The mirror's name.
    pub mirror: String,
    /// How many records.
    pub records: u64,
    /// The number of the first of them.
    pub from_seq: u64,
    /// Why the last attempt failed, if it did.
    pub error: Option<String>,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Undelivered { mirror, records, from_seq, error } = self;
        write!(f, "`{mirror}` has not got {records} records, from {from_seq} on")?;
        error.as_ref().map_or(Ok(()), |error| write!(f, " ({error})"))
    }
}
