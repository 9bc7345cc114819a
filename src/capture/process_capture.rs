//! Where the events go that find no audit layer, while a test captures those of the whole process.
//!
//! It is asked only where no layer is found, so it costs the application nothing. Events that find no
//! capture either are noted, up to a number, for the next capture to tell of them.

use crate::handle::{Log, Place};
use crate::lock::lock;
use crate::unwind::caught;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Thread, ThreadId};

/// The largest number of events that are noted.
const MOST: usize = 32;

/// The state of the process.
struct Process {
    /// The capture, and the thread that has begun it.
    capture: Option<(Arc<Log>, ThreadId)>,
    lost: Vec<LostEvent>,
    /// The number of events that were lost, and are not in the list.
    others: u64,
}

static PROCESS: Mutex<Process> = Mutex::new(Process { capture: None, lost: Vec::new(), others: 0 });

/// Signals that a capture has ended.
static ENDED: Condvar = Condvar::new();

/// An event for which there was neither an audit layer nor a capture.
struct LostEvent {
    event: String,
    place: Place,
    /// `None` while the thread's locals are destroyed.
    thread: Option<Thread>,
}

/// The events that were lost since this was asked last.
pub(crate) struct LostEvents {
    listed: Vec<LostEvent>,
    others: u64,
}

/// Begins a capture into this log, once no other one is there; `None` if this thread has begun the one
/// that is there, for which it would wait forever.
pub(crate) fn begin(log: Arc<Log>) -> Option<LostEvents> {
    let this_thread = std::thread::current().id();
    let mut process = lock(&PROCESS);
    while let Some((_, thread)) = &process.capture {
        if *thread == this_thread {
            return None;
        }
        process = ENDED.wait(process).unwrap_or_else(PoisonError::into_inner);
    }
    process.capture = Some((log, this_thread));
    let others = std::mem::take(&mut process.others);
    Some(LostEvents { listed: std::mem::take(&mut process.lost), others })
}

/// Ends the capture.
pub(crate) fn end() {
    let ended = lock(&PROCESS).capture.take();
    ENDED.notify_one();
    drop(ended);
}

/// Returns the log of the capture that is there. If there is none, the event is noted as lost.
pub(super) fn log_or_lost(event: &str, place: Place) -> Option<Arc<Log>> {
    let mut process = lock(&PROCESS);
    if let Some((log, _)) = &process.capture {
        return Some(Arc::clone(log));
    }
    if process.lost.len() < MOST {
        let thread = caught(std::thread::current).ok();
        process.lost.push(LostEvent { event: event.to_owned(), place, thread });
    } else {
        process.others += 1;
    }
    None
}

impl LostEvents {
    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl fmt::Display for LostEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, LostEvent { event, place, thread }) in self.listed.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}`{event}`{place}")?;
            match thread.as_ref().and_then(Thread::name) {
                Some(name) => write!(f, " on the thread `{name}`")?,
                None => f.write_str(" on a thread without a name")?,
            }
        }
        match self.others {
            0 => Ok(()),
            others => write!(f, ", and {others} more"),
        }
    }
}
