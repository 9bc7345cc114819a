//! The URL to which records are sent.

use http::Uri;
use http::uri::Authority;
use std::fmt;
use std::net::Ipv6Addr;

/// The path that is appended to a `host:port`, and to the endpoint for all kinds of telemetry.
const PATH: &str = "/v1/logs";

/// The URL of a receiver. Shown without its path and query, which may be tokens.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    uri: Uri,
}

impl Endpoint {
    /// Parses an endpoint as an application sets it: `host:port`, or a URL. `with_tls` says whether
    /// `host:port` means HTTPS.
    pub(super) fn given(text: &str, with_tls: bool) -> Result<Endpoint, String> {
        if text.contains("://") {
            return Endpoint::url(text);
        }
        if text.contains(['/', '?', '#']) {
            return Err("it has a path, which is only allowed in a URL (`http://…`)".to_owned());
        }
        let scheme = if with_tls { "https" } else { "http" };
        let endpoint = Endpoint::url(&format!("{scheme}://{text}{PATH}"))?;
        match endpoint.uri.port() {
            Some(_) => Ok(endpoint),
            None => Err(format!("it has no port; use `{text}:4318`")),
        }
    }

    /// Parses a URL, which is used unchanged.
    pub(crate) fn url(text: &str) -> Result<Endpoint, String> {
        let uri = text.parse::<Uri>().map_err(|error| format!("it is not a URL: {error}"))?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            None | Some("") => return Err("it is not a URL: `http://` or `https://` is missing".to_owned()),
            Some(other) => return Err(format!("its scheme is `{other}`, not `http` or `https`")),
        }
        // `Uri` drops a fragment without an error.
        if text.contains('#') {
            return Err("it has a fragment (`#`)".to_owned());
        }
        uri.authority().map_or_else(|| Err("it has no host".to_owned()), check)?;
        Ok(Endpoint { uri })
    }

    /// Parses a URL for all kinds of telemetry, to which the path for logs is appended.
    pub(super) fn general_url(text: &str) -> Result<Endpoint, String> {
        let (before, query) = text.split_at(text.find('?').unwrap_or(text.len()));
        Endpoint::url(&format!("{}{PATH}{query}", before.strip_suffix('/').unwrap_or(before)))
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", Authority::as_str);
        let behind = if self.uri.path_and_query().is_none_or(|path| path == "/") { "/" } else { "/…" };
        write!(f, "{scheme}://{authority}{behind}")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Checks what [`Uri`] leaves open. No message repeats a user or a password.
fn check(authority: &Authority) -> Result<(), String> {
    if authority.as_str().contains('@') {
        return Err("it has a user (`@`); use a header instead".to_owned());
    }
    let host = authority.host();
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'))
        && address.parse::<Ipv6Addr>().is_err()
    {
        return Err(format!("`{host}` is not an IPv6 address"));
    }
    let port = &authority.as_str()[host.len()..];
    match authority.port_u16() {
        // `Uri` accepts a sign before the number.
        Some(1..) if !port.contains('+') => Ok(()),
        None if port.is_empty() => Ok(()),
        _ => Err(format!("`{port}` is not a port")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_with_a_port_or_a_url() {
        for (given, with_tls, url) in [
            ("loki.internal.example:4318", false, "http://loki.internal.example:4318/v1/logs"),
            ("loki.internal.example:4318", true, "https://loki.internal.example:4318/v1/logs"),
            ("127.0.0.1:4318", false, "http://127.0.0.1:4318/v1/logs"),
            ("[::1]:4318", false, "http://[::1]:4318/v1/logs"),
            ("[::1]:4318", true, "https://[::1]:4318/v1/logs"),
            ("http://collector:4318/v1/logs", true, "http://collector:4318/v1/logs"),
            ("https://collector/otlp/v1/logs", false, "https://collector/otlp/v1/logs"),
            ("https://collector", false, "https://collector/"),
            ("https://[2001:db8::1]/x", false, "https://[2001:db8::1]/x"),
            ("HTTPS://collector:443/x", false, "https://collector:443/x"),
            ("https://collector/x?key=a", false, "https://collector/x?key=a"),
        ] {
            let endpoint = Endpoint::given(given, with_tls).unwrap();
            assert_eq!(endpoint.uri().to_string(), url, "{given}");
            assert_eq!(endpoint.is_https(), url.starts_with("https"), "{given}");
        }
        for (url, shown) in [
            ("https://collector:4318/secret?key=secret", "https://collector:4318/…"),
            ("https://collector?secret", "https://collector/…"),
            ("https://collector", "https://collector/"),
        ] {
            let endpoint = Endpoint::url(url).unwrap();
            assert_eq!((endpoint.to_string(), format!("{endpoint:?}")), (shown.to_owned(), shown.to_owned()));
        }
    }

    #[test]
    fn anything_else_is_rejected_with_the_reason() {
        for (given, reason) in [
            ("", "it is not a URL"),
            ("loki:4318 ", "invalid uri character"),
            ("loki", "it has no port; use `loki:4318`"),
            ("[::1]", "it has no port; use `[::1]:4318`"),
            ("::1:4318", "invalid authority"),
            ("[loki]:4318", "`[loki]` is not an IPv6 address"),
            ("[::1]4318", "`4318` is not a port"),
            ("loki:", "`:` is not a port"),
            ("loki:0", "`:0` is not a port"),
            ("loki:+1", "`:+1` is not a port"),
            ("loki:65536", "`:65536` is not a port"),
            ("loki:otlp", "`:otlp` is not a port"),
            (":4318", "no host"),
            ("loki:4318/v1/logs", "a path, which is only allowed in a URL"),
            ("grpc://loki:4317", "its scheme is `grpc`"),
            ("://loki:4317", "it is not a URL"),
            ("http://", "it is not a URL"),
            ("http:///v1/logs", "it is not a URL"),
            ("http://loki:99999/v1/logs", "`:99999` is not a port"),
            ("https://loki/v1/logs#a", "fragment"),
            ("me:secret@loki:4318", "use a header"),
            ("https://me:secret@loki/v1/logs", "use a header"),
        ] {
            let error = Endpoint::given(given, false).unwrap_err();
            assert!(error.contains(reason), "{given}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_path_for_logs_is_appended_to_the_general_endpoint() {
        for (given, url) in [
            ("http://collector:4318", "http://collector:4318/v1/logs"),
            ("http://collector:4318/", "http://collector:4318/v1/logs"),
            ("https://collector/otlp/?a=b", "https://collector/otlp/v1/logs?a=b"),
        ] {
            assert_eq!(Endpoint::general_url(given).unwrap().uri().to_string(), url);
        }
        assert!(Endpoint::general_url("collector:4318").unwrap_err().contains("is not a URL"));
    }
}
