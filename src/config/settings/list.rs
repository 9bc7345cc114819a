//! The list of all settings: how each is shown in `log.opened`, in `log.config_changed` and by `Debug`.
//!
//! A setting that is a secret, or has one in it, is marked here: `url` and `names` leave the secret out.
//! The code does not compile while a field of [`AuditConfig`] is missing in the list.

use super::audit_config::AuditConfig;
use super::headers::Headers;
use crate::mirror::without_secrets;
use crate::record::{Value, to_value};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

macro_rules! settings {
    ($($name:ident: $shown:ident,)*) => {
        impl AuditConfig {
            /// Returns each setting by its name, as it is shown: no value has a secret in it.
            pub(in crate::config) fn shown(&self) -> Vec<(&'static str, Value)> {
                let AuditConfig { $($name,)* } = self;
                vec![$((stringify!($name), $shown($name)),)*]
            }
        }
    };
}

settings! {
    enabled: plain,
    dir: path,
    application: plain,
    application_version: plain,
    retention_days: plain,
    undelivered_days: plain,
    alarm_after: duration,
    low_priority_mirrors: plain,
    group: plain,
    allow_group_writable: plain,
    disk_low_bytes: plain,
    disk_critical_bytes: plain,
    durability: plain,
    sync_interval: duration,
    sync_deadline: duration,
    append_deadline: duration,
    intake_bytes: plain,
    lock_wait: duration,
    max_record_bytes: plain,
    strict: plain,
    require_actor: plain,
    redact: plain,
    seal: plain,
    seal_key: path,
    origin: plain,
    heartbeat_interval: duration,
    checkpoint_interval: duration,
    verify_interval: duration,
    event_log_enabled: plain,
    event_log_source: plain,
    otlp_endpoint: url,
    otlp_from_env: plain,
    otlp_cert_file: path,
    otlp_key_file: path,
    otlp_ca_file: path,
    otlp_headers: names,
    otlp_timeout: duration,
    otlp_compression: plain,
    otlp_resource: plain,
    otlp_on_rejected: plain,
    otlp_any_content_type: plain,
    otlp_proxy: url,
}

/// No secret: as it stands in a configuration.
fn plain(value: &impl Serialize) -> Value {
    // Numbers, booleans, texts and maps of texts can be serialized.
    to_value(value).map_or(Value::Null, |(value, _)| value)
}

/// No secret: the path of a file, never what is in the file.
fn path<'a>(path: impl Into<Option<&'a PathBuf>>) -> Value {
    path.into().map(|path| path.display().to_string()).into()
}

/// No secret: a duration such as `5s`.
fn duration<'a>(duration: impl Into<Option<&'a Duration>>) -> Value {
    duration.into().map(|duration| humantime::format_duration(*duration).to_string()).into()
}

/// A secret: of a URL the scheme, the host, the port, and the path if that is `/v1/logs`; `/…` for any
/// other path or query.
fn url(url: &Option<String>) -> Value {
    url.as_deref().map(without_secrets).into()
}

/// A secret: of headers only the names.
fn names(headers: &Headers) -> Value {
    Value::Array(headers.iter().map(|(name, _)| Value::from(name)).collect())
}

/// Shows no secret, so that an application can log its settings.
impl fmt::Debug for AuditConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("AuditConfig");
        for (name, value) in self.shown() {
            fields.field(name, &format_args!("{value}"));
        }
        fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Returns settings of which none is left out when they are serialized.
    fn full() -> AuditConfig {
        AuditConfig {
            application: Some("myapp".to_owned()),
            application_version: Some("1.2.3".to_owned()),
            low_priority_mirrors: Some(true),
            group: Some("adm".into()),
            disk_critical_bytes: Some(1),
            redact: vec!["password".to_owned()],
            seal_key: Some("seal.key".into()),
            origin: Some("example.com/app".to_owned()),
            event_log_source: Some("My App".to_owned()),
            otlp_endpoint: Some("https://me:s3cret@collector:4318/s3cret?key=s3cret".to_owned()),
            otlp_cert_file: Some("cert.pem".into()),
            otlp_key_file: Some("key.pem".into()),
            otlp_ca_file: Some("ca.pem".into()),
            otlp_headers: Headers::new().with("authorization", "Bearer s3cret"),
            otlp_timeout: Some(Duration::from_secs(7)),
            otlp_compression: Some(crate::mirror::Compression::Gzip),
            otlp_resource: BTreeMap::from([("service.name".to_owned(), "myapp".to_owned())]),
            otlp_proxy: Some("http://me:s3cret@proxy:3128".to_owned()),
            ..AuditConfig::new("/var/log/myapp/audit")
        }
    }

    #[test]
    fn each_setting_of_a_configuration_is_in_the_list_as_it_stands_there_unless_it_is_a_secret() {
        let config = full();
        let (Value::Object(as_it_stands), _) = to_value(&config).unwrap() else {
            panic!("settings are an object");
        };
        let shown = config.shown();
        let (names, listed) = (
            as_it_stands.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            shown.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        );
        assert_eq!(listed, names);
        let differ = shown.iter().filter(|(name, value)| as_it_stands[*name] != *value);
        assert_eq!(
            differ.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
            [
                "otlp_endpoint=\"https://collector:4318/…\"",
                "otlp_headers=[\"authorization\"]",
                "otlp_proxy=\"http://proxy:3128\"",
            ]
        );
    }

    #[test]
    fn no_secret_is_shown() {
        let config = full();
        let shown = format!("{config:?} {config:#?} {:?}", config.shown());
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("authorization") && shown.contains("myapp"), "{shown}");
    }
}
