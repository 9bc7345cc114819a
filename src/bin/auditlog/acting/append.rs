//! `auditlog append`

use super::operator::{ASKED, operator, print_notes};
use super::value::{Pair, resource_from};
use crate::actor::Acted;
use crate::failure::{Failure, unless_unread};
use crate::reading::filters::Outcome;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_audit::{Actor, ActorKind, Record};

/// Appends an event, such as from a script, and prints its number
///
/// While the application runs, it is asked to do so; else the log is opened with the settings that its records say, and closed again. The
/// log records with which user id that was asked. Nothing is pruned, and no mirror is started. Without the application its own
/// event types are not known: such an event is flagged.
#[derive(Debug, clap::Args)]
#[command(after_help = help(), mut_arg("actor", |actor| actor.help(ACTOR)))]
pub(crate) struct Append {
    /// The directory of the log
    dir: PathBuf,

    /// The event type, such as settings.changed
    event: String,

    /// Fields of the resource
    #[arg(value_name = "KEY=VALUE")]
    fields: Vec<Pair>,

    /// A field of the resource; may be given again
    #[arg(long, short, value_name = "KEY=VALUE")]
    resource: Vec<Pair>,

    /// Read the resource from standard input, as a JSON object; fields that are given besides are added
    #[arg(long)]
    json: bool,

    /// How it ended. Default: that of the event type, mostly success
    #[arg(long, short, value_name = "OUTCOME")]
    outcome: Option<Outcome>,

    #[command(flatten)]
    acted: Acted,

    /// An event that is flagged is recorded, with the exit status 1
    #[arg(long)]
    strict: bool,

    /// How long to wait for the application
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = humantime::parse_duration)]
    wait: Duration,

    /// Print nothing but the number
    #[arg(long, short)]
    quiet: bool,
}

/// A bare name is here one thing alone.
const ACTOR: &str =
    "Who acted: `ada` is a user_id, `address=203.0.113.7` any part of the actor; may be given again";

fn help() -> String {
    format!(
        "\
A VALUE is a number, true, false or null if it is written as JSON has it, else text; in quotation marks it is text: \
attempts=3, enabled=true, 'code=\"007\"', reason=locked.

Exit status: 0 recorded; 1 recorded, but flagged under --strict, or not known to be on disk; {ASKED}; 3 it could not be done, \
and nothing is recorded."
    )
}

impl Append {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let operator = match operator(&self.dir, self.wait)? {
            Ok(operator) => operator,
            Err(status) => return Ok(status),
        };
        let done = operator.append(self.record()?)?;
        if let Some(seq) = done.seq {
            unless_unread(writeln!(std::io::stdout().lock(), "{seq}"))?;
        }
        print_notes(&done, self.quiet);
        let is_flagged = self.strict && !done.violations.is_empty();
        Ok(ExitCode::from(u8::from(is_flagged || !done.failures.is_empty())))
    }

    fn record(&self) -> Result<Record, Failure> {
        if self.event.is_empty() || self.event.starts_with("log.") {
            let failure = Failure::new(format!("the event type can't be `{}`", self.event));
            return Err(failure.hint(
                "Name what happened, such as `settings.changed`; `log.` is for the log's own records.",
            ));
        }
        let mut record = Record::new(&self.event).actor(self.actor()?);
        if self.json {
            record.resource = resource_from(std::io::stdin().lock())?;
        }
        for Pair { key, value } in self.fields.iter().chain(&self.resource) {
            if record.resource.insert(key, value.clone()).is_some() {
                return Err(Failure::new(format!("the field `{key}` is given twice")));
            }
        }
        if let Some(outcome) = self.outcome {
            record = record.outcome(outcome.into());
        }
        Ok(match &self.acted.trace_id {
            Some(trace_id) => record.trace_id(trace_id),
            None => record,
        })
    }

    fn actor(&self) -> Result<Actor, Failure> {
        let mut actor = Actor::new();
        for said in &self.acted.actor {
            let (part, name) = said.split_once('=').unwrap_or(("user_id", said));
            actor = match part {
                "user_sid" => actor.user_sid(name),
                "user_id" => actor.user_id(name),
                "session_id" => actor.session_id(name),
                "kind" => actor.kind(kind(name)?),
                "tenant" => actor.tenant(name),
                "address" => actor.address(name),
                "user_agent" => actor.user_agent(name),
                other => {
                    return Err(Failure::new(format!("an actor has no `{other}`")).hint(
                        "It has user_sid, user_id, session_id, kind, tenant, address and user_agent; a name with `=` in it is \
                         written `user_id=NAME`.",
                    ));
                }
            };
        }
        actor = self.acted.tenant.iter().fold(actor, |actor, tenant| actor.tenant(tenant));
        Ok(self.acted.session.iter().fold(actor, |actor, session| actor.session_id(session)))
    }
}

fn kind(name: &str) -> Result<ActorKind, Failure> {
    [ActorKind::User, ActorKind::Service, ActorKind::System]
        .into_iter()
        .find(|kind| kind.to_string() == name)
        .ok_or_else(|| {
            Failure::new(format!("an actor can't be of the kind `{name}`"))
                .hint("A kind is user, service or system.")
        })
}
