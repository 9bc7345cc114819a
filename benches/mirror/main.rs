//! The cost of a mirror for the application, and the speed of delivery.
//!
//! Each run is a process of its own, and rounds are interleaved: the benchmark starts itself as a
//! child for each figure and round, and shows medians over the rounds. The collector is a process of
//! its own, too, which reads requests and answers all of them with success.
//!
//! - *While the collector is down* (its port is closed): the p99 of a call at one event every 40
//!   microseconds, and the events a second at full speed until all are in the day files, each with
//!   and without a mirror; and the additional resident memory of a process with a backlog.
//! - *When the collector is up again*: the records a second from opening a log with a backlog until
//!   the last record is acknowledged, and those of a bare loop that encodes, compresses and posts the
//!   same batches with the same client, and does nothing else.
//! - *While the collector is up*: the events a second at full speed, with and without a mirror.
//!
//! ```console
//! $ cargo bench --bench mirror --features otlp
//! $ cargo bench --bench mirror --features otlp -- --quick
//! ```
//!
//! A full run fails if a figure misses its bound: p99 at most 1.5 times, throughput at least 0.8 times,
//! delivery at least 0.7 times, memory at most 16 MiB more.

mod receiver;
mod run;

use receiver::Receiver;
use run::Run;
use std::error::Error;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The size of a measurement.
struct Extent {
    events: usize,
    rounds: usize,
    is_judged: bool,
}

impl Extent {
    /// Without `--bench`, as in `cargo test --benches`, a small run only checks that everything works.
    fn from_arguments(arguments: &[String]) -> Extent {
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        if has("--test") || !has("--bench") {
            Extent { events: 2_000, rounds: 1, is_judged: false }
        } else if has("--quick") {
            Extent { events: 40_000, rounds: 1, is_judged: false }
        } else {
            Extent { events: 200_000, rounds: 5, is_judged: true }
        }
    }
}

/// A ratio of two runs, and its bound.
struct Ratio {
    name: &'static str,
    unit: &'static str,
    with: Run,
    without: Run,
    bound: Bound,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
    None,
}

fn ratios() -> [Ratio; 4] {
    [
        Ratio {
            name: "p99 of a call, one in 40 us, collector down",
            unit: "ns",
            with: Run::Paced { mirror: true },
            without: Run::Paced { mirror: false },
            bound: Bound::AtMost(1.5),
        },
        Ratio {
            name: "throughput flat out, collector down",
            unit: "events/s",
            with: Run::FlatOut { mirror: true, is_up: false },
            without: Run::FlatOut { mirror: false, is_up: false },
            bound: Bound::AtLeast(0.8),
        },
        Ratio {
            name: "throughput flat out, collector up",
            unit: "events/s",
            with: Run::FlatOut { mirror: true, is_up: true },
            without: Run::FlatOut { mirror: false, is_up: true },
            bound: Bound::None,
        },
        Ratio {
            name: "delivery of the backlog, beside a bare loop",
            unit: "records/s",
            with: Run::Drain,
            without: Run::Bare,
            bound: Bound::AtLeast(0.7),
        },
    ]
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn main() -> Result<ExitCode> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if let Some(("child", rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        run::execute(rest)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.first().is_some_and(|first| first == "receiver") {
        return receiver::serve().map(|()| ExitCode::SUCCESS);
    }
    let extent = Extent::from_arguments(&arguments);
    let receiver = Receiver::start()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut count = 0;
    let mut child = |run: Run| {
        count += 1;
        run.in_a_child(&folder.path().join(count.to_string()), extent.events, receiver.port())
    };
    let ratios = ratios();
    let mut figures = vec![(Vec::new(), Vec::new()); ratios.len()];
    let mut memory = Vec::new();
    for _ in 0..extent.rounds {
        for (ratio, (with, without)) in ratios.iter().zip(&mut figures) {
            let (with_mirror, alone) = (child(ratio.with)?, child(ratio.without)?);
            with.push(with_mirror.figure);
            without.push(alone.figure);
            if let (Run::FlatOut { is_up: false, .. }, Some(more), Some(peak)) =
                (ratio.with, with_mirror.peak_kib, alone.peak_kib)
            {
                memory.push((more as f64 - peak as f64) / 1024.0);
            }
        }
    }
    println!("{} events, medians of {} interleaved rounds\n", extent.events, extent.rounds);
    println!("{:<46} {:>12} {:>12} {:>10}  ratio", "", "with", "without", "");
    let mut is_good = true;
    for (ratio, (with, without)) in ratios.iter().zip(&figures) {
        let (with, without) = (median(with), median(without));
        let quotient = with / without;
        let (wanted, is_kept) = match ratio.bound {
            Bound::AtMost(most) => (format!("at most {most}"), quotient <= most),
            Bound::AtLeast(least) => (format!("at least {least}"), quotient >= least),
            Bound::None => (String::new(), true),
        };
        is_good &= is_kept;
        let verdict = if is_kept { "" } else { "  NOT KEPT" };
        println!(
            "{:<46} {with:>12.0} {without:>12.0} {:>10}  {quotient:.2}  {wanted}{verdict}",
            ratio.name, ratio.unit
        );
    }
    if !memory.is_empty() {
        const MOST: f64 = 16.0;
        let more = median(&memory);
        is_good &= more <= MOST;
        let verdict = if more <= MOST { "" } else { "  NOT KEPT" };
        println!(
            "{:<46} {more:>12.1} {:>12} {:>10}  {:4}  at most {MOST}{verdict}",
            "peak memory more, with a backlog", "", "MiB", ""
        );
    }
    Ok(if is_good || !extent.is_judged { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
