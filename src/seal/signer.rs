//! A key outside of the log: in a TPM, an HSM, a KMS, or a process of its own.

use super::note::verifier_key::VerifierKey;
use std::error::Error;
use std::time::Duration;

/// Signs for a log with a key that the log itself never has: one in a TPM, an HSM, a KMS, or a process of its own.
///
/// A log has a key of its own for each day, and signs with it once a second. A signer's key stays for years. It signs
/// in addition, beside the day's key, and seldom:
///
/// - the certificate of each day's key, that of the first one included;
/// - the seal of each day file that has ended;
/// - the checkpoints in `log.checkpoint` records: every five minutes in which there are events
///   ([`checkpoint_interval`](crate::AuditLayerBuilder::checkpoint_interval)), when a day ends, and at shutdown.
///
/// An auditor who has its [`verifier_key`](Signer::verifier_key) gives it to
/// [`Verify::signer`](crate::read::Verify::signer). Then keys that were made without the signer are found.
///
/// It is set with [`AuditLayerBuilder::signer`](crate::AuditLayerBuilder::signer), and runs on a thread of its own,
/// `audit-sign`, one call at a time. A signature that is late, wrong or refused is left out: the day's key has signed
/// all the same. No event, no checkpoint and no hand-over of keys waits for it. The seal of a day file, and shutdown,
/// wait for [`deadline`](Signer::deadline) at most, and not at all while the signer is failing. What fails is an error
/// in the runtime log, a `log.signer_failed` record and [`SealStats::signer_failing_since`](crate::SealStats); the
/// signer is tried again after half a second, later each half minute. Certificates that lack its signature get it
/// then; seals and checkpoints do not.
///
/// Signatures are those of Ed25519 (RFC 8032, without a context and without hashing the message before): other
/// algorithms are out of scope.
///
/// `examples/signer_process.rs` is one whose key is in another process.
///
/// ```
/// use std::error::Error;
/// use tracing_audit::AuditLayer;
/// use tracing_audit::seal::{Signer, VerifierKey};
///
/// # struct Module(ed25519_dalek::SigningKey);
/// # impl Module {
/// #     fn public_key(&self) -> [u8; 32] { self.0.verifying_key().to_bytes() }
/// #     fn sign(&self, message: &[u8]) -> std::io::Result<[u8; 64]> {
/// #         Ok(ed25519_dalek::Signer::sign(&self.0, message).to_bytes())
/// #     }
/// # }
/// struct InModule {
///     module: Module,
///     key: VerifierKey,
/// }
///
/// impl Signer for InModule {
///     fn verifier_key(&self) -> VerifierKey {
///         self.key.clone()
///     }
///
///     fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
///         Ok(self.module.sign(message)?)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # let module = Module(ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
/// let key = VerifierKey::from_bytes("hsm1.example.com/audit", &module.public_key())?;
/// let (layer, guard) =
///     AuditLayer::builder(&dir).signer(InModule { module, key: key.clone() }).open()?;
/// # drop((layer, guard));
/// let verification = tracing_audit::read::verify(&dir).signer(key).run()?;
/// assert_eq!(verification.facts().signer.as_ref().map(|signer| signer.keys), Some(1));
/// # Ok(())
/// # }
/// ```
pub trait Signer: Send + 'static {
    /// Returns the public key, with a name of its own: at most 200 bytes, and not the log's origin. The builder calls
    /// it once, in the caller's thread, so that it must not wait for a device.
    fn verifier_key(&self) -> VerifierKey;

    /// Returns how long a signature may take. Default: 1 second. Less than 10 milliseconds count as 10, more than 10
    /// seconds as 10 seconds. The builder calls it once.
    fn deadline(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Signs a message of at most 64 KiB: the text of a note, which is all that is signed, with Ed25519. It may
    /// block; a call that never returns ends the signing for as long as the log is open, and nothing else.
    ///
    /// A signature that is not the key's is not used. A panic counts as an error.
    ///
    /// # Errors
    ///
    /// Any: the reason is in the runtime log and in the record `log.signer_failed`, its first 400 bytes, so that it
    /// must not have secrets.
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>>;
}
