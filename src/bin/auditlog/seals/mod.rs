//! The commands that verify logs and keep what is needed for it.

pub(crate) mod bundle;
pub(crate) mod check_proof;
pub(crate) mod checkpoint;
pub(crate) mod given;
pub(crate) mod key;
pub(crate) mod proofs;
pub(crate) mod prove;
pub(crate) mod verify;

use crate::failure::Failure;
use tracing_audit::read::VerifyError;

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Failure {
        let hint = match &error {
            VerifyError::NoLog { .. } => {
                Some("Name the directory of the log itself, the one with files named audit-2026-05-28.log.")
            }
            VerifyError::Unreadable { source, .. }
                if source.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                Some(
                    "Day files and seals may be read by the log's owner and its group: run this as one of them.",
                )
            }
            VerifyError::NoCheckpointInAnchor => {
                Some("An anchor is a text with a signed checkpoint in it, as `auditlog checkpoint` prints.")
            }
            VerifyError::Key { .. } => {
                Some("`auditlog verify` tells more. A log with `seal = false` has no keys.")
            }
            _ => None,
        };
        let failure = Failure::of(&error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
