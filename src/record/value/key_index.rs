//! The positions of an object's keys, so that building an object of many keys takes no longer for
//! each.

use std::collections::HashMap;
use std::fmt;

/// The positions of an object's keys, once they are needed. It is no part of the object's value.
#[derive(Default)]
#[allow(clippy::box_collection, reason = "most objects have no index, and a `Value` stays small")]
pub(super) struct KeyIndex(Option<Box<HashMap<Box<str>, usize>>>);

impl KeyIndex {
    /// The number of keys up to which they are compared one by one.
    const FEW: usize = 32;

    /// Returns the position of `key` among the entries.
    pub(super) fn position<V>(&self, key: &str, entries: &[(String, V)]) -> Option<usize> {
        match &self.0 {
            Some(positions) => positions.get(key).copied(),
            None => entries.iter().position(|(name, _)| name == key),
        }
    }

    /// Prepares for an insertion: among many entries, the key will be found by the index.
    pub(super) fn prepare<V>(&mut self, entries: &[(String, V)]) {
        if self.0.is_none() && entries.len() >= KeyIndex::FEW {
            let positions = entries.iter().enumerate().map(|(at, (key, _))| (key.as_str().into(), at));
            self.0 = Some(Box::new(positions.collect()));
        }
    }

    /// Notes that `key` was added as the last of `count` entries.
    pub(super) fn added(&mut self, key: &str, count: usize) {
        if let Some(positions) = &mut self.0 {
            positions.insert(key.into(), count - 1);
        }
    }

    /// Forgets all positions: the entries have changed.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}

impl Clone for KeyIndex {
    fn clone(&self) -> KeyIndex {
        KeyIndex::default()
    }
}

impl PartialEq for KeyIndex {
    fn eq(&self, _: &KeyIndex) -> bool {
        true
    }
}

impl fmt::Debug for KeyIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyIndex").finish_non_exhaustive()
    }
}
