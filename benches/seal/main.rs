//! The cost of sealing: for callers, in processor time, and when a log is opened again.
//!
//! Each run is a process of its own, and rounds are interleaved: the benchmark starts itself as a child for
//! each figure and round, with the log sealed and `unsealed()`, and shows medians over the rounds. A line has
//! some 220 bytes.
//!
//! - *Flat out*: the time per event of callers that emit without a pause, until all lines are in the day file.
//!   The sealer works at the same time, as far as it gets a processor.
//! - *The sealer's time*: the processor time of its thread when all of these events are sealed, for each of
//!   them, beside that of a loop that computes the same hashes and does nothing else. Known on Linux only.
//! - *Behind*: how long after the end of a minute flat out everything is sealed, and how long of that the
//!   disk took. Less than a minute if the disk gets full.
//! - *Paced*: the time of a call, one each 40 microseconds. `unsealed()` runs twice, which shows the noise.
//! - *Reopening*: until `open()` has returned, and until the sealer has signed, of a log of two days.
//! - *Size* of the seal of the first of these days.
//!
//! ```console
//! $ cargo bench --bench seal
//! $ cargo bench --bench seal -- --quick
//! $ cargo bench --bench seal -- --long           # reopens a log of 10 million lines
//! $ cargo bench --bench seal -- --only flat-out  # or behind, paced, reopening
//! ```
//!
//! A full run fails if a figure misses its bound: see `required.rs`.

mod child;
mod emit;
mod required;
mod sealer;
mod text;

use child::{Log, Run};
use required::Bound;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use text::{Table, median};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The numbers of threads that emit flat out.
const THREADS: [usize; 3] = [1, 2, 8];

/// The size of a measurement.
struct Extent {
    /// Events flat out. They take longer than the sealer's second.
    events: usize,
    paced: usize,
    reopened: usize,
    behind: Duration,
    rounds: usize,
    is_judged: bool,
    /// The one part that is measured.
    only: Option<String>,
}

impl Extent {
    /// Without `--bench`, as in `cargo test --benches`, a small run only checks that everything works.
    fn from_arguments(arguments: &[String]) -> Extent {
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1).cloned()
        };
        let full = Extent {
            events: 5_000_000,
            paced: 100_000,
            reopened: if has("--long") { 10_000_000 } else { 200_000 },
            behind: Duration::from_secs(60),
            rounds: value("--rounds").and_then(|rounds| rounds.parse().ok()).unwrap_or(5),
            is_judged: true,
            only: value("--only"),
        };
        if has("--test") || !has("--bench") {
            let behind = Duration::from_millis(100);
            let (events, paced, reopened) = (2_000, 2_000, 2_000);
            Extent { events, paced, reopened, behind, rounds: 1, is_judged: false, ..full }
        } else if has("--quick") {
            let (events, paced, behind) = (500_000, 20_000, Duration::from_secs(10));
            Extent { events, paced, behind, rounds: 1, is_judged: false, ..full }
        } else {
            full
        }
    }

    fn has(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }
}

fn main() -> Result<ExitCode> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if let Some(("child", rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        child::execute(rest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let extent = Extent::from_arguments(&arguments);
    let folder = tempfile::Builder::new().prefix("seal-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let run = folder.path().join("run");
    let mut table = Table::default();
    println!("medians of {} interleaved rounds", extent.rounds);
    if extent.has("flat-out") {
        flat_out(&extent, &run, &mut table)?;
    }
    if extent.has("paced") {
        paced(&extent, &run, &mut table)?;
    }
    if extent.has("reopening") {
        reopening(&extent, &run, &mut table)?;
    }
    if extent.has("behind") {
        behind(&extent, &run, &mut table)?;
    }
    folder.close()?;
    let is_good = table.is_kept() || !extent.is_judged;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn flat_out(extent: &Extent, folder: &Path, table: &mut Table) -> Result<()> {
    let mut runs = vec![(Vec::new(), Vec::new(), Vec::new()); THREADS.len()];
    for _ in 0..extent.rounds {
        for (threads, (sealed, unsealed, sealer)) in THREADS.into_iter().zip(&mut runs) {
            let run = Run::FlatOut { events: extent.events, threads };
            let figures = run.in_a_child(Log::Sealed, folder)?;
            sealed.push(figures[0]);
            if let [_, time, bare] = figures[..] {
                sealer.push((time, bare));
            }
            unsealed.push(run.in_a_child(Log::Unsealed, folder)?[0]);
        }
    }
    println!("\n{} events flat out, ns an event:", extent.events);
    for (threads, (sealed, unsealed, _)) in THREADS.into_iter().zip(&runs) {
        let (sealed, unsealed) = (median(sealed), median(unsealed));
        table.compared(&format!("threads that emit: {threads}"), sealed, unsealed);
        table.judge("  throughput, sealed to unsealed", unsealed / sealed, required::THROUGHPUT);
    }
    let sealer = runs.iter().flat_map(|(_, _, sealer)| sealer.iter().copied()).collect::<Vec<_>>();
    if !sealer.is_empty() {
        let (times, bare) = sealer.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
        println!("{:<44} {:>12.1}", "the sealer's thread, ns an event", median(&times));
        println!("{:<44} {:>12.1}", "the hashes alone, in a bare loop", median(&bare));
        table.judge("  sealer to bare loop", median(&times) / median(&bare), required::SEALER);
    }
    Ok(())
}

fn paced(extent: &Extent, folder: &Path, table: &mut Table) -> Result<()> {
    let run = Run::Paced { events: extent.paced };
    let [mut sealed, mut unsealed, mut again] = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..extent.rounds {
        unsealed.push(run.in_a_child(Log::Unsealed, folder)?);
        sealed.push(run.in_a_child(Log::Sealed, folder)?);
        again.push(run.in_a_child(Log::Unsealed, folder)?);
    }
    println!("\n{} calls, one each 40 us, ns:", extent.paced);
    for (at, percentile) in ["p50", "p99"].into_iter().enumerate() {
        let figures = |runs: &[Vec<f64>]| runs.iter().map(|figures| figures[at]).collect::<Vec<_>>();
        let (with, without, noise) = (figures(&sealed), figures(&unsealed), figures(&again));
        table.compared(percentile, median(&with), median(&without));
        table.compared("  unsealed, unsealed again", median(&without), median(&noise));
        // Equal within the noise: not slower than unsealed rounds are.
        let most = without.iter().chain(&noise).copied().fold(0.0, f64::max);
        table.judge("  sealed, to the slowest round unsealed", median(&with) / most, required::PACED);
    }
    Ok(())
}

fn reopening(extent: &Extent, folder: &Path, table: &mut Table) -> Result<()> {
    let run = Run::Reopening { events: extent.reopened };
    let (mut sealed, mut unsealed) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds {
        sealed.push(run.in_a_child(Log::Sealed, folder)?);
        unsealed.push(run.in_a_child(Log::Unsealed, folder)?);
    }
    println!("\na log of {} lines in two days:", extent.reopened);
    let figure = |runs: &[Vec<f64>], at: usize| {
        median(&runs.iter().filter_map(|figures| figures.get(at).copied()).collect::<Vec<_>>())
    };
    table.compared("ms until open() returns", figure(&sealed, 0), figure(&unsealed, 0));
    table.judge("  sealed", figure(&sealed, 0), required::REOPENING);
    table.judge("ms until the sealer has signed", figure(&sealed, 1), Bound::None);
    table.judge("bytes of a day's seal", figure(&sealed, 2), required::SEAL_BYTES);
    Ok(())
}

fn behind(extent: &Extent, folder: &Path, table: &mut Table) -> Result<()> {
    let figures = Run::Behind { limit: extent.behind }.in_a_child(Log::Sealed, folder)?;
    let [seconds, events, until_synced, until_sealed] = figures[..] else {
        return Err("it has said too little".into());
    };
    println!("\n{seconds:.0} s flat out, 2 threads, {events:.0} events:");
    table.judge("events a second", events / seconds, Bound::None);
    table.judge("s from the last event until all is on disk", until_synced, Bound::None);
    table.judge("s from the last event until all is sealed", until_sealed, required::behind());
    Ok(())
}

// A place for the speed of verification, `read::verify`: GB/s, on one core and on two.
