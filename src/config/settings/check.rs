//! Checking settings, and the part of them that is the journal's.

use super::audit_config::AuditConfig;
use super::defaults::{self, CRITICAL_PART};
use super::durability::Durability;
use super::group::{Group, NO_GROUP};
use super::origin::is_valid;
use crate::error::OpenError;
use crate::journal::Settings;
use crate::mirror::OnRejected;
use crate::record::redact::SecretKeys;
use std::path::PathBuf;

/// The length of the longest name of an application, and of its version, in bytes.
const LONGEST_NAME: usize = 256;

impl AuditConfig {
    /// Checks what can be checked without opening anything.
    pub(in crate::config) fn check(&self) -> Result<(), OpenError> {
        if !(16 * 1024..=4 * 1024 * 1024).contains(&self.max_record_bytes) {
            return Err(OpenError::Setting {
                setting: "max_record_bytes",
                value: self.max_record_bytes.to_string(),
                reason: "it must be from 16384 to 4194304",
            });
        }
        let intake = |reason| OpenError::Setting {
            setting: "intake_bytes",
            value: self.intake_bytes.to_string(),
            reason,
        };
        if self.intake_bytes != 0 {
            if !(64 * 1024..=1 << 30).contains(&self.intake_bytes) {
                return Err(intake("it must be 0, or from 65536 to 1073741824"));
            }
            if self.intake_bytes / 2 < self.max_record_bytes {
                return Err(intake("it must hold two records of `max_record_bytes`"));
            }
        }
        for (setting, name) in
            [("application", &self.application), ("application_version", &self.application_version)]
        {
            if let Some(name) = name.as_ref().filter(|name| !(1..=LONGEST_NAME).contains(&name.len())) {
                return Err(OpenError::Setting {
                    setting,
                    value: format!("a text of {} bytes", name.len()),
                    reason: "it must have from 1 to 256 bytes",
                });
            }
        }
        if self.dir.as_os_str().is_empty() {
            return Err(OpenError::Setting {
                setting: "dir",
                value: "empty".to_owned(),
                reason: "it must name a directory",
            });
        }
        // A shell expands it, not this process: the log would land in a folder called `~`.
        if self.dir.to_string_lossy().starts_with('~') {
            return Err(OpenError::Setting {
                setting: "dir",
                value: self.dir.display().to_string(),
                reason: "a leading `~` is not expanded; write the whole path, or `./~` for that name",
            });
        }
        if self.group == Some(Group::Id(NO_GROUP)) {
            return Err(OpenError::Setting {
                setting: "group",
                value: NO_GROUP.to_string(),
                reason: "to the system, this id means that a file keeps its group",
            });
        }
        if let Some((value, reason)) = SecretKeys::unusable(&self.redact) {
            return Err(OpenError::Setting { setting: "redact", value, reason });
        }
        self.check_seal()?;
        self.check_otlp()
    }

    /// Checks the settings of seals, and that they are compiled in.
    fn check_seal(&self) -> Result<(), OpenError> {
        let set = [("seal_key", self.seal_key.is_some()), ("origin", self.origin.is_some())];
        if let Some((setting, _)) = set.into_iter().find(|(_, is_set)| *is_set && !cfg!(feature = "seal")) {
            return Err(OpenError::NotCompiledIn { setting, what: "seals (feature `seal`)" });
        }
        if let Some(origin) = self.origin.as_ref().filter(|origin| !is_valid(origin)) {
            let value = match origin.len() {
                0 => "empty".to_owned(),
                1..=200 => format!("{origin:?}"),
                bytes => format!("a text of {bytes} bytes"),
            };
            let reason = "it must have from 1 to 200 letters, digits, `.`, `_`, `/` and `-`";
            return Err(OpenError::Setting { setting: "origin", value, reason });
        }
        let key = |path: &PathBuf, reason| OpenError::Setting {
            setting: "seal_key",
            value: if path.as_os_str().is_empty() { "empty".to_owned() } else { path.display().to_string() },
            reason,
        };
        match &self.seal_key {
            Some(path) if path.file_name().is_none() => Err(key(path, "it must name a file")),
            Some(path) if path.to_string_lossy().starts_with('~') => {
                Err(key(path, "a leading `~` is not expanded; write the whole path, or `./~` for that name"))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the settings of mirrors are compiled in.
    fn check_otlp(&self) -> Result<(), OpenError> {
        let otlp = [
            ("otlp_endpoint", self.otlp_endpoint.is_some()),
            ("otlp_from_env", self.otlp_from_env),
            ("otlp_cert_file", self.otlp_cert_file.is_some()),
            ("otlp_key_file", self.otlp_key_file.is_some()),
            ("otlp_ca_file", self.otlp_ca_file.is_some()),
            ("otlp_headers", !self.otlp_headers.is_empty()),
            ("otlp_timeout", self.otlp_timeout.is_some()),
            ("otlp_compression", self.otlp_compression.is_some()),
            ("otlp_resource", !self.otlp_resource.is_empty()),
            ("otlp_on_rejected", self.otlp_on_rejected != OnRejected::Keep),
            ("otlp_any_content_type", self.otlp_any_content_type),
            ("otlp_proxy", self.otlp_proxy.is_some()),
        ];
        if let Some((setting, _)) = otlp.into_iter().find(|(_, is_set)| *is_set && !cfg!(feature = "otlp")) {
            return Err(OpenError::NotCompiledIn { setting, what: "the OTLP mirror (feature `otlp`)" });
        }
        Ok(())
    }

    /// Returns the keys whose values are secret, if there are any.
    pub(in crate::config) fn secret_keys(&self) -> Option<SecretKeys> {
        SecretKeys::of(&self.redact)
    }

    /// Returns the journal's part of the settings.
    pub(in crate::config) fn journal(&self) -> Settings {
        let days = if self.retention_days == 0 { defaults::retention_days() } else { self.retention_days };
        Settings {
            retention_days: days,
            undelivered_days: self.undelivered_days,
            disk_low_bytes: self.disk_low_bytes,
            disk_critical_bytes: self.disk_critical_bytes.unwrap_or(self.disk_low_bytes / CRITICAL_PART),
            append_deadline: self.append_deadline,
            sync_interval: self.sync_interval,
            waits_for_disk: match self.durability {
                Durability::Process => None,
                Durability::PowerLoss => Some(self.sync_deadline),
            },
        }
    }
}
