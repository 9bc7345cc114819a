//! Copying records to the Windows Event Log, and registering the source under which they appear
//! there.
//!
//! A source is known to the Event Log by a key of the registry, which an administrator makes once,
//! when the application is installed: [`install_source`]. It says in which file the texts of the
//! events are found. Here that is `EventCreate.exe`, a part of Windows, in which the ids from 1 to
//! 1000 all have the text `%1`: an application needs no such file of its own, and one that is
//! moved breaks nothing.
//!
//! ```text
//! HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\<name>
//!   EventMessageFile  REG_EXPAND_SZ  %SystemRoot%\System32\EventCreate.exe
//!   TypesSupported    REG_DWORD      7
//!   CustomSource      REG_DWORD      1
//! ```
//!
//! Then [`event_log`](crate::AuditLayerBuilder::event_log) has each record of a log reported:
//!
//! | record | event |
//! |---|---|
//! | `outcome` | information for a success, warning for a failure, and for a line that is no record |
//! | `event` | its id: the one in the log's catalog ([`Catalog`](crate::Catalog)), 1000 without one |
//! | the line | the text: one insertion string |
//!
//! The text is the line of JSON, with two exceptions. One of more than 31,839 UTF-16 units, which
//! is the most that the Event Log takes, is cut, and ends in a note with the record's `seq`: the
//! whole line is in the day file. And since Windows, when it shows a text, puts something else in the
//! place of a `%` with a digit, a `%` or a `{` behind it, such a `%` is written as JSON has it, too:
//! `\u0025`. So who compares an event with its line compares them as JSON.
//!
//! While the source is not registered, nothing is reported: an event without one is an event of
//! which Windows says that it can't be described. The day files go on, the runtime log has a
//! warning, and once the source is there, all records are reported from the first one on.
//!
//! Off Windows, nothing of this is compiled in: there is no mirror, whatever the settings say, and
//! the functions here do nothing but check the name.

#[cfg(windows)]
mod deliver;
mod error;
mod name;
#[cfg(windows)]
mod report;
#[cfg(any(windows, test))]
mod text;
#[cfg_attr(not(windows), path = "elsewhere.rs")]
mod windows;

#[cfg(windows)]
pub(crate) use deliver::EventLogMirror;
pub use error::EventLogError;

/// Whether the Event Log knows a source, as [`source_status`] finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceStatus {
    /// It is registered, as [`install_source`] does it: records can be reported.
    Registered,
    /// There is none of that name.
    NotRegistered,
    /// It is registered, but not in full, or with other values: [`install_source`] mends it.
    Incomplete,
    /// There is one of that name that is not of this kind. It is left alone: the audit log needs
    /// another name.
    Foreign {
        /// What it is, to be shown.
        is: String,
    },
    /// There is no Event Log on this system.
    NotSupported,
}

/// Registers a source of this name in the log `Application` of the Windows Event Log.
///
/// It is an administrator's act, for an application's installation. Once more is a success, and
/// changes nothing, unless there is something to be mended. Nothing else in the registry is
/// touched: a source of another kind that has the name, or has it in another log, is an error.
///
/// Off Windows it does nothing.
///
/// # Errors
///
/// [`EventLogError`]: the name can't be one, here and on every other system; it is taken; or the
/// registry does not let us in ([`EventLogError::AccessDenied`] without an administrator's rights).
pub fn install_source(name: &str) -> Result<(), EventLogError> {
    name::check(name)?;
    windows::install(name)
}

/// Removes what [`install_source`] has registered. Once more is a success.
///
/// Events that are in the Event Log stay there, but Windows shows them with a text that says
/// that they can't be described, and their record behind it.
///
/// Off Windows it does nothing.
///
/// # Errors
///
/// As for [`install_source`]: a source of another kind is not removed.
pub fn remove_source(name: &str) -> Result<(), EventLogError> {
    name::check(name)?;
    windows::remove(name)
}

/// Whether a source of this name is registered. Everybody may ask.
///
/// # Errors
///
/// [`EventLogError`]: the name can't be one, or the registry can't be read.
pub fn source_status(name: &str) -> Result<SourceStatus, EventLogError> {
    name::check(name)?;
    windows::status(name)
}
