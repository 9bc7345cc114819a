//! The settings with what the environment and the defaults fill in, for `log.opened`.

use super::environment::Environment;
use super::otlp::Otlp;
use super::resolved::Resolved;

impl Otlp {
    /// Returns the settings that a mirror with these would have now: the headers of the environment by
    /// their names alone, with empty values. `None` if the settings can't be used.
    pub(crate) fn complete(&self) -> Option<Otlp> {
        let resolved = Resolved::resolve(self, &Environment::of_the_process()).ok()?;
        let files = resolved.files.unwrap_or_default();
        let (cert, key) = files.client.map(|client| (client.cert, client.key)).unzip();
        let names = resolved.headers.iter().map(|(name, _)| (name.as_str().to_owned(), String::new()));
        Some(Otlp {
            endpoint: Some(resolved.endpoint.uri().to_string()),
            cert,
            key,
            ca: files.ca,
            headers: names.collect(),
            timeout: Some(resolved.timeout),
            compression: Some(resolved.compression),
            resource: resolved.resource,
            on_rejected: self.on_rejected,
            any_content_type: resolved.any_content_type,
            proxy: self.proxy.clone(),
        })
    }
}
