//! One run, in a process of its own.

use crate::emit::{DayBefore, emit};
use crate::{Result, sealer};
use std::fs;
use std::hint::spin_loop;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tracing_audit::events::common;
use tracing_audit::{AuditGuard, AuditHandle, AuditLayer, AuditLayerBuilder};
use tracing_subscriber::prelude::*;

const PACE: Duration = Duration::from_micros(40);

const PATIENCE: Duration = Duration::from_secs(600);

/// The free space at which a long run ends, in bytes.
const SPACE: u64 = 6 << 30;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Log {
    Sealed,
    Unsealed,
}

#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// Nanoseconds per event until all lines are in the day file; the sealer's, and those of the bare hashes, where
    /// they are known.
    FlatOut { events: usize, threads: usize },
    /// The p50 and the p99 of a call, in nanoseconds.
    Paced { events: usize },
    /// The seconds flat out, the events, and the seconds from the last one until all is on disk, and sealed.
    Behind { limit: Duration },
    /// Milliseconds until `open()` returns; of a sealed log also until it has signed, and the bytes of a seal.
    Reopening { events: usize },
    /// Makes a log of two days.
    Fill { events: usize },
}

impl Run {
    fn to_arguments(self) -> [String; 3] {
        let (name, size, threads) = match self {
            Run::FlatOut { events, threads } => ("flat-out", events, threads),
            Run::Paced { events } => ("paced", events, 1),
            Run::Behind { limit } => ("behind", usize::try_from(limit.as_millis()).unwrap_or(usize::MAX), 2),
            Run::Reopening { events } => ("reopening", events, 1),
            Run::Fill { events } => ("fill", events, 1),
        };
        [name.to_owned(), size.to_string(), threads.to_string()]
    }

    fn from_arguments([name, size, threads]: [&str; 3]) -> Result<Run> {
        let (size, threads) = (size.parse()?, threads.parse()?);
        Ok(match name {
            "flat-out" => Run::FlatOut { events: size, threads },
            "paced" => Run::Paced { events: size },
            "behind" => Run::Behind { limit: Duration::from_millis(size as u64) },
            "reopening" => Run::Reopening { events: size },
            "fill" => Run::Fill { events: size },
            other => return Err(format!("no such run: {other}").into()),
        })
    }

    /// Runs as a child, in a new folder, and returns its figures.
    pub(crate) fn in_a_child(self, log: Log, folder: &Path) -> Result<Vec<f64>> {
        fs::create_dir(folder)?;
        let figures = self.in_this_folder(log, folder);
        fs::remove_dir_all(folder)?;
        figures
    }

    fn in_this_folder(self, log: Log, folder: &Path) -> Result<Vec<f64>> {
        let log = if log == Log::Sealed { "sealed" } else { "unsealed" };
        let arguments = self.to_arguments();
        let output = Command::new(std::env::current_exe()?)
            .args(["child", log])
            .args(&arguments)
            .arg(folder)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("{log} {arguments:?}: {}", output.status).into());
        }
        let text = String::from_utf8(output.stdout)?;
        Ok(text.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?)
    }
}

/// Runs as a child, and prints its figures.
pub(crate) fn execute(arguments: &[String]) -> Result<()> {
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    let [log, name, size, threads, folder] = arguments[..] else {
        return Err("a child needs five arguments".into());
    };
    let log = if log == "sealed" { Log::Sealed } else { Log::Unsealed };
    let dir = Path::new(folder).join("audit");
    let figures = match Run::from_arguments([name, size, threads])? {
        Run::FlatOut { events, threads } => flat_out(&open(log, &dir)?, &dir, events, threads)?,
        Run::Paced { events } => paced(&open(log, &dir)?, events)?,
        Run::Behind { limit } => behind(&open(log, &dir)?, limit)?,
        Run::Reopening { events } => reopening(log, &dir, events)?,
        Run::Fill { events } => fill(log, &dir, events)?,
    };
    println!("{}", figures.iter().map(f64::to_string).collect::<Vec<_>>().join(" "));
    Ok(())
}

fn builder(log: Log, dir: &Path) -> AuditLayerBuilder {
    let builder = AuditLayer::builder(dir).catalog(common::CATALOG).append_deadline(PATIENCE);
    if log == Log::Sealed { builder } else { builder.unsealed() }
}

/// Opens the log of this process.
fn open(log: Log, dir: &Path) -> Result<AuditGuard> {
    let (layer, guard) = builder(log, dir).open()?;
    tracing_subscriber::registry().with(layer).try_init()?;
    Ok(guard)
}

/// Waits until all lines are in the day file; returns the number of the last one.
fn wait_committed(handle: &AuditHandle) -> Result<u64> {
    loop {
        let stats = handle.stats();
        if stats.committed_seq == stats.last_seq {
            let is_whole = stats.refused == 0;
            return stats.last_seq.filter(|_| is_whole).ok_or_else(|| "events were refused".into());
        }
        thread::sleep(Duration::from_micros(200));
    }
}

fn flat_out(guard: &AuditGuard, dir: &Path, events: usize, threads: usize) -> Result<Vec<f64>> {
    let handle = guard.handle();
    (0..events / 50).for_each(|_| emit());
    sealer::wait(&handle, wait_committed(&handle)?)?;
    let idle = sealer::time();
    let (each, ready) = (events / threads, Barrier::new(threads));
    let begins = thread::scope(|scope| -> Result<Vec<Instant>> {
        let emit_all = || {
            ready.wait();
            let begin = Instant::now();
            (0..each).for_each(|_| emit());
            begin
        };
        let running = (0..threads).map(|_| scope.spawn(emit_all)).collect::<Vec<_>>();
        running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked".into())).collect()
    })?;
    let last_seq = wait_committed(&handle)?;
    let begin = begins.into_iter().min().ok_or("no thread")?;
    let count = (each * threads) as f64;
    let mut figures = vec![begin.elapsed().as_nanos() as f64 / count];
    sealer::wait(&handle, last_seq)?;
    figures.extend(sealer::time().zip(idle).map(|(time, idle)| (time - idle) / count));
    figures.extend(sealer::bare(dir));
    Ok(figures)
}

fn paced(guard: &AuditGuard, events: usize) -> Result<Vec<f64>> {
    let mut calls = Vec::with_capacity(events);
    let begin = Instant::now();
    let mut ticks = 0;
    for _ in 0..events {
        // Missed ticks are skipped, so that a slow call is not followed by a burst.
        ticks = u32::try_from(begin.elapsed().as_nanos() / PACE.as_nanos())?.max(ticks) + 1;
        while begin.elapsed() < PACE * ticks {
            spin_loop();
        }
        let begin = Instant::now();
        emit();
        calls.push(begin.elapsed());
    }
    wait_committed(&guard.handle())?;
    calls.sort_unstable();
    Ok([50, 99].map(|percent| calls[(events - 1) * percent / 100].as_nanos() as f64).to_vec())
}

fn behind(guard: &AuditGuard, limit: Duration) -> Result<Vec<f64>> {
    const AT_ONCE: usize = 1000;
    let handle = guard.handle();
    let (emitted, is_full) = (AtomicUsize::new(0), AtomicBool::new(false));
    let begin = Instant::now();
    thread::scope(|scope| {
        let emit_all = || {
            while begin.elapsed() < limit && !is_full.load(Ordering::Relaxed) {
                (0..AT_ONCE).for_each(|_| emit());
                emitted.fetch_add(AT_ONCE, Ordering::Relaxed);
            }
        };
        let running = [(); 2].map(|()| scope.spawn(emit_all));
        while !running.iter().all(thread::ScopedJoinHandle::is_finished) {
            is_full.store(handle.stats().disk_free.is_some_and(|free| free < SPACE), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(10));
        }
    });
    let (seconds, end) = (begin.elapsed().as_secs_f64(), Instant::now());
    let last_seq = wait_committed(&handle)?;
    while handle.stats().synced_seq < Some(last_seq) {
        thread::sleep(Duration::from_millis(1));
    }
    let until_synced = end.elapsed().as_secs_f64();
    sealer::wait(&handle, last_seq)?;
    Ok(vec![seconds, emitted.into_inner() as f64, until_synced, end.elapsed().as_secs_f64()])
}

/// The layer of the global default would keep the log open, so another process fills it. It is closed in
/// order, and its files are in the page cache.
fn reopening(log: Log, dir: &Path, events: usize) -> Result<Vec<f64>> {
    const TIMES: usize = 5;
    let folder = dir.parent().ok_or("no folder")?;
    let seal_bytes = Run::Fill { events }.in_this_folder(log, folder)?;
    let (mut opened, mut signed) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let begin = Instant::now();
        let (layer, guard) = builder(log, dir).open()?;
        opened.push(begin.elapsed().as_secs_f64() * 1e3);
        sealer::wait(&guard.handle(), 0)?;
        signed.push(begin.elapsed().as_secs_f64() * 1e3);
        drop(layer);
        guard.shutdown(PATIENCE)?;
    }
    let mut figures = vec![crate::median(&opened)];
    if log == Log::Sealed {
        figures.extend([crate::median(&signed), seal_bytes.into_iter().fold(0.0, f64::max)]);
    }
    Ok(figures)
}

/// Returns the lengths of the seals, in bytes.
fn fill(log: Log, dir: &Path, events: usize) -> Result<Vec<f64>> {
    let clock = DayBefore::default();
    let (layer, guard) = builder(log, dir).clock(clock.clone()).open()?;
    tracing_subscriber::registry().with(layer).try_init()?;
    (0..events / 2).for_each(|_| emit());
    clock.end();
    (0..events - events / 2).for_each(|_| emit());
    let handle = guard.handle();
    sealer::wait(&handle, wait_committed(&handle)?)?;
    guard.shutdown(PATIENCE)?;
    let seals = dir.join("seal");
    let is_seal = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "seal");
    let paths = fs::read_dir(&seals).into_iter().flatten().flatten().map(|entry| entry.path());
    Ok(paths.filter(is_seal).filter_map(|path| Some(fs::metadata(path).ok()?.len() as f64)).collect())
}
