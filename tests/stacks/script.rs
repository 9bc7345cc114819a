//! Scripts: the events and spans that run in a stack.

use super::stack::{self, Log, Part};
use crate::support::dice::Dice;
use std::cell::{Cell, RefCell};
use std::fmt;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Span};
use tracing_audit::record::EventType;
use tracing_audit::{AppendError, Catalog, Receipt, audit};

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Event(usize, u64),
    /// A span, and the steps in it.
    Span(usize, u64, Vec<Step>),
    /// Notes the maximum level, and which callsites are enabled.
    Ask,
    Audit(u64),
    /// A plain `tracing` event with the target `audit`.
    Plain(usize, u64),
    /// An audit event with a value whose `Debug` runs the step.
    AuditSaying(u64, Box<Step>),
}

/// The outcome of an audit event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    Plain,
    Receipt(Result<Option<u64>, String>),
}

/// The results of a script, except those of the runtime layers.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The plain audit events that the stack's levels let through.
    pub(crate) let_through: Vec<u64>,
    /// The audit events, in the order in which they were recorded.
    pub(crate) emitted: Vec<(u64, Fate)>,
}

pub(crate) fn random(dice: &mut Dice) -> Vec<Step> {
    let mut number = 0;
    steps(dice, &mut number, 2, 4)
}

fn steps(dice: &mut Dice, number: &mut u64, depth: usize, least: usize) -> Vec<Step> {
    (0..least + dice.roll(6)).map(|_| step(dice, number, depth)).collect()
}

fn step(dice: &mut Dice, number: &mut u64, depth: usize) -> Step {
    *number += 1;
    let n = *number;
    match dice.roll(if depth == 0 { 11 } else { 14 }) {
        0..=4 => Step::Event(dice.roll(EVENTS.len()), n),
        5 => Step::Ask,
        6 | 7 => Step::Audit(n),
        8 | 9 => Step::Plain(dice.roll(PLAIN.len()), n),
        10 => {
            *number += 1;
            let said = if dice.roll(2) == 0 {
                Step::Audit(*number)
            } else {
                Step::Event(dice.roll(EVENTS.len()), *number)
            };
            Step::AuditSaying(n, Box::new(said))
        }
        _ => Step::Span(dice.roll(SPANS.len()), n, steps(dice, number, depth - 1, 1)),
    }
}

/// A pool of callsites for each level and target: tracing caches their interest across stacks.
/// (`ureq`: the layer removes such events on a mirror's thread, and leaves them on others.)
macro_rules! for_each_kind {
    ($table:ident) => {
        $table![
            ("app", ERROR),
            ("app", WARN),
            ("app", INFO),
            ("app", DEBUG),
            ("app", TRACE),
            ("app::db", ERROR),
            ("app::db", WARN),
            ("app::db", INFO),
            ("app::db", DEBUG),
            ("app::db", TRACE),
            ("ureq", ERROR),
            ("ureq", WARN),
            ("ureq", INFO),
            ("ureq", DEBUG),
            ("ureq", TRACE)
        ]
    };
}

macro_rules! events {
    ($(($target:literal, $level:ident)),*) => {
        [$(|n| tracing::event!(target: $target, Level::$level, n, "it happened")),*]
    };
}

macro_rules! spans {
    ($(($target:literal, $level:ident)),*) => {
        [$(
            |n| tracing::span!(target: $target, Level::$level, "work", n, later = tracing::field::Empty),
            |n| tracing::span!(
                target: $target,
                Level::$level,
                "query",
                n,
                actor.user_sid = n,
                actor.session_id = tracing::field::Empty,
                later = tracing::field::Empty,
            ),
        )*]
    };
}

macro_rules! questions {
    ($(($target:literal, $level:ident)),*) => {
        [$(|| [
            tracing::enabled!(target: $target, Level::$level),
            tracing::event_enabled!(target: $target, Level::$level),
            tracing::span_enabled!(target: $target, Level::$level),
        ]),*]
    };
}

macro_rules! plain {
    ($($level:ident),*) => {
        [$((
            Level::$level,
            |n| tracing::event!(target: "audit", Level::$level, event = "plain.form", resource.n = n()),
        )),*]
    };
}

static EVENTS: [fn(u64); 15] = for_each_kind!(events);
static SPANS: [fn(u64) -> Span; 30] = for_each_kind!(spans);
static QUESTIONS: [fn() -> [bool; 3]; 15] = for_each_kind!(questions);
/// The value is evaluated if the levels let the event through.
type PlainSite = (Level, fn(&dyn Fn() -> u64));
static PLAIN: [PlainSite; 5] = plain![ERROR, WARN, INFO, DEBUG, TRACE];

/// The types of the audit events: a type outside of the catalog would cause a warning.
pub(crate) const TYPES: Catalog = Catalog::new(&[
    EventType::new("free.form", "A script emitted an audit event.").free(),
    EventType::new("says.more", "A script emitted an audit event with another event inside.").free(),
    EventType::new("plain.form", "A script emitted a plain event with the target of audit events.").free(),
]);

/// A run of a script: with the audit events, or without.
pub(crate) struct Run<'a> {
    pub(crate) stack: &'a [Part],
    pub(crate) with_audit: bool,
    pub(crate) log: Log,
    pub(crate) outcome: RefCell<Outcome>,
    /// The numbers of the current spans.
    pub(crate) inside: RefCell<Vec<u64>>,
}

impl Run<'_> {
    pub(crate) fn play(&self, steps: &[Step]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn step(&self, step: &Step) {
        match step {
            Step::Event(site, n) => EVENTS[*site](*n),
            Step::Span(site, n, inside) => self.span(&SPANS[*site](*n), *n, inside),
            Step::Ask => self.ask(),
            Step::Audit(n) => {
                if self.with_audit {
                    self.emitted(*n, audit!("free.form", resource.n = *n, resource.inside = self.inside()));
                }
            }
            Step::Plain(site, n) => self.plain(PLAIN[*site], *n),
            Step::AuditSaying(n, said) => {
                if self.with_audit {
                    let said = Saying(self, said);
                    let inside = self.inside();
                    let receipt =
                        audit!("says.more", resource.n = *n, resource.said = ?said, resource.inside = inside);
                    self.emitted(*n, receipt);
                } else {
                    self.step(said);
                }
            }
        }
    }

    fn span(&self, span: &Span, n: u64, inside: &[Step]) {
        self.note(format!("span {n} is disabled: {}", span.is_disabled()));
        self.inside.borrow_mut().push(n);
        span.in_scope(|| {
            span.record("actor.session_id", n);
            self.play(inside);
            span.record("later", n);
        });
        self.inside.borrow_mut().pop();
    }

    fn inside(&self) -> Vec<u64> {
        self.inside.borrow().clone()
    }

    fn ask(&self) {
        let answers = QUESTIONS.iter().map(|question| question()).collect::<Vec<_>>();
        stack::forget_verdicts();
        self.note(format!("{} and {answers:?}", LevelFilter::current()));
    }

    fn plain(&self, (level, emit): PlainSite, n: u64) {
        let is_let_through = Cell::new(false);
        let is_heard = stack::is_heard(self.stack, level);
        let noted = self.log.lock().unwrap().len();
        emit(&|| {
            is_let_through.set(true);
            n
        });
        if !self.with_audit || !is_heard {
            // Without an audit layer, or with one behind a filter that refuses the event, the stack sees
            // a runtime event, which is not compared.
            self.log.lock().unwrap().truncate(noted);
        }
        let mut outcome = self.outcome.borrow_mut();
        if self.with_audit {
            outcome.emitted.push((n, Fate::Plain));
        } else if is_let_through.get() && is_heard {
            outcome.let_through.push(n);
        }
    }

    fn emitted(&self, n: u64, receipt: Receipt) {
        let result = receipt.result().map_err(|error: AppendError| error.to_string());
        self.outcome.borrow_mut().emitted.push((n, Fate::Receipt(result)));
    }

    fn note(&self, answer: String) {
        self.log.lock().unwrap().push(answer);
    }
}

/// A value whose `Debug` runs a step.
struct Saying<'a>(&'a Run<'a>, &'a Step);

impl fmt::Debug for Saying<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.step(self.1);
        f.write_str("said")
    }
}
