//! How sealing is doing.

use crate::record::Timestamp;

/// The state of the seals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealStats {
    /// The name under which the log is sealed; empty until the sealer has begun.
    pub origin: String,
    /// The number of the last record that a signed checkpoint covers.
    pub sealed_seq: Option<u64>,
    /// Since when nothing could be sealed.
    pub failing_since: Option<Timestamp>,
    /// Why nothing could be sealed, the last time.
    pub last_error: Option<String>,
    /// Since when the signer (`seal::Signer`) has not signed in time; `None` also without one.
    pub signer_failing_since: Option<Timestamp>,
    /// Why it has not, the last time.
    pub signer_last_error: Option<String>,
    /// When the log has last verified itself ([`verify_interval`](crate::AuditConfig::verify_interval)); `None` if it never
    /// has.
    pub verified_at: Option<Timestamp>,
    /// How many changed or missing things the log has found then.
    pub verified_findings: Option<u64>,
}
