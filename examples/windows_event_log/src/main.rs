//! The runtime log and the audit log of one application in the Windows Event Log, side by side:
//! each under a source of its own, so that each is filtered, forwarded and kept by itself.
//!
//! | | runtime log | audit log |
//! |---|---|---|
//! | who writes | the `eventlog` crate | this crate's mirror, from the day files |
//! | source | `windows_event_log runtime` | `windows_event_log audit` |
//! | what fails | is gone: it is for debugging | is reported again, after a restart too |
//!
//! An administrator registers the sources first, in an elevated command prompt, and removes them
//! when the application goes:
//!
//! ```text
//! windows_event_log --install             both sources of this example
//! windows_event_log --install "My App"    a source for an audit log, of that name
//! windows_event_log --remove
//! windows_event_log --remove "My App"
//! windows_event_log DIRECTORY             runs the application, with its audit log there
//! ```
//!
//! An application may run before that: its files are written, the runtime log says what is
//! missing, and the audit log's records are in the Event Log once the source is there.
//!
//! It is a crate of its own. To build it takes `windmc` and `windres`: on Debian,
//! `apt-get install binutils-mingw-w64-x86-64`. The names under which that has them are found when
//! it is built for Windows from there.

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
    Err("this example is for Windows: elsewhere there is no Event Log".into())
}
