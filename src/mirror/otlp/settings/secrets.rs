//! Keeping secrets out of messages.

/// Returns an endpoint without a user and password, which stand before an `@`, and without a query,
/// which may hold a token. The text may be anything: it need not be a URL.
pub(crate) fn without_secrets(endpoint: &str) -> &str {
    let shown = endpoint.split('?').next().unwrap_or_default();
    shown.rsplit('@').next().unwrap_or_default()
}
