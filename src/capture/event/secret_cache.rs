//! Whether a callsite has a key whose value is secret, remembered between calls.

use crate::capture::fields::slot::Slot;
use crate::record::redact::SecretKeys;
use std::sync::atomic::{AtomicU64, Ordering};

/// The set of secret keys that a callsite was compared with last, by its id in the upper half, and whether
/// one of the callsite's keys is in it, in the lower.
#[derive(Debug)]
pub(crate) struct SecretCache(AtomicU64);

impl SecretCache {
    pub(crate) const fn new() -> SecretCache {
        SecretCache(AtomicU64::new(0))
    }

    /// Returns whether one of these slots is a key of the resource whose value is secret.
    pub(super) fn any(&self, slots: &[Slot], secrets: &SecretKeys) -> bool {
        let cached = self.0.load(Ordering::Relaxed);
        if cached >> 32 == u64::from(secrets.id()) {
            return cached & 1 == 1;
        }
        let is_secret = |slot: &Slot| matches!(slot, Slot::Resource { key, .. } if secrets.has(key));
        let any = slots.iter().any(is_secret);
        self.0.store(u64::from(secrets.id()) << 32 | u64::from(any), Ordering::Relaxed);
        any
    }
}
