//! The mirrors that the settings ask for.

use super::AuditConfig;
use crate::error::OpenError;
use crate::follow::MadeOf;
use crate::mirror::{Mirror, OnRejected};
use crate::record::catalog::LiveCatalog;
use crate::report::Reports;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Headers by name. `Debug` shows only their names, because their values are secrets.
///
/// # Examples
///
/// ```
/// use tracing_audit::Headers;
///
/// let headers = Headers::new().with("authorization", "Bearer x").with("x-scope-orgid", "audit");
/// let names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["authorization", "x-scope-orgid"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// Returns an empty collection.
    #[must_use]
    pub fn new() -> Headers {
        Headers::default()
    }

    /// Adds a header, or replaces the one of this name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Headers {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Returns an iterator over the names and values, in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the number of headers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no headers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Headers {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    /// Returns an iterator over the names and values, in the order of the names.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Headers {
        headers.into_iter().fold(Headers::new(), |headers, (name, value)| headers.with(name, value))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A mirror that the settings ask for.
pub(super) struct Wanted {
    pub(super) name: &'static str,
    pub(super) made_of: MadeOf,
    pub(super) mirror: Box<dyn Mirror>,
    /// The reason why it can't deliver at the moment. It retries, and the reason may be corrected.
    pub(super) problem: Option<Box<dyn Error + Send + Sync>>,
}

/// The names of the crate's own mirrors.
pub(super) const OTLP: &str = "otlp";
pub(super) const EVENT_LOG: &str = "event_log";
pub(super) const OWN: [&str; 2] = [OTLP, EVENT_LOG];

impl AuditConfig {
    /// Whether all that they ask for is compiled in.
    pub(super) fn check_mirrors(&self) -> Result<(), OpenError> {
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
        ];
        if let Some((setting, _)) = otlp.into_iter().find(|(_, is_set)| *is_set && !cfg!(feature = "otlp")) {
            return Err(OpenError::NotCompiledIn { setting, what: "the OTLP mirror (feature `otlp`)" });
        }
        Ok(())
    }

    /// What they ask for.
    pub(super) fn mirrors(&self, reports: &Arc<Reports>, catalog: &Arc<LiveCatalog>) -> Vec<Wanted> {
        self.otlp(reports).into_iter().chain(self.event_log(catalog)).collect()
    }

    #[cfg(not(feature = "otlp"))]
    fn otlp(&self, _: &Arc<Reports>) -> Option<Wanted> {
        None
    }

    /// Off Windows there is none, whatever is asked for.
    #[cfg(not(windows))]
    fn event_log(&self, _: &Arc<LiveCatalog>) -> Option<Wanted> {
        None
    }

    #[cfg(windows)]
    fn event_log(&self, catalog: &Arc<LiveCatalog>) -> Option<Wanted> {
        if !self.event_log_enabled {
            return None;
        }
        let source = self.event_log_source.clone().unwrap_or_else(|| {
            let program = std::env::current_exe().unwrap_or_default();
            program.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        });
        let made_of =
            MadeOf::from([("event_log_enabled", true.to_string()), ("event_log_source", source.clone())]);
        let mirror = crate::mirror::event_log::EventLogMirror::new(source, Arc::clone(catalog));
        let problem = mirror.check().err().map(Into::into);
        Some(Wanted { name: EVENT_LOG, made_of, mirror: Box::new(mirror), problem })
    }
}

#[cfg(feature = "otlp")]
mod otlp {
    use super::*;
    use crate::mirror::{Otlp, OtlpMirror, without_secrets};
    use std::hash::{BuildHasher as _, RandomState};
    use std::sync::LazyLock;

    /// What tells a secret from another one, in this process alone.
    fn mark(secret: &str) -> String {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        format!("#{:08x}", KEY.hash_one(secret) as u32)
    }

    impl AuditConfig {
        /// Sets what a mirror to OpenTelemetry collectors is to be.
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
        }

        pub(super) fn otlp(&self, reports: &Arc<Reports>) -> Option<Wanted> {
            if self.otlp_endpoint.is_none() && !self.otlp_from_env {
                return None;
            }
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
            let mut mirror = OtlpMirror::new(otlp, Arc::clone(reports));
            let problem = mirror.check().err().map(Into::into);
            Some(Wanted { name: OTLP, made_of: self.otlp_made_of(), mirror: Box::new(mirror), problem })
        }

        fn otlp_made_of(&self) -> MadeOf {
            let mut made_of = MadeOf::new();
            let mut note = |setting, value: Option<String>| {
                if let Some(value) = value {
                    made_of.insert(setting, value);
                }
            };
            let file =
                |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
            let endpoint = self.otlp_endpoint.as_deref().unwrap_or("the environment's");
            let shown = without_secrets(endpoint);
            let is_whole = shown.len() == endpoint.len();
            let secret = if is_whole { String::new() } else { mark(endpoint) };
            note("otlp_endpoint", Some(format!("{shown}{secret}")));
            note("otlp_cert_file", file(&self.otlp_cert_file));
            note("otlp_key_file", file(&self.otlp_key_file));
            note("otlp_ca_file", file(&self.otlp_ca_file));
            let headers = self.otlp_headers.iter().map(|(name, value)| format!("{name}: {}", mark(value)));
            note(
                "otlp_headers",
                Some(headers.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty()),
            );
            note(
                "otlp_timeout",
                self.otlp_timeout.map(|timeout| humantime::format_duration(timeout).to_string()),
            );
            note(
                "otlp_compression",
                self.otlp_compression.map(|compression| format!("{compression:?}").to_lowercase()),
            );
            let resource = self.otlp_resource.iter().map(|(key, value)| format!("{key}={value}"));
            note(
                "otlp_resource",
                Some(resource.collect::<Vec<_>>().join(",")).filter(|text| !text.is_empty()),
            );
            let puts_aside = self.otlp_on_rejected == OnRejected::DeadLetter;
            note("otlp_on_rejected", puts_aside.then(|| "dead_letter".to_owned()));
            note("otlp_any_content_type", self.otlp_any_content_type.then(|| "true".to_owned()));
            made_of
        }
    }
}
