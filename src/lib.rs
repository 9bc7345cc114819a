//! An audit log beside the runtime log: one macro, one layer, one line of JSON an
//! event, in a file a day that no log setting can silence.
//!
//! A runtime log is for debugging. It may be filtered, sampled, dropped when the disk
//! is slow, and thrown away after a week. An audit log is evidence (for SOC 2, ISO
//! 27001, BSI C5, GDPR Art. 30): who did what, when, and how it ended. Both come out
//! of the same code, and must not end up in the same file.
//!
//! # Quick start
//!
//! ```no_run
//! use tracing_audit::{AuditLayer, Outcome, audit, events::ProviderSelected};
//! use tracing_subscriber::prelude::*;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let (layer, guard) = AuditLayer::builder("/var/log/myapp/audit").open()?;
//!     tracing_subscriber::registry()
//!         .with(tracing_subscriber::fmt::layer()) // the runtime log, untouched
//!         .with(layer) // anywhere in the stack
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
//! [`record`] says what each key means; records `log.*` are the log's own.
//!
//! # Adding it to a service
//!
//! 1. Open the log early in `main`, before there are events, and add the layer to the
//!    stack of layers that the service has. If it calls
//!    `tracing_subscriber::fmt().init()`, that becomes
//!    `registry().with(fmt::layer()).with(layer).init()`.
//! 2. Hold the [`AuditGuard`] until the end of `main`; at best call
//!    [`shutdown`](AuditGuard::shutdown), which says what is left.
//! 3. Put [`audit!`] where something happens that an auditor may ask about. Define event
//!    types of your own with [`audit_events!`], and add their catalog to the log
//!    ([`AuditLayerBuilder::catalog`]): what is not in it, or not as it says, is recorded
//!    and flagged. `examples/own_catalog` keeps a document for auditors in step.
//! 4. Say who acts once, where a request comes in: [`Actor::scope`], or
//!    [`in_actor_scope`](ActorScope::in_actor_scope) on its future. `examples/axum_service.rs`
//!    does, and [`audit!`] has the rules.
//! 5. Test it with [`testing::capture`]; no files, no global state.
//! 6. Where events must be emitted in a panic hook, inside of another layer, or with a
//!    type known only at run time, use an [`AuditHandle`].
//! 7. Watch [`AuditHandle::stats`]: `refused` is 0 in a log that is in order, and
//!    `synced_seq` follows `last_seq`. `examples/otel_metrics.rs` exports it.
//! 8. A process that forks opens the log after the fork, each process in a directory of its
//!    own: in a child, receipts of its parent's log are errors ([`AppendError::Forked`]), and
//!    the global default subscriber can't be set again. `examples/prefork.rs` does it right;
//!    `docs/prefork.md` in the repository has the rest, daemons too.
//! 9. Have it copied elsewhere, with nothing lost on the way: to an OpenTelemetry collector by
//!    `Otlp` (feature `otlp`), and on from there as `docs/siem.md` says; to the Windows Event Log
//!    ([`event_log`](AuditLayerBuilder::event_log), `docs/windows.md`); or to a [`Mirror`] of your own.
//! 10. Read the log with [`read::Reader`], or with any reader of lines of JSON. After a crash of
//!     an application that does not start again, [`recover`] appends what it had accepted last.
//!
//! Settings are in [`AuditLayerBuilder`], or, from a file, in [`AuditConfig`];
//! [`AuditHandle::reconfigure`] changes them while the log is open.
//! `examples/two_logs.rs` has the set-up for operators: two logs, two folders.
//!
//! # The promise
//!
//! 1. When `audit!` returns a recorded [`Receipt`], the record survives the death of
//!    the process, by panic, SIGKILL or the lack of memory: it is in the day file some
//!    milliseconds later, or, if the process dies before that, when the log is opened again.
//! 2. Once [`Receipt::wait_synced`] or [`Receipt::synced`] has returned, or always under
//!    [`Durability::PowerLoss`], it survives a loss of power, as far as the disk keeps what
//!    it has acknowledged. Else it is on disk within a second
//!    ([`sync_interval`](AuditLayerBuilder::sync_interval)).
//! 3. No setting of the runtime log silences an audit event: not `RUST_LOG=off`, not a
//!    global filter, not a per-layer filter, not `release_max_level_off`, not another
//!    layer's veto. No audit event shows up in the runtime log, and no runtime event is
//!    lost or added because the audit layer is there. (The crate's own errors, with the
//!    target `tracing_audit`, go to the runtime log on purpose. Add the layer with
//!    `.with(layer)`: in one `Vec` together with other layers it can't be neutral.)
//! 4. A record that could not be kept is never silent: the receipt has an error, the
//!    runtime log gets one (not one an event), [`Stats`] counts it, and the log itself
//!    gets a `log.gap` record as soon as it can be written again, after a restart too. The
//!    caller's action is never aborted. It waits for a copy into memory; when the disk is full
//!    or too slow, until there is room, a tenth of a second at the most
//!    ([`append_deadline`](AuditLayerBuilder::append_deadline)). Where there is no intake
//!    ([`intake_bytes`](AuditLayerBuilder::intake_bytes)), it waits as long as the operating
//!    system takes for one `write`.
//!
//! 5. Every mirror receives every record that is on disk, at least once, in order, with a stable
//!    unique id, across outages of its receiver, restarts and crashes. A record that is sent again is
//!    the same to the byte. What the receiver itself says it has thrown away is counted
//!    ([`MirrorStats::rejected`]) and not sent again. Day files wait for a mirror a week longer than the
//!    retention ([`undelivered_days`](AuditLayerBuilder::undelivered_days)); then `log.pruned` says what
//!    it has never got.
//!
//! An event without an audit layer goes nowhere, least of all into the runtime log;
//! its receipt is [`AppendError::NoAuditLayer`], and the runtime log has an error.
//!
//! Plain `tracing` events with exactly the target `audit`, from code that can't use
//! the macro, are taken in too, as far as the other layers' levels let them through
//! (the audit layer alone lets through none):
//! `tracing::event!(target: "audit", Level::INFO, event = "auth.failed", actor.user_sid = sid)`.
//!
//! # Where things are
//!
//! ```text
//! audit/                      0700; one that exists keeps its mode
//!   audit-2026-05-28.log      0600, lines of JSON: tail, grep, jq and log shippers read it
//!   audit-2026-05-28.1.log    a further file of that day, after an error or a step of the clock
//!   HOLD                      put there by an operator: nothing is removed (legal hold)
//!   .state/                   the journal's id, the writer's lock, the intake, the mirrors' cursors,
//!                             what is kept aside
//! ```
//!
//! One process writes at a time. A day file that somebody else removes, renames,
//! replaces or writes to is noticed within a second of the next event: its records are
//! copied into a further file, and those that can't be are named in `log.file_lost`.
//! Don't rotate day files: they are, by day. The minimum supported Rust version is 1.89.
//! `docs/operations.md` in the repository is for operators, `docs/design.md` has the why.
//!
//! # Retention
//!
//! Day files that are older than [`retention_days`](AuditLayerBuilder::retention_days)
//! (90) are removed when the log is opened and when a day begins: strictly older, by the
//! UTC day in their names, and never the newest. Each is told of in `log.pruned`, with its
//! SHA-256. Nothing is removed while anything called `HOLD` lies in the directory. What a mirror has
//! not got stays [`undelivered_days`](AuditLayerBuilder::undelivered_days) (7) longer.
//!
//! Evidence must not go because a clock is wrong. Today is no later than the day of the
//! last record plus the days that have passed since by a clock that nobody sets. Where the
//! system's clock was set by more than a second, which `log.clock_step` tells, nothing is
//! removed any more until an operator says that the clock is right:
//! [`AuditHandle::prune`]; [`Stats::pruning_suspended`] tells that it waits for that.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `otlp` | no | `Otlp`, the mirror to OpenTelemetry collectors; `docs/dependencies.md` has what it brings along |
//! | `otel-context` | no | `trace_id` from the caller's OpenTelemetry context (`opentelemetry` 0.33), and from spans of `tracing-opentelemetry` 0.34 |

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod caller;
mod capture;
mod config;
mod error;
pub mod events;
mod follow;
#[cfg(doc)]
pub mod guide;
mod handle;
// On other systems not all of it is used.
#[cfg_attr(not(target_os = "linux"), allow(unused))]
mod journal;
mod lock;
mod macros;
pub mod mirror;
pub mod read;
pub mod record;
mod report;
pub mod testing;

pub use caller::{ActorScope, ActorScoped};
pub use capture::AuditLayer;
pub use capture::typed_event::AuditEvent;
pub use config::{AuditConfig, AuditLayerBuilder, Durability, Headers, recover};
pub use error::{
    AppendError, CatalogError, FlushError, OpenError, PruneError, ReconfigureError, ShutdownError,
    Undelivered,
};
pub use follow::{MirrorError, MirrorStats};
pub use handle::{AuditGuard, AuditHandle, LastError, Receipt, Stats, Synced};
pub use journal::{DiskLevel, Recovery};
pub use mirror::{Compression, Mirror, OnRejected, event_log};
#[cfg(feature = "otlp")]
pub use mirror::{Otlp, OtlpError};
pub use record::{Actor, Catalog, Outcome, Record, SCHEMA_VERSION};

/// What the macros expand to. Not for direct use; may change at any time.
#[doc(hidden)]
pub mod __macro {
    pub use crate::capture::callsite::Callsite;
    pub use crate::capture::fields::compile_check::{check, check_event};
    pub use crate::capture::fields::key_fragment::{fragment, fragment_len};
    pub use crate::capture::fields::kind_of_type::{IsBytes, IsOption, KindOf, UnknownType, field};
    pub use crate::capture::fields::name::unraw;
    pub use crate::capture::fields::slot::Slot;
    pub use crate::capture::typed_event::{Common, UnlessEmpty, emit};
    pub use crate::capture::values::json_value::json;
    pub use crate::capture::values::outcome_value::outcome;
    pub use crate::capture::values::value_dispatch::{
        DispatchBorrowedError, DispatchBytes, DispatchError, DispatchJson, DispatchNative, Recordable,
        ValueDispatch,
    };
    pub use crate::record::catalog::{check_types, paragraph, paragraph_len, text};
    pub use crate::record::{EventType, Field};
    pub use tracing_core::callsite::Identifier;
    pub use tracing_core::field::{FieldSet, Value, debug, display};
    pub use tracing_core::{Kind, Level, Metadata};
}

/// The README's code compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
