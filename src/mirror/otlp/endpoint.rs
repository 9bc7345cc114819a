//! Where the records go.

use std::fmt;
use ureq::http::Uri;

/// What is appended to a `host:port`, and to the general endpoint of the environment.
const PATH: &str = "/v1/logs";

/// A URL, and how it is called in texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    uri: Uri,
}

impl Endpoint {
    /// As it is set: `host:port`, or a URL. `with_tls` says whether a `host:port` means HTTPS.
    pub(super) fn given(text: &str, with_tls: bool) -> Result<Endpoint, String> {
        check_characters(text)?;
        if text.contains("://") {
            return Endpoint::url(text);
        }
        if let Some(at) = text.find(['/', '?', '#']) {
            return Err(format!("`{}` begins a path, which needs a whole URL", &text[at..]));
        }
        check_authority(text, true)?;
        let scheme = if with_tls { "https" } else { "http" };
        Endpoint::parsed(&format!("{scheme}://{text}{PATH}"))
    }

    /// A whole URL, used as it stands.
    pub(super) fn url(text: &str) -> Result<Endpoint, String> {
        check_characters(text)?;
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("it is no URL: `http://` or `https://` is missing".to_owned());
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(format!("its scheme is `{scheme}`, not `http` or `https`"));
        }
        if rest.contains('#') {
            return Err("it has a fragment (`#`)".to_owned());
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        check_authority(&rest[..end], false)?;
        Endpoint::parsed(text)
    }

    /// A URL of the environment that is for all kinds of telemetry: the path of the logs is
    /// appended.
    pub(super) fn general_url(text: &str) -> Result<Endpoint, String> {
        let (before, query) = text.split_at(text.find('?').unwrap_or(text.len()));
        Endpoint::url(&format!("{}{PATH}{query}", before.strip_suffix('/').unwrap_or(before)))
    }

    fn parsed(url: &str) -> Result<Endpoint, String> {
        let uri = url.parse::<Uri>().map_err(|error| format!("it is no URL: {error}"))?;
        Ok(Endpoint { uri })
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

/// Without its query, which may hold a token.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}{}", self.uri.path())
    }
}

fn check_characters(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("it has a blank in it".to_owned());
    }
    Ok(())
}

/// `host` or `host:port`. The text is not repeated in errors where it may hold a password.
fn check_authority(text: &str, needs_port: bool) -> Result<(), String> {
    if text.contains('@') {
        return Err("it has a user in it (`@`): use a header".to_owned());
    }
    let (host, port) = match text.rfind(']') {
        Some(end) => {
            let (host, rest) = text.split_at(end + 1);
            let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            if address.is_none_or(|address| address.parse::<std::net::Ipv6Addr>().is_err()) {
                return Err(format!("`{host}` is no IPv6 address"));
            }
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(format!("`{rest}` stands where the port should be")),
            }
        }
        None => match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(format!("`{text}` has more than one colon: an IPv6 address needs brackets"));
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    match port {
        None if needs_port => Err(format!("`{text}` has no port: `{text}:4318`?")),
        None => Ok(()),
        Some(port) => match port.parse::<u16>() {
            Ok(1..) if !port.starts_with('+') => Ok(()),
            _ => Err(format!("`{port}` is no port")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_with_a_port_or_a_whole_url() {
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
            ("https://collector/x?key=secret", false, "https://collector/x"),
        ] {
            let endpoint = Endpoint::given(given, with_tls).unwrap();
            assert_eq!(endpoint.to_string(), url, "{given}");
            assert_eq!(endpoint.is_https(), url.starts_with("https"), "{given}");
        }
        let with_query = Endpoint::given("https://collector/x?key=secret", false).unwrap();
        assert_eq!(with_query.uri().to_string(), "https://collector/x?key=secret");
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (given, reason) in [
            ("", "it is empty"),
            ("loki:4318 ", "a blank"),
            ("loki", "`loki` has no port: `loki:4318`?"),
            ("[::1]", "has no port"),
            ("::1:4318", "needs brackets"),
            ("[loki]:4318", "no IPv6 address"),
            ("[::1]4318", "where the port should be"),
            ("loki:", "`` is no port"),
            ("loki:0", "`0` is no port"),
            ("loki:65536", "`65536` is no port"),
            ("loki:otlp", "`otlp` is no port"),
            (":4318", "no host"),
            ("loki:4318/v1/logs", "`/v1/logs` begins a path, which needs a whole URL"),
            ("grpc://loki:4317", "its scheme is `grpc`"),
            ("://loki:4317", "its scheme is ``"),
            ("http://", "no host"),
            ("http:///v1/logs", "no host"),
            ("http://loki:99999/v1/logs", "is no port"),
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
    fn the_general_endpoint_gets_the_path_of_logs_appended() {
        for (given, url) in [
            ("http://collector:4318", "http://collector:4318/v1/logs"),
            ("http://collector:4318/", "http://collector:4318/v1/logs"),
            ("https://collector/otlp/?a=b", "https://collector/otlp/v1/logs?a=b"),
        ] {
            assert_eq!(Endpoint::general_url(given).unwrap().uri().to_string(), url);
        }
        assert!(Endpoint::general_url("collector:4318").unwrap_err().contains("no URL"));
    }
}
