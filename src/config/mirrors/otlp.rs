//! The mirror to an OpenTelemetry collector. Its twin without the feature `otlp` is `no_otlp.rs`.

use super::wanted::{OTLP, Wanted};
use crate::config::settings::audit_config::AuditConfig;
use crate::config::settings::headers::Headers;
use crate::follow::MadeOf;
use crate::mirror::otlp::OtlpMirror;
use crate::mirror::{OnRejected, Otlp, without_secrets};
use crate::report::Reports;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

/// Returns a mark that differs between secrets, and is valid in this process alone.
fn mark(secret: &str) -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    format!("#{:08x}", KEY.hash_one(secret) as u32)
}

impl AuditConfig {
    /// Sets the settings of the mirror to an OpenTelemetry collector.
    pub(in crate::config) fn set_otlp(&mut self, otlp: Otlp) {
        self.otlp_from_env = otlp.endpoint.is_none();
        self.otlp_endpoint = otlp.endpoint;
        self.otlp_cert_file = otlp.cert;
        self.otlp_key_file = otlp.key;
        self.otlp_ca_file = otlp.ca;
        self.otlp_headers = Headers(otlp.headers);
        self.otlp_timeout = otlp.timeout;
        self.otlp_compression = otlp.compression;
        self.otlp_resource = otlp.resource;
        self.otlp_on_rejected = otlp.on_rejected;
        self.otlp_any_content_type = otlp.any_content_type;
        self.otlp_proxy = otlp.proxy;
    }

    /// Returns the mirror to an OpenTelemetry collector, if the settings ask for it.
    pub(super) fn otlp_mirror(&self, reports: &Arc<Reports>) -> Option<Wanted> {
        if self.otlp_endpoint.is_none() && !self.otlp_from_env {
            return None;
        }
        let mut mirror = OtlpMirror::new(self.otlp(), Arc::clone(reports));
        let problem = mirror.check().err().map(Into::into);
        Some(Wanted { name: OTLP, made_of: self.otlp_made_of(), mirror: Box::new(mirror), problem })
    }

    /// Fills in what the environment and the defaults say of the collector, if there is one. Settings that
    /// can't be used stay as they are; the mirror reports what is wrong.
    pub(in crate::config) fn complete_otlp(&mut self) {
        if self.otlp_endpoint.is_none() && !self.otlp_from_env {
            return;
        }
        if let Some(complete) = self.otlp().complete() {
            let is_from_env = self.otlp_from_env;
            self.set_otlp(complete);
            self.otlp_from_env = is_from_env;
        }
    }

    fn otlp(&self) -> Otlp {
        let mut otlp = Otlp::from_env();
        otlp.endpoint.clone_from(&self.otlp_endpoint);
        otlp.cert.clone_from(&self.otlp_cert_file);
        otlp.key.clone_from(&self.otlp_key_file);
        otlp.ca.clone_from(&self.otlp_ca_file);
        for (name, value) in self.otlp_headers.iter() {
            otlp = otlp.header(name, value);
        }
        otlp.timeout = self.otlp_timeout;
        otlp.compression = self.otlp_compression;
        otlp.resource.clone_from(&self.otlp_resource);
        otlp.on_rejected = self.otlp_on_rejected;
        otlp.any_content_type = self.otlp_any_content_type;
        otlp.proxy.clone_from(&self.otlp_proxy);
        otlp
    }

    /// Returns the settings as texts, with marks in the place of secrets.
    fn otlp_made_of(&self) -> MadeOf {
        let mut made_of = MadeOf::new();
        let mut note = |setting, value: Option<String>| {
            if let Some(value) = value {
                made_of.insert(setting, value);
            }
        };
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let url = |url: &str| {
            let shown = without_secrets(url);
            let is_whole = shown == url;
            let secret = if is_whole { String::new() } else { mark(url) };
            format!("{shown}{secret}")
        };
        note("otlp_endpoint", Some(url(self.otlp_endpoint.as_deref().unwrap_or("the environment's"))));
        note("otlp_proxy", self.otlp_proxy.as_deref().map(url));
        note("otlp_cert_file", file(&self.otlp_cert_file));
        note("otlp_key_file", file(&self.otlp_key_file));
        note("otlp_ca_file", file(&self.otlp_ca_file));
        let headers = self.otlp_headers.iter().map(|(name, value)| format!("{name}: {}", mark(value)));
        note("otlp_headers", Some(headers.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty()));
        note(
            "otlp_timeout",
            self.otlp_timeout.map(|timeout| humantime::format_duration(timeout).to_string()),
        );
        note(
            "otlp_compression",
            self.otlp_compression.map(|compression| format!("{compression:?}").to_lowercase()),
        );
        let resource = self.otlp_resource.iter().map(|(key, value)| format!("{key}={value}"));
        note("otlp_resource", Some(resource.collect::<Vec<_>>().join(",")).filter(|text| !text.is_empty()));
        let is_dead_letter = self.otlp_on_rejected == OnRejected::DeadLetter;
        note("otlp_on_rejected", is_dead_letter.then(|| "dead_letter".to_owned()));
        note("otlp_any_content_type", self.otlp_any_content_type.then(|| "true".to_owned()));
        made_of
    }
}
