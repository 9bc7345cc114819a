//! The headers of each request, besides the mirror's own. Their values are secrets.

use super::environment::Environment;
use crate::mirror::otlp::error::OtlpError;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;

/// The headers that only the mirror itself sets.
const OURS: [&str; 5] = ["content-type", "content-encoding", "content-length", "transfer-encoding", "expect"];

/// Returns the headers in the order of their names: those that are set, and those of the environment
/// that have other names.
///
/// Those of the environment hold the secrets of the environment's endpoint, and no other one gets them:
/// `environment` is `None` for it.
pub(super) fn resolve(
    set: &BTreeMap<String, String>,
    environment: Option<&Environment>,
    warnings: &mut Vec<String>,
) -> Result<Vec<(HeaderName, HeaderValue)>, OtlpError> {
    let of_environment = environment.and_then(|environment| {
        environment.parsed("HEADERS", warnings, |variable| {
            variable.list()?.iter().map(|(name, value)| header(name, value)).collect::<Result<Vec<_>, _>>()
        })
    });
    let mut headers = BTreeMap::new();
    for header in of_environment.into_iter().flatten() {
        headers.insert(header.0.as_str().to_owned(), header);
    }
    for (name, value) in set {
        let header = header(name, value)
            .map_err(|reason| OtlpError::setting(format!("the OTLP header `{name}`"), reason))?;
        headers.insert(header.0.as_str().to_owned(), header);
    }
    Ok(headers.into_values().collect())
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("`{}` is not a header name", name.escape_debug()))?;
    if OURS.contains(&parsed.as_str()) {
        return Err(format!("the mirror sets the header `{parsed}` itself"));
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        format!("the value of the header `{parsed}` contains characters that no header can have")
    })?;
    value.set_sensitive(true);
    Ok((parsed, value))
}
