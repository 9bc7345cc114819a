//! `auditlog query`

use super::access::RecordAccess;
use super::filters::{self, Filters};
use super::printer::{Format, Printer};
use super::troubles::Troubles;
use super::zone::InZone;
use crate::failure::Failure;
use crate::terminal::progress::Bytes;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use tracing_audit::read::{self, QueryError};

/// Searches the records of one log or of several
///
/// Each option narrows the search; only --event may be given several times to find one of them. With several
/// directories, records come by their time, journal id and number, and those that two copies of a journal have come
/// once. On a terminal they are shown as a table, else as the lines that the log has written.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub(crate) struct Query {
    #[command(flatten)]
    filters: Filters,

    /// The record with this number, and those before and behind it; of one directory
    #[arg(long, value_name = "SEQ", conflicts_with = "seq")]
    around: Option<u64>,

    /// How many records before and behind
    #[arg(long, short = 'C', value_name = "N", default_value_t = 10, requires = "around")]
    context: u64,

    /// The newest first
    #[arg(long, short)]
    reverse: bool,

    /// At most so many
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<u64>,

    /// Print only how many there are
    #[arg(long, short, conflicts_with = "format")]
    count: bool,

    #[command(flatten)]
    zone: InZone,

    #[command(flatten)]
    access: RecordAccess,

    /// How to print them
    #[arg(long, short, value_name = "FORMAT")]
    format: Option<Format>,

    /// Print nothing but the records: not what else is met, which the exit status still tells
    #[arg(long, short)]
    quiet: bool,
}

fn help() -> String {
    filters::HELP.to_owned()
        + "

Exit status: 0 found; 1 nothing found; 2 something was damaged, missing or unreadable, as standard error says, so that the \
result may be incomplete; 3 the search could not be done."
}

impl Query {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut troubles = Troubles::new(self.quiet);
        if self.access.is_wanted() {
            // What is met besides records is told when they are shown.
            let records = self.query()?.count(|_| {})?;
            self.access.record("query", &self.filters.dir, Some(records))?;
        }
        let query = self.query()?;
        let found = if self.count {
            let progress = Bytes::new("searching");
            troubles.beside(progress.beside());
            let count = query.progress(progress.setter()).count(|trouble| troubles.add(&trouble))?;
            drop(progress);
            let mut out = std::io::stdout().lock();
            writeln!(out, "{count}")?;
            count > 0
        } else {
            // Records on the terminal show by themselves how far it is.
            let progress = (!std::io::stdout().is_terminal()).then(|| Bytes::new("searching"));
            let query = match &progress {
                Some(progress) => {
                    troubles.beside(progress.beside());
                    query.progress(progress.setter())
                }
                None => query,
            };
            let found = self.print(query.run()?, &mut troubles)?;
            drop(progress);
            found
        };
        troubles.finish();
        Ok(ExitCode::from(match (troubles.has_damage(), found) {
            (true, _) => 2,
            (false, true) => 0,
            (false, false) => 1,
        }))
    }

    fn query(&self) -> Result<read::Query, Failure> {
        let mut query = self.filters.query()?.reverse(self.reverse);
        if let Some(seq) = self.around {
            query = query.around(seq, self.context);
        }
        Ok(self.limit.into_iter().fold(query, |query, limit| query.limit(limit)))
    }

    /// Prints what is found. Returns whether there was anything.
    fn print(&self, matches: read::Matches, troubles: &mut Troubles) -> Result<bool, Failure> {
        let mut printer = Printer::new(self.format, self.filters.dir.len() > 1).in_zone(self.zone.get()?);
        for met in matches {
            match met {
                Ok(record) => printer.record(&record)?.unwrap_or_else(|trouble| troubles.add(&trouble)),
                Err(trouble) => {
                    printer.flush()?;
                    troubles.add(&trouble);
                }
            }
        }
        printer.flush()?;
        Ok(printer.has_begun())
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Failure {
        let hint = match &error {
            QueryError::Unreadable { source, .. }
                if source.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                "Day files may be read by the log's owner and its group: run this as one of them."
            }
            QueryError::Unreadable { .. } => {
                "Name the directory of the log itself, the one with files named audit-2026-05-28.log."
            }
            QueryError::NotSynced { .. } => {
                "Only the log's owner can read how far a log is on disk: run this as the owner, or without --synced."
            }
            QueryError::AroundInSeveral { .. } => "Name one directory, or use --since and --until.",
            _ => return Failure::of(&error),
        };
        Failure::of(&error).hint(hint)
    }
}
