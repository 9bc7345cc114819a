//! The cost of an event: `audit!` compared with the usual ways to write `tracing` events to a file.
//!
//! Each contender writes the same event, with the same field contents, as one line to a file of the real
//! file system. It runs in its own process, because the global default subscriber can be set only once
//! and a scoped one costs more: the benchmark starts itself as a child for each contender, measure and
//! round. Rounds are interleaved, so that a busy minute of the machine affects all contenders alike;
//! the results are medians over the rounds.
//!
//! - *Time per event*: from the first thread's first event until all lines are in the file, divided by
//!   the number of events. The work of a background thread counts. No contender is asked to flush: one
//!   would wait for its disk, another only for its thread. Instead the lengths of the files are polled,
//!   and the time ends with their last growth (`arrival.rs`). No contender has to sync.
//! - *Processor time*: of all threads of the process, with their system calls, from the first event until all lines
//!   are on disk: each contender is closed, and its files are synced. What the kernel's own threads write is in no
//!   contender's figure. Known on Unix only.
//! - *Calls*: the time of a call, including one clock reading: one call after another, and one every 40
//!   microseconds, by a thread that polls the clock in between. The latter is closer to an application,
//!   and meets a background thread that sleeps.
//! - *Allocations* of the emitting thread. The counter costs each contender one addition per
//!   allocation.
//! - *Memory*: the peak of a run of a million events, less that of the process after the log was opened.
//!   Known on Linux only.
//! - *Size*: the time per event in small and large logs, and the time to reopen them.
//! - *Synced events*: events a second under `Durability::PowerLoss`, of one thread and of many, which
//!   share their syncs. The figure depends on the disk of `target`: its file system is shown, and a
//!   full run refuses one in memory.
//!
//! Each child counts its lines. A contender that loses a line fails the benchmark; so does `audit!`, in
//! a full run, if it misses a bound of `required.rs`.
//!
//! ```console
//! $ cargo bench --bench throughput
//! $ cargo bench --bench throughput -- --quick
//! $ cargo bench --bench throughput -- --events 1000000 --rounds 9
//! $ cargo bench --bench throughput -- --long          # a log of 10 million events, too
//! $ cargo bench --bench throughput -- --docs docs     # into docs/performance.md and .svg
//! ```

mod allocations;
mod arrival;
mod child;
mod contenders;
mod cpu;
mod disk;
mod measure;
mod memory;
mod page;
mod plot;
mod required;
mod results;
mod text;

use child::Run;
use measure::Extent;
use page::Page;
use results::Results;
use std::error::Error;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if let Some(("child", run)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Run::from_arguments(run)?.execute()?;
        return Ok(ExitCode::SUCCESS);
    }
    let extent = Extent::from_arguments(&arguments)?;
    let page = extent.docs.as_deref().map(Page::open).transpose()?;
    let results = Results::measure(&extent)?;
    text::print(&results, &extent);
    if let Some(page) = page {
        page.write(&results, &extent)?;
    }
    let is_good = results.is_complete() && (required::is_met(&results) || !extent.is_judged);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
