//! Stacks: their layers and their shape.

use crate::support::dice::Dice;
use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Callsite as _, Dispatch, Event, Level, Metadata, Subscriber};
use tracing_audit::AuditLayer;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, dynamic_filter_fn, filter_fn};
use tracing_subscriber::layer::{Context, Filter, Identity};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, registry, reload};

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

const DIRECTIVES: [&str; 9] = [
    "info",
    "off",
    "warn,app=trace",
    "error,ureq=off,app::db=debug",
    "info,audit=off",
    "off,audit=trace",
    "app=debug",
    "warn,[work]=trace",
    "off,[query]=debug,ureq=info",
];

#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Level(LevelFilter),
    Directives(&'static str),
    Target(&'static str, Level),
    /// Everything inside spans of this name; outside only the most severe events.
    Inside(&'static str, Level),
}

/// A layer, or a combination of layers.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Audit,
    Recorder(usize),
    /// A rule for the whole stack.
    Global(Rule),
    /// Refuses every fourth event in `event_enabled`.
    Veto(u64),
    NoOp,
    Absent,
    Present(Box<Part>),
    Boxed(Box<Part>),
    Reload(Box<Part>),
    List(Vec<Part>),
    /// The second was added to the first by `and_then`.
    Tree(Box<Part>, Box<Part>),
    Filtered(Rule, Box<Part>),
}

pub(crate) trait Base: Subscriber + for<'span> LookupSpan<'span> + Send + Sync + 'static {}
impl<S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync + 'static> Base for S {}

type AnyLayer<S> = Box<dyn Layer<S> + Send + Sync>;
type AnyFilter<S> = Box<dyn Filter<S> + Send + Sync>;

impl Rule {
    fn random(dice: &mut Dice) -> Rule {
        match dice.roll(5) {
            0 | 1 => Rule::Directives(dice.pick(&DIRECTIVES)),
            2 => Rule::Inside(dice.pick(&["work", "query"]), dice.pick(&[Level::ERROR, Level::INFO])),
            _ => Rule::foreseeable(dice),
        }
    }

    /// A rule that does not depend on spans.
    fn foreseeable(dice: &mut Dice) -> Rule {
        match dice.roll(2) {
            0 => Rule::Level(dice.pick(&LEVELS)),
            _ => Rule::Target(
                dice.pick(&["app", "ureq", "audit"]),
                dice.pick(&[Level::ERROR, Level::INFO, Level::TRACE]),
            ),
        }
    }

    /// Returns whether a foreseeable rule lets events of this kind through.
    fn allows(&self, target: &str, level: Level) -> bool {
        match self {
            Rule::Level(limit) => level <= *limit,
            Rule::Target(wanted, limit) => target.starts_with(wanted) && level <= *limit,
            Rule::Directives(_) | Rule::Inside(..) => unreachable!("the rule is not foreseeable"),
        }
    }

    fn layer<S: Base>(&self) -> AnyLayer<S> {
        match *self {
            Rule::Level(limit) => Box::new(limit),
            Rule::Directives(directives) => Box::new(EnvFilter::new(directives)),
            Rule::Target(wanted, limit) => {
                Box::new(filter_fn(move |m| m.target().starts_with(wanted) && *m.level() <= limit))
            }
            Rule::Inside(span, limit) => {
                Box::new(dynamic_filter_fn(move |m, context| is_inside(span, limit, m, context)))
            }
        }
    }

    fn filter<S: Base>(&self) -> AnyFilter<S> {
        match *self {
            Rule::Level(limit) => Box::new(limit),
            Rule::Directives(directives) => Box::new(EnvFilter::new(directives)),
            Rule::Target(wanted, limit) => {
                Box::new(filter_fn(move |m| m.target().starts_with(wanted) && *m.level() <= limit))
            }
            Rule::Inside(span, limit) => {
                Box::new(dynamic_filter_fn(move |m, context| is_inside(span, limit, m, context)))
            }
        }
    }
}

fn is_inside<S: Base>(span: &str, limit: Level, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
    let is_urgent = *metadata.level() <= limit || metadata.is_span();
    is_urgent || context.lookup_current().is_some_and(|current| current.name() == span)
}

/// The layers of a stack, the innermost first.
pub(crate) fn random(dice: &mut Dice) -> Vec<Part> {
    let mut recorders = 0;
    let mut parts = (0..1 + dice.roll(4)).map(|_| Part::random(dice, &mut recorders, 2)).collect::<Vec<_>>();
    let audit = Part::random_audit(dice);
    let at = dice.roll(parts.len() + 1);
    let part = match dice.roll(6) {
        0 => Part::Tree(Box::new(audit), Box::new(Part::random(dice, &mut recorders, 1))),
        1 => Part::Tree(Box::new(Part::random(dice, &mut recorders, 1)), Box::new(audit)),
        _ => audit,
    };
    parts.insert(at, part);
    if without_audit(&parts).first().is_some_and(Part::has_tree) {
        // A tree directly on the registry has the level hint of its outer layer only
        // (`Layered::pick_level_hint`). Any layer between the two corrects that.
        recorders += 1;
        parts.insert(0, Part::Recorder(recorders));
    }
    parts
}

impl Part {
    fn random(dice: &mut Dice, recorders: &mut usize, depth: usize) -> Part {
        match dice.roll(if depth == 0 { 8 } else { 16 }) {
            0..=2 => Part::recorder(recorders),
            3 | 4 => Part::Filtered(Rule::random(dice), Box::new(Part::recorder(recorders))),
            5 => Part::Global(Rule::random(dice)),
            6 => Part::Veto(dice.roll(4) as u64),
            7 => Part::Absent,
            8 | 9 => Part::Present(Box::new(Part::random(dice, recorders, depth - 1))),
            10 => Part::Boxed(Box::new(Part::random(dice, recorders, depth - 1))),
            11 => Part::Reload(Box::new(Part::random(dice, recorders, depth - 1))),
            12 | 13 => {
                Part::List((0..1 + dice.roll(3)).map(|_| Part::random(dice, recorders, depth - 1)).collect())
            }
            14 => {
                let inner = Box::new(Part::random(dice, recorders, depth - 1));
                Part::Tree(inner, Box::new(Part::random(dice, recorders, depth - 1)))
            }
            _ => Part::Filtered(Rule::random(dice), Box::new(Part::random(dice, recorders, depth - 1))),
        }
    }

    fn recorder(recorders: &mut usize) -> Part {
        *recorders += 1;
        Part::Recorder(*recorders)
    }

    /// The audit layer, bare or wrapped. Not with others in a `Vec`, and not in an `Option` behind
    /// `reload`: there it can't be neutral (`src/capture/stack/position.rs`).
    fn random_audit(dice: &mut Dice) -> Part {
        match dice.roll(10) {
            0 => Part::Present(Box::new(Part::Audit)),
            1 => Part::Boxed(Box::new(Part::Audit)),
            2 => Part::List(vec![Part::Audit]),
            3 => Part::Reload(Box::new(Part::Audit)),
            4 => Part::Reload(Box::new(Part::Boxed(Box::new(Part::Audit)))),
            5 => Part::Filtered(Rule::Level(LevelFilter::OFF), Box::new(Part::Audit)),
            6 => Part::Filtered(Rule::foreseeable(dice), Box::new(Part::random_audit(dice))),
            _ => Part::Audit,
        }
    }

    /// Returns the same without the audit layer and without its wrappers. A per-layer filter stays,
    /// around a layer that does nothing: it influences the level hint and the interest in callsites,
    /// whatever it wraps. `reload` stays as well, around an absent layer.
    fn without_audit(&self) -> Option<Part> {
        let boxed = |part: &Part| part.without_audit().map(Box::new);
        match self {
            Part::Audit => None,
            Part::Present(part) => boxed(part).map(Part::Present),
            Part::Boxed(part) => boxed(part).map(Part::Boxed),
            Part::Reload(part) => Some(Part::Reload(boxed(part).unwrap_or(Box::new(Part::Absent)))),
            Part::List(parts) => {
                let left = parts.iter().filter_map(Part::without_audit).collect::<Vec<_>>();
                (!left.is_empty()).then_some(Part::List(left))
            }
            Part::Tree(inner, outer) => match (boxed(inner), boxed(outer)) {
                (Some(inner), Some(outer)) => Some(Part::Tree(inner, outer)),
                (inner, outer) => inner.or(outer).map(|part| *part),
            },
            Part::Filtered(rule, part) => {
                Some(Part::Filtered(rule.clone(), boxed(part).unwrap_or(Box::new(Part::NoOp))))
            }
            other => Some(other.clone()),
        }
    }

    fn has_tree(&self) -> bool {
        match self {
            Part::Tree(..) => true,
            Part::Present(part) | Part::Boxed(part) | Part::Reload(part) | Part::Filtered(_, part) => {
                part.has_tree()
            }
            Part::List(parts) => parts.iter().any(Part::has_tree),
            _ => false,
        }
    }

    /// Returns the rules of the per-layer filters around the audit layer, if this part contains it.
    fn around_audit(&self) -> Option<Vec<&Rule>> {
        match self {
            Part::Audit => Some(Vec::new()),
            Part::Present(part) | Part::Boxed(part) | Part::Reload(part) => part.around_audit(),
            Part::List(parts) => parts.iter().find_map(Part::around_audit),
            Part::Tree(inner, outer) => inner.around_audit().or_else(|| outer.around_audit()),
            Part::Filtered(rule, part) => part.around_audit().map(|mut rules| {
                rules.push(rule);
                rules
            }),
            _ => None,
        }
    }

    fn build<S: Base>(&self, site: &Site) -> AnyLayer<S> {
        match self {
            Part::Audit => Box::new(site.audit.borrow_mut().take().expect("a stack has one audit layer")),
            Part::Recorder(number) => Box::new(Recorder { number: *number, log: Arc::clone(&site.log) }),
            Part::Global(rule) => rule.layer(),
            Part::Veto(remainder) => Box::new(Veto(*remainder)),
            Part::NoOp => Box::new(Identity::new()),
            Part::Absent => Box::new(None::<Identity>),
            Part::Present(part) => Box::new(Some(part.build::<S>(site))),
            Part::Boxed(part) => Box::new(Box::new(part.build::<S>(site))),
            Part::Reload(part) => Box::new(reload::Layer::new(part.build::<S>(site)).0),
            Part::List(parts) => Box::new(parts.iter().map(|part| part.build::<S>(site)).collect::<Vec<_>>()),
            Part::Tree(inner, outer) => Box::new(inner.build::<S>(site).and_then(outer.build::<S>(site))),
            Part::Filtered(rule, part) => Box::new(part.build::<S>(site).with_filter(rule.filter::<S>())),
        }
    }
}

pub(crate) fn without_audit(stack: &[Part]) -> Vec<Part> {
    stack.iter().filter_map(Part::without_audit).collect()
}

/// Returns whether the per-layer filters around the audit layer let plain audit events of this level through.
pub(crate) fn is_heard(stack: &[Part], level: Level) -> bool {
    let rules = stack.iter().find_map(Part::around_audit).expect("a stack has an audit layer");
    rules.into_iter().all(|rule| rule.allows("audit", level))
}

/// Returns whether `enabled!`, levels and disabled spans must be the same with the audit layer. In an
/// `Option`, a `Vec` or a tree they may differ, depending on the other layers
/// (`src/capture/stack/position.rs`); the events of the runtime layers never do.
pub(crate) fn has_the_same_answers(stack: &[Part]) -> bool {
    fn is_plain(part: &Part) -> bool {
        match part {
            Part::Audit => true,
            Part::Boxed(part) | Part::Reload(part) | Part::Filtered(_, part) => is_plain(part),
            _ => false,
        }
    }
    stack.iter().any(is_plain)
}

/// The materials of a stack.
#[derive(Default)]
pub(crate) struct Site {
    pub(crate) audit: RefCell<Option<AuditLayer>>,
    pub(crate) log: Log,
}

pub(crate) type Log = Arc<Mutex<Vec<String>>>;

/// Builds `registry().with(first).with(second)…`, each on the type of the stack so far.
pub(crate) fn build(parts: &[Part], site: &Site) -> Dispatch {
    let mut parts = parts.iter();
    macro_rules! with_next {
        ($subscriber:ident) => {
            let Some(part) = parts.next() else {
                return Dispatch::new($subscriber);
            };
            let $subscriber = $subscriber.with(part.build(site));
        };
    }
    let subscriber = registry();
    with_next!(subscriber);
    with_next!(subscriber);
    with_next!(subscriber);
    with_next!(subscriber);
    with_next!(subscriber);
    with_next!(subscriber);
    assert!(parts.next().is_none(), "a stack has at most six parts");
    Dispatch::new(subscriber)
}

/// A runtime layer that notes everything it sees.
struct Recorder {
    number: usize,
    log: Log,
}

impl Recorder {
    fn note(&self, what: &str, text: &dyn std::fmt::Display) {
        self.log.lock().unwrap().push(format!("layer {}: {what} {text}", self.number));
    }
}

impl<S: Base> Layer<S> for Recorder {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.note("new", &format_args!("{}{}", describe(span.metadata()), fields(|f| span.record(f))));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.note("record", &format_args!("{}{}", name(id, &context), fields(|f| values.record(f))));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let span = context.lookup_current().map_or("no span", |span| span.name());
        let text = fields(|f| event.record(f));
        self.note("event", &format_args!("{}{text} in {span}", describe(event.metadata())));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.note("enter", &name(id, &context));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.note("exit", &name(id, &context));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.note("close", &name(&id, &context));
    }
}

fn name<S: Base>(id: &Id, context: &Context<'_, S>) -> &'static str {
    context.span(id).map_or("an unknown span", |span| span.name())
}

fn describe(metadata: &Metadata<'_>) -> String {
    let name = if metadata.is_span() { metadata.name() } else { "" };
    format!("{} {} {name}", metadata.level(), metadata.target())
}

fn fields(record: impl FnOnce(&mut Fields)) -> String {
    let mut fields = Fields::default();
    record(&mut fields);
    fields.text
}

#[derive(Default)]
struct Fields {
    text: String,
    n: u64,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.n = value;
        self.record_debug(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.text, " {field}={value:?}").unwrap();
    }
}

/// A foreign layer that hides some runtime events from the others.
struct Veto(u64);

impl<S: Base> Layer<S> for Veto {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let is_refused = event.metadata().target() != "audit" && fields.n % 4 == self.0;
        if is_refused {
            forget_verdicts();
        }
        !is_refused
    }
}

/// Clears the unused verdicts of this thread's per-layer filters, as `Layered::enabled` does. Otherwise
/// tracing-subscriber applies the verdict on a vetoed event, or on `enabled!`, to later events, until
/// another event, also an audit event, makes the filters decide again.
pub(crate) fn forget_verdicts() {
    struct Deny;

    impl<S: Subscriber> Layer<S> for Deny {
        fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
            false
        }
    }

    let callsite = tracing::callsite! { name: "any", kind: tracing::metadata::Kind::EVENT, fields: };
    assert!(!NoSubscriber::new().with(Deny).enabled(callsite.metadata()));
}
