//! The registry key that makes a source known to the Event Log.

use crate::mirror::event_log::error::EventLogError;
use crate::mirror::event_log::status::SourceStatus;
use std::io;
use windows_registry::{Key, LOCAL_MACHINE, Type, Value};
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND};

/// The key of all logs, each with its sources.
const LOGS: &str = r"SYSTEM\CurrentControlSet\Services\EventLog";

/// The log that has the sources.
const LOG: &str = "Application";

/// The message file: in it, each id from 1 to 1000 has the text `%1`.
const MESSAGES: &str = r"%SystemRoot%\System32\EventCreate.exe";

/// The event types of the source: errors, warnings, information.
const TYPES: u32 = 7;

/// The access right to remove a key.
const DELETE: u32 = 0x0001_0000;

pub(crate) fn install(name: &str) -> Result<(), EventLogError> {
    let operation = Operation { doing: "registering", name };
    match operation.status()? {
        SourceStatus::Registered => return Ok(()),
        SourceStatus::Foreign { is } => return Err(operation.taken(is)),
        SourceStatus::NotRegistered => operation.check_elsewhere()?,
        SourceStatus::Incomplete | SourceStatus::NotSupported => {}
    }
    let key = LOCAL_MACHINE
        .options()
        .read()
        .write()
        .create()
        .open(operation.key())
        .map_err(|error| operation.failed(error))?;
    // The message file comes first: a registration that is interrupted is recognised by it.
    key.set_expand_string("EventMessageFile", MESSAGES)
        .and_then(|()| key.set_u32("TypesSupported", TYPES))
        .and_then(|()| key.set_u32("CustomSource", 1))
        .map_err(|error| operation.failed(error))
}

pub(crate) fn remove(name: &str) -> Result<(), EventLogError> {
    let operation = Operation { doing: "removing", name };
    match operation.status()? {
        SourceStatus::NotRegistered | SourceStatus::NotSupported => return Ok(()),
        SourceStatus::Foreign { is } => return Err(operation.taken(is)),
        SourceStatus::Registered | SourceStatus::Incomplete => {}
    }
    // `remove_tree` removes all subkeys, too, so there must be none.
    let key = LOCAL_MACHINE.open(operation.key()).map_err(|error| operation.failed(error))?;
    if let Some(inner) = key.keys().map_err(|error| operation.failed(error))?.next() {
        return Err(operation.taken(format!("it has a subkey `{inner}`")));
    }
    drop(key);
    let log = LOCAL_MACHINE.options().read().access(DELETE).open(format!(r"{LOGS}\{LOG}"));
    let removed = log.and_then(|log| log.remove_tree(name)).map_err(io_error);
    match removed {
        Err(error) if !is(&error, ERROR_FILE_NOT_FOUND) => Err(operation.failed_with(error)),
        _ => Ok(()),
    }
}

pub(crate) fn status(name: &str) -> Result<SourceStatus, EventLogError> {
    Operation { doing: "looking up", name }.status()
}

/// An operation on a source.
#[derive(Clone, Copy)]
struct Operation<'a> {
    doing: &'static str,
    name: &'a str,
}

impl Operation<'_> {
    fn key(self) -> String {
        format!(r"{LOGS}\{LOG}\{}", self.name)
    }

    fn status(self) -> Result<SourceStatus, EventLogError> {
        match LOCAL_MACHINE.open(self.key()).map_err(io_error) {
            Ok(key) => judge(&key).map_err(|error| self.failed(error)),
            Err(error) if is(&error, ERROR_FILE_NOT_FOUND) => Ok(SourceStatus::NotRegistered),
            Err(error) => Err(self.failed_with(error)),
        }
    }

    /// Checks that no log, and no source of another log, has the name: it must be unique in all logs.
    fn check_elsewhere(self) -> Result<(), EventLogError> {
        let logs = LOCAL_MACHINE.open(LOGS).map_err(|error| self.failed(error))?;
        for log in logs.keys().map_err(|error| self.failed(error))? {
            if log.eq_ignore_ascii_case(self.name) {
                return Err(self.taken("it is the name of a log".to_owned()));
            }
            // Without administrator rights the log `Security` can't be opened; registering fails then
            // anyway.
            if logs.open(format!(r"{log}\{}", self.name)).is_ok() {
                return Err(self.taken(format!("it is a source of the log `{log}`")));
            }
        }
        Ok(())
    }

    fn taken(self, by: String) -> EventLogError {
        EventLogError::Taken { name: self.name.to_owned(), by }
    }

    fn failed(self, error: impl Into<io::Error>) -> EventLogError {
        self.failed_with(io_error(error))
    }

    fn failed_with(self, source: io::Error) -> EventLogError {
        let (doing, name) = (self.doing, self.name.to_owned());
        if is(&source, ERROR_ACCESS_DENIED) {
            EventLogError::AccessDenied { doing, name, source }
        } else {
            EventLogError::Registry { doing, name, key: self.key(), source }
        }
    }
}

/// Returns the status of a source by the values of its key.
fn judge(key: &Key) -> windows_registry::Result<SourceStatus> {
    let mut values = key.values()?.collect::<Vec<_>>();
    let mut take = |name: &str| {
        let at = values.iter().position(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(values.swap_remove(at).1)
    };
    let (file, types, custom) = (take("EventMessageFile"), take("TypesSupported"), take("CustomSource"));
    let Some(file) = file else {
        let is_empty =
            types.is_none() && custom.is_none() && values.is_empty() && key.keys()?.next().is_none();
        return Ok(if is_empty {
            // A registration was interrupted before it had written a value.
            SourceStatus::Incomplete
        } else {
            SourceStatus::Foreign { is: "it has no message file".to_owned() }
        });
    };
    let (kind, file) = (file.ty(), String::try_from(file).unwrap_or_default());
    if !is_messages(&file) {
        return Ok(SourceStatus::Foreign { is: format!("its message file is `{file}`") });
    }
    let is_number = |value: Option<Value>, wanted: u32| {
        value.is_some_and(|value| value.ty() == Type::U32 && u32::try_from(value) == Ok(wanted))
    };
    let is_whole = kind == Type::ExpandString
        && file.eq_ignore_ascii_case(MESSAGES)
        && is_number(types, TYPES)
        && is_number(custom, 1);
    Ok(if is_whole { SourceStatus::Registered } else { SourceStatus::Incomplete })
}

/// Returns whether it is `MESSAGES`, with or without its variable expanded.
fn is_messages(file: &str) -> bool {
    let root = std::env::var("SystemRoot").unwrap_or_default();
    file.eq_ignore_ascii_case(MESSAGES) || file.eq_ignore_ascii_case(&MESSAGES.replace("%SystemRoot%", &root))
}

/// Converts to an error of `std`, by the error code of Windows.
fn io_error(error: impl Into<io::Error>) -> io::Error {
    let error = error.into();
    // An HRESULT has the error code in its lower half.
    error.raw_os_error().map_or(error, |code| io::Error::from_raw_os_error(code & 0xffff))
}

fn is(error: &io::Error, code: u32) -> bool {
    error.raw_os_error().is_some_and(|other| i64::from(other) == i64::from(code))
}
