//! The measures, their contenders and their sizes.

use crate::Result;
use crate::contenders::{CONTENDERS, FMT_JSON, FREE_FORM, NON_BLOCKING, SEALED, TYPED};
use crate::{cpu, memory};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    /// Nanoseconds per event, on this many threads.
    TimePerEvent { threads: usize },
    /// Nanoseconds of processors per event, until all are on disk, on this many threads.
    CpuPerEvent { threads: usize },
    /// Percentiles of single calls in nanoseconds, one call after another, on one thread.
    SingleCalls,
    /// The same, with one event every `PACE`.
    PacedCalls,
    /// Heap allocations of the emitting thread per event.
    Allocations,
    /// Peak resident memory in KiB: of the idle process, and of the whole run.
    Memory,
    /// `TimePerEvent` on one thread, by the number of events.
    Growth,
    /// Milliseconds to open a journal with this many lines.
    Reopening,
    /// Events per second under `Durability::PowerLoss`, on this many threads: each call returns when its
    /// event is on disk.
    Synced { threads: usize },
}

pub(crate) const THREADS: [usize; 3] = [1, 2, 8];

/// The numbers of threads whose processor time is measured.
pub(crate) const CPU_THREADS: [usize; 2] = [1, 8];

/// The numbers of threads that wait for the disk.
pub(crate) const SYNCED_THREADS: [usize; 2] = [1, 32];

pub(crate) const MEASURES: [Measure; 13] = [
    Measure::TimePerEvent { threads: THREADS[0] },
    Measure::TimePerEvent { threads: THREADS[1] },
    Measure::TimePerEvent { threads: THREADS[2] },
    Measure::CpuPerEvent { threads: CPU_THREADS[0] },
    Measure::CpuPerEvent { threads: CPU_THREADS[1] },
    Measure::SingleCalls,
    Measure::PacedCalls,
    Measure::Allocations,
    Measure::Memory,
    Measure::Growth,
    Measure::Reopening,
    Measure::Synced { threads: SYNCED_THREADS[0] },
    Measure::Synced { threads: SYNCED_THREADS[1] },
];

/// The pace of a busy service: 25,000 events a second.
pub(crate) const PACE: Duration = Duration::from_micros(40);

pub(crate) const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
pub(crate) const P50: usize = 0;
pub(crate) const P99: usize = 1;
pub(crate) const P999: usize = 2;

impl Measure {
    pub(crate) fn is_of(self, contender: usize) -> bool {
        match self {
            Measure::TimePerEvent { .. } | Measure::SingleCalls | Measure::Allocations => {
                contender < CONTENDERS.len()
            }
            Measure::CpuPerEvent { .. } => cpu::IS_KNOWN,
            Measure::PacedCalls => [FMT_JSON, NON_BLOCKING, FREE_FORM, TYPED, SEALED].contains(&contender),
            Measure::Memory => memory::IS_KNOWN && [FMT_JSON, NON_BLOCKING, FREE_FORM].contains(&contender),
            Measure::Growth | Measure::Reopening | Measure::Synced { .. } => contender == FREE_FORM,
        }
    }

    /// The numbers of events of its runs, one row of figures for each.
    pub(crate) fn events(self, extent: &Extent) -> Vec<usize> {
        match self {
            Measure::TimePerEvent { .. } | Measure::CpuPerEvent { .. } | Measure::SingleCalls => {
                vec![extent.events]
            }
            Measure::PacedCalls => vec![extent.paced_events],
            Measure::Allocations => vec![extent.events.min(10_000)],
            Measure::Memory => vec![extent.memory_events],
            Measure::Growth | Measure::Reopening => extent.sizes.clone(),
            // The number is per thread: where one sync serves all threads, the time is the same.
            Measure::Synced { threads } => vec![extent.synced_events * threads],
        }
    }

    /// Returns whether only the first round measures it: it hardly varies, or takes long.
    pub(crate) fn is_in(self, round: usize, events: usize) -> bool {
        let is_once = match self {
            Measure::Allocations | Measure::Memory | Measure::Reopening => true,
            Measure::Growth => events > 1_000_000,
            _ => false,
        };
        round == 0 || !is_once
    }
}

/// The extent of the measurement.
pub(crate) struct Extent {
    pub(crate) events: usize,
    pub(crate) rounds: usize,
    paced_events: usize,
    memory_events: usize,
    /// Events of each thread.
    synced_events: usize,
    /// The sizes of the logs of `Size`.
    sizes: Vec<usize>,
    /// Whether `audit!` must meet its bounds.
    pub(crate) is_judged: bool,
    /// The folder of `performance.md`, into which the figures are written.
    pub(crate) docs: Option<PathBuf>,
}

impl Extent {
    /// Without `--bench`, as in `cargo test --benches`, and with `--test`, a small run only checks that
    /// everything works. Arguments for other harnesses are ignored.
    pub(crate) fn from_arguments(arguments: &[String]) -> Result<Extent> {
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            Some(arguments.get(at + 1).ok_or_else(|| format!("{name} needs a value")))
        };
        let mut extent = if has("--test") || !has("--bench") {
            Extent::new(800, 1, 800, 4, vec![100, 800])
        } else if has("--quick") {
            Extent::new(40_000, 3, 5_000, 50, vec![10_000, 100_000])
        } else {
            let full = Extent::new(200_000, 5, 50_000, 500, vec![10_000, 100_000, 1_000_000]);
            Extent { is_judged: true, ..full }
        };
        if has("--long") {
            extent.sizes.push(10_000_000);
        }
        for (name, place) in [("--events", &mut extent.events), ("--rounds", &mut extent.rounds)] {
            if let Some(number) = value(name).transpose()? {
                *place = number.parse::<usize>().map_err(|error| format!("{name} {number}: {error}"))?.max(1);
            }
        }
        // At least one event for each thread.
        extent.events = extent.events.max(8);
        extent.docs = value("--docs").transpose()?.map(PathBuf::from);
        if extent.docs.is_some() && cfg!(debug_assertions) {
            return Err("--docs: the times of a debug build are none to be shown".into());
        }
        Ok(extent)
    }

    fn new(
        events: usize,
        rounds: usize,
        paced_events: usize,
        synced_events: usize,
        sizes: Vec<usize>,
    ) -> Extent {
        let memory_events = sizes.last().copied().unwrap_or(events);
        let (is_judged, docs) = (false, None);
        Extent { events, rounds, paced_events, memory_events, synced_events, sizes, is_judged, docs }
    }
}
