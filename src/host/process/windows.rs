//! On Windows: handles of processes.
#![allow(unsafe_code)]

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, FILETIME, GetLastError, HANDLE, STILL_ACTIVE,
};
use windows_sys::Win32::System::Threading::{
    GetExitCodeProcess, GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION,
};

/// A handle of a process, which is closed when it is dropped.
struct Process(HANDLE);

impl Process {
    /// Opens a process; the system's error if that can't be.
    fn open(pid: u32) -> Result<Process, u32> {
        // SAFETY: the call has no pointers.
        let handle = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
        if handle.is_null() {
            // SAFETY: the call has no arguments.
            return Err(unsafe { GetLastError() });
        }
        Ok(Process(handle))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and closed once.
        unsafe { CloseHandle(self.0) };
    }
}

/// Returns whether there is a process of this id that has not ended.
pub(super) fn exists(pid: u32) -> Option<bool> {
    match Process::open(pid) {
        Ok(process) => {
            let mut code = 0;
            // SAFETY: the handle is open, and the number outlives the call.
            let is_told = unsafe { GetExitCodeProcess(process.0, &raw mut code) } != 0;
            is_told.then_some(code == STILL_ACTIVE as u32)
        }
        Err(ERROR_INVALID_PARAMETER) => Some(false),
        Err(ERROR_ACCESS_DENIED) => Some(true),
        Err(_) => None,
    }
}

/// Returns when a process was started, in units of 100 nanoseconds since 1601.
pub(super) fn started(pid: u32) -> Option<u64> {
    let process = Process::open(pid).ok()?;
    const NONE: FILETIME = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    let [mut created, mut exited, mut kernel, mut user] = [NONE; 4];
    // SAFETY: the handle is open, and the four times outlive the call.
    let is_told = unsafe {
        GetProcessTimes(process.0, &raw mut created, &raw mut exited, &raw mut kernel, &raw mut user)
    } != 0;
    is_told.then(|| u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime))
}

/// Returns `None`: times of processes are not counted from the system's start.
pub(super) fn boot() -> Option<String> {
    None
}

/// Returns `None`: there are no namespaces of process ids.
pub(super) fn namespace() -> Option<String> {
    None
}
