//! The Windows calls that report an event: all unsafe code for the Event Log.
#![allow(unsafe_code)]

use std::io;
use std::ptr;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE, RegisterEventSourceW,
    ReportEventW,
};

/// The type of an event, as the Event Viewer shows it.
#[derive(Clone, Copy)]
pub(super) enum Severity {
    Information,
    Warning,
}

/// An open source: the handle for reporting events.
pub(super) struct Source(HANDLE);

// SAFETY: the handle is a connection of the process, not of a thread, to the Event Log service;
// Windows takes it from any thread. It is not `Sync`: one thread at a time uses it.
unsafe impl Send for Source {}

impl Source {
    pub(super) fn open(name: &str) -> io::Result<Source> {
        let name = wide(name);
        // SAFETY: the first argument is null, which means this computer; the second is a string that
        // ends with a NUL and lives until the call has returned.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Source(handle)) }
    }

    /// Reports an event.
    pub(super) fn report(&self, severity: Severity, id: u16, text: &str) -> io::Result<()> {
        let event_type = match severity {
            Severity::Information => EVENTLOG_INFORMATION_TYPE,
            Severity::Warning => EVENTLOG_WARNING_TYPE,
        };
        let text = wide(text);
        let strings = [text.as_ptr()];
        // SAFETY: the handle is open until `drop`. The array has one string, as the sixth argument
        // says: it ends with a NUL, and both live until the call has returned. The SID and the data
        // may be null; the length of the data is 0.
        let reported = unsafe {
            ReportEventW(
                self.0,
                event_type,
                0,
                u32::from(id),
                ptr::null_mut(),
                1,
                0,
                strings.as_ptr(),
                ptr::null(),
            )
        };
        if reported == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: only `self` has the handle, and it is not used after this. The result does not
        // matter: nothing depends on the handle being closed.
        unsafe { DeregisterEventSource(self.0) };
    }
}

/// Encodes a string for Windows: UTF-16, with a NUL at the end.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
