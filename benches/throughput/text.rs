//! Prints the results.

use crate::contenders::{CONTENDERS, Contender, FMT_JSON, FREE_FORM};
use crate::measure::{CPU_THREADS, Extent, Measure, PERCENTILES, SYNCED_THREADS, THREADS};
use crate::required::REQUIRED;
use crate::results::{Results, Spread};

pub(crate) fn print(results: &Results, extent: &Extent) {
    println!("\nOne event with the same ten fields, as one line in a file, by seven ways:\n");
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        println!("  {name:<34} lines of {} bytes", results.line_bytes(contender));
    }
    let (events, rounds) = (thousands(extent.events), extent.rounds);
    println!("\n{events} events a run; medians of {rounds} rounds, and the fastest and slowest round.");
    for threads in THREADS {
        print_times(results, Measure::TimePerEvent { threads }, &threads_text(threads));
    }
    for threads in CPU_THREADS {
        print_times(
            results,
            Measure::CpuPerEvent { threads },
            &format!("processors, {}", threads_text(threads)),
        );
    }
    print_percentiles(results, Measure::SingleCalls, "ns for a call, one after another");
    print_percentiles(results, Measure::PacedCalls, "ns for a call, one every 40 µs");
    print_allocations(results);
    print_memory(results);
    print_sizes(results);
    print_synced(results);
    print_required(results);
    print_loss(results);
}

/// `1,000,000`
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn threads_text(threads: usize) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}

fn print_times(results: &Results, measure: Measure, of: &str) {
    let Some(row) = results.row(measure) else { return };
    let title = format!("{of}, ns per event");
    println!("\n{title:<36}{:>9}{:>9}{:>9}   against fmt JSON", "median", "fastest", "slowest");
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        if let (Some(Spread { median, least, most }), Some(of_fmt)) =
            (row.spread(contender, 0), row.median(FMT_JSON, 0))
        {
            println!("  {name:<34}{median:>9.0}{least:>9.0}{most:>9.0}   {:>5.2} x as fast", of_fmt / median);
        }
    }
}

fn print_percentiles(results: &Results, measure: Measure, title: &str) {
    let Some(row) = results.row(measure) else { return };
    let [p50, p99, p999] = PERCENTILES.map(|(name, _)| name);
    println!("\n{title:<36}{p50:>9}{p99:>9}{p999:>9}");
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        let nanos = (0..PERCENTILES.len()).map_while(|percentile| row.median(contender, percentile));
        let nanos = nanos.map(|nanos| format!("{nanos:>9.0}")).collect::<String>();
        if !nanos.is_empty() {
            println!("  {name:<34}{nanos}");
        }
    }
}

fn print_allocations(results: &Results) {
    let Some(row) = results.row(Measure::Allocations) else { return };
    println!("\nheap allocations per event, of the emitting thread");
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        if let Some(allocations) = row.median(contender, 0) {
            println!("  {name:<34}{allocations:>9.2}");
        }
    }
}

fn print_memory(results: &Results) {
    let Some(row) = results.row(Measure::Memory) else { return };
    let title = format!("KiB of memory, {} events", thousands(row.events));
    println!("\n{title:<36}{:>9}{:>9}{:>9}", "idle", "peak", "more");
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        if let (Some(idle), Some(peak)) = (row.median(contender, 0), row.median(contender, 1)) {
            println!("  {name:<34}{idle:>9.0}{peak:>9.0}{:>9.0}", peak - idle);
        }
    }
}

/// Only `audit!`, in free form, is measured here.
fn print_sizes(results: &Results) {
    for (measure, title, digits) in [
        (Measure::Growth, "ns per event of audit!, in a log of", 0),
        (Measure::Reopening, "ms to open a log of audit! that has", 2),
    ] {
        println!("\n{title:<36}{:>9}{:>9}{:>9}", "median", "least", "most");
        for row in results.rows_of(measure) {
            if let Some(Spread { median, least, most }) = row.spread(FREE_FORM, 0) {
                let events = format!("{} events", thousands(row.events));
                println!("  {events:<34}{median:>9.digits$}{least:>9.digits$}{most:>9.digits$}");
            }
        }
    }
}

fn print_synced(results: &Results) {
    let title = format!("synced events a second, on {}", results.file_system);
    println!("\n{title:<36}{:>9}{:>9}{:>9}", "median", "least", "most");
    for threads in SYNCED_THREADS {
        let row = results.row(Measure::Synced { threads });
        if let Some(Spread { median, least, most }) = row.and_then(|row| row.spread(FREE_FORM, 0)) {
            let name = format!("audit!, PowerLoss, {}", threads_text(threads));
            println!("  {name:<34}{median:>9.0}{least:>9.0}{most:>9.0}");
        }
    }
}

fn print_required(results: &Results) {
    println!("\n{:<54}{:>11}{:>11}", "What audit! is held to", "free form", "typed");
    for (figure, bound) in REQUIRED {
        let values = results.of_audit(figure);
        let text = values.map(|value| value.map_or("-".to_owned(), |value| format!("{value:.2}")));
        let verdict = match bound {
            Some(bound) if values.iter().flatten().any(|&value| !figure.is_met(value, bound)) => {
                format!("   NOT {}, as required", figure.bound_text(bound))
            }
            Some(bound) => format!("   {} required", figure.bound_text(bound)),
            None => String::new(),
        };
        println!("  {:<52}{:>11}{:>11}{verdict}", figure.title(results), text[0], text[1]);
    }
}

fn print_loss(results: &Results) {
    println!();
    if cfg!(debug_assertions) {
        println!("This is a debug build: the times mean nothing.");
    }
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        let missing = results.missing(contender);
        if missing > 0 {
            println!("LOST: {missing} lines of `{name}` are not in the file.");
        }
    }
    if results.is_complete() {
        println!("All lines of all contenders are in their files.");
    }
}
