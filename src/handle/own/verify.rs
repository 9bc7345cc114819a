//! Verifying the log from the application that writes it.

use super::super::audit_handle::AuditHandle;
use crate::read::{Verification, VerifyError, verify};

impl AuditHandle {
    /// Verifies the log's sealed records, as [`read::verify`](crate::read::verify) does without a pinned key:
    /// all day files are read, in this thread. The log goes on meanwhile. `None` if the log is disabled.
    ///
    /// The log does so for a part of its files by itself, at a low priority, each
    /// [`verify_interval`](crate::AuditLayerBuilder::verify_interval).
    ///
    /// What the application finds out about its own log is worth as much as the application: an auditor verifies
    /// a copy, with a key and checkpoints from elsewhere.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]: it could not be checked. Whatever is wrong with the log is a finding instead.
    pub fn verify(&self) -> Result<Option<Verification>, VerifyError> {
        self.log().journal().map(|journal| verify(journal.path()).run()).transpose()
    }
}
