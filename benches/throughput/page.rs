//! Writes the results into `performance.md`, between two marks, and into a plot beside it.

use crate::Result;
use crate::contenders::{CONTENDERS, Contender, FMT_JSON, FREE_FORM};
use crate::measure::{CPU_THREADS, Extent, Measure, PERCENTILES, SYNCED_THREADS, THREADS};
use crate::plot;
use crate::required::REQUIRED;
use crate::results::{Results, Spread};
use crate::text::{thousands, threads_text};
use std::env::consts::{ARCH, OS};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

const PAGE: &str = "performance.md";
const PLOT: &str = "performance.svg";

const BEGIN: &str = "<!-- Figures: written by the benchmark, up to the next mark. -->\n";
const END: &str = "<!-- End of the figures. -->\n";

pub(crate) struct Page {
    docs: PathBuf,
    before: String,
    after: String,
}

impl Page {
    /// Opened before the measurement, so that missing marks are noticed first.
    pub(crate) fn open(docs: &Path) -> Result<Page> {
        let path = docs.join(PAGE);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let no_mark = |mark: &str| format!("{}: has no line `{}`", path.display(), mark.trim_end());
        let (before, rest) = text.split_once(BEGIN).ok_or_else(|| no_mark(BEGIN))?;
        let (_, after) = rest.split_once(END).ok_or_else(|| no_mark(END))?;
        Ok(Page { docs: docs.to_owned(), before: before.to_owned(), after: after.to_owned() })
    }

    pub(crate) fn write(&self, results: &Results, extent: &Extent) -> Result<()> {
        let Page { docs, before, after } = self;
        let figures = figures(results, extent)?;
        fs::write(docs.join(PAGE), format!("{before}{BEGIN}\n{figures}{END}{after}"))?;
        fs::write(docs.join(PLOT), plot::draw(results)?)?;
        Ok(())
    }
}

fn figures(results: &Results, extent: &Extent) -> Result<String> {
    let mut page = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let cores = thread::available_parallelism()?;
    let (events, rounds) = (thousands(extent.events), extent.rounds);
    writeln!(page, "tracing-audit {version} on {OS}, {ARCH}, {cores} cores; {events} events a run where")?;
    writeln!(page, "nothing else is said, medians of {rounds} rounds.\n")?;
    writeln!(page, "Nanoseconds per event, until all lines are in the file, and how many times as fast as")?;
    writeln!(page, "fmt JSON into a `Mutex<File>` that is:\n")?;
    times(&mut page, results, THREADS, |threads| Measure::TimePerEvent { threads })?;
    writeln!(
        page,
        "Nanoseconds of processors per event, of all threads, until all lines are on disk, and how many"
    )?;
    writeln!(page, "times as little as fmt JSON into a `Mutex<File>` that is:\n")?;
    times(&mut page, results, CPU_THREADS, |threads| Measure::CpuPerEvent { threads })?;
    calls(&mut page, results, Measure::SingleCalls, "One call after another, in nanoseconds:")?;
    calls(&mut page, results, Measure::PacedCalls, "One call every 40 microseconds, in nanoseconds:")?;
    costs(&mut page, results)?;
    sizes(&mut page, results)?;
    synced(&mut page, results)?;
    required(&mut page, results)?;
    Ok(page)
}

fn times<const N: usize>(
    page: &mut String,
    results: &Results,
    threads: [usize; N],
    measure: impl Fn(usize) -> Measure,
) -> Result<()> {
    let titles = threads.map(threads_text);
    head(page, &titles.each_ref().map(String::as_str))?;
    each_contender(page, |contender| {
        let cell = |threads| {
            let row = results.row(measure(threads))?;
            let median = row.median(contender, 0)?;
            Some(format!("{} ({:.2} ×)", whole(median), row.median(FMT_JSON, 0)? / median))
        };
        Some(threads.map(|threads| cell(threads).unwrap_or_default()).to_vec())
    })
}

fn calls(page: &mut String, results: &Results, measure: Measure, title: &str) -> Result<()> {
    let Some(row) = results.row(measure) else { return Ok(()) };
    writeln!(page, "{title}\n")?;
    head(page, &PERCENTILES.map(|(name, _)| name))?;
    each_contender(page, |contender| {
        (0..PERCENTILES.len()).map(|percentile| row.median(contender, percentile).map(whole)).collect()
    })
}

fn costs(page: &mut String, results: &Results) -> Result<()> {
    let memory = results.row(Measure::Memory);
    let events = memory.map_or_else(String::new, |row| thousands(row.events));
    writeln!(page, "What else it costs:\n")?;
    let of_memory = format!("KiB of memory that a run of {events} events takes over the idle process");
    head(page, &["heap allocations per event", &of_memory])?;
    let allocations =
        |contender| Some(format!("{:.2}", results.row(Measure::Allocations)?.median(contender, 0)?));
    let more = |contender| {
        let (idle, peak) = (memory?.median(contender, 0)?, memory?.median(contender, 1)?);
        Some(format!("{} over {}", whole(peak - idle), whole(idle)))
    };
    each_contender(page, |contender| {
        Some(vec![allocations(contender)?, more(contender).unwrap_or_else(|| "not measured".to_owned())])
    })
}

fn sizes(page: &mut String, results: &Results) -> Result<()> {
    writeln!(page, "How `audit!`, free form, takes to large logs:\n")?;
    writeln!(page, "| events in the log | ns per event (fastest to slowest round) | ms to open it again |")?;
    writeln!(page, "|---:|---:|---:|")?;
    for (growth, reopening) in results.rows_of(Measure::Growth).zip(results.rows_of(Measure::Reopening)) {
        let (Some(Spread { median, least, most }), Some(open)) =
            (growth.spread(FREE_FORM, 0), reopening.median(FREE_FORM, 0))
        else {
            continue;
        };
        let events = thousands(growth.events);
        let (median, least, most) = (whole(median), whole(least), whole(most));
        writeln!(page, "| {events} | {median} ({least} to {most}) | {open:.2} |")?;
    }
    writeln!(page)?;
    Ok(())
}

fn synced(page: &mut String, results: &Results) -> Result<()> {
    let file_system = &results.file_system;
    writeln!(
        page,
        "Events a second of `audit!`, free form, under `Durability::PowerLoss`, on {file_system}:\n"
    )?;
    writeln!(page, "| threads that emit | events a second (slowest to fastest round) |")?;
    writeln!(page, "|---:|---:|")?;
    for threads in SYNCED_THREADS {
        let row = results.row(Measure::Synced { threads });
        if let Some(Spread { median, least, most }) = row.and_then(|row| row.spread(FREE_FORM, 0)) {
            writeln!(page, "| {threads} | {} ({} to {}) |", whole(median), whole(least), whole(most))?;
        }
    }
    writeln!(page)?;
    Ok(())
}

fn required(page: &mut String, results: &Results) -> Result<()> {
    writeln!(page, "What `audit!` is held to:\n")?;
    writeln!(page, "| | free form | typed | required |")?;
    writeln!(page, "|---|---:|---:|---:|")?;
    for (figure, bound) in REQUIRED {
        let [free_form, typed] = results
            .of_audit(figure)
            .map(|value| value.map_or("–".to_owned(), |value| format!("{value:.2}")));
        let bound = bound.map_or("–".to_owned(), |bound| figure.bound_text(bound));
        let figure = figure.title(results);
        writeln!(page, "| {figure} | {free_form} | {typed} | {bound} |")?;
    }
    writeln!(page)?;
    Ok(())
}

fn head(page: &mut String, titles: &[&str]) -> Result<()> {
    writeln!(page, "| | {} |", titles.join(" | "))?;
    writeln!(page, "|---|{}", "---:|".repeat(titles.len()))?;
    Ok(())
}

/// Returns a line for each contender with all its cells.
fn each_contender(page: &mut String, cells: impl Fn(usize) -> Option<Vec<String>>) -> Result<()> {
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        if let Some(cells) = cells(contender) {
            // Unescaped, `Mutex<File>` would be HTML.
            let name = name.replace('<', "&lt;");
            writeln!(page, "| {name} | {} |", cells.join(" | "))?;
        }
    }
    writeln!(page)?;
    Ok(())
}

fn whole(number: f64) -> String {
    thousands(number.round().max(0.0) as usize)
}
