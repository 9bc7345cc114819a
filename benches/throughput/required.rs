//! The bounds that `audit!` must meet in a full run.

use crate::contenders::{FMT_JSON, NON_BLOCKING};
use crate::measure::{CPU_THREADS, Measure, P50, P99, P999, PERCENTILES, SYNCED_THREADS};
use crate::results::Results;
use crate::text::{thousands, threads_text};
use Figure::{
    Allocations, Cpu, Growth, MemoryMib, PacedCall, ReopeningMillis, SingleCall, SyncedTogether, TimesAsFast,
};

/// Each figure with its bound: a minimum for `TimesAsFast` and `SyncedTogether`, a maximum for all others. With `None`
/// the figure is only shown.
pub(crate) const REQUIRED: [(Figure, Option<f64>); 18] = [
    (TimesAsFast { threads: 1, rival: FMT_JSON }, Some(5.0)),
    (TimesAsFast { threads: 2, rival: FMT_JSON }, Some(5.0)),
    (TimesAsFast { threads: 8, rival: FMT_JSON }, Some(5.0)),
    (TimesAsFast { threads: 1, rival: NON_BLOCKING }, Some(4.0)),
    (TimesAsFast { threads: 2, rival: NON_BLOCKING }, Some(4.0)),
    (TimesAsFast { threads: 8, rival: NON_BLOCKING }, Some(4.0)),
    (Cpu { threads: CPU_THREADS[0] }, Some(0.2)),
    (Cpu { threads: CPU_THREADS[1] }, Some(0.2)),
    (SingleCall { percentile: P50 }, Some(1.0 / 6.0)),
    (SingleCall { percentile: P99 }, Some(1.0 / 8.0)),
    (SingleCall { percentile: P999 }, Some(1.0 / 4.0)),
    (PacedCall { percentile: P99 }, Some(1.0 / 4.0)),
    (PacedCall { percentile: P999 }, None),
    (Allocations, Some(0.0)),
    (MemoryMib, Some(16.0)),
    (Growth, Some(1.5)),
    (ReopeningMillis, Some(50.0)),
    (SyncedTogether, Some(4.0)),
];

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Figure {
    /// The rival's time per event, divided by that of `audit!`.
    TimesAsFast { threads: usize, rival: usize },
    /// The processor time of an event as a part of that of fmt JSON.
    Cpu { threads: usize },
    /// The time of a call as a part of that of fmt JSON, one call after another.
    SingleCall { percentile: usize },
    /// The same, at the pace.
    PacedCall { percentile: usize },
    /// Per event.
    Allocations,
    /// The peak over the idle process.
    MemoryMib,
    /// The time per event in the largest log, divided by that in the smallest.
    Growth,
    /// For the longest journal: under `--long`, that of 10 million events.
    ReopeningMillis,
    /// Events per second that many threads bring to disk, divided by those of one thread.
    SyncedTogether,
}

impl Figure {
    /// Returns `None` if the contender is not measured in this way.
    pub(crate) fn of(self, contender: usize, results: &Results) -> Option<f64> {
        let part = |measure, percentile| {
            let row = results.row(measure)?;
            Some(row.median(contender, percentile)? / row.median(FMT_JSON, percentile)?)
        };
        match self {
            TimesAsFast { threads, rival } => {
                let row = results.row(Measure::TimePerEvent { threads })?;
                Some(row.median(rival, 0)? / row.median(contender, 0)?)
            }
            Cpu { threads } => part(Measure::CpuPerEvent { threads }, 0),
            SingleCall { percentile } => part(Measure::SingleCalls, percentile),
            PacedCall { percentile } => part(Measure::PacedCalls, percentile),
            Allocations => results.row(Measure::Allocations)?.median(contender, 0),
            MemoryMib => {
                let row = results.row(Measure::Memory)?;
                Some((row.median(contender, 1)? - row.median(contender, 0)?) / 1024.0)
            }
            Growth => {
                let mut rows = results.rows_of(Measure::Growth);
                let smallest = rows.next()?;
                Some(rows.last()?.median(contender, 0)? / smallest.median(contender, 0)?)
            }
            ReopeningMillis => results.rows_of(Measure::Reopening).last()?.median(contender, 0),
            SyncedTogether => {
                let [alone, together] = SYNCED_THREADS
                    .map(|threads| results.row(Measure::Synced { threads })?.median(contender, 0));
                Some(together? / alone?)
            }
        }
    }

    /// Returns the measured figure.
    pub(crate) fn title(self, results: &Results) -> String {
        let sizes = |measure| results.rows_of(measure).map(|row| thousands(row.events)).collect::<Vec<_>>();
        let first = |sizes: &[String]| sizes.first().cloned().unwrap_or_default();
        let last = |sizes: &[String]| sizes.last().cloned().unwrap_or_default();
        match self {
            TimesAsFast { threads, rival } => {
                let rival = if rival == NON_BLOCKING { "fmt JSON, non_blocking" } else { "fmt JSON" };
                format!("times as fast as {rival}, {}", threads_text(threads))
            }
            Cpu { threads } => {
                format!("processor time, as a part of fmt JSON's, {}", threads_text(threads))
            }
            SingleCall { percentile } => {
                format!("{} of a call, as a part of fmt JSON's", PERCENTILES[percentile].0)
            }
            PacedCall { percentile } => {
                format!("{} of a paced call, as a part of fmt JSON's", PERCENTILES[percentile].0)
            }
            Allocations => "heap allocations per event".to_owned(),
            MemoryMib => {
                let events = last(&sizes(Measure::Memory));
                format!("MiB over the idle process, {events} events")
            }
            Growth => {
                let sizes = sizes(Measure::Growth);
                format!("time per event, log of {} to {}", last(&sizes), first(&sizes))
            }
            ReopeningMillis => format!("ms to reopen a journal of {}", last(&sizes(Measure::Reopening))),
            SyncedTogether => {
                let [alone, together] = SYNCED_THREADS;
                format!("synced events a second, {together} threads to {alone}")
            }
        }
    }

    pub(crate) fn bound_text(self, bound: f64) -> String {
        let direction = if self.is_better_high() { "at least" } else { "at most" };
        let bound = format!("{bound:.3}");
        format!("{direction} {}", bound.trim_end_matches('0').trim_end_matches('.'))
    }

    fn is_better_high(self) -> bool {
        matches!(self, TimesAsFast { .. } | SyncedTogether)
    }

    pub(crate) fn is_met(self, value: f64, bound: f64) -> bool {
        if self.is_better_high() { value >= bound } else { value <= bound }
    }
}

/// Returns whether `audit!` meets all bounds, in both forms.
pub(crate) fn is_met(results: &Results) -> bool {
    REQUIRED.iter().all(|&(figure, bound)| {
        let values = results.of_audit(figure);
        bound.is_none_or(|bound| values.iter().flatten().all(|&value| figure.is_met(value, bound)))
    })
}
