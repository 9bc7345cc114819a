//! How an operator prunes.

use crate::error::PruneError;

/// How an operator prunes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prune {
    /// The system's clock is right: pruning goes on that a step of it has suspended.
    pub(crate) trust_clock: bool,
    /// Only files that are older than so many days, which is no less than the retention.
    pub(crate) older_than: Option<u32>,
    /// Also day files that differ from their seals.
    pub(crate) even_changed: bool,
}

/// Which files the pruner removes besides what the retention says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::journal) struct How {
    /// For how many days longer than the retention files stay.
    pub(super) more_days: u32,
    /// Whether day files that differ from their seals go, too.
    pub(super) even_changed: bool,
}

impl Prune {
    /// Checks it for a log with this retention.
    ///
    /// # Errors
    ///
    /// [`PruneError::WithinRetention`]: the log keeps its files longer.
    pub(crate) fn check(self, retention_days: u32) -> Result<(), PruneError> {
        self.how(retention_days).map(drop)
    }

    /// Returns what the pruner is to do in a log with this retention.
    pub(in crate::journal) fn how(self, retention_days: u32) -> Result<How, PruneError> {
        let older_than = self.older_than.unwrap_or(retention_days);
        let Some(more_days) = older_than.checked_sub(retention_days) else {
            return Err(PruneError::WithinRetention { older_than, retention_days });
        };
        Ok(How { more_days, even_changed: self.even_changed })
    }
}
