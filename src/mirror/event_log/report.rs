//! The calls into Windows that report an event.
//!
//! All the unsafe code for the Event Log is here.
#![allow(unsafe_code)]

use std::io;
use std::ptr;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE, RegisterEventSourceW,
    ReportEventW,
};

/// How an event is marked.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Information,
    Warning,
}

/// An open source: the handle with which to report.
pub(super) struct Source(HANDLE);

// SAFETY: the handle stands for a connection of the process to the Event Log service, not of a
// thread; Windows takes it from any of them. It is not `Sync`: one thread at a time uses it.
unsafe impl Send for Source {}

impl Source {
    pub(super) fn open(name: &str) -> io::Result<Source> {
        let name = wide(name);
        // SAFETY: the first argument is null, that is this computer; the second is a string that
        // ends with a NUL and lives until the call has returned.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Source(handle)) }
    }

    /// Reports an event with this id and text.
    pub(super) fn report(&self, mark: Mark, id: u16, text: &str) -> io::Result<()> {
        let mark = match mark {
            Mark::Information => EVENTLOG_INFORMATION_TYPE,
            Mark::Warning => EVENTLOG_WARNING_TYPE,
        };
        let text = wide(text);
        let strings = [text.as_ptr()];
        // SAFETY: the handle is open until `drop`. There is one string, as is said: it ends with a
        // NUL, and both it and the array live until the call has returned. The SID and the data
        // are null, as they may be, the latter with a length of 0.
        let reported = unsafe {
            ReportEventW(self.0, mark, 0, u32::from(id), ptr::null_mut(), 1, 0, strings.as_ptr(), ptr::null())
        };
        if reported == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: the handle is this one's alone, and is not used any more. That it could not be
        // closed changes nothing for anybody.
        unsafe { DeregisterEventSource(self.0) };
    }
}

/// As Windows takes a string: UTF-16, with a NUL at the end.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
