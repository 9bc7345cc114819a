//! One writer per directory: an advisory lock of the operating system on
//! `.state/lock`, which ends with the process however it ends.

use super::Handle;
use super::layout::LOCK;
use crate::error::OpenError;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a second opener looks again.
const AGAIN: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct Lock {
    /// The lock lives as long as this is open: here, and in children that were forked off.
    file: File,
    process: u32,
}

/// Children keep the file open for as long as they live; the lock is to end here all the same.
/// Not in a child, which would take it from its parent.
impl Drop for Lock {
    fn drop(&mut self) {
        if std::process::id() == self.process {
            // What can't be unlocked is when the file is closed.
            self.file.unlock().unwrap_or(());
        }
    }
}

impl Lock {
    /// Waits until there is no other writer in `directory`, `wait` at the most.
    pub(in crate::journal) fn acquire(
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
        // Only for the message that another opener gets: a full disk is no reason to fail.
        let told = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        drop(told);
        Ok(Lock { file, process: std::process::id() })
    }
}

fn open(state: &Handle) -> io::Result<File> {
    loop {
        match state.create(LOCK) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
        match state.open(LOCK) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
    }
}

/// The process that holds the lock, as it has written there itself.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}
