//! An application's own mirrors.

use crate::mirror::Mirror;
use std::fmt;

/// An application's own mirrors, by name.
#[derive(Default)]
pub(super) struct OwnMirrors(pub(super) Vec<(String, Box<dyn Mirror>)>);

impl fmt::Debug for OwnMirrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
