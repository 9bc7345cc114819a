//! `.state/lock`: one writer per directory.
//!
//! An advisory lock of the operating system on the file, which ends with the process however it
//! ends. The file's text is the id of the process that holds it.

use super::layout::LOCK;
use super::system::{self, Handle};
use crate::error::OpenError;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a second opener waits before it tries again.
const AGAIN: Duration = Duration::from_millis(20);

/// The right to write in a directory.
#[derive(Debug)]
pub(super) struct Lock {
    /// The lock lives as long as this file is open, here and in forked children.
    file: File,
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

impl Lock {
    /// Waits at most `wait` until no other writer has `directory` open.
    pub(super) fn acquire(
        state: &Handle,
        state_path: &Path,
        directory: &Path,
        wait: Duration,
    ) -> Result<Lock, OpenError> {
        let path = state_path.join(LOCK);
        let fail = |source| OpenError::State { path: path.clone(), source };
        let mut file = open(state).map_err(fail)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => return Err(fail(source)),
            }
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(OpenError::Locked {
                    directory: directory.to_owned(),
                    holder: holder(&mut file),
                    waited: wait,
                });
            }
            std::thread::sleep(AGAIN.min(left));
        }
        // The id is only for another opener's error message: a full disk is no reason to fail.
        let text = format!("{}\n", std::process::id());
        let has_room = system::check_size_now(text.len() as u64);
        has_room.and_then(|()| file.set_len(0)).and_then(|()| file.write_all(text.as_bytes())).unwrap_or(());
        Ok(Lock { file, process: std::process::id() })
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

/// Returns the id of the process that holds the lock, as it has written it.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}
