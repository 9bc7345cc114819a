//! The built-in event types, passed to [`audit!`](crate::audit) as struct literals.
//!
//! Every log's catalog contains them. [`common`] has the events that nearly every application has, such
//! as sign-ins; [`audit_events!`](crate::audit_events) defines an application's own. The [event catalog](crate::guide::event_catalog) lists all of them
//! and the log's own records, for auditors.
//!
//! A missing, unknown or mistyped field does not compile. A field that is an
//! `Option` is left out of the record when it is `None`.
//!
//! ```
//! # let records = tracing_audit::testing::capture(|| {
//! use tracing_audit::{audit, events::ProviderSelected};
//!
//! audit!(
//!     ProviderSelected {
//!         provider_name: "whisper-cpp",
//!         provider_kind: "stt",
//!         endpoint_host: "127.0.0.1:8123",
//!         strategy: "local-only",
//!         attempt: Some(3),
//!     },
//!     actor.user_sid = "S-1-5-21-1",
//! );
//! # });
//! # assert_eq!(records[0].resource["attempt"], 3);
//! ```
//!
//! The resource of some types is free. They have one field `resource`, which accepts
//! any value that serializes to an object, and `()` for an empty resource.
//!
//! ```
//! # let records = tracing_audit::testing::capture(|| {
//! use tracing_audit::{audit, events::SettingsChanged};
//!
//! audit!(SettingsChanged { resource: serde_json::json!({ "key": "retention_days", "value": 90 }) });
//! # });
//! # assert_eq!(records[0].resource["value"], 90);
//! ```

pub mod common;

use crate::record::hex;
use sha2::{Digest as _, Sha256};

crate::__audit_events! {
    [100, 199]

    /// The built-in event types. Every log's catalog contains them.
    pub catalog CATALOG;

    /// A provider was chosen to serve a request.
    #[derive(Clone, Copy, Debug)]
    pub event ProviderSelected<'a> = "provider.selected", id 100, ocsf 6003/99 {
        /// The provider's name.
        provider_name: &'a str,
        /// The kind of provider, such as `stt`.
        provider_kind: &'a str,
        /// The provider's host and port.
        endpoint_host: &'a str,
        /// The strategy by which it was chosen.
        strategy: &'a str,
        /// The number of the attempt, if there was one before.
        attempt: Option<i64>,
    }

    /// A voice agent's session began.
    #[derive(Clone, Copy, Debug)]
    pub event VoiceAgentSessionStart = "voiceagent.session.start", id 101, ocsf 6002/3 { .. }

    /// A voice agent's session ended.
    #[derive(Clone, Copy, Debug)]
    pub event VoiceAgentSessionEnd = "voiceagent.session.end", id 102, ocsf 6002/4 { .. }

    /// A setting was changed.
    #[derive(Clone, Copy, Debug)]
    pub event SettingsChanged = "settings.changed", id 103, ocsf 3004/3 { .. }

    /// An update was installed.
    #[derive(Clone, Copy, Debug)]
    pub event UpdateInstalled = "update.installed", id 104, ocsf 6002/8 { .. }

    /// An authentication failed. The record's outcome is a failure only if the call
    /// says so; a call that does not say one is flagged.
    #[derive(Clone, Copy, Debug)]
    pub event AuthFailed = "auth.failed", id 105, requires outcome, owasp "authn_login_fail", ocsf 3002/1 { .. }

    /// Personal data was exported.
    #[derive(Clone, Copy, Debug)]
    pub event PrivacyExport = "privacy.export", id 106, owasp "sensitive_read", ocsf 6001/7 { .. }

    /// Personal data was deleted.
    #[derive(Clone, Copy, Debug)]
    pub event PrivacyDelete = "privacy.delete", id 107, owasp "sensitive_delete", ocsf 6005/7 { .. }

    /// A policy was applied; once, at start-up.
    #[derive(Clone, Copy, Debug)]
    pub event PolicyApplied<'a> = "policy.applied", id 108, ocsf 3004/10 {
        /// The source of the policy.
        source: &'a str,
        /// The number of settings that it locks.
        keys_locked_count: u64,
    }

    /// A customer's own key was replaced.
    #[derive(Clone, Copy, Debug)]
    pub event ByokKeyUpdated<'a> = "byok.key_updated", id 109, ocsf 3004/3 {
        /// The provider that the key is for.
        provider_name: &'a str,
        /// The provider's region.
        region: &'a str,
        /// The first 16 hex digits of the SHA-256 of the key.
        ///
        /// [`fingerprint`] computes it.
        fingerprint_truncated: &'a str,
    }

    /// A mode was started, or failed to.
    ///
    /// If it was started, a [`ModeStop`] follows.
    #[derive(Clone, Copy, Debug)]
    pub event ModeStart<'a> = "mode.start", id 110, ocsf 6002/3 {
        /// The mode.
        mode: &'a str,
        /// What the mode requires; left out of the record when empty.
        requires [left out when empty]: &'a [&'a str],
        /// The reason, if it failed.
        error: Option<&'a str>,
    }

    /// A mode was stopped, or failed to.
    ///
    /// The counterpart of [`ModeStart`]: the actor that started a mode stops it.
    /// [`testing::assert_modes_paired`](crate::testing::assert_modes_paired) states the
    /// rule, and checks it.
    #[derive(Clone, Copy, Debug)]
    pub event ModeStop<'a, R> = "mode.stop", id 111, ocsf 6002/4 {
        /// The mode.
        mode: &'a str,
        /// What was released: `true` or `false`, or a list.
        released: R,
        /// The reason, if it failed.
        error: Option<&'a str>,
    }
}

/// Returns the first 16 hex digits of the SHA-256 of a key, for
/// [`ByokKeyUpdated::fingerprint_truncated`]: enough to recognise a key, too little to
/// reveal it.
///
/// Use it for random keys, not for passwords: a guess can be confirmed by its
/// fingerprint.
///
/// ```
/// assert_eq!(tracing_audit::events::fingerprint(b"abc"), "ba7816bf8f01cfea");
/// ```
#[must_use]
pub fn fingerprint(key: &[u8]) -> String {
    hex(&Sha256::digest(key)[..8])
}
