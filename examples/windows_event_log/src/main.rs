//! Sends the runtime log and the audit log of one application to the Windows Event Log, each under its
//! own source, so that each can be filtered, forwarded and kept separately.
//!
//! | | runtime log | audit log |
//! |---|---|---|
//! | written by | the `eventlog` crate | this crate's mirror, from the day files |
//! | source | `windows_event_log runtime` | `windows_event_log audit` |
//! | after a failure | the event is lost: it is for debugging | the record is reported again, also after a restart |
//!
//! An administrator registers the sources first, in an elevated command prompt, and removes them when
//! the application is uninstalled:
//!
//! ```text
//! windows_event_log --install             both sources of this example
//! windows_event_log --install "My App"    a source of this name, for an audit log
//! windows_event_log --remove
//! windows_event_log --remove "My App"
//! windows_event_log DIRECTORY             runs the application, with its audit log in this directory
//! ```
//!
//! The application may run before that: it writes its files, the runtime log reports the missing
//! source, and the audit records appear in the Event Log once the source is registered.
//!
//! This is a crate outside of the workspace. Its build needs `windmc` and `windres`: on Debian,
//! `apt-get install binutils-mingw-w64-x86-64`. A cross build for Windows finds them under the names
//! that Debian gives them.

#[cfg(windows)]
mod application;
#[cfg(windows)]
mod runtime_log;
#[cfg(windows)]
mod sources;

#[cfg(windows)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (first, second) = (arguments.next(), arguments.next());
    match (first.as_deref(), second.as_deref()) {
        (Some("--install"), name) => sources::install(name),
        (Some("--remove"), name) => sources::remove(name),
        (Some(dir), None) => application::run(dir),
        _ => Err("usage: windows_event_log --install [SOURCE] | --remove [SOURCE] | DIRECTORY".into()),
    }
}

#[cfg(not(windows))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    Err("this example needs the Windows Event Log".into())
}
