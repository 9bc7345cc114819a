//! Records on standard output.

use crate::terminal::escape::{escaped, json_escaped};
use crate::terminal::table::Table;
use crate::terminal::zone::Zone;
use anstream::AutoStream;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};
use tracing_audit::read::{Encoder, ExportFormat, Match, Trouble};

/// How to print records.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table; the default on a terminal
    Table,
    /// One JSON object a line, as written; the default elsewhere. On a terminal, characters that it would obey are escaped
    Json,
    /// CSV by RFC 4180; cells that a spreadsheet would take for formulas begin with `'`
    Csv,
    /// The bytes of the lines as written, also on a terminal
    Raw,
}

/// Prints records, each with one write: what is cut off ends with a whole one.
pub(super) struct Printer {
    format: Format,
    is_terminal: bool,
    /// With colors, where there are any.
    out: BufWriter<AutoStream<StdoutLock<'static>>>,
    raw: BufWriter<io::Stdout>,
    table: Table,
    csv: Encoder,
    /// A line with its `\n`.
    line: Vec<u8>,
    has_begun: bool,
}

impl Printer {
    /// Shows the times of a table in a zone, if there is one.
    pub(super) fn in_zone(self, zone: Option<Zone>) -> Printer {
        Printer { table: self.table.in_zone(zone), ..self }
    }

    pub(super) fn new(format: Option<Format>, names_log: bool) -> Printer {
        let is_terminal = io::stdout().is_terminal();
        // On a terminal, each record is shown when it is found.
        let capacity = if is_terminal { 0 } else { 64 * 1024 };
        Printer {
            format: format.unwrap_or(if is_terminal { Format::Table } else { Format::Json }),
            is_terminal,
            out: BufWriter::with_capacity(capacity, anstream::stdout().lock()),
            raw: BufWriter::with_capacity(capacity, io::stdout()),
            table: Table::on_stdout(names_log),
            csv: Encoder::new(ExportFormat::Csv),
            line: Vec::new(),
            has_begun: false,
        }
    }

    /// Returns whether a record was printed.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Prints a record, unless it turns out to be none.
    pub(super) fn record(&mut self, record: &Match) -> io::Result<Result<(), Trouble>> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        self.line.clear();
        match self.format {
            Format::Json if self.is_terminal => {
                let line = String::from_utf8_lossy(record.line());
                self.line.extend_from_slice(json_escaped(&line).as_bytes());
            }
            Format::Json | Format::Raw => self.line.extend_from_slice(record.line()),
            Format::Csv => {
                if is_first {
                    self.line = self.csv.head();
                }
                let recorded = self.csv.record(record, &mut self.line);
                self.raw.write_all(&self.line)?;
                return Ok(recorded);
            }
            Format::Table => {
                if is_first {
                    self.table.head(&mut self.out)?;
                }
                self.table.line(&mut self.out, record.line(), &log_name(record))?;
                return Ok(Ok(()));
            }
        }
        self.line.push(b'\n');
        self.raw.write_all(&self.line)?;
        Ok(Ok(()))
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.raw.flush()
    }
}

/// Returns a short name of the log that a record is from.
fn log_name(record: &Match) -> String {
    let journal = record.journal();
    let is_id = journal.len() == 32 && journal.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        return journal[..8].to_owned();
    }
    let dir = record.path().parent().and_then(|dir| dir.file_name());
    escaped(&dir.unwrap_or_default().to_string_lossy()).into_owned()
}
