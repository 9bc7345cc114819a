//! Signing with the newest key, and renewing it: when a day has ended, and when it was lost.
//!
//! A step that fails is made again later. How far the steps before it came is then read from the files, as when a
//! log is opened: an error does not say whether a file was written.

use crate::journal::Subscription;
use crate::seal::{SignedNote, VerifierKey};
use crate::sealer::keys::epochs::{Found, HandOver, Keys, Publish};
use crate::sealer::keys::place::KeyPlace;
use crate::sealer::signer::signatures::Signatures;
use crate::sealer::trouble::{Outcome, Trouble};

/// What signs for a log.
#[derive(Debug)]
pub(in crate::sealer) struct Signing {
    place: KeyPlace,
    /// The origin of a log that was never sealed.
    origin: String,
    found: Found,
    signatures: Signatures,
    /// The epoch whose day has ended, until its key is handed over and erased.
    ended: Option<u64>,
    /// Whether a step has failed.
    is_unsure: bool,
}

/// Another origin has begun, since the key was lost.
#[derive(Debug)]
pub(in crate::sealer) struct Restarted {
    pub(in crate::sealer) old_origin: String,
    pub(in crate::sealer) reason: String,
}

impl Signing {
    pub(in crate::sealer) fn load(journal: &Subscription, place: KeyPlace, origin: &str) -> Outcome<Signing> {
        let found = Keys::load(&**journal.directory(), place.clone(), journal.id(), origin)?;
        let signatures = Signatures::default();
        Ok(Signing { place, origin: origin.to_owned(), found, signatures, ended: None, is_unsure: false })
    }

    /// Returns whether the key was just made.
    pub(in crate::sealer) fn is_new(&self) -> bool {
        matches!(&self.found, Found::Whole(keys) if keys.is_new)
    }

    /// Has a signer learn of each certificate before it is published.
    pub(in crate::sealer) fn announces_to(&mut self, signatures: Signatures) {
        self.signatures = signatures;
    }

    /// Returns whether the private key of the newest epoch is there.
    pub(in crate::sealer) fn has_key(&self) -> bool {
        matches!(self.found, Found::Whole(_))
    }

    pub(in crate::sealer) fn place(&self) -> &KeyPlace {
        &self.place
    }

    /// Returns the public keys of all epochs.
    pub(in crate::sealer) fn chain(&self) -> &[VerifierKey] {
        match &self.found {
            Found::Whole(keys) => &keys.chain,
            Found::Lost { chain, .. } => chain,
        }
    }

    pub(in crate::sealer) fn origin(&self) -> &str {
        self.chain().last().map_or("", VerifierKey::name)
    }

    /// Returns the number of the newest key, from 1 on.
    pub(in crate::sealer) fn epoch(&self) -> u64 {
        self.chain().len() as u64
    }

    pub(in crate::sealer) fn sign(&self, text: String) -> Outcome<SignedNote> {
        match &self.found {
            Found::Whole(keys) => Ok(keys.sign(text)),
            Found::Lost { reason, .. } => Err(Trouble::Passing(reason.clone())),
        }
    }

    /// Takes note that a day has ended, and the time of its key with it.
    pub(in crate::sealer) fn day_has_ended(&mut self) {
        self.ended = Some(self.epoch());
    }

    /// Returns whether a key is to be handed over, or its erasure is still to be done.
    pub(in crate::sealer) fn is_due(&self) -> bool {
        self.ended.is_some() || self.is_unsure
    }

    /// Begins another origin if the key was lost. `at` is the tree, all of which is known to be as it was signed.
    pub(in crate::sealer) fn restart_if_lost(
        &mut self,
        journal: &Subscription,
        at: HandOver,
    ) -> Outcome<Option<Restarted>> {
        let Found::Lost { chain, reason } = &self.found else {
            return Ok(None);
        };
        let (chain, reason) = (chain.clone(), reason.clone());
        let old_origin = self.origin().to_owned();
        self.is_unsure = true;
        let found = Keys::load(&**journal.directory(), self.place.clone(), journal.id(), &self.origin)?;
        let keys = match found {
            // Certified by an attempt of before.
            Found::Whole(keys) => keys,
            Found::Lost { .. } => {
                let publish = Publish { directory: &**journal.directory(), signatures: &self.signatures };
                Box::new(Keys::restart(publish, self.place.clone(), journal.id(), chain, &reason, at)?)
            }
        };
        self.is_unsure = false;
        // It signs from today on.
        self.ended = None;
        self.found = Found::Whole(keys);
        Ok(Some(Restarted { old_origin, reason }))
    }

    /// Certifies the next key if a day has ended, and signs with it from then on.
    pub(in crate::sealer) fn hand_over(&mut self, journal: &Subscription, at: HandOver) -> Outcome<()> {
        let directory = &**journal.directory();
        if self.is_unsure {
            self.found = Keys::load(directory, self.place.clone(), journal.id(), &self.origin)?;
            self.is_unsure = false;
        }
        if let Found::Whole(keys) = &mut self.found
            && self.ended == Some(keys.epoch())
        {
            keys.hand_over(Publish { directory, signatures: &self.signatures }, at)
                .inspect_err(|_| self.is_unsure = true)?;
        }
        Ok(())
    }

    /// Erases the key of the epoch before, if its day has ended: what the new one has signed is written.
    pub(in crate::sealer) fn finish_hand_over(&mut self) -> Outcome<()> {
        if let Found::Whole(keys) = &mut self.found {
            keys.finish_hand_over().inspect_err(|_| self.is_unsure = true)?;
        }
        self.ended = None;
        Ok(())
    }
}
