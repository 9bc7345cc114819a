//! The sealer of a build without the feature `seal`: there is none.

#[path = "face/settings.rs"]
mod settings;
#[path = "face/stats.rs"]
mod stats;

pub(crate) use settings::Settings;
pub use stats::SealStats;

use crate::journal::{Directory, Keeper, Subscription};
use crate::record::Object;
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// No signer.
#[derive(Debug, Default)]
pub(crate) struct GivenSigner(());

impl GivenSigner {
    pub(crate) fn key(&self) -> Option<String> {
        None
    }

    pub(crate) fn unusable(&self) -> Option<(String, &'static str)> {
        None
    }
}

/// No sealer.
#[derive(Debug)]
pub(crate) enum Prepared {}

impl Prepared {
    pub(crate) fn new(
        _: Settings,
        _: GivenSigner,
        _: Arc<dyn Directory>,
        _: Arc<dyn Keeper>,
    ) -> Option<Prepared> {
        None
    }

    pub(crate) fn keeper(&self) -> Arc<dyn Keeper> {
        match *self {}
    }

    pub(crate) fn opened(&self) -> Object {
        match *self {}
    }

    pub(crate) fn start(self, _: Subscription) -> io::Result<Sealer> {
        match self {}
    }
}

/// No sealer.
#[derive(Debug)]
pub(crate) enum Sealer {}

impl Sealer {
    pub(crate) fn closes(&self, _: Instant) {
        match *self {}
    }

    pub(crate) fn seal_now(&self, _: bool, _: Instant) {
        match *self {}
    }

    pub(crate) fn figures(&self) -> Figures {
        match *self {}
    }

    pub(crate) fn set_intervals(&self, _: impl FnOnce(&mut Settings)) {
        match *self {}
    }

    pub(crate) fn forget(&mut self) {
        match *self {}
    }
}

/// No figures about it.
#[derive(Debug)]
pub(crate) enum Figures {}

impl Figures {
    pub(crate) fn stats(&self) -> SealStats {
        match *self {}
    }
}

/// No sealer, for the tests of the journal.
#[cfg(test)]
#[derive(Debug)]
pub(crate) enum SignedWorker {}

#[cfg(test)]
impl SignedWorker {
    pub(crate) fn start(_: &Subscription, _: &str, _: GivenSigner) -> Result<SignedWorker, String> {
        Err("there are no seals".to_owned())
    }

    pub(crate) fn seal(&mut self, _: &Subscription, _: bool) -> Result<(), String> {
        match *self {}
    }
}
