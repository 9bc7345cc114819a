//! Keeping the secrets of an endpoint out of messages.

/// Returns an endpoint without a user and password, which stand before an `@`, and with an ellipsis
/// for all that is behind the host and port, unless it is the usual path: another path or a query may be
/// a token. The text may be anything: it need not be a URL.
pub(crate) fn without_secrets(endpoint: &str) -> String {
    let (scheme, rest) = match endpoint.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#', '@', '\\']) => {
            (format!("{scheme}://"), rest)
        }
        _ => (String::new(), endpoint),
    };
    let (authority, behind) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => host,
        // The `@` may end a password that contains a `/`, or be part of a path.
        None if behind.contains('@') => return format!("{scheme}…"),
        None => authority,
    };
    let ellipsis = match behind {
        "" | "/" | "/v1/logs" => behind,
        _ => "/…",
    };
    format!("{scheme}{host}{ellipsis}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_endpoint_only_scheme_host_and_port_are_shown() {
        for (endpoint, shown) in [
            ("loki.example:4318", "loki.example:4318"),
            ("[::1]:4318", "[::1]:4318"),
            ("me:secret@loki:4318", "loki:4318"),
            ("https://loki", "https://loki"),
            ("https://loki/", "https://loki/"),
            ("https://loki:4318/v1/logs", "https://loki:4318/v1/logs"),
            ("https://loki/v1/logs?secret", "https://loki/…"),
            ("https://loki/v1/logs/secret", "https://loki/…"),
            ("https://me:secret@loki/v1/logs", "https://loki/v1/logs"),
            ("https://loki:443/secret", "https://loki:443/…"),
            ("https://loki?secret", "https://loki/…"),
            ("https://loki#secret", "https://loki/…"),
            ("https://loki\\secret", "https://loki/…"),
            ("https://me:secret@loki/secret?secret=secret", "https://loki/…"),
            ("https://me:s@secret@loki/secret@", "https://loki/…"),
            ("https://me:se/secret@loki/x", "https://…"),
            ("https://loki/secret@secret", "https://…"),
            ("loki/secret", "loki/…"),
            ("secret@loki/x://secret", "loki/…"),
            ("//secret", "/…"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(endpoint), shown, "{endpoint}");
        }
    }
}
