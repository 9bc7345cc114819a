//! The built-in event types, to be given to [`audit!`](crate::audit) as struct
//! literals.
//!
//! They are in the catalog of every log; an application's own are defined with
//! [`audit_events!`](crate::audit_events). `docs/compliance/audit-event-catalog.md` in the
//! repository has all of them, with the log's own records, for auditors.
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

use crate::record::hex;
use sha2::{Digest as _, Sha256};

crate::__audit_events! {
    [100 199]

    /// The built-in event types. They are in the catalog of every log.
    pub catalog CATALOG;

    /// A provider was chosen to serve a request.
    #[derive(Clone, Copy, Debug)]
    pub event ProviderSelected<'a> = "provider.selected", id 100 {
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
    #[derive(Clone, Copy, Debug)]
    pub event VoiceAgentSessionStart = "voiceagent.session.start", id 101 { .. }

    /// A voice agent's session ended.
    #[derive(Clone, Copy, Debug)]
    pub event VoiceAgentSessionEnd = "voiceagent.session.end", id 102 { .. }

    /// A setting was changed.
    #[derive(Clone, Copy, Debug)]
    pub event SettingsChanged = "settings.changed", id 103 { .. }

    /// An update was installed.
    #[derive(Clone, Copy, Debug)]
    pub event UpdateInstalled = "update.installed", id 104 { .. }

    /// Somebody failed to prove who they are. Its outcome is a failure only if the
    /// call says so.
    #[derive(Clone, Copy, Debug)]
    pub event AuthFailed = "auth.failed", id 105 { .. }

    /// Personal data was exported.
    #[derive(Clone, Copy, Debug)]
    pub event PrivacyExport = "privacy.export", id 106 { .. }

    /// Personal data was deleted.
    #[derive(Clone, Copy, Debug)]
    pub event PrivacyDelete = "privacy.delete", id 107 { .. }

    /// A policy was applied; once, at start-up.
    #[derive(Clone, Copy, Debug)]
    pub event PolicyApplied<'a> = "policy.applied", id 108 {
        /// Where the policy comes from.
        source: &'a str,
        /// How many settings it locks.
        keys_locked_count: u64,
    }

    /// A customer's own key was replaced.
    #[derive(Clone, Copy, Debug)]
    pub event ByokKeyUpdated<'a> = "byok.key_updated", id 109 {
        /// The provider that the key is for.
        provider_name: &'a str,
        /// The provider's region.
        region: &'a str,
        /// The first 16 hex digits of the SHA-256 of the key.
        ///
        /// [`fingerprint`] makes it.
        fingerprint_truncated: &'a str,
    }

    /// A mode was started, or failed to.
    ///
    /// If it was started, a [`ModeStop`] follows.
    #[derive(Clone, Copy, Debug)]
    pub event ModeStart<'a> = "mode.start", id 110 {
        /// The mode.
        mode: &'a str,
        /// What it needs; left out of the record when empty.
        requires [left out when empty]: &'a [&'a str],
        /// What went wrong, if it failed.
        error: Option<&'a str>,
    }

    /// A mode was stopped, or failed to.
    ///
    /// The counterpart of [`ModeStart`]: a mode that was started is stopped by the same
    /// actor. [`testing::assert_modes_paired`](crate::testing::assert_modes_paired) has
    /// the rule, and checks it.
    #[derive(Clone, Copy, Debug)]
    pub event ModeStop<'a, R> = "mode.stop", id 111 {
        /// The mode.
        mode: &'a str,
        /// What it gave up: whether it did, or a list.
        released: R,
        /// What went wrong, if it failed.
        error: Option<&'a str>,
    }
}

/// The first 16 hex digits of the SHA-256 of a key, for
/// [`ByokKeyUpdated::fingerprint_truncated`]: enough to tell whether a key is the one
/// that was meant, too little to be the key.
///
/// A key that somebody could guess is told by its fingerprint all the same: this is
/// for random keys, not for passwords.
///
/// ```
/// assert_eq!(tracing_audit::events::fingerprint(b"abc"), "ba7816bf8f01cfea");
/// ```
#[must_use]
pub fn fingerprint(key: &[u8]) -> String {
    hex(&Sha256::digest(key)[..8])
}
