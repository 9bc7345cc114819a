//! The pages for operators and administrators, and the design: the repository's `docs`.
//!
//! This module exists only in the documentation. Each page starts with whom it is for.

// A page's own link definitions lead to files. Those that are here come first, and so they count.

/// Files, permissions, retention, crashes, full disks, mirrors, messages, health.
///
/// [installation]: crate::guide::installation
/// [shippers]: crate::guide::shippers
/// [exports]: crate::guide::export
/// [cookbook]: crate::guide::cookbook
/// [catalog]: crate::guide::event_catalog
/// [siem]: crate::guide::siem
/// [windows]: crate::guide::windows
/// [prefork]: crate::guide::prefork
/// [threats]: crate::guide::threat_model
/// [cli]: crate::guide::cli
#[doc = include_str!("../docs/operations.md")]
pub mod operations {}

/// Layout, accounts and groups, systemd, backup of a running log and restore, upgrade.
///
/// [operations]: crate::guide::operations
/// [two]: crate::guide::operations#two-logs-two-folders
/// [permissions]: crate::guide::operations#who-may-read-it
/// [moving]: crate::guide::operations#moving-copying-restoring
/// [cli]: crate::guide::cli
/// [bundle]: crate::guide::cli#bundle
#[doc = include_str!("../docs/installation.md")]
pub mod installation {}

/// The command `auditlog`: searching, following, counting and verifying logs.
///
/// [exports]: crate::guide::export
/// [seals]: crate::guide::operations#seals
/// [record]: crate::guide::design#record
/// [healthy]: crate::guide::operations#is-it-healthy
/// [hold]: crate::guide::operations#retention-and-legal-hold
/// [recover]: crate::guide::operations#an-application-that-does-not-start-again
#[doc = include_str!("../docs/cli.md")]
pub mod cli {}

/// The formats of `auditlog export`: OCSF, ECS, CEF, syslog, CSV.
///
/// [siem]: crate::guide::siem
/// [shippers]: crate::guide::shippers
/// [cookbook]: crate::guide::cookbook
/// [query]: crate::guide::cli#query
/// [verify]: crate::guide::cli#verify
/// [prove]: crate::guide::cli#prove-and-check-proof
/// [catalog]: crate::guide::event_catalog
/// [common]: crate::guide::common_events
#[doc = include_str!("../docs/export.md")]
pub mod export {}

/// rsyslog, syslog-ng, Fluent Bit, Filebeat, Vector.
///
/// [mirrors]: crate::guide::operations#mirrors
/// [rotate]: crate::guide::operations#do-not-rotate-overwrite-or-edit-day-files
/// [permissions]: crate::guide::operations#who-may-read-it
/// [siem]: crate::guide::siem
#[doc = include_str!("../docs/shippers.md")]
pub mod shippers {}

/// Questions to a log with jq, DuckDB, sqlite3 and lnav.
///
/// [cli]: crate::guide::cli
/// [verify]: crate::guide::cli#verify
#[doc = include_str!("../docs/cookbook.md")]
pub mod cookbook {}

/// Records in Loki, Elastic, Splunk, Microsoft Sentinel and ClickHouse.
///
/// [exports]: crate::guide::export
/// [shippers]: crate::guide::shippers
/// [operations]: crate::guide::operations#mirrors
/// [permissions]: crate::guide::operations#who-may-read-it
#[doc = include_str!("../docs/siem.md")]
pub mod siem {}

/// Desktop applications, installers, the Event Log.
///
/// [platforms]: crate::guide::platforms
/// [siem]: crate::guide::siem
/// [operations]: crate::guide::operations#when-the-clock-is-set
/// [catalog]: crate::guide::event_catalog
#[doc = include_str!("../docs/windows.md")]
pub mod windows {}

/// What differs between systems and file systems, and how far each is tested.
///
/// [design]: crate::guide::design#the-promises-and-their-tests
/// [windows]: crate::guide::windows
#[doc = include_str!("../docs/platforms.md")]
pub mod platforms {}

/// Servers that fork their workers, and daemons.
#[doc = include_str!("../docs/prefork.md")]
pub mod prefork {}

/// Who acted: what events inherit, and how it is handed on to tasks and threads.
///
/// [scope]: crate::Actor::scope
/// [context]: crate::AuditContext
#[doc = include_str!("../docs/context.md")]
pub mod context {}

/// Testing the audit events of functions, futures and handlers.
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

/// Checking a log with OpenSSL, Python and Go, without this crate.
///
/// [seals]: crate::guide::seals
/// [threats]: crate::guide::threat_model
#[doc = include_str!("../docs/auditors.md")]
pub mod auditors {}

/// What seals show and what they can't, where keys should lie, and what has to be kept elsewhere.
///
/// [seals]: crate::guide::seals
/// [auditors]: crate::guide::auditors
#[doc = include_str!("../docs/threat-model.md")]
pub mod threat_model {}

/// The files that show changes, to the byte, for those who write a verifier.
///
/// [auditors]: crate::guide::auditors
/// [threats]: crate::guide::threat_model
#[doc = include_str!("../docs/seals.md")]
pub mod seals {}

/// The built-in event types and the log's own records, with their fields and ids.
#[doc = include_str!("../docs/compliance/audit-event-catalog.md")]
pub mod event_catalog {}

/// Sign-ins, denials, permissions, accounts, data: the event types that nearly every application has.
///
/// [catalog]: crate::guide::event_catalog
#[doc = include_str!("../docs/compliance/common-events.md")]
pub mod common_events {}

/// The promises and their tests, the formats on disk, and why it was built this way.
///
/// [windows]: crate::guide::windows
/// [catalog]: crate::guide::event_catalog
/// [dependencies]: crate::guide::dependencies
/// [seals]: crate::guide::seals
#[doc = include_str!("../docs/design.md")]
pub mod design {}

/// The reason for each dependency.
#[doc = include_str!("../docs/dependencies.md")]
pub mod dependencies {}
