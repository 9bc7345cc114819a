//! Without the feature `otlp` there is no mirror to OpenTelemetry collectors.

use super::wanted::Wanted;
use crate::config::settings::audit_config::AuditConfig;
use crate::report::Reports;
use std::sync::Arc;

impl AuditConfig {
    pub(super) fn otlp_mirror(&self, _: &Arc<Reports>) -> Option<Wanted> {
        None
    }

    pub(in crate::config) fn complete_otlp(&mut self) {}
}
