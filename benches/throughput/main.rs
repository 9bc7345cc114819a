//! What an event costs: `audit!` beside the usual ways of `tracing` into a file.
//!
//! Each contender writes the same event, with the same field contents, as one line
//! into a file of the real file system. It runs in a process of its own, because a
//! global default subscriber can be set once, and one that is scoped costs more: the
//! benchmark runs itself again as a child for each contender, measure and round. Rounds
//! are interleaved, so that a busy minute of the machine meets all contenders alike; what
//! is shown are medians over the rounds.
//!
//! - *Time per event*: from the first thread's first event until all lines are in the
//!   file, divided by the number of events. Where a thread writes in the background, what
//!   the caller no longer pays is paid then, so it counts. Nobody is asked to flush: that
//!   would have one contender wait for its disk and another only for its thread. For all
//!   alike, the lengths of the files are looked at, and the time is that of their last
//!   growth; `arrival.rs` has the details. Nobody's bytes have to be on the disk.
//! - *Calls*: how long the caller waits, one clock reading included: one call after
//!   another, and one every 40 microseconds, by a thread that looks at the clock in
//!   between. The latter is nearer to an application, and meets a background thread
//!   that has gone to sleep.
//! - *Allocations* of the emitting thread. The counter costs all contenders one addition
//!   for each.
//! - *Memory*: the peak of a run of a million events over that of the process after the
//!   log was opened. Linux alone says so.
//! - *Size*: the time per event in small and large logs, and the time to reopen them.
//! - *Synced events*: how many a second under `Durability::PowerLoss`, of one thread and of
//!   many, which share their syncs. It is a property of the disk that `target` is on: its file
//!   system is told, and a full run refuses one that is in memory.
//!
//! Each child counts its lines in the end. A contender that loses any is told of, and
//! fails the benchmark; so does `audit!`, in a full run, if it is not what `required.rs`
//! says.
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
