//! What is known before the journal is opened.

use crate::journal::{Directory, Keeper, Subscription};
use crate::record::Object;
use crate::sealer::face::keeper::SealKeeper;
use crate::sealer::face::settings::Settings;
use crate::sealer::news::opened;
use crate::sealer::signer::given::GivenSigner;
use crate::sealer::thread::Sealer;
use std::io;
use std::sync::Arc;

/// A sealer that is to be started once the journal is open.
#[derive(Debug)]
pub(crate) struct Prepared {
    settings: Settings,
    signer: GivenSigner,
    keeper: Arc<SealKeeper>,
    opened: Object,
}

impl Prepared {
    /// Reads what was sealed before. `mirrors` knows what mirrors have not got yet.
    pub(crate) fn new(
        settings: Settings,
        signer: GivenSigner,
        directory: Arc<dyn Directory>,
        mirrors: Arc<dyn Keeper>,
    ) -> Option<Prepared> {
        let opened = opened(&*directory);
        let keeper = Arc::new(SealKeeper::new(directory, mirrors));
        Some(Prepared { settings, signer, keeper, opened })
    }

    /// Returns what knows which files are not delivered or not sealed yet.
    pub(crate) fn keeper(&self) -> Arc<dyn Keeper> {
        Arc::clone(&self.keeper) as _
    }

    /// Returns what `log.opened` says of what was sealed before.
    pub(crate) fn opened(&self) -> Object {
        self.opened.clone()
    }

    /// Starts the sealer.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    pub(crate) fn start(self, journal: Subscription) -> io::Result<Sealer> {
        Sealer::start(journal, self.settings, self.signer, self.keeper.sealed_until())
    }
}
