//! All mirrors that the settings ask for.

use super::wanted::Wanted;
use crate::config::settings::audit_config::AuditConfig;
use crate::record::catalog::LiveCatalog;
use crate::report::Reports;
use std::sync::Arc;

impl AuditConfig {
    /// Returns the crate's own mirrors that the settings ask for.
    pub(in crate::config) fn mirrors(
        &self,
        reports: &Arc<Reports>,
        catalog: &Arc<LiveCatalog>,
    ) -> Vec<Wanted> {
        self.otlp_mirror(reports).into_iter().chain(self.event_log_mirror(catalog)).collect()
    }
}
