//! The open handles of a directory, and whether its names still lead to what was opened.

use crate::error::OpenError;
use crate::journal::storage::directory::LostName;
use crate::journal::storage::layout::STATE;
use crate::journal::storage::lock::{Lock, Opener};
use crate::journal::storage::log_file::Identity;
use crate::journal::storage::refused::Sharing;
use crate::journal::storage::system::Handle;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The open handles of a directory.
#[derive(Debug)]
pub(super) struct Handles {
    pub(super) root: Handle,
    pub(super) state: Handle,
    /// Held as long as the handles are open.
    pub(super) lock: Lock,
}

impl Handles {
    /// Creates what is missing, checks what exists, and waits for another writer to end.
    pub(super) fn open(
        path: &Path,
        lock_wait: Duration,
        sharing: Sharing,
        opener: &Arc<Opener>,
    ) -> Result<Handles, OpenError> {
        let root = Handle::root(path, sharing)?;
        let state_path = path.join(STATE);
        let state = root.child(STATE, &state_path)?;
        let lock = Lock::acquire(&state, &state_path, path, lock_wait, opener)?;
        Ok(Handles { root, state, lock })
    }

    /// Opens again what is not where it was: the directory and its state, or the lock's file. Returns
    /// `None` if all is in place.
    pub(super) fn renewed(&self, path: &Path, sharing: Sharing) -> Result<Option<Handles>, OpenError> {
        let fail = |source| OpenError::Directory { path: path.to_owned(), source };
        match self.lost_name(path).map_err(fail)? {
            None => Ok(None),
            Some(LostName::Directory) => {
                Handles::open(path, Duration::ZERO, sharing, self.lock.opener()).map(Some)
            }
            // `.state` is locked by these handles.
            Some(_) => {
                let lock = self.lock.taken_again(&self.state, &path.join(STATE), path)?;
                Ok(Some(Handles { root: self.root.clone(), state: self.state.clone(), lock }))
            }
        }
    }

    /// Returns a name that does not lead to what is open: of the directory, its state or the lock.
    pub(super) fn lost_name(&self, path: &Path) -> io::Result<Option<LostName>> {
        if !self.root.is_at(path)? || !self.state.is_at(&path.join(STATE))? {
            return Ok(Some(LostName::Directory));
        }
        Ok((!self.lock.is_named_in(&self.state)?).then_some(LostName::Lock))
    }
}

/// The files that the intake's names lead to.
#[derive(Debug, Default)]
pub(super) struct IntakeFiles {
    /// The file under the temporary name.
    pub(super) new: Option<Identity>,
    /// The file under the intake's own name; `None` if there is none, or the system has no identities.
    pub(super) placed: Option<Identity>,
}
