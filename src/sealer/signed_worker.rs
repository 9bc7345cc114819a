//! A worker with its signer, as the sealer's thread drives them, for the tests of the journal.

use super::signer::given::GivenSigner;
use super::signer::signatures::Signatures;
use super::trouble::{Outcome, with};
use super::worker::Worker;
use crate::journal::Subscription;

/// A worker with its signer.
#[derive(Debug)]
pub(crate) struct SignedWorker {
    pub(crate) worker: Worker,
    signatures: Signatures,
}

impl SignedWorker {
    pub(crate) fn start(journal: &Subscription, origin: &str, signer: GivenSigner) -> Outcome<SignedWorker> {
        let signatures = Signatures::start(signer).map_err(with("the signer's thread"))?;
        let worker = Worker::start(journal, None, origin)?.with_signer(journal, &signatures);
        Ok(SignedWorker { worker, signatures })
    }

    /// Seals what is on disk; with a `log.checkpoint`, if that is wanted.
    pub(crate) fn seal(&mut self, journal: &Subscription, and_record: bool) -> Outcome<()> {
        let sealed = self.worker.seal(journal, journal.synced());
        let done =
            sealed.and_then(|()| if and_record { self.worker.send_checkpoint(journal) } else { Ok(()) });
        self.signatures.turn(journal, self.worker.own_chain(), and_record);
        done
    }

    /// Takes what the signer has signed, and asks for what is missing.
    pub(crate) fn turn(&self, journal: &Subscription) {
        self.signatures.turn(journal, self.worker.own_chain(), false);
    }
}
