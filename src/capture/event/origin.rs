//! Where an event comes from.

use super::entry_cache::CallsiteEntry;
use super::secret_cache::SecretCache;
use crate::capture::fields::slot::Slot;
use crate::record::redact::SecretKeys;

/// Where an event comes from, which decides where its fields go.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    /// `audit!`: the callsite knows the slots of the fields, and the event type is the name in
    /// its metadata.
    Audit { slots: &'static [Slot], entry: &'static CallsiteEntry, secrets: &'static SecretCache },
    /// `audit!`, where some of the keys have values that are secret.
    AuditOfSecrets { slots: &'static [Slot], entry: &'static CallsiteEntry },
    /// A plain `tracing` event: the names of the fields tell their slots.
    Plain,
    /// A record of the `log` crate: as a plain event, but with fields `log.*` that belong to the
    /// bridge.
    LogCrate,
}

impl Origin {
    /// Returns the origin in a log with these secret keys. A callsite of `audit!` is compared with them once.
    pub(crate) fn with_secrets(self, keys: Option<&SecretKeys>) -> Origin {
        match (self, keys) {
            (Origin::Audit { slots, entry, secrets }, Some(keys)) if secrets.any(slots, keys) => {
                Origin::AuditOfSecrets { slots, entry }
            }
            (origin, _) => origin,
        }
    }
}
