//! Intercepts the calls to the Event Log, records them, and lets them fail as a test demands.
//!
//! Wine has no event log, and answers every report with success. On Windows, too, the tests check the
//! calls, and leave nothing in the log.

use super::import_table;
use std::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};
use windows_sys::Win32::Foundation::{HANDLE, SetLastError};
use windows_sys::core::{BOOL, PCWSTR};

#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Open { server: Option<String>, name: String },
    Report(Report),
    Close { handle: usize },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub handle: usize,
    pub kind: u16,
    pub category: u16,
    pub id: u32,
    pub has_sid: bool,
    pub strings: Vec<String>,
    pub data: Vec<u8>,
}

/// Returns the error with which a call fails, or `None`.
type Behaviour = Box<dyn FnMut(&Call) -> Option<u32> + Send>;

struct State {
    calls: Vec<(Call, Option<u32>)>,
    open: Vec<usize>,
    last_handle: usize,
    behaviour: Option<Behaviour>,
    /// Invalid calls.
    faults: Vec<String>,
}

static STATE: Mutex<State> = Mutex::new(State {
    calls: Vec::new(),
    open: Vec::new(),
    last_handle: 0x100,
    behaviour: None,
    faults: Vec::new(),
});
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Intercepts the calls to the Event Log until it is dropped. One test at a time has it.
pub struct Calls(MutexGuard<'static, ()>);

impl Calls {
    pub fn taken() -> Calls {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        *state() = State {
            calls: Vec::new(),
            open: Vec::new(),
            last_handle: 0x100,
            behaviour: None,
            faults: Vec::new(),
        };
        for (name, function) in [
            ("RegisterEventSourceW", open as *const () as usize),
            ("ReportEventW", report as *const () as usize),
            ("DeregisterEventSource", close as *const () as usize),
        ] {
            // SAFETY: each function has the signature of the one that it replaces.
            let old = unsafe { import_table::replace(name, function) };
            assert!(old.is_some(), "{name} is imported");
        }
        Calls(alone)
    }

    pub fn behave(&self, behaviour: impl FnMut(&Call) -> Option<u32> + Send + 'static) {
        state().behaviour = Some(Box::new(behaviour));
    }

    /// Returns all calls, each with its error.
    pub fn all(&self) -> Vec<(Call, Option<u32>)> {
        state().calls.clone()
    }

    /// Returns the reports that succeeded.
    pub fn reports(&self) -> Vec<Report> {
        let calls = self.all().into_iter();
        let taken = calls.filter_map(|(call, failed)| match call {
            Call::Report(report) if failed.is_none() => Some(report),
            _ => None,
        });
        taken.collect()
    }

    pub fn count(&self) -> usize {
        self.reports().len()
    }

    /// Asserts that there were no invalid calls, and that no handle is open.
    pub fn assert_in_order(&self) {
        let state = state();
        assert_eq!(state.faults, [""; 0]);
        assert_eq!(state.open, [0; 0], "handles that were left open");
    }
}

fn answer(call: Call) -> Option<u32> {
    let mut state = state();
    let mut behaviour = state.behaviour.take();
    let failure = behaviour.as_mut().and_then(|behaviour| behaviour(&call));
    state.behaviour = behaviour;
    match &call {
        Call::Open { .. } if failure.is_none() => {
            state.last_handle += 1;
            let handle = state.last_handle;
            state.open.push(handle);
        }
        Call::Report(Report { handle, .. }) | Call::Close { handle } if !state.open.contains(handle) => {
            let fault = format!("a call with a handle that is not open: {call:?}");
            state.faults.push(fault);
        }
        Call::Close { handle } => {
            let handle = *handle;
            state.open.retain(|other| *other != handle);
        }
        _ => {}
    }
    state.calls.push((call, failure));
    failure
}

unsafe extern "system" fn open(server: PCWSTR, name: PCWSTR) -> HANDLE {
    // SAFETY: the caller keeps the contract of the replaced function.
    let (server, name) = unsafe { ((!server.is_null()).then(|| string(server)), string(name)) };
    match answer(Call::Open { server, name }) {
        None => state().last_handle as HANDLE,
        Some(error) => {
            // SAFETY: any number is valid.
            unsafe { SetLastError(error) };
            std::ptr::null_mut()
        }
    }
}

unsafe extern "system" fn report(
    handle: HANDLE,
    kind: u16,
    category: u16,
    id: u32,
    sid: *mut c_void,
    count: u16,
    len: u32,
    strings: *const PCWSTR,
    data: *const c_void,
) -> BOOL {
    // SAFETY: the caller keeps the contract of the replaced function: `count` strings and `len` bytes.
    let (strings, data) = unsafe {
        let strings = (0..usize::from(count)).map(|at| string(*strings.add(at))).collect();
        let data =
            if data.is_null() { &[] } else { std::slice::from_raw_parts(data.cast::<u8>(), len as usize) };
        (strings, data.to_vec())
    };
    let handle = handle as usize;
    let report = Report { handle, kind, category, id, has_sid: !sid.is_null(), strings, data };
    done(answer(Call::Report(report)))
}

unsafe extern "system" fn close(handle: HANDLE) -> BOOL {
    done(answer(Call::Close { handle: handle as usize }))
}

fn done(failure: Option<u32>) -> BOOL {
    let Some(error) = failure else {
        return 1;
    };
    // SAFETY: any number is valid.
    unsafe { SetLastError(error) };
    0
}

/// # Safety
///
/// `text` must end with a NUL.
unsafe fn string(text: PCWSTR) -> String {
    // SAFETY: the text is only read up to its NUL.
    unsafe {
        let mut len = 0;
        while *text.add(len) != 0 {
            len += 1;
        }
        String::from_utf16(std::slice::from_raw_parts(text, len)).unwrap()
    }
}
