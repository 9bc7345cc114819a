//! Copying records to the Windows Event Log, and registering the source under which they appear
//! there.
//!
//! The Event Log knows a source by a registry key, which an administrator creates once, when the
//! application is installed: [`install_source`]. The key names the file that has the texts of the
//! events. For the sources of this crate, that file is `EventCreate.exe`, a part of Windows, in
//! which each id from 1 to 1000 has the text `%1`: an application needs no message file of its own,
//! and moving the application breaks nothing.
//!
//! ```text
//! HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\<name>
//!   EventMessageFile  REG_EXPAND_SZ  %SystemRoot%\System32\EventCreate.exe
//!   TypesSupported    REG_DWORD      7
//!   CustomSource      REG_DWORD      1
//! ```
//!
//! [`AuditLayerBuilder::event_log`](crate::AuditLayerBuilder::event_log) then reports each record of
//! a log as one event:
//!
//! | record | event |
//! |---|---|
//! | `outcome` | type: information for a success, warning for a failure and for a line that is not a record |
//! | `event` | id: the one in the catalog of the log ([`Catalog`](crate::Catalog)), or 1000 |
//! | the line | text: one insertion string |
//!
//! The text is the JSON line, with two exceptions. The Event Log takes at most 31,839 UTF-16 units:
//! a longer line is cut, and the text ends in a note with the `seq` of the record, by which the
//! whole line is found in the day file. And Windows, when it shows a text, replaces a `%` that
//! stands before a digit, a `%` or a `{`: such a `%` is written as `\u0025`, which is the same in
//! JSON. To compare an event with its line, compare the parsed JSON.
//!
//! While the source is not registered, nothing is reported, because Windows would show such an event
//! with the text that its description is missing. The day files continue, the runtime log has a
//! warning, and once the source is registered, all records are reported, from the first one on.
//!
//! On other systems than Windows, no mirror is compiled in, whatever the settings are, and the
//! functions of this module only check the name.

mod error;
#[cfg(windows)]
pub(crate) mod mirror;
mod name;
mod registry;
mod source;
mod status;
#[cfg(any(windows, test))]
mod text;
#[cfg(windows)]
mod windows_calls;

pub use error::EventLogError;
pub use source::{install_source, remove_source, source_status};
pub use status::SourceStatus;
