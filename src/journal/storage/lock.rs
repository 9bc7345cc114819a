//! `.state/lock`: one writer per directory.
//!
//! An advisory lock of the operating system on the file, which ends with the process however it
//! ends. The file's text is the id of the process that holds it.
//!
//! A lock on a file holds only as long as the file has its name: once the file is removed, another
//! writer can create and lock a new one. So `.state` itself is locked as well, where the file
//! system can, and the name is compared with the file again and again: see
//! [`Directory::lost_name`](super::Directory::lost_name).

mod opener;

pub(crate) use self::opener::Opener;

use self::opener::{Listed, opener_of};
use super::layout::LOCK;
use super::log_file::Identity;
use super::system::{self, Handle, len_and_identity};
use crate::error::OpenError;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a second opener waits before it tries again.
const AGAIN: Duration = Duration::from_millis(20);

/// The right to write in a directory.
#[derive(Debug)]
pub(super) struct Lock {
    /// The lock lives as long as this file is open, here and in forked children.
    file: File,
    /// The file's identity; `None` where the system has none.
    identity: Option<Identity>,
    state: Arc<StateLock>,
    process: u32,
}

/// Forked children keep the file open; the lock ends here all the same. A child must not end its
/// parent's.
impl Drop for Lock {
    fn drop(&mut self) {
        if std::process::id() == self.process {
            // If this fails, closing the file unlocks it.
            self.file.unlock().unwrap_or(());
        }
    }
}

/// The lock on `.state` itself.
#[derive(Debug)]
struct StateLock {
    /// Before the lock ends, so that the next opener is not taken for this one.
    _listed: Listed,
    _held: HeldState,
    opener: Arc<Opener>,
}

#[derive(Debug)]
struct HeldState {
    state: Handle,
    process: u32,
}

impl Drop for HeldState {
    fn drop(&mut self) {
        if std::process::id() == self.process {
            self.state.unlock();
        }
    }
}

impl Lock {
    /// Waits at most `wait` until no other writer has `directory` open. One of this process is waited
    /// for only if it is closing.
    pub(super) fn acquire(
        state: &Handle,
        state_path: &Path,
        directory: &Path,
        wait: Duration,
        opener: &Arc<Opener>,
    ) -> Result<Lock, OpenError> {
        let fail = |source| OpenError::State { path: state_path.join(LOCK), source };
        let begun = Instant::now();
        let mut held = None;
        loop {
            if held.is_none() && state.try_lock() {
                held = Some(HeldState { state: state.clone(), process: std::process::id() });
            }
            if held.is_some()
                && let Some(file) = take_file(state).map_err(fail)?
                && let Some(held) = held.take()
            {
                let opener = Arc::clone(opener);
                let state_lock = StateLock { _listed: Listed::new(state, &opener), _held: held, opener };
                return Lock::new(file, Arc::new(state_lock)).map_err(fail);
            }
            let first = opener_of(state_path);
            let is_in_use = first.as_ref().is_some_and(|first| !first.is_closing());
            let left = wait.saturating_sub(begun.elapsed());
            if is_in_use || left.is_zero() {
                let waited = if is_in_use { Duration::ZERO } else { wait };
                return Err(locked(state, directory, waited, first.as_deref()));
            }
            std::thread::sleep(AGAIN.min(left));
        }
    }

    /// Makes the file again, whose name does not lead to it any more, and takes the lock again.
    pub(super) fn taken_again(
        &self,
        state: &Handle,
        state_path: &Path,
        directory: &Path,
    ) -> Result<Lock, OpenError> {
        let fail = |source| OpenError::State { path: state_path.join(LOCK), source };
        match take_file(state).map_err(fail)? {
            Some(file) => Lock::new(file, Arc::clone(&self.state)).map_err(fail),
            None => Err(locked(state, directory, Duration::ZERO, None)),
        }
    }

    fn new(mut file: File, state: Arc<StateLock>) -> io::Result<Lock> {
        let (_, identity) = len_and_identity(&file)?;
        let process = std::process::id();
        // The id is only for another opener's error message: a full disk is no reason to fail.
        let text = format!("{process}\n");
        let has_room = system::check_size_now(text.len() as u64);
        has_room.and_then(|()| file.set_len(0)).and_then(|()| file.write_all(text.as_bytes())).unwrap_or(());
        Ok(Lock { file, identity, state, process })
    }

    pub(super) fn opener(&self) -> &Arc<Opener> {
        &self.state.opener
    }

    /// Returns whether the name of the lock's file still leads to it.
    pub(super) fn is_named_in(&self, state: &Handle) -> io::Result<bool> {
        Ok(self.identity.is_none() || state.identity(LOCK)? == self.identity)
    }
}

/// Creates or opens the file, and locks it; `None` if another writer holds it.
fn take_file(state: &Handle) -> io::Result<Option<File>> {
    loop {
        let file = open(state)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(source),
        }
        // Another program may have removed it before it was locked.
        let (_, identity) = len_and_identity(&file)?;
        if identity.is_none() || state.identity(LOCK)? == identity {
            return Ok(Some(file));
        }
    }
}

/// Creates the file, or opens the existing one.
fn open(state: &Handle) -> io::Result<File> {
    loop {
        match state.create(LOCK) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created,
        }
        match state.open(LOCK) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
    }
}

/// Returns the error that another writer has the directory open.
fn locked(state: &Handle, directory: &Path, waited: Duration, first: Option<&Opener>) -> OpenError {
    let opened_at = first.map(Opener::at);
    OpenError::Locked { directory: directory.to_owned(), holder: holder(state), opened_at, waited }
}

/// Returns the id of the process that holds the lock, as it has written it.
fn holder(state: &Handle) -> Option<u32> {
    let mut file = state.open(LOCK).ok()?;
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}
