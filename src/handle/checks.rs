//! How a log checks events, how it warns of those that violate their catalog entry, and which of their
//! values it redacts.

use super::place::Place;
use super::receipt::Receipt;
use crate::lock::lock;
use crate::record::catalog::{CatalogIndex, LiveCatalog};
use crate::record::redact::SecretKeys;
use crate::record::{Violations, prefix};
use crate::report::{Level, Reports};
use arc_swap::ArcSwapOption;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// How many places are remembered, so that event types made up at run time can't fill the
/// memory. Beyond that, only the rate of warnings is limited.
const PLACES: usize = 4096;

/// The catalog of a log, and what it does about events that violate it.
#[derive(Debug)]
pub(crate) struct Checks {
    catalog: Arc<LiveCatalog>,
    /// The id of the current catalog.
    catalog_id: AtomicU32,
    /// The keys whose values are redacted.
    secrets: ArcSwapOption<SecretKeys>,
    /// The id of these keys; 0 if there are none.
    secrets_id: AtomicU32,
    /// Whether a violation is an error in the receipt.
    strict: AtomicBool,
    /// Whether all events must have an actor.
    requires_actor: AtomicBool,
    /// The kinds of violations that were warned of, by the place and the hash of the event type.
    warned: Mutex<HashMap<(Place, u64), u8>>,
}

impl Checks {
    pub(crate) fn new(catalog: Arc<CatalogIndex>, strict: bool, secrets: Option<SecretKeys>) -> Checks {
        Checks {
            secrets_id: AtomicU32::new(secrets.as_ref().map_or(0, SecretKeys::id)),
            secrets: ArcSwapOption::from(secrets.map(Arc::new)),
            catalog_id: AtomicU32::new(catalog.id()),
            catalog: Arc::new(LiveCatalog::new(catalog)),
            strict: AtomicBool::new(strict),
            requires_actor: AtomicBool::new(false),
            warned: Mutex::default(),
        }
    }

    /// Returns the current catalog.
    pub(crate) fn catalog(&self) -> Arc<CatalogIndex> {
        self.catalog.get()
    }

    /// Returns the place of the current catalog, for parts that look it up again later.
    pub(crate) fn live_catalog(&self) -> &Arc<LiveCatalog> {
        &self.catalog
    }

    /// Returns the current catalog to a caller that keeps the `last` one it got. While that is
    /// still current, the call only reads an atomic that does not change.
    #[inline]
    pub(crate) fn catalog_again(&self, last: Option<Arc<CatalogIndex>>) -> Arc<CatalogIndex> {
        match last {
            Some(last) if last.id() == self.catalog_id.load(Ordering::Relaxed) => last,
            _ => self.catalog(),
        }
    }

    pub(crate) fn set_catalog(&self, catalog: CatalogIndex) {
        let id = catalog.id();
        self.catalog.set(catalog);
        self.catalog_id.store(id, Ordering::Relaxed);
    }

    /// Returns the keys whose values are redacted, if there are any.
    pub(crate) fn secrets(&self) -> Option<Arc<SecretKeys>> {
        self.secrets.load_full()
    }

    /// Returns these keys to a caller that keeps the `last` ones it got. While they are still current, or
    /// there are none, the call only reads an atomic that does not change.
    #[inline]
    pub(crate) fn secrets_again(&self, last: Option<Arc<SecretKeys>>) -> Option<Arc<SecretKeys>> {
        match self.secrets_id.load(Ordering::Relaxed) {
            0 => None,
            id => last.filter(|last| last.id() == id).or_else(|| self.secrets()),
        }
    }

    /// Sets these keys. An event that is on its way may still be redacted by the ones before.
    pub(crate) fn set_secrets(&self, secrets: Option<SecretKeys>) {
        let id = secrets.as_ref().map_or(0, SecretKeys::id);
        self.secrets.store(secrets.map(Arc::new));
        self.secrets_id.store(id, Ordering::Relaxed);
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict.load(Ordering::Relaxed)
    }

    pub(crate) fn set_strict(&self, strict: bool) {
        self.strict.store(strict, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn requires_actor(&self) -> bool {
        self.requires_actor.load(Ordering::Relaxed)
    }

    pub(crate) fn set_requires_actor(&self, required: bool) {
        self.requires_actor.store(required, Ordering::Relaxed);
    }

    /// Returns the receipt of an event that was flagged. Warns in the runtime log, once for each
    /// place and kind of violation.
    #[cold]
    pub(super) fn flag(
        &self,
        receipt: Receipt,
        place: Place,
        event: &str,
        violations: &Violations,
        reports: &Reports,
    ) -> Receipt {
        // An event that was not recorded has been reported already.
        if receipt.seq().is_none() {
            return receipt;
        }
        let mut hasher = DefaultHasher::new();
        event.hash(&mut hasher);
        let key = (place, hasher.finish());
        let mut warned = lock(&self.warned);
        let before = warned.get(&key).copied().unwrap_or_default();
        let all = before | violations.kinds();
        if all != before {
            let shown = prefix(event, 128);
            let text = || format!("the audit event `{shown}`{place} was recorded, but: {violations}");
            // A warning that was held back is due again.
            if reports.post(Level::Warn, text) && (before != 0 || warned.len() < PLACES) {
                warned.insert(key, all);
            }
        }
        drop(warned);
        if self.is_strict() { receipt.with_violations(violations.texts().to_vec()) } else { receipt }
    }
}
