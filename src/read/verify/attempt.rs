//! A log that is written while it is verified is verified again, if something was found.

use super::error::VerifyError;
use super::options::Options;
use super::run;
use super::snapshot::Snapshot;
use super::verdict::finding::Status;
use super::verdict::verification::Verification;
use std::io;

/// How often a verification is begun.
const ATTEMPTS: usize = 3;

pub(super) fn verify(options: &Options) -> Result<Verification, VerifyError> {
    let mut attempt = 1;
    loop {
        let snapshot = Snapshot::of(options)?;
        let result = run::once(options, &snapshot);
        let may_be_outdated = match &result {
            Ok(verification) => verification.status() != Status::Intact,
            Err(VerifyError::Unreadable { source, .. }) => {
                matches!(source.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound)
            }
            Err(_) => false,
        };
        if !may_be_outdated || attempt == ATTEMPTS || !snapshot.has_changed(options)? {
            return result;
        }
        attempt += 1;
    }
}
