//! What is searched for: the arguments that all commands have which show records.

use crate::actor::Acted;
use crate::failure::Failure;
use std::path::PathBuf;
use std::time::SystemTime;
use tracing_audit::read::{self, Condition};
use tracing_audit::record::Timestamp;

/// What the help says of times and conditions.
pub(super) const HELP: &str = "\
A TIME is 2026-05-28, 2026-05-28T12:00Z, 2026-05-28T14:00+02:00, now, today, yesterday, '2 hours ago' or 2h; UTC \
without an offset.

An EXPR is PATH=VALUE, PATH!=VALUE, PATH<VALUE, <=, >, >=, PATH (it is there) or '!PATH' (it is missing):
  resource.provider_name=whisper-cpp   resource.attempt>=3   '!trace_id'
Numbers compare exactly. A VALUE in quotation marks is text, never a number.";

#[derive(Debug, clap::Args)]
pub(crate) struct Filters {
    /// The directories of the logs
    #[arg(required = true)]
    pub(super) dir: Vec<PathBuf>,

    /// An event type; `*` stands for any characters, as in `auth.*`; may be given again
    #[arg(long, short, value_name = "GLOB")]
    event: Vec<String>,

    /// How it ended
    #[arg(long, short, value_name = "OUTCOME")]
    outcome: Option<Outcome>,

    #[command(flatten)]
    acted: Acted,

    /// A condition on any part of a record; may be given again
    #[arg(long = "where", short = 'w', value_name = "EXPR")]
    condition: Vec<Condition>,

    /// Numbers, both inclusive: `100..200`, `100..`, `..200` or `100`
    #[arg(long, value_name = "A..B", value_parser = seqs)]
    seq: Option<(u64, u64)>,

    /// At or after this time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Outcome {
    Success,
    Failure,
}

impl From<Outcome> for tracing_audit::Outcome {
    fn from(outcome: Outcome) -> tracing_audit::Outcome {
        match outcome {
            Outcome::Success => tracing_audit::Outcome::Success,
            Outcome::Failure => tracing_audit::Outcome::Failure,
        }
    }
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

impl Filters {
    /// Returns the query.
    pub(super) fn query(&self) -> Result<read::Query, Failure> {
        let now = Timestamp::from(SystemTime::now());
        let time = |text: &str| read::parse_time(text, now).map_err(|error| Failure::new(error.to_string()));
        let mut query = read::Query::new(&self.dir);
        for pattern in &self.event {
            query = query.event(pattern);
        }
        for condition in self.condition.iter().cloned().chain(self.actors()?) {
            query = query.filter(condition);
        }
        if let Some(outcome) = self.outcome {
            query = query.outcome(outcome.into());
        }
        query = self.acted.tenant.iter().fold(query, |query, tenant| query.tenant(tenant));
        query = self.acted.session.iter().fold(query, |query, session| query.session(session));
        query = self.acted.trace_id.iter().fold(query, |query, trace_id| query.trace_id(trace_id));
        if let Some((first, last)) = self.seq {
            query = query.seq(first..=last);
        }
        if let Some(since) = &self.since {
            query = query.since(time(since)?);
        }
        if let Some(until) = &self.until {
            query = query.until(time(until)?);
        }
        Ok(query)
    }

    /// Returns the conditions on the actor.
    fn actors(&self) -> Result<Vec<Condition>, Failure> {
        self.acted
            .actor
            .iter()
            .map(|actor| Condition::actor(actor).map_err(|error| Failure::of(&error)))
            .collect()
    }
}
