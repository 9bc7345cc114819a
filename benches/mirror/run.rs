//! One run, in a process of its own.

use crate::Result;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message as _;
use std::fs;
use std::hint::spin_loop;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tracing_audit::events::ProviderSelected;
use tracing_audit::{AuditGuard, AuditLayer, Otlp, audit};
use tracing_subscriber::prelude::*;

const PACE: Duration = Duration::from_micros(40);

#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// One event every `PACE`: the p99 of a call.
    Paced { mirror: bool },
    /// One after another: events a second.
    FlatOut { mirror: bool, is_up: bool },
    /// Delivery of a backlog: records a second.
    Drain,
    /// The same batches, by a bare loop.
    Bare,
}

pub(crate) struct Finding {
    pub(crate) figure: f64,
    /// The peak of the resident memory, if it is known.
    pub(crate) peak_kib: Option<u64>,
}

impl Run {
    fn name(self) -> &'static str {
        match self {
            Run::Paced { mirror: true } => "paced-mirror",
            Run::Paced { mirror: false } => "paced",
            Run::FlatOut { mirror: true, is_up: true } => "flat-out-mirror-up",
            Run::FlatOut { mirror: true, is_up: false } => "flat-out-mirror",
            Run::FlatOut { mirror: false, .. } => "flat-out",
            Run::Drain => "drain",
            Run::Bare => "bare",
        }
    }

    pub(crate) fn in_a_child(self, folder: &Path, events: usize, port: u16) -> Result<Finding> {
        fs::create_dir(folder)?;
        let output = Command::new(std::env::current_exe()?)
            .args(["child", self.name(), &events.to_string(), &port.to_string()])
            .arg(folder)
            .stderr(Stdio::inherit())
            .output()?;
        fs::remove_dir_all(folder)?;
        if !output.status.success() {
            return Err(format!("{}: {}", self.name(), output.status).into());
        }
        let text = String::from_utf8(output.stdout)?;
        let (figure, peak) = text.trim().split_once(' ').ok_or("it has said too little")?;
        Ok(Finding { figure: figure.parse()?, peak_kib: peak.parse().ok() })
    }
}

/// Runs as a child, and prints its figures.
pub(crate) fn execute(arguments: &[String]) -> Result<()> {
    let [name, events, port, folder] = arguments else {
        return Err("a child needs four arguments".into());
    };
    let (events, port, folder) = (events.parse()?, port.parse()?, Path::new(folder));
    let figure = match name.as_str() {
        "paced" => paced(folder, events, None)?,
        "paced-mirror" => paced(folder, events, Some(closed_port()?))?,
        "flat-out" => flat_out(folder, events, None)?,
        "flat-out-mirror" => flat_out(folder, events, Some(closed_port()?))?,
        "flat-out-mirror-up" => flat_out(folder, events, Some(port))?,
        "drain" => drain(folder, events, port)?,
        "bare" => bare(folder, events, port)?,
        "fill" => fill(folder, events)?,
        other => return Err(format!("no such run: {other}").into()),
    };
    println!("{figure} {}", peak_kib().map_or_else(|| "unknown".to_owned(), |peak| peak.to_string()));
    Ok(())
}

/// Returns a closed port.
fn closed_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn open(folder: &Path, port: Option<u16>) -> Result<AuditGuard> {
    let builder = AuditLayer::builder(folder.join("audit")).append_deadline(Duration::from_secs(60));
    let builder = match port {
        Some(port) => builder.otlp(Otlp::new(format!("127.0.0.1:{port}"))),
        None => builder,
    };
    let (layer, guard) = builder.open()?;
    tracing_subscriber::registry().with(layer).try_init()?;
    Ok(guard)
}

fn emit() {
    audit!(
        ProviderSelected {
            provider_name: "whisper-cpp",
            provider_kind: "stt",
            endpoint_host: "127.0.0.1:8123",
            strategy: "local-only",
            attempt: Some(3),
        },
        actor.user_sid = "S-1-5-21-3623811015-3361044348-30300820-10130",
        actor.session_id = "9f2c4be17a60d358",
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
    );
}

fn is_committed(guard: &AuditGuard) -> bool {
    let stats = guard.handle().stats();
    stats.committed_seq == stats.last_seq
}

fn paced(folder: &Path, events: usize, port: Option<u16>) -> Result<f64> {
    let guard = open(folder, port)?;
    let mut calls = Vec::with_capacity(events);
    let mut due = Instant::now();
    for _ in 0..events {
        while Instant::now() < due {
            spin_loop();
        }
        due += PACE;
        let begin = Instant::now();
        emit();
        calls.push(begin.elapsed().as_nanos() as u64);
    }
    assert_eq!(guard.handle().stats().recorded, events as u64);
    calls.sort_unstable();
    Ok(calls[(events - 1) * 99 / 100] as f64)
}

fn flat_out(folder: &Path, events: usize, port: Option<u16>) -> Result<f64> {
    let guard = open(folder, port)?;
    (0..events / 10).for_each(|_| emit());
    let begin = Instant::now();
    (0..events).for_each(|_| emit());
    while !is_committed(&guard) {
        thread::sleep(Duration::from_micros(200));
    }
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(guard.handle().stats().refused, 0);
    Ok(events as f64 / seconds)
}

/// Creates a log with a backlog.
fn fill(folder: &Path, events: usize) -> Result<f64> {
    let guard = open(folder, None)?;
    (0..events).for_each(|_| emit());
    guard.shutdown(Duration::from_secs(60))?;
    Ok(events as f64)
}

/// The layer of the global default would keep the log open, so another process fills it.
fn filled_by_another(folder: &Path, events: usize) -> Result<()> {
    let status = Command::new(std::env::current_exe()?)
        .args(["child", "fill", &events.to_string(), "0"])
        .arg(folder)
        .stdout(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("it could not be filled: {status}").into()) }
}

fn drain(folder: &Path, events: usize, port: u16) -> Result<f64> {
    filled_by_another(folder, events)?;
    let begin = Instant::now();
    let guard = open(folder, Some(port))?;
    let handle = guard.handle();
    loop {
        let stats = handle.stats();
        if stats.mirrors[0].delivered_seq >= Some(events as u64) {
            break;
        }
        thread::sleep(Duration::from_micros(500));
    }
    Ok(events as f64 / begin.elapsed().as_secs_f64())
}

/// Sends the batches of `drain`, which a collector in this process has recorded before.
fn bare(folder: &Path, events: usize, port: u16) -> Result<f64> {
    filled_by_another(folder, events)?;
    let batches = recorded(folder, events)?;
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build(),
    );
    let url = format!("http://127.0.0.1:{port}/v1/logs");
    let begin = Instant::now();
    for batch in &batches {
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&batch.encode_to_vec())?;
        let request = agent
            .post(&url)
            .header("content-type", "application/x-protobuf")
            .header("content-encoding", "gzip");
        let mut answer = request.send(&gzip.finish()?[..])?;
        answer.body_mut().read_to_vec()?;
    }
    Ok(events as f64 / begin.elapsed().as_secs_f64())
}

/// Returns the batches that a mirror sends for this log.
fn recorded(folder: &Path, events: usize) -> Result<Vec<ExportLogsServiceRequest>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let recorder = thread::spawn(move || record(&listener, events));
    let guard = open(folder, Some(port))?;
    let batches = recorder.join().map_err(|_| "the recorder has panicked")??;
    drop(guard);
    Ok(batches)
}

fn record(listener: &TcpListener, events: usize) -> std::io::Result<Vec<ExportLogsServiceRequest>> {
    use std::io::{BufRead as _, BufReader};
    let (stream, _) = listener.accept()?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let (mut batches, mut records) = (Vec::new(), 0);
    while records < events {
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
        let batch = ExportLogsServiceRequest::decode(&plain[..]).map_err(std::io::Error::other)?;
        records += batch.resource_logs[0].scope_logs[0].log_records.len();
        batches.push(batch);
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n",
        )?;
    }
    Ok(batches)
}
