//! What a log checks events against, and what it does about those that fail.

use super::Receipt;
use crate::lock::lock;
use crate::record::catalog::{CatalogIndex, LiveCatalog};
use crate::record::{Violations, prefix};
use crate::report::{Level, Reports};
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tracing_core::Metadata;

/// How many places are remembered, so that event types made up at run time can't
/// fill the memory. Beyond that, warnings are limited by their rate alone.
const PLACES: usize = 4096;

/// How a log checks events.
#[derive(Debug)]
pub(crate) struct Checks {
    catalog: Arc<LiveCatalog>,
    /// Its id.
    catalog_id: AtomicU32,
    /// Whether the caller gets to know, in the receipt.
    strict: AtomicBool,
    /// The kinds of violations that were warned of, by place and event type.
    warned: Mutex<HashMap<(usize, u64), u8>>,
}

/// Where in the application's code an event comes from.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Callsite(&'static Metadata<'static>),
    Caller(&'static Location<'static>),
}

impl Place {
    pub(crate) fn of(metadata: &'static Metadata<'static>) -> Place {
        Place::Callsite(metadata)
    }

    fn address(self) -> usize {
        match self {
            Place::Callsite(metadata) => std::ptr::from_ref(metadata).addr(),
            Place::Caller(location) => std::ptr::from_ref(location).addr(),
        }
    }
}

/// ` from FILE:LINE`, or nothing where that is not known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Callsite(metadata) => match (metadata.file(), metadata.line()) {
                (Some(file), Some(line)) => write!(f, " from {file}:{line}"),
                _ => Ok(()),
            },
            Place::Caller(location) => write!(f, " from {}:{}", location.file(), location.line()),
        }
    }
}

impl Checks {
    pub(crate) fn new(catalog: Arc<CatalogIndex>, strict: bool) -> Checks {
        Checks {
            catalog_id: AtomicU32::new(catalog.id()),
            catalog: Arc::new(LiveCatalog::new(catalog)),
            strict: AtomicBool::new(strict),
            warned: Mutex::default(),
        }
    }

    /// The event types that the log knows.
    pub(crate) fn catalog(&self) -> Arc<CatalogIndex> {
        self.catalog.get()
    }

    /// The same, for those who look them up on their own, whichever they are by then.
    pub(crate) fn live_catalog(&self) -> &Arc<LiveCatalog> {
        &self.catalog
    }

    /// The same, for those who ask again and again, and keep what they were given last:
    /// as long as that is the one, nothing is shared with other threads but a number that
    /// nobody writes.
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

    pub(crate) fn is_strict(&self) -> bool {
        self.strict.load(Ordering::Relaxed)
    }

    pub(crate) fn set_strict(&self, strict: bool) {
        self.strict.store(strict, Ordering::Relaxed);
    }

    /// What becomes of the receipt for an event that was flagged. The runtime log is
    /// warned, once for each place and kind of violation.
    #[cold]
    pub(super) fn flag(
        &self,
        receipt: Receipt,
        place: Place,
        event: &str,
        violations: &Violations,
        reports: &Reports,
    ) -> Receipt {
        // That it was not recorded has been told.
        if receipt.seq().is_none() {
            return receipt;
        }
        let mut hasher = DefaultHasher::new();
        event.hash(&mut hasher);
        let key = (place.address(), hasher.finish());
        let mut warned = lock(&self.warned);
        let before = warned.get(&key).copied().unwrap_or_default();
        let all = before | violations.kinds();
        if all != before {
            let shown = prefix(event, 128);
            let text = || format!("the audit event `{shown}`{place} was recorded, but: {violations}");
            // What was held back is still to be said.
            if reports.post(Level::Warn, text) && (before != 0 || warned.len() < PLACES) {
                warned.insert(key, all);
            }
        }
        drop(warned);
        if self.is_strict() { receipt.with_violations(violations.texts().to_vec()) } else { receipt }
    }
}
