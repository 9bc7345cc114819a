//! An audit log for `tracing`: one JSON line per event, one file per day, immune to log filters.
//!
//! A runtime log is for debugging. It may be filtered, sampled, dropped when the disk is slow, and
//! deleted after a week. An audit log is evidence (for SOC 2, ISO 27001, BSI C5, GDPR Art. 30): who
//! did what, when, and with what outcome. Both come out of the same code, and belong in different
//! files.
//!
//! # Quick start
//!
//! ```no_run
//! use tracing_audit::{AuditLayer, Outcome, audit, events::ProviderSelected};
//! use tracing_subscriber::{EnvFilter, prelude::*};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let (layer, guard) = AuditLayer::builder("/var/log/myapp/audit").open()?;
//!     tracing_subscriber::fmt() // the runtime log that the application has already
//!         .with_env_filter(EnvFilter::from_default_env())
//!         .finish()
//!         .with(layer) // the audit log
//!         .init();
//!
//!     // Free form: the event type, and fields in tracing's syntax.
//!     let sid = "S-1-5-21-1";
//!     audit!(
//!         "auth.failed",
//!         actor.user_sid = %sid,
//!         resource.reason = "bad password",
//!         outcome = Outcome::Failure,
//!     );
//!
//!     // Typed: a missing, unknown or mistyped field does not compile.
//!     audit!(
//!         ProviderSelected {
//!             provider_name: "whisper-cpp",
//!             provider_kind: "stt",
//!             endpoint_host: "127.0.0.1:8123",
//!             strategy: "local-only",
//!             attempt: Some(3),
//!         },
//!         actor.user_sid = sid,
//!     );
//!
//!     guard.shutdown(std::time::Duration::from_secs(5))?;
//!     Ok(())
//! }
//! ```
//!
//! The directory now holds `audit-2026-05-28.log`, named after the UTC day:
//!
//! ```json
//! {"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"auth.failed","actor":{"user_sid":"S-1-5-21-1"},"resource":{"reason":"bad password"},"outcome":"failure","seq":1}
//! ```
//!
//! [`record`] explains each key. Records `log.*` are written by the log about itself.
//!
//! # Adding it to a service
//!
//! 1. Open the log early in `main`, before the first event, and add the layer to the stack:
//!
//!    | the application has | it becomes |
//!    |---|---|
//!    | `fmt().init()` | `fmt().finish().with(layer).init()` |
//!    | `fmt().with_env_filter(…).init()` | `fmt().with_env_filter(…).finish().with(layer).init()` |
//!    | `registry().with(…).init()` | the same, with `.with(layer)` anywhere in it |
//!
//!    The runtime log stays as it was. Do not replace `fmt()` by `registry().with(fmt::layer())`:
//!    that drops `fmt()`'s limit to the level INFO.
//! 2. Hold the [`AuditGuard`] until the end of `main`. Preferably call
//!    [`shutdown`](AuditGuard::shutdown): it fails if records are not on disk, and returns what mirrors
//!    have not delivered yet.
//! 3. Put [`audit!`] where something happens that an auditor may ask about. Sign-ins, denials,
//!    permissions, accounts and data are in [`events::common`]; define your own event types with
//!    [`audit_events!`]. Add both catalogs to the log ([`AuditLayerBuilder::catalog`]). Events that
//!    are missing from the catalog, or don't match it, are still recorded, with a `_violations` flag.
//!    `examples/own_catalog` keeps a document for auditors up to date.
//!    Where the outcome of an action is to be recorded, run it in [`audited`](audited()); what it changes is told
//!    by [`changes`]. Values that must not be in the log, such as passwords, are left out by their keys: [`redact`].
//! 4. Name the actor once, where a request arrives: [`Actor::scope`], or
//!    [`in_actor_scope`](ActorScope::in_actor_scope) on its future. For HTTP, `tower::AuditContextLayer`
//!    (feature `tower`) does it for each request, with the client's address, as `examples/axum_service` shows.
//!    Hand it on to spawned tasks and threads with an [`AuditContext`]: see [Context](guide::context). A span can name it, too,
//!    but a filter that drops the span (`RUST_LOG=off`, or any global filter of the stack) also drops
//!    its actor. If the actor must be recorded, use a scope. An event whose actor got lost is flagged if
//!    its type requires one, or the log does ([`require_actor`](AuditLayerBuilder::require_actor)).
//! 5. Test it with [`testing::capture`], [`testing::capture_async`] and, where tasks and threads are
//!    started, [`testing::capture_process`]. The page [Testing](guide::testing) shows it for handlers
//!    under `#[tokio::test]`.
//! 6. In a panic hook, inside another layer, or with an event type that is known only at run time,
//!    use an [`AuditHandle`].
//! 7. Watch [`AuditHandle::stats`]: in a healthy log `refused` is 0 and `synced_seq` follows
//!    `last_seq`. `examples/otel_metrics` exports them.
//! 8. A process that forks opens the log after the fork, each process in its own directory. In a
//!    child, receipts of its parent's log are errors ([`AppendError::Forked`]), and the global
//!    default subscriber can't be set again. `examples/prefork.rs` and the page
//!    [Servers that fork](guide::prefork) show how; the page covers daemons, too.
//! 9. Copy the records elsewhere, without losing any on the way: to an OpenTelemetry collector with
//!    `Otlp` (feature `otlp`), and on from there [into a SIEM](guide::siem); to the
//!    [Windows Event Log](guide::windows) with [`event_log`](AuditLayerBuilder::event_log); or to your
//!    own [`Mirror`].
//! 10. Read the log with [`read::Reader`], or with any reader of JSON lines. After a crash of an
//!     application that is not started again, [`recover`] appends the records that it had accepted
//!     last.
//!
//! Settings are in [`AuditLayerBuilder`], or, from a file, in [`AuditConfig`];
//! [`AuditHandle::reconfigure`] changes them while the log is open. `examples/two_logs.rs` shows the
//! set-up for operators: two logs, two directories.
//!
//! # The promise
//!
//! 1. When `audit!` returns a recorded [`Receipt`], the record survives the death of the process, by
//!    panic, SIGKILL or lack of memory: it is in the day file some milliseconds later, or, if the
//!    process dies before that, when the log is opened again. (If the directory, its `.state` or the
//!    intake is removed while the log is open, it is made again, with the records; only a SIGKILL within
//!    50 ms of the removal loses those that were in it.)
//! 2. Once [`Receipt::wait_synced`] or [`Receipt::synced`] has returned, or always under
//!    [`Durability::PowerLoss`], it survives a loss of power, as far as the disk keeps what it has
//!    acknowledged. Otherwise it is on disk within a second
//!    ([`sync_interval`](AuditLayerBuilder::sync_interval)). After a sync that failed, nothing counts
//!    as on disk until it is written and synced elsewhere.
//! 3. No setting of the runtime log silences an audit event: not `RUST_LOG=off`, not a global
//!    filter, not a per-layer filter, not `release_max_level_off`, not another layer's veto. No audit
//!    event appears in the runtime log, and no runtime event is lost or added because the audit
//!    layer or a mirror is there. (The crate's own errors, with the target `tracing_audit`, go to the runtime log
//!    on purpose. Add the layer with `.with(layer)`: in one `Vec` together with other layers it can't
//!    be neutral.)
//! 4. A record that could not be kept is never silent: the receipt has an error, the runtime log gets
//!    one rate-limited error, not one per event, [`Stats`] counts it, and the log itself gets a
//!    `log.gap` record as soon as it can be written again, also after a restart. The caller's action
//!    is never aborted. It waits for a copy into memory; if the disk is full, too slow or frozen, it
//!    waits at most a tenth of a second ([`append_deadline`](AuditLayerBuilder::append_deadline)),
//!    whatever holds up other threads. Two waits remain: a frozen file system holds up the one thread
//!    that stores to a page of the intake then, and without an intake
//!    ([`intake_bytes`](AuditLayerBuilder::intake_bytes)) a thread waits as long as the operating system
//!    takes for its `write`. Events that are refused meanwhile are counted in memory: a SIGKILL before
//!    the disk goes on loses the count, not the records.
//! 5. Every mirror receives every record that is on disk, at least once, in order, with a stable
//!    unique id, across outages of its receiver, restarts and crashes. A record that is sent again is
//!    identical, byte for byte. Records that the receiver itself reports as discarded are counted
//!    ([`MirrorStats::rejected`]) and not sent again. Day files wait for a mirror a week longer than
//!    the retention ([`undelivered_days`](AuditLayerBuilder::undelivered_days)); when they are deleted
//!    all the same, `log.pruned` says which records the mirror has not received.
//!
//! Without an audit layer the event is dropped, and an error is reported: its receipt is
//! [`AppendError::NoAuditLayer`], and the runtime log gets an error.
//!
//! Plain `tracing` events with exactly the target `audit`, from code that can't use the macro, are
//! recorded, too, as far as the levels of the other layers let them through:
//! `tracing::event!(target: "audit", Level::INFO, event = "auth.failed", actor.user_sid = sid)`.
//! With only the audit layer installed, such events are not captured.
//!
//! # The directory
//!
//! ```text
//! audit/                      mode 0700; an existing directory keeps its mode, and is refused if
//!                             others may write in it
//!   audit-2026-05-28.log      mode 0600, JSON lines: tail, grep, jq and log shippers can read it
//!   audit-2026-05-28.1.log    a further file of that day, after an error or a step of the clock
//!   HOLD                      created by an operator: no file is deleted (legal hold)
//!   .state/                   the journal's id, the writer's lock, the intake, the mirrors' cursors,
//!                             and data that was put aside
//! ```
//!
//! One process writes at a time. A day file that another program removes, renames, replaces or
//! writes to is noticed within a second of the next event: its records are copied into a further
//! file, and those that can't be are listed in `log.file_lost`. Don't rotate day files: each day has
//! its own already. The minimum supported Rust version is 1.89.
//! The page [Operations](guide::operations) is for operators; [Design](guide::design) explains how it
//! works, and why.
//!
//! # Retention
//!
//! Day files that are older than [`retention_days`](AuditLayerBuilder::retention_days) (90) are
//! deleted when the log is opened and when a day begins: strictly older, by the UTC day in their
//! names, and never the newest. Each deletion is a `log.pruned` record with the file's SHA-256. No
//! file is deleted while anything called `HOLD` is in the directory. Records that a mirror has not
//! received stay [`undelivered_days`](AuditLayerBuilder::undelivered_days) (7) longer.
//!
//! A wrong clock must not delete evidence. Today is capped at the last record's date plus the elapsed
//! monotonic time. If the system's clock is set by more than a second, which `log.clock_step`
//! records, no file is deleted until an operator confirms the clock with [`AuditHandle::prune`];
//! meanwhile [`Stats::pruning_suspended`] is true.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `seal` | yes | seals: a signed Merkle tree over all records, by which a change of any of them is found later |
//! | `report` | no | `read::evidence` and `AuditHandle::evidence`: what the log shows about a period, and a page of it for auditors |
//! | `otlp` | no | `Otlp`, the mirror to OpenTelemetry collectors, and [its dependencies](guide::dependencies) |
//! | `otel-context` | no | `trace_id` from the caller's OpenTelemetry context (`opentelemetry` 0.33), and from spans of `tracing-opentelemetry` 0.34 |
//! | `tower` | no | `tower::AuditContextLayer`, which gives each HTTP request of a tower service (axum, hyper, tonic) its actor, the client's address and trace |
//!
//! The feature `otel-context` needs the application's own versions to be these:
//!
//! | `tracing-audit` | `opentelemetry` | `tracing-opentelemetry` |
//! |---|---|---|
//! | 0.1 | 0.33 | 0.34 |
//!
//! (`tracing-opentelemetry` 0.33 goes with `opentelemetry` 0.32, and 0.32 with 0.31.) Spans of others give audit
//! events no trace id. If the stack below the audit layer has an `OpenTelemetryLayer` of another version, the runtime
//! log gets one warning, as far as the types of the stack show it.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used))]
// What only the sealer and verification use is not marked one by one.
#![cfg_attr(not(feature = "seal"), allow(dead_code, unused_imports))]

mod account;
mod audited;
mod caller;
mod capture;
mod config;
mod error;
pub mod events;
mod follow;
#[cfg(doc)]
pub mod guide;
mod handle;
mod host;
// On other systems not all of it is used.
mod journal;
mod lock;
mod macros;
pub mod mirror;
pub mod operate;
mod published;
pub mod read;
pub mod record;
mod report;
mod request;
#[cfg(feature = "seal")]
pub mod seal;
#[cfg_attr(not(feature = "seal"), path = "sealer/none.rs")]
mod sealer;
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;
mod unwind;

pub use audited::{Audited, AuditedEvent, AuditedFuture, ErrorText, TypeAlone, TypeAndMessage, audited};
pub use caller::{ActorScope, AuditContext, InAuditContext, InContext};
pub use capture::AuditLayer;
pub use capture::typed_event::AuditEvent;
pub use config::{AuditConfig, AuditLayerBuilder, Durability, Group, Headers, recover};
pub use error::{
    AppendError, CatalogError, DeadLetterError, FlushError, OpenError, PruneError, ReconfigureError,
    ShutdownError, ShutdownReport, Undelivered,
};
pub use follow::{MirrorError, MirrorStats};
pub use handle::{AuditGuard, AuditHandle, LastError, Receipt, Stats, Synced};
pub use journal::{DiskLevel, Recovery};
pub use mirror::{Compression, Mirror, OnRejected, event_log};
#[cfg(feature = "otlp")]
pub use mirror::{Otlp, OtlpError};
pub use record::{Actor, ActorKind, Catalog, Changes, Outcome, Record, SCHEMA_VERSION, changes, redact};
pub use sealer::SealStats;

/// The items that the macros expand to. Not for direct use; they may change at any time.
#[doc(hidden)]
pub mod __macro {
    pub use crate::capture::callsite::Callsite;
    pub use crate::capture::fields::compile_check::{check, check_event, check_outcome};
    pub use crate::capture::fields::key_fragment::{fragment, fragment_len};
    pub use crate::capture::fields::name::unraw;
    pub use crate::capture::fields::slot::Slot;
    pub use crate::capture::typed_event::{
        Common, TakesField, UnlessEmpty, emit, no_resource_fields, on_what, takes_field, unless_own,
    };
    pub use crate::capture::values::json_value::{json, members};
    pub use crate::capture::values::kind_of_type::{IsBytes, IsOption, KindOf, UnknownType, field};
    pub use crate::capture::values::outcome_value::outcome;
    pub use crate::capture::values::value_dispatch::{
        DispatchBorrowedError, DispatchConverted, DispatchError, DispatchJson, DispatchNative, Recordable,
        ValueDispatch,
    };
    pub use crate::record::catalog::{check_properties, check_types, paragraph, paragraph_len, text};
    pub use crate::record::{EventType, Field};
    pub use ::core;
    pub use tracing_core::callsite::Identifier;
    pub use tracing_core::field::{FieldSet, Value, debug, display};
    pub use tracing_core::{Kind, Level, Metadata};
}

/// Compiles the README's code as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
