//! Events that nearly every application has: sign-ins, denials, permissions, accounts, data.
//!
//! A log knows them if their catalog is added to it:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! use tracing_audit::{AuditLayer, events::common};
//!
//! let (layer, guard) = AuditLayer::builder(dir.path().join("audit"))
//!     .catalog(common::CATALOG)
//!     .open()?;
//! # drop(layer);
//! # Ok(())
//! # }
//! ```
//!
//! Their names and their ids, 120 to 139, are then those of this catalog: an application's own type of the
//! same name is an error when the log is opened. Applications' ids begin with 200.
//!
//! Each entry has the event's name in OWASP's [Application Logging Vocabulary][owasp] and its class and
//! activity in [OCSF][ocsf], where there are any ([`EventType::owasp`](crate::record::EventType::owasp),
//! [`EventType::ocsf`](crate::record::EventType::ocsf)). The page
//! [Common events](crate::guide::common_events) lists all of it, for auditors.
//!
//! What has a built-in type already has no second one here:
//!
//! | event | type |
//! |---|---|
//! | a sign-in failed | [`auth.failed`](super::AuthFailed) |
//! | a setting was changed | [`settings.changed`](super::SettingsChanged) |
//! | personal data was exported or deleted | [`privacy.export`](super::PrivacyExport), [`privacy.delete`](super::PrivacyDelete) |
//! | a customer's key for a provider was replaced | [`byok.key_updated`](super::ByokKeyUpdated) |
//!
//! All need an actor, except for `access.denied`, which may be of a stranger, and `application.started` and
//! `application.stopped`: an event without one is flagged. What a program does by itself, such as an account that is
//! locked after too many failed sign-ins, has an [`ActorKind`](crate::ActorKind) of `Service` or `System`.
//!
//! Their resources are free. `resource.type`, `resource.id` and `resource.name` say on what was acted, such as
//! the account that was locked; the actor is who acted.
//!
//! # Denied
//!
//! An action that was denied is a failure, with `resource.denied = true`:
//!
//! ```
//! # use tracing_audit::{audit, events::common, testing::capture_with};
//! # let records = capture_with(common::CATALOG, || {
//! audit!(
//!     "data.deleted",
//!     actor.user_sid = "ada",
//!     resource.type = "invoice",
//!     resource.id = "2026-041",
//!     resource.denied = true,
//!     outcome = "failure",
//! );
//! # });
//! # assert_eq!(records[0].resource["denied"], true);
//! ```
//!
//! There is no third outcome: it would break every reader that knows two. A denial that is no attempt of a more
//! specific type is [`access.denied`](AccessDenied), which is a failure by default.
//!
//! [owasp]: https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html
//! [ocsf]: https://schema.ocsf.io

crate::__audit_events! {
    [100, 199]

    /// The events that nearly every application has.
    /// [`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog) adds them to a log.
    pub catalog CATALOG;

    /// A user signed in.
    #[derive(Clone, Copy, Debug)]
    pub event SignedIn =
        "auth.signed_in", id 120, requires actor, owasp "authn_login_success", ocsf 3002/1 { .. }

    /// A user signed out, or a session was ended.
    #[derive(Clone, Copy, Debug)]
    pub event SignedOut =
        "auth.signed_out", id 121, requires actor, owasp "session_expired", ocsf 3002/2 { .. }

    /// An access or an action was denied.
    ///
    /// A denied attempt that has a type of its own may be an event of that type instead, with the outcome
    /// `failure` and `resource.denied = true`.
    #[derive(Clone, Copy, Debug)]
    pub event AccessDenied = "access.denied", id 122, default failure, owasp "authz_fail", ocsf 6003/99 { .. }

    /// A permission was granted.
    #[derive(Clone, Copy, Debug)]
    pub event PermissionGranted =
        "permission.granted", id 123, requires actor, owasp "authz_change", ocsf 3005/1 { .. }

    /// A permission was changed, or that of an object: who may do what with it.
    #[derive(Clone, Copy, Debug)]
    pub event PermissionChanged =
        "permission.changed", id 124, requires actor, owasp "privilege_permissions_changed", ocsf 3005/99 { .. }

    /// A permission was revoked.
    #[derive(Clone, Copy, Debug)]
    pub event PermissionRevoked =
        "permission.revoked", id 125, requires actor, owasp "authz_change", ocsf 3005/2 { .. }

    /// An account was given another role, or lost one.
    #[derive(Clone, Copy, Debug)]
    pub event RoleChanged = "role.changed", id 126, requires actor, owasp "authz_change", ocsf 3005/99 { .. }

    /// An account was created.
    #[derive(Clone, Copy, Debug)]
    pub event AccountCreated =
        "account.created", id 127, requires actor, owasp "user_created", ocsf 3001/1 { .. }

    /// An account was changed.
    #[derive(Clone, Copy, Debug)]
    pub event AccountChanged =
        "account.changed", id 128, requires actor, owasp "user_updated", ocsf 3001/99 { .. }

    /// An account was locked, such as after too many failed sign-ins.
    #[derive(Clone, Copy, Debug)]
    pub event AccountLocked =
        "account.locked", id 129, requires actor, owasp "authn_login_lock", ocsf 3001/9 { .. }

    /// An account was disabled.
    #[derive(Clone, Copy, Debug)]
    pub event AccountDisabled =
        "account.disabled", id 130, requires actor, owasp "user_archived", ocsf 3001/5 { .. }

    /// An account was deleted.
    #[derive(Clone, Copy, Debug)]
    pub event AccountDeleted =
        "account.deleted", id 131, requires actor, owasp "user_deleted", ocsf 3001/6 { .. }

    /// A password was changed. Never record it, nor a hash of it.
    #[derive(Clone, Copy, Debug)]
    pub event PasswordChanged =
        "password.changed", id 132, requires actor, owasp "authn_password_change", ocsf 3001/3 { .. }

    /// A key, a token or a certificate was replaced. Never record it; a public one by its fingerprint. (A
    /// customer's key for a provider is `byok.key_updated`.)
    #[derive(Clone, Copy, Debug)]
    pub event KeyChanged = "key.changed", id 133, requires actor, ocsf 3001/99 { .. }

    /// Data was read that is worth a record.
    #[derive(Clone, Copy, Debug)]
    pub event DataRead = "data.read", id 134, requires actor, owasp "sensitive_read", ocsf 6005/1 { .. }

    /// Data was exported. (An export of personal data is `privacy.export`.)
    #[derive(Clone, Copy, Debug)]
    pub event DataExported =
        "data.exported", id 135, requires actor, owasp "sensitive_read", ocsf 6001/7 { .. }

    /// Data was changed.
    #[derive(Clone, Copy, Debug)]
    pub event DataChanged =
        "data.changed", id 136, requires actor, owasp "sensitive_update", ocsf 6005/2 { .. }

    /// Data was deleted. (A deletion of personal data is `privacy.delete`.)
    #[derive(Clone, Copy, Debug)]
    pub event DataDeleted =
        "data.deleted", id 137, requires actor, owasp "sensitive_delete", ocsf 6005/7 { .. }

    /// The application was started.
    #[derive(Clone, Copy, Debug)]
    pub event ApplicationStarted =
        "application.started", id 138, no actor, owasp "sys_startup", ocsf 6002/3 { .. }

    /// The application was stopped.
    #[derive(Clone, Copy, Debug)]
    pub event ApplicationStopped =
        "application.stopped", id 139, no actor, owasp "sys_shutdown", ocsf 6002/4 { .. }
}
