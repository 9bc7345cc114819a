//! `auditlog stats`

use super::filters::{self, Filters};
use super::troubles::Troubles;
use crate::failure::Failure;
use crate::terminal::escape::{cut, escaped, width};
use crate::terminal::histogram;
use crate::terminal::number::grouped;
use crate::terminal::progress::Bytes;
use anstyle::{AnsiColor, Effects, Style};
use std::io::{self, Write};
use std::process::ExitCode;
use tracing_audit::read::{self, Counts, Place, Statistics};

/// Counts the records of one log or of several, by event type, outcome, actor, tenant and day
///
/// An actor is named by its user_id, or else user_sid, kind, session or address.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub(crate) struct Stats {
    #[command(flatten)]
    filters: Filters,

    /// How many event types, actors and tenants to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Print the counts as JSON, with the 1,000 most frequent names
    #[arg(long)]
    json: bool,

    /// Print nothing but the counts: not what else is met, which the exit status still tells
    #[arg(long, short)]
    quiet: bool,
}

fn help() -> String {
    filters::HELP.to_owned()
        + "

Exit status: 0 done; 1 nothing matches; 2 something was damaged, missing or unreadable, as standard error says, so that \
the counts may be incomplete; 3 it could not be done."
}

impl Stats {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut troubles = Troubles::new(self.quiet);
        let progress = Bytes::new("counting");
        troubles.beside(progress.beside());
        let query = self.filters.query()?.progress(progress.setter());
        let counted = read::stats(query, |trouble| troubles.add(&trouble))?;
        drop(progress);
        troubles.finish();
        if self.json {
            let mut out = io::stdout().lock();
            serde_json::to_writer_pretty(&mut out, &counted).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            print(&mut anstream::stdout().lock(), &counted, self.top)?;
        }
        Ok(ExitCode::from(match (troubles.has_damage(), counted.records) {
            (true, _) => 2,
            (false, 0) => 1,
            (false, _) => 0,
        }))
    }
}

/// No line is longer.
const COLUMNS: usize = 80;

const BOLD: Style = Style::new().effects(Effects::BOLD);

fn print(out: &mut impl Write, counted: &Statistics, top: usize) -> io::Result<()> {
    let mut text = Vec::new();
    write!(text, "{BOLD}{}{BOLD:#}", records(counted.records))?;
    if let (Some(first), Some(last)) = (counted.first, counted.last) {
        write!(text, "\nfirst {}\nlast  {}", place(first), place(last))?;
    }
    writeln!(text)?;
    for (count, what) in [
        (counted.without_actor, "without an actor"),
        (counted.with_violations, "with violations"),
        (counted.gaps.events, "events that could not be recorded (log.gap)"),
        (counted.gaps.missing, "records in no day file"),
    ] {
        let color =
            if count > 0 { AnsiColor::Yellow.on_default() } else { Style::new().effects(Effects::DIMMED) };
        writeln!(text, "{color}{:>12}  {what}{color:#}", grouped(count))?;
    }
    if counted.records > 0 {
        table(&mut text, "OUTCOME", &counted.outcomes, top)?;
        table(&mut text, "EVENT", &counted.events, top)?;
        table(&mut text, "ACTOR", &counted.actors, top)?;
        table(&mut text, "TENANT", &counted.tenants, top)?;
        histogram::print(&mut text, &counted.days, COLUMNS)?;
    }
    out.write_all(&text)
}

fn place(place: Place) -> String {
    let ts = place.ts.to_string();
    let seq = place.seq.map_or(String::new(), |seq| format!("  seq {seq}"));
    format!("{} {}Z{seq}", &ts[..10], &ts[11..19])
}

/// Prints the most frequent names.
fn table(out: &mut impl Write, head: &str, counts: &Counts, top: usize) -> io::Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{:>12}  {head}{BOLD:#}", "RECORDS")?;
    let shown = counts.top(top);
    for count in &shown {
        let name = escaped(&count.name);
        let name = if name.is_empty() { "(none)".into() } else { cut(&name, COLUMNS - 14) };
        debug_assert!(width(&name) <= COLUMNS - 14);
        writeln!(out, "{:>12}  {name}", grouped(count.records))?;
    }
    let more = counts.different() - shown.len();
    let dim = Style::new().effects(Effects::DIMMED);
    if counts.others() > 0 {
        let others = grouped(counts.others());
        writeln!(
            out,
            "{dim}{:>12}  and {} more, and others, in {others} records{dim:#}",
            "",
            grouped(more as u64)
        )?;
    } else if more > 0 {
        writeln!(out, "{dim}{:>12}  and {} more{dim:#}", "", grouped(more as u64))?;
    }
    Ok(())
}

fn records(count: u64) -> String {
    format!("{} record{}", grouped(count), if count == 1 { "" } else { "s" })
}
