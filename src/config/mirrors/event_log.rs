//! The mirror to the Windows Event Log. Its twin off Windows is `no_event_log.rs`.

use super::wanted::{EVENT_LOG, Wanted};
use crate::config::settings::audit_config::AuditConfig;
use crate::config::settings::defaults::executable_name;
use crate::follow::MadeOf;
use crate::mirror::event_log::mirror::EventLogMirror;
use crate::record::catalog::LiveCatalog;
use std::sync::Arc;

impl AuditConfig {
    /// Returns the mirror to the Windows Event Log, if the settings ask for it.
    pub(super) fn event_log_mirror(&self, catalog: &Arc<LiveCatalog>) -> Option<Wanted> {
        if !self.event_log_enabled {
            return None;
        }
        let source = self.event_log_source.clone().unwrap_or_else(executable_name);
        let made_of =
            MadeOf::from([("event_log_enabled", true.to_string()), ("event_log_source", source.clone())]);
        let mirror = EventLogMirror::new(source, Arc::clone(catalog));
        let problem = mirror.check().err().map(Into::into);
        Some(Wanted { name: EVENT_LOG, made_of, mirror: Box::new(mirror), problem })
    }
}
