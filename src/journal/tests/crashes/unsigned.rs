//! The signer of a build without the feature `seal`: there is none.

use crate::sealer::GivenSigner;

pub(super) fn signer(_: usize) -> GivenSigner {
    GivenSigner::default()
}
