//! Off Windows there is no mirror to the Event Log, and its settings have no effect.

use super::wanted::Wanted;
use crate::config::settings::audit_config::AuditConfig;
use crate::record::catalog::LiveCatalog;
use std::sync::Arc;

impl AuditConfig {
    pub(super) fn event_log_mirror(&self, _: &Arc<LiveCatalog>) -> Option<Wanted> {
        None
    }
}
