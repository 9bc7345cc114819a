//! Which day files have no seal yet, so that they stay longer.

use crate::journal::storage::layout::seal_of;
use crate::journal::{Directory, Folder, Keeper, SEALER};
use crate::seal::{Cover, DaySeal};
use crate::sealer::keys::epochs;
use crate::sealer::state::start;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number before which all day files have their seals.
#[derive(Clone, Debug)]
pub(in crate::sealer) struct SealedUntil(Arc<AtomicU64>);

/// What mirrors have not got yet, and what is not sealed yet.
#[derive(Debug)]
pub(in crate::sealer) struct SealKeeper {
    directory: Arc<dyn Directory>,
    mirrors: Arc<dyn Keeper>,
    sealed_until: SealedUntil,
    /// The number behind the last record that was ever sealed.
    reached: u64,
}

impl SealedUntil {
    pub(in crate::sealer) fn set(&self, seq: u64) {
        self.0.store(seq, Ordering::Relaxed);
    }
}

impl SealKeeper {
    /// Returns one for a log that is to be opened.
    pub(in crate::sealer) fn new(directory: Arc<dyn Directory>, mirrors: Arc<dyn Keeper>) -> SealKeeper {
        let head = start::head(&*directory).ok().flatten();
        let was_sealed = || directory.names(Folder::Seal).is_ok_and(|names| !names.is_empty());
        let sealed_until = match &head {
            Some(head) => head.files_sealed_until(),
            // Until it is found out.
            None if was_sealed() => 0,
            // What was written before the log was sealed gets no seal.
            None => u64::MAX,
        };
        let reached = head.map_or(0, |head| head.next_seq());
        let sealed_until = SealedUntil(Arc::new(AtomicU64::new(sealed_until)));
        SealKeeper { directory, mirrors, sealed_until, reached }
    }

    pub(in crate::sealer) fn sealed_until(&self) -> SealedUntil {
        self.sealed_until.clone()
    }
}

impl Keeper for SealKeeper {
    fn reached(&self) -> u64 {
        self.mirrors.reached().max(self.reached)
    }

    fn change_of(&self, day_file: &str, sha256: &str) -> Option<String> {
        let name = seal_of(day_file);
        let contents = self.directory.read_in(Folder::Seal, &name).ok().flatten()?;
        let chain = match epochs::chain(&*self.directory) {
            Ok(chain) => chain.keys,
            Err(trouble) => return Some(trouble.to_string()),
        };
        match start::seal(&contents, &chain) {
            Err(error) => Some(format!("seal/{name}: {error}")),
            Ok(DaySeal { cover: Cover::Whole, sha256: sealed, .. }) if sealed != sha256 => {
                Some(format!("its SHA-256 is {sha256}, the seal says {sealed}"))
            }
            Ok(_) => None,
        }
    }

    fn unread(&self) -> Vec<(String, u64)> {
        let mut unread = self.mirrors.unread();
        unread.push((SEALER.to_owned(), self.sealed_until.0.load(Ordering::Relaxed)));
        unread
    }
}
