//! What a log was when its verification began.

use super::super::error::VerifyError;
use super::super::evidence::keys::{SEAL, small_file};
use super::super::evidence::listing::{Listing, names};
use super::super::options::Options;

/// What a log was when a verification began.
#[derive(Debug)]
pub(in crate::read) struct Snapshot {
    /// The text of the newest checkpoint.
    pub(in crate::read) checkpoint: Option<String>,
    pub(in crate::read) listing: Listing,
    /// The names in the folder of the seals.
    seals: Vec<String>,
}

impl Snapshot {
    /// Takes a snapshot. The checkpoint is read first: what it is about is on disk by then.
    pub(in crate::read) fn of(options: &Options) -> Result<Snapshot, VerifyError> {
        let folder = options.dir.join(SEAL);
        let checkpoint = small_file(&folder.join("checkpoint"))?;
        let seals = names(&folder)?;
        let listing = Listing::of(&options.dir)?;
        if listing.files.is_empty() && listing.others.is_empty() && seals.is_empty() {
            return Err(VerifyError::NoLog { path: options.dir.clone() });
        }
        Ok(Snapshot { checkpoint, listing, seals })
    }

    /// Returns whether the log is another one by now.
    pub(in crate::read) fn has_changed(&self, options: &Options) -> Result<bool, VerifyError> {
        let now = Snapshot::of(options)?;
        Ok(now.checkpoint != self.checkpoint
            || now.seals != self.seals
            || self.listing.differs_from(&now.listing))
    }
}
