//! The event, and the contenders that write it.

use crate::Result;
use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling;
use tracing_audit::events::ProviderSelected;
use tracing_audit::{AuditGuard, AuditLayer, AuditLayerBuilder, Outcome, audit};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::prelude::*;

/// The event type; every line about the event has it.
pub(crate) const EVENT: &str = "provider.selected";

/// The contents of the event's fields.
struct Fields {
    user_sid: &'static str,
    session_id: &'static str,
    provider_name: &'static str,
    provider_kind: &'static str,
    endpoint_host: &'static str,
    strategy: &'static str,
    attempt: i64,
    trace_id: &'static str,
}

const FIELDS: Fields = Fields {
    user_sid: "S-1-5-21-3623811015-3361044348-30300820-10130",
    session_id: "9f2c4be17a60d358",
    provider_name: "whisper-cpp",
    provider_kind: "stt",
    endpoint_host: "127.0.0.1:8123",
    strategy: "local-only",
    attempt: 3,
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
};

/// The line of `audit!`, as it is when the log is some hundred thousand events old.
const READY_LINE: &str = concat!(
    r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"provider.selected","#,
    r#""actor":{"user_sid":"S-1-5-21-3623811015-3361044348-30300820-10130","session_id":"9f2c4be17a60d358"},"#,
    r#""resource":{"provider_name":"whisper-cpp","provider_kind":"stt","endpoint_host":"127.0.0.1:8123","#,
    r#""strategy":"local-only","attempt":3},"outcome":"success","#,
    r#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","seq":123456}"#,
    "\n"
);

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Sets up the process to write events to files in this folder.
    pub(crate) set_up: fn(&Path) -> Result<Background>,
    emit: fn(&Fields),
}

impl Contender {
    /// Emits this many events, one after another.
    pub(crate) fn emit(&self, events: usize) {
        for _ in 0..events {
            (self.emit)(black_box(&FIELDS));
        }
    }
}

/// Keeps a contender's background threads alive while events are emitted.
pub(crate) enum Background {
    None,
    Worker(WorkerGuard),
    Log(AuditGuard),
}

impl Background {
    /// Waits until the contender has written all its lines, and, if it is a log, has synced and sealed them.
    pub(crate) fn close(self) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(60);
        match self {
            Background::None => {}
            Background::Worker(guard) => drop(guard),
            Background::Log(guard) => drop(guard.shutdown(PATIENCE)?),
        }
        Ok(())
    }

    /// Leaves the contender as it is: to close it would wait for the disk, for some contenders and not for others.
    pub(crate) fn leave(self) {
        if let Background::Log(guard) = self {
            std::mem::forget(guard);
        }
    }
}

pub(crate) const CONTENDERS: [Contender; 7] = [
    Contender { name: "fmt JSON, Mutex<File>", set_up: fmt_into_file, emit: emit_runtime_event },
    Contender { name: "fmt JSON, rolling daily", set_up: fmt_rolling_daily, emit: emit_runtime_event },
    Contender { name: "fmt JSON, non_blocking lossless", set_up: fmt_non_blocking, emit: emit_runtime_event },
    Contender { name: "audit!, free form", set_up: audit_log, emit: emit_free_form },
    Contender { name: "audit!, typed", set_up: audit_log, emit: emit_typed },
    Contender { name: "write(2) of a ready line", set_up: bare_file, emit: write_ready_line },
    Contender { name: "audit!, typed, with seals", set_up: sealed_audit_log, emit: emit_typed },
];

// Positions in that table. The others are compared with the first.
pub(crate) const FMT_JSON: usize = 0;
pub(crate) const NON_BLOCKING: usize = 2;
pub(crate) const FREE_FORM: usize = 3;
pub(crate) const TYPED: usize = 4;
pub(crate) const SEALED: usize = 6;

fn fmt_into_file(folder: &Path) -> Result<Background> {
    init_fmt_json(Mutex::new(appended(&folder.join("fmt.log"))?));
    Ok(Background::None)
}

fn fmt_rolling_daily(folder: &Path) -> Result<Background> {
    init_fmt_json(rolling::daily(folder, "fmt.log"));
    Ok(Background::None)
}

fn fmt_non_blocking(folder: &Path) -> Result<Background> {
    let appender = rolling::daily(folder, "fmt.log");
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(appender);
    init_fmt_json(writer);
    Ok(Background::Worker(guard))
}

fn init_fmt_json<W>(writer: W)
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(fmt::layer().json().with_writer(writer)).init();
}

fn audit_log(folder: &Path) -> Result<Background> {
    init_audit_log(builder(folder).unsealed())
}

fn sealed_audit_log(folder: &Path) -> Result<Background> {
    init_audit_log(builder(folder))
}

fn builder(folder: &Path) -> AuditLayerBuilder {
    AuditLayer::builder(folder.join("audit"))
}

/// With a runtime log in the same stack, as in an application.
fn init_audit_log(builder: AuditLayerBuilder) -> Result<Background> {
    let (layer, guard) = builder.open()?;
    tracing_subscriber::registry().with(fmt::layer().with_writer(io::sink)).with(layer).init();
    Ok(Background::Log(guard))
}

static BARE_FILE: OnceLock<File> = OnceLock::new();

fn bare_file(folder: &Path) -> Result<Background> {
    BARE_FILE.set(appended(&folder.join("bare.log"))?).map_err(|_| "the file is open already")?;
    Ok(Background::None)
}

fn appended(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn emit_runtime_event(fields: &Fields) {
    tracing::info!(
        target: "audit",
        event = EVENT,
        actor.user_sid = fields.user_sid,
        actor.session_id = fields.session_id,
        resource.provider_name = fields.provider_name,
        resource.provider_kind = fields.provider_kind,
        resource.endpoint_host = fields.endpoint_host,
        resource.strategy = fields.strategy,
        resource.attempt = fields.attempt,
        outcome = Outcome::Success.as_str(),
        trace_id = fields.trace_id,
    );
}

fn emit_free_form(fields: &Fields) {
    audit!(
        "provider.selected",
        actor.user_sid = fields.user_sid,
        actor.session_id = fields.session_id,
        resource.provider_name = fields.provider_name,
        resource.provider_kind = fields.provider_kind,
        resource.endpoint_host = fields.endpoint_host,
        resource.strategy = fields.strategy,
        resource.attempt = fields.attempt,
        outcome = Outcome::Success,
        trace_id = fields.trace_id,
    );
}

fn emit_typed(fields: &Fields) {
    audit!(
        ProviderSelected {
            provider_name: fields.provider_name,
            provider_kind: fields.provider_kind,
            endpoint_host: fields.endpoint_host,
            strategy: fields.strategy,
            attempt: Some(fields.attempt),
        },
        actor.user_sid = fields.user_sid,
        actor.session_id = fields.session_id,
        outcome = Outcome::Success,
        trace_id = fields.trace_id,
    );
}

fn write_ready_line(_: &Fields) {
    let written = BARE_FILE.get().map(|mut file| file.write(black_box(READY_LINE).as_bytes()));
    // Missing lines are counted later.
    drop(written);
}
