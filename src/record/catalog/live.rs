//! A log's catalog, which can be replaced while the log is open.

use super::index::CatalogIndex;
use arc_swap::ArcSwap;
use std::sync::Arc;

/// The current catalog, shared by all parts that look event types up.
#[derive(Debug)]
pub(crate) struct LiveCatalog(ArcSwap<CatalogIndex>);

impl LiveCatalog {
    pub(crate) fn new(catalog: Arc<CatalogIndex>) -> LiveCatalog {
        LiveCatalog(ArcSwap::new(catalog))
    }

    pub(crate) fn get(&self) -> Arc<CatalogIndex> {
        self.0.load_full()
    }

    pub(crate) fn set(&self, catalog: CatalogIndex) {
        self.0.store(Arc::new(catalog));
    }
}
