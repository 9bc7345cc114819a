//! Records per day, as bars.

use super::number::grouped;
use anstyle::{AnsiColor, Effects, Style};
use std::collections::BTreeMap;
use std::io::{self, Write};
use tracing_audit::read::DayCount;

/// More days are shown as months, and more months as years.
const MOST: usize = 62;

/// Prints a bar for each day, or month, or year, with the failures in red at its end.
pub(crate) fn print(
    out: &mut impl Write,
    days: &BTreeMap<String, DayCount>,
    columns: usize,
) -> io::Result<()> {
    // `2026-05-28`, `2026-05` or `2026`.
    let (head, rows) = [("DAY", 10), ("MONTH", 7), ("YEAR", 4)]
        .map(|(head, len)| (head, by(days, len)))
        .into_iter()
        .find(|(_, rows)| rows.len() <= MOST)
        .unwrap_or_else(|| ("YEAR", by(days, 4)));
    let most = rows.values().map(|(records, _)| *records).max().unwrap_or_default().max(1);
    let bar = columns.saturating_sub(12 + 2 + 10 + 2 + 10 + 2);
    let bold = Style::new().effects(Effects::BOLD);
    writeln!(out, "\n{bold}{:>12}  {head:10}{:>12}{bold:#}", "RECORDS", "FAILURES")?;
    for (day, (records, failures)) in rows {
        let of_bar = |count: u64| (u128::from(count) * bar as u128).div_ceil(u128::from(most)) as usize;
        let (all, failed) = (of_bar(records), of_bar(failures).min(of_bar(records)));
        let (good, bad) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
        write!(out, "{:>12}  {day:10}{:>12}", grouped(records), grouped(failures))?;
        if all > 0 {
            write!(out, "  {good}{}{good:#}{bad}{}{bad:#}", "█".repeat(all - failed), "▒".repeat(failed))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Returns the records and failures of each period whose name is the beginning of a day's.
fn by(days: &BTreeMap<String, DayCount>, len: usize) -> BTreeMap<&str, (u64, u64)> {
    let mut rows = BTreeMap::<&str, (u64, u64)>::new();
    for (day, count) in days {
        let row = rows.entry(day.get(..len).unwrap_or(day)).or_default();
        row.0 += count.records;
        row.1 += count.failures;
    }
    rows
}
