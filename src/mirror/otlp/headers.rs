//! The headers that go with each request besides the crate's own. Their values are secrets.

use super::environment::Environment;
use super::error::OtlpError;
use std::collections::BTreeMap;
use ureq::http::{HeaderName, HeaderValue};

/// What this crate says of its requests.
const OURS: [&str; 5] = ["content-type", "content-encoding", "content-length", "transfer-encoding", "expect"];

/// Those that are set, and those of the environment that have another name; by their names.
pub(super) fn resolve(
    set: &BTreeMap<String, String>,
    environment: &Environment,
) -> Result<Vec<(HeaderName, HeaderValue)>, OtlpError> {
    let mut headers = BTreeMap::new();
    let variable = environment.exporter("HEADERS");
    if let Some(variable) = &variable {
        for (name, value) in variable.list()? {
            let header = header(&name, &value).map_err(|reason| variable.unusable(reason))?;
            headers.insert(header.0.as_str().to_owned(), header);
        }
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
        .map_err(|_| format!("`{}` is no name of a header", name.escape_debug()))?;
    if OURS.contains(&parsed.as_str()) {
        return Err(format!("the header `{parsed}` is set by the mirror itself"));
    }
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value of the header `{parsed}` has characters that no header can have"))?;
    value.set_sensitive(true);
    Ok((parsed, value))
}
