//! The registry's key that makes a source of the Event Log.

use super::{EventLogError, SourceStatus};
use std::io;
use windows_registry::{Key, LOCAL_MACHINE, Type, Value};
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND};

/// Where the logs are, each with its sources.
const LOGS: &str = r"SYSTEM\CurrentControlSet\Services\EventLog";

/// The log in which the sources are.
const LOG: &str = "Application";

/// In it the ids from 1 to 1000 have the text `%1`.
const MESSAGES: &str = r"%SystemRoot%\System32\EventCreate.exe";

/// All that the source reports: errors, warnings, information.
const TYPES: u32 = 7;

/// The right to remove a key.
const DELETE: u32 = 0x0001_0000;

pub(super) fn install(name: &str) -> Result<(), EventLogError> {
    let at = At { doing: "registering", name };
    match at.status()? {
        SourceStatus::Registered => return Ok(()),
        SourceStatus::Foreign { is } => return Err(at.taken(is)),
        SourceStatus::NotRegistered => at.check_elsewhere()?,
        SourceStatus::Incomplete | SourceStatus::NotSupported => {}
    }
    let key =
        LOCAL_MACHINE.options().read().write().create().open(at.key()).map_err(|error| at.failed(error))?;
    // The file first: by it, what is left of a registration that was broken off is known as ours.
    key.set_expand_string("EventMessageFile", MESSAGES)
        .and_then(|()| key.set_u32("TypesSupported", TYPES))
        .and_then(|()| key.set_u32("CustomSource", 1))
        .map_err(|error| at.failed(error))
}

pub(super) fn remove(name: &str) -> Result<(), EventLogError> {
    let at = At { doing: "removing", name };
    match at.status()? {
        SourceStatus::NotRegistered | SourceStatus::NotSupported => return Ok(()),
        SourceStatus::Foreign { is } => return Err(at.taken(is)),
        SourceStatus::Registered | SourceStatus::Incomplete => {}
    }
    // What is removed is a key with all that is in it: there must be nothing but the values.
    let key = LOCAL_MACHINE.open(at.key()).map_err(|error| at.failed(error))?;
    if let Some(inner) = key.keys().map_err(|error| at.failed(error))?.next() {
        return Err(at.taken(format!("it has a key `{inner}` in it")));
    }
    drop(key);
    let log = LOCAL_MACHINE.options().read().access(DELETE).open(format!(r"{LOGS}\{LOG}"));
    let removed = log.and_then(|log| log.remove_tree(name)).map_err(io_error);
    match removed {
        Err(error) if !is(&error, ERROR_FILE_NOT_FOUND) => Err(at.failed_with(error)),
        _ => Ok(()),
    }
}

pub(super) fn status(name: &str) -> Result<SourceStatus, EventLogError> {
    At { doing: "looking up", name }.status()
}

/// What is done to which source.
#[derive(Clone, Copy)]
struct At<'a> {
    doing: &'static str,
    name: &'a str,
}

impl At<'_> {
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

    /// A name is that of one source in all logs, and no log's.
    fn check_elsewhere(self) -> Result<(), EventLogError> {
        let logs = LOCAL_MACHINE.open(LOGS).map_err(|error| self.failed(error))?;
        for log in logs.keys().map_err(|error| self.failed(error))? {
            if log.eq_ignore_ascii_case(self.name) {
                return Err(self.taken("there is a log of that name".to_owned()));
            }
            // One that can't be opened is the log `Security`, for whoever is no administrator, who
            // will not be let in here either.
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

/// What a source's key says of it.
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
            // A registration was broken off before it had written anything.
            SourceStatus::Incomplete
        } else {
            SourceStatus::Foreign { is: "it has no file of messages".to_owned() }
        });
    };
    let (kind, file) = (file.ty(), String::try_from(file).unwrap_or_default());
    if !is_messages(&file) {
        return Ok(SourceStatus::Foreign { is: format!("its file of messages is `{file}`") });
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

/// Whether it is that file, as it stands or with its variable replaced.
fn is_messages(file: &str) -> bool {
    let root = std::env::var("SystemRoot").unwrap_or_default();
    file.eq_ignore_ascii_case(MESSAGES) || file.eq_ignore_ascii_case(&MESSAGES.replace("%SystemRoot%", &root))
}

/// As `std` has it: by the number that Windows gave.
fn io_error(error: impl Into<io::Error>) -> io::Error {
    let error = error.into();
    // An HRESULT made of such a number has it in its lower half.
    error.raw_os_error().map_or(error, |code| io::Error::from_raw_os_error(code & 0xffff))
}

fn is(error: &io::Error, code: u32) -> bool {
    error.raw_os_error().is_some_and(|other| i64::from(other) == i64::from(code))
}
