//! The built-in event types, to be given to [`audit!`](crate::audit) as struct
//! literals.
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
//! The resource of some types is free: whatever says best what happened. They have
//! one field `resource`, which takes anything serializable as an object, and `()`
//! where there is nothing to say.
//!
//! ```
//! # let records = tracing_audit::testing::capture(|| {
//! use tracing_audit::{audit, events::SettingsChanged};
//!
//! audit!(SettingsChanged { resource: serde_json::json!({ "key": "retention_days", "value": 90 }) });
//! # });
//! # assert_eq!(records[0].resource["value"], 90);
//! ```

use crate::macros::audit_events;

audit_events! {
    /// A provider was chosen to serve a request.
    pub event ProviderSelected<'a> = "provider.selected" {
        /// The provider's name.
        provider_name: &'a str,
        /// What it provides, such as `stt`.
        provider_kind: &'a str,
        /// The host and port that it is reached at.
        endpoint_host: &'a str,
        /// The strategy by which it was chosen.
        strategy: &'a str,
        /// Which attempt it is, if there was one before.
        attempt: Option<i64>,
    }

    /// A voice agent's session began.
    pub event VoiceAgentSessionStart = "voiceagent.session.start" { .. }

    /// A voice agent's session ended.
    pub event VoiceAgentSessionEnd = "voiceagent.session.end" { .. }

    /// A setting was changed.
    pub event SettingsChanged = "settings.changed" { .. }

    /// An update was installed.
    pub event UpdateInstalled = "update.installed" { .. }

    /// Somebody failed to prove who they are. Its outcome is a failure only if the
    /// call says so.
    pub event AuthFailed = "auth.failed" { .. }

    /// Personal data was exported.
    pub event PrivacyExport = "privacy.export" { .. }

    /// Personal data was deleted.
    pub event PrivacyDelete = "privacy.delete" { .. }

    /// A policy was applied: once at start-up.
    pub event PolicyApplied<'a> = "policy.applied" {
        /// Where the policy comes from.
        source: &'a str,
        /// How many settings it locks.
        keys_locked_count: u64,
    }

    /// A customer's own key was replaced.
    pub event ByokKeyUpdated<'a> = "byok.key_updated" {
        /// The provider that the key is for.
        provider_name: &'a str,
        /// The provider's region.
        region: &'a str,
        /// The first 16 hex digits of the SHA-256 of the key.
        fingerprint_truncated: &'a str,
    }

    /// A mode was started, or failed to.
    pub event ModeStart<'a> = "mode.start" {
        /// The mode.
        mode: &'a str,
        /// What it needs; left out of the record when empty.
        requires [left out when empty]: &'a [&'a str],
        /// What went wrong, if it failed.
        error: Option<&'a str>,
    }

    /// A mode was stopped, or failed to: the counterpart of [`ModeStart`].
    pub event ModeStop<'a, R> = "mode.stop" {
        /// The mode.
        mode: &'a str,
        /// What it gave up: whether it did, or a list.
        released: R,
        /// What went wrong, if it failed.
        error: Option<&'a str>,
    }
}
