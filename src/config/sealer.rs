//! What the sealer is started with.

use super::settings::audit_config::AuditConfig;
use crate::sealer::Settings;

impl AuditConfig {
    /// Returns the settings of the sealer of a journal; `None` if the log is not sealed.
    pub(super) fn sealer(&self, journal_id: &str) -> Option<Settings> {
        (cfg!(feature = "seal") && self.seal).then(|| Settings {
            // Resolved once: the process may change its directory.
            key: self
                .seal_key
                .as_ref()
                .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            origin: self.origin_of(journal_id),
            checkpoint_interval: self.checkpoint_interval,
            heartbeat_interval: self.heartbeat_interval,
            verify_interval: self.verify_interval,
            alarm_after: self.alarm_after,
            low_priority: self.low_priority_mirrors,
        })
    }
}
