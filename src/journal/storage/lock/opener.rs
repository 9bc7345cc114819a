//! Where in the code this process has opened its directories.
//!
//! A directory that another process uses is waited for: that process may be ending. One that this
//! process itself uses is free only once the first log is closed, and a program that opens its log
//! twice has a defect. So the second opener is refused at once, and told where the first one stands in
//! the code.

use crate::journal::storage::system::Handle;
use crate::lock::lock;
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The place in the code that opens a directory.
#[derive(Debug)]
pub(crate) struct Opener {
    at: &'static Location<'static>,
    is_closing: AtomicBool,
}

impl Opener {
    /// Returns the caller's place, which closes the directory when it is told to.
    #[track_caller]
    pub(crate) fn here() -> Arc<Opener> {
        Arc::new(Opener { at: Location::caller(), is_closing: AtomicBool::new(false) })
    }

    /// Returns the caller's place, which closes the directory before it returns.
    #[track_caller]
    pub(crate) fn passing_here() -> Arc<Opener> {
        let opener = Opener::here();
        opener.closes();
        opener
    }

    /// Notes that the directory is being closed: others wait for it.
    pub(in crate::journal::storage) fn closes(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    pub(super) fn at(&self) -> &'static Location<'static> {
        self.at
    }
}

/// A directory that is open. In a forked child, those of its parent are listed, too.
#[derive(Clone)]
struct Open {
    number: u64,
    process: u32,
    state: Handle,
    opener: Arc<Opener>,
}

static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());

/// A directory is listed as open until this is dropped.
#[derive(Debug)]
pub(super) struct Listed(u64);

impl Listed {
    /// Lists the directory of this state, which this process has locked.
    pub(super) fn new(state: &Handle, opener: &Arc<Opener>) -> Listed {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let (process, opener) = (std::process::id(), Arc::clone(opener));
        lock(&OPEN).push(Open { number, process, state: state.clone(), opener });
        Listed(number)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut open = lock(&OPEN);
        let at = open.iter().position(|open| open.number == self.0);
        let removed = at.map(|at| open.swap_remove(at));
        // The handle may be closed, which a file system can hold up.
        drop(open);
        drop(removed);
    }
}

/// Returns the place in this process that has opened the directory with its state at this path.
pub(super) fn opener_of(state_path: &Path) -> Option<Arc<Opener>> {
    let all = lock(&OPEN).clone();
    let process = std::process::id();
    // A path that can't be looked at is not known to be that of an open directory.
    let is_there = |open: &Open| open.process == process && open.state.is_at(state_path).unwrap_or(false);
    all.into_iter().find(is_there).map(|open| open.opener)
}
