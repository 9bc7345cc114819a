//! `auditlog query`

use super::csv;
use super::troubles::Troubles;
use crate::failure::Failure;
use crate::terminal::table::Table;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;
use tracing_audit::read::{self, Condition, Match, QueryError};
use tracing_audit::record::Timestamp;

/// Searches the records of one log or of several
///
/// Each option narrows the search; only --event may be given several times to find one of them. With several
/// directories, records come by their time, journal id and number, and those that two copies of a journal have come
/// once. On a terminal they are shown as a table, else as the lines that the log has written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A TIME is 2026-05-28, 2026-05-28T12:00Z, 2026-05-28T14:00+02:00, now, today, yesterday, '2 hours ago' or 2h; UTC \
without an offset.

An EXPR is PATH=VALUE, PATH!=VALUE, PATH<VALUE, <=, >, >=, PATH (it is there) or '!PATH' (it is missing):
  resource.provider_name=whisper-cpp   resource.attempt>=3   resource.id   '!trace_id'
Numbers compare exactly. A VALUE in quotation marks is text, never a number.

Exit status: 0 found; 1 nothing found; 2 something was damaged, missing or unreadable, as standard error says, so that the \
result may be incomplete; 3 the search could not be done.")]
pub(crate) struct Query {
    /// The directories of the logs
    #[arg(required = true)]
    dir: Vec<PathBuf>,

    /// An event type; `*` stands for any characters, as in `auth.*`; may be given again
    #[arg(long, short, value_name = "GLOB")]
    event: Vec<String>,

    /// How it ended
    #[arg(long, short, value_name = "OUTCOME")]
    outcome: Option<Outcome>,

    /// Who acted: `ada` is a user_id or user_sid, `address=203.0.113.7` any part of the actor; may be given again
    #[arg(long, short, value_name = "[PART=]NAME")]
    actor: Vec<String>,

    /// A condition on any part of a record; may be given again
    #[arg(long = "where", short = 'w', value_name = "EXPR")]
    condition: Vec<Condition>,

    /// For whom: `actor.tenant`
    #[arg(long)]
    tenant: Option<String>,

    /// In which session: `actor.session_id`
    #[arg(long)]
    session: Option<String>,

    /// In which trace
    #[arg(long, value_name = "ID")]
    trace_id: Option<String>,

    /// Numbers, both inclusive: `100..200`, `100..`, `..200` or `100`
    #[arg(long, value_name = "A..B", value_parser = seqs, conflicts_with = "around")]
    seq: Option<(u64, u64)>,

    /// The record with this number, and those before and behind it; of one directory
    #[arg(long, value_name = "SEQ")]
    around: Option<u64>,

    /// How many records before and behind
    #[arg(long, short = 'C', value_name = "N", default_value_t = 10, requires = "around")]
    context: u64,

    /// At or after this time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    /// The newest first
    #[arg(long, short)]
    reverse: bool,

    /// At most so many
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<u64>,

    /// Print only how many there are
    #[arg(long, short, conflicts_with = "format")]
    count: bool,

    /// How to print them
    #[arg(long, short, value_name = "FORMAT")]
    format: Option<Format>,

    /// Print nothing but the records: not what else is met, which the exit status still tells
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Outcome {
    Success,
    Failure,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A table; the default on a terminal
    Table,
    /// One JSON object a line, as written; the default elsewhere
    Json,
    /// CSV by RFC 4180; cells that a spreadsheet would take for formulas begin with `'`
    Csv,
    /// The bytes of the lines, as written
    Raw,
}

/// Returns the first and the last number of a range.
fn seqs(text: &str) -> Result<(u64, u64), String> {
    let number = |text: &str, missing| match text {
        "" => Ok(missing),
        text => text.parse::<u64>().map_err(|_| format!("`{text}` is not a number")),
    };
    match text.split_once("..") {
        Some((first, last)) => Ok((number(first, 0)?, number(last.trim_start_matches('='), u64::MAX)?)),
        None if text.is_empty() => Err("a range such as 100..200 is expected".to_owned()),
        None => number(text, 0).map(|seq| (seq, seq)),
    }
}

impl Query {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut troubles = Troubles::new(self.quiet);
        let query = self.query()?;
        let found = if self.count {
            let count = query.count(|trouble| troubles.add(&trouble))?;
            let mut out = std::io::stdout().lock();
            writeln!(out, "{count}")?;
            count > 0
        } else {
            self.print(query.run()?, &mut troubles)?
        };
        troubles.finish();
        Ok(ExitCode::from(match (troubles.has_damage(), found) {
            (true, _) => 2,
            (false, true) => 0,
            (false, false) => 1,
        }))
    }

    fn query(&self) -> Result<read::Query, Failure> {
        let now = Timestamp::from(SystemTime::now());
        let time = |text: &str| read::parse_time(text, now).map_err(|error| Failure::new(error.to_string()));
        let mut query = read::Query::new(&self.dir).reverse(self.reverse);
        for pattern in &self.event {
            query = query.event(pattern);
        }
        for condition in self.condition.iter().cloned().chain(self.actors()?) {
            query = query.filter(condition);
        }
        if let Some(outcome) = self.outcome {
            query = query.outcome(match outcome {
                Outcome::Success => tracing_audit::Outcome::Success,
                Outcome::Failure => tracing_audit::Outcome::Failure,
            });
        }
        query = self.tenant.iter().fold(query, |query, tenant| query.tenant(tenant));
        query = self.session.iter().fold(query, |query, session| query.session(session));
        query = self.trace_id.iter().fold(query, |query, trace_id| query.trace_id(trace_id));
        if let Some((first, last)) = self.seq {
            query = query.seq(first..=last);
        }
        if let Some(seq) = self.around {
            query = query.around(seq, self.context);
        }
        if let Some(since) = &self.since {
            query = query.since(time(since)?);
        }
        if let Some(until) = &self.until {
            query = query.until(time(until)?);
        }
        Ok(self.limit.into_iter().fold(query, |query, limit| query.limit(limit)))
    }

    /// Returns the conditions on the actor.
    fn actors(&self) -> Result<Vec<Condition>, Failure> {
        self.actor.iter().map(|actor| Condition::actor(actor).map_err(|error| Failure::of(&error))).collect()
    }

    /// Prints what is found. Returns whether there was anything.
    fn print(&self, matches: read::Matches, troubles: &mut Troubles) -> Result<bool, Failure> {
        let is_terminal = std::io::stdout().is_terminal();
        let format = self.format.unwrap_or(if is_terminal { Format::Table } else { Format::Json });
        // On a terminal, each record is shown when it is found.
        let capacity = if is_terminal { 0 } else { 64 * 1024 };
        let mut out = BufWriter::with_capacity(capacity, anstream::stdout().lock());
        let mut raw = BufWriter::with_capacity(capacity, std::io::stdout());
        let table = Table::on_stdout(self.dir.len() > 1);
        let mut found = false;
        for met in matches {
            let record = match met {
                Ok(record) => record,
                Err(trouble) => {
                    out.flush()?;
                    raw.flush()?;
                    troubles.add(&trouble);
                    continue;
                }
            };
            let is_first = !std::mem::replace(&mut found, true);
            match format {
                Format::Json | Format::Raw => {
                    raw.write_all(record.line())?;
                    raw.write_all(b"\n")?;
                }
                Format::Csv => {
                    if is_first {
                        csv::head(&mut raw)?;
                    }
                    csv::line(&mut raw, record.line(), record.journal())?;
                }
                Format::Table => {
                    if is_first {
                        table.head(&mut out)?;
                    }
                    table.line(&mut out, record.line(), &log_name(&record))?;
                }
            }
        }
        out.flush()?;
        raw.flush()?;
        Ok(found)
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
    crate::terminal::escape::escaped(&dir.unwrap_or_default().to_string_lossy()).into_owned()
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
            QueryError::AroundInSeveral { .. } => "Name one directory, or use --since and --until.",
            _ => return Failure::of(&error),
        };
        Failure::of(&error).hint(hint)
    }
}
