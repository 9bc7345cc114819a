//! The signer that the application has set.

use crate::seal::{Signer, VerifierKey};
use std::fmt;
use std::time::Duration;

/// The least and the greatest time that a signature may take.
const DEADLINES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(10));

/// The longest name of a signer's key, in bytes: a record with its signature must fit into the intake.
const LONGEST_NAME: usize = 200;

/// The signer of a log, if it has one.
#[derive(Default)]
pub(crate) struct GivenSigner(pub(super) Option<Given>);

/// A signer, and what it has said of itself.
pub(super) struct Given {
    pub(super) key: VerifierKey,
    pub(super) deadline: Duration,
    pub(super) signer: Box<dyn Signer>,
}

impl GivenSigner {
    /// Asks a signer for its key and its deadline.
    pub(crate) fn of(signer: impl Signer) -> GivenSigner {
        let (shortest, longest) = DEADLINES;
        let deadline = signer.deadline().clamp(shortest, longest);
        GivenSigner(Some(Given { key: signer.verifier_key(), deadline, signer: Box::new(signer) }))
    }

    /// Returns the public key, as its text.
    pub(crate) fn key(&self) -> Option<String> {
        self.0.as_ref().map(|given| given.key.to_string())
    }

    /// Returns the name of the key, and why it can't be used.
    pub(crate) fn unusable(&self) -> Option<(String, &'static str)> {
        let name = self.0.as_ref()?.key.name();
        let reason = "the name of the signer's key must have at most 200 bytes";
        (name.len() > LONGEST_NAME).then(|| (format!("a text of {} bytes", name.len()), reason))
    }
}

impl fmt::Debug for GivenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GivenSigner").field(&self.0.as_ref().map(|given| &given.key)).finish()
    }
}
