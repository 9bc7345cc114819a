//! The settings as `Debug` shows them: without secrets, so that an application can log them.

use super::audit_config::AuditConfig;
use crate::mirror::without_secrets;
use std::fmt;

impl fmt::Debug for AuditConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A new setting has to be decided on here: is it a secret?
        let AuditConfig {
            enabled,
            dir,
            retention_days,
            undelivered_days,
            alarm_after,
            low_priority_mirrors,
            group,
            allow_group_writable,
            disk_low_bytes,
            disk_critical_bytes,
            durability,
            sync_interval,
            sync_deadline,
            append_deadline,
            intake_bytes,
            lock_wait,
            max_record_bytes,
            strict,
            redact,
            event_log_enabled,
            event_log_source,
            otlp_endpoint,
            otlp_from_env,
            otlp_cert_file,
            otlp_key_file,
            otlp_ca_file,
            otlp_headers,
            otlp_timeout,
            otlp_compression,
            otlp_resource,
            otlp_on_rejected,
            otlp_any_content_type,
            otlp_proxy,
        } = self;
        f.debug_struct("AuditConfig")
            .field("enabled", enabled)
            .field("dir", dir)
            .field("retention_days", retention_days)
            .field("undelivered_days", undelivered_days)
            .field("alarm_after", alarm_after)
            .field("low_priority_mirrors", low_priority_mirrors)
            .field("group", group)
            .field("allow_group_writable", allow_group_writable)
            .field("disk_low_bytes", disk_low_bytes)
            .field("disk_critical_bytes", disk_critical_bytes)
            .field("durability", durability)
            .field("sync_interval", sync_interval)
            .field("sync_deadline", sync_deadline)
            .field("append_deadline", append_deadline)
            .field("intake_bytes", intake_bytes)
            .field("lock_wait", lock_wait)
            .field("max_record_bytes", max_record_bytes)
            .field("strict", strict)
            .field("redact", redact)
            .field("event_log_enabled", event_log_enabled)
            .field("event_log_source", event_log_source)
            .field("otlp_endpoint", &otlp_endpoint.as_deref().map(without_secrets))
            .field("otlp_from_env", otlp_from_env)
            .field("otlp_cert_file", otlp_cert_file)
            .field("otlp_key_file", otlp_key_file)
            .field("otlp_ca_file", otlp_ca_file)
            .field("otlp_headers", otlp_headers)
            .field("otlp_timeout", otlp_timeout)
            .field("otlp_compression", otlp_compression)
            .field("otlp_resource", otlp_resource)
            .field("otlp_on_rejected", otlp_on_rejected)
            .field("otlp_any_content_type", otlp_any_content_type)
            .field("otlp_proxy", &otlp_proxy.as_deref().map(without_secrets))
            .finish()
    }
}
