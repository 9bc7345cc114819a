//! Redaction: values that are kept out of the log, by their keys.
//!
//! The setting `redact` ([`AuditLayerBuilder::redact`](crate::AuditLayerBuilder::redact)) lists keys whose
//! values are secrets. In an event, the value of such a key becomes the string `[redacted]`, and the key is
//! flagged in `resource._redacted`, an array. It is off by default, since a key that is listed by mistake is evidence lost.
//!
//! - Keys are compared as a whole, ASCII case aside: `password` stands for `Password`, but neither for
//!   `password_hash` nor for the key of `resource.user.password`, which is `user.password`.
//! - It looks at the keys of `resource` and at those of objects in values that are
//!   [`Serialize`](serde::Serialize), at any depth, whichever way the event came:
//!   [`audit!`](crate::audit), free form or typed, a plain `tracing` event, or
//!   [`AuditHandle::append`](crate::AuditHandle::append).
//! - It does not look into text: not into strings, not into what `Debug` and `Display` make of a value (`?value`,
//!   `%value`), not into JSON that is held in a string, and not into messages of errors.
//! - A `null` is no value, and stays `null` (or is left out, as a key of `resource` is).
//! - The actor, the trace, keys that begin with `_` and the log's own `log.*` records are never redacted.
//! - For the catalog, a redacted value is valid as any kind.
//!
//! ```
//! use tracing_audit::{AuditLayer, redact};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("audit");
//! let (layer, guard) = AuditLayer::builder(dir).redact(redact::COMMON).redact(["iban"]).open()?;
//!
//! let record = tracing_audit::Record::new("settings.changed")
//!     .resource("account", serde_json::json!({ "IBAN": "DE02120300000000202051", "currency": "EUR" }));
//! guard.handle().append(record);
//! # guard.handle().flush(std::time::Duration::from_secs(60))?;
//! # let records = tracing_audit::read::Reader::open(guard.handle().directory().unwrap())?;
//! # let records = records.records().collect::<Result<Vec<_>, _>>()?;
//! # let line = records.last().unwrap().to_string();
//! # let wanted = r#"
//! // "resource":{"account":{"IBAN":"[redacted]","currency":"EUR"},"_redacted":["IBAN"]}
//! # "#;
//! # let wanted = wanted.trim().strip_prefix("// ").unwrap();
//! # assert!(line.contains(wanted), "{line}");
//! # drop(layer);
//! # Ok(())
//! # }
//! ```

mod flag;
mod keys;
mod values;

pub(crate) use flag::RedactedKeys;
pub(crate) use keys::SecretKeys;
pub(crate) use values::{AFTER, BEFORE, REDACTED_VALUE, redact_members, redact_value};

/// Keys whose values are secrets by their common meaning: passwords, tokens, cookies, keys.
///
/// For [`AuditLayerBuilder::redact`](crate::AuditLayerBuilder::redact). A later version may add keys.
pub const COMMON: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "old_password",
    "oldpassword",
    "new_password",
    "newpassword",
    "current_password",
    "currentpassword",
    "secret",
    "client_secret",
    "clientsecret",
    "shared_secret",
    "secret_key",
    "secretkey",
    "secret_access_key",
    "secretaccesskey",
    "token",
    "access_token",
    "accesstoken",
    "refresh_token",
    "refreshtoken",
    "id_token",
    "idtoken",
    "auth_token",
    "authtoken",
    "bearer_token",
    "session_token",
    "sessiontoken",
    "security_token",
    "api_key",
    "apikey",
    "api-key",
    "x-api-key",
    "api_token",
    "apitoken",
    "authorization",
    "proxy-authorization",
    "proxy_authorization",
    "cookie",
    "cookies",
    "set-cookie",
    "set_cookie",
    "private_key",
    "privatekey",
    "signing_key",
    "encryption_key",
    "connection_string",
    "connectionstring",
    "otp",
    "totp",
    "mfa_code",
    "recovery_code",
    "recovery_codes",
    "cvv",
    "cvc",
    "card_number",
    "cardnumber",
];
