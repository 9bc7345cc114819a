//! Charts as SVG in the page. Each has a title, a description and the same figures in a table beside it.

use super::super::facts::interruptions::{Interruption, InterruptionKind};
use super::super::period::Period;
use super::super::words::{number, plural};
use crate::read::stats::DayCount;
use crate::record::{Day, Timestamp};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// In the units of the view box.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 58.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 12.0;

/// More days are shown as months.
const DAYS: usize = 400;

/// More days are shown as years.
const DAYS_OF_MONTHS: usize = 12_000;

/// One bar.
struct Bar {
    name: String,
    records: u64,
    failures: u64,
}

/// Returns bars by day, or by month or year if there are many days.
pub(super) fn bars(period: &Period, counts: &BTreeMap<String, DayCount>) -> Markup {
    let days = period.days();
    let (what, len) = if days.len() <= DAYS {
        ("day", 10)
    } else if days.len() <= DAYS_OF_MONTHS {
        ("month", 7)
    } else {
        ("year", 4)
    };
    let name_of = |day: &Day| day.as_str()[..len].to_owned();
    let mut bars = Vec::<Bar>::new();
    for day in &days {
        let count = counts.get(day.as_str()).copied().unwrap_or_default();
        let name = name_of(day);
        match bars.last_mut().filter(|bar| bar.name == name) {
            Some(bar) => {
                bar.records += count.records;
                bar.failures += count.failures;
            }
            None => bars.push(Bar { name, records: count.records, failures: count.failures }),
        }
    }
    let most = bars.iter().map(|bar| bar.records).max().unwrap_or_default().max(1);
    let empty = bars.iter().filter(|bar| bar.records == 0).count() as u64;
    let description = format!(
        "A bar for each {what} from {} to {}: records with the outcome success, and on top, hatched, those with the outcome failure. The highest has {}. {} without records has a dashed frame.",
        period.first_day(),
        period.last_day(),
        plural(most, "record"),
        plural(empty, what),
    );
    let step = (WIDTH - LEFT) / bars.len() as f64;
    let width = (step - if step > 6.0 { 3.0 } else { step * 0.2 }).max(0.2);
    let y = |count: u64| (HEIGHT - BOTTOM) - (HEIGHT - BOTTOM - TOP) * (count as f64 / most as f64);
    let labels = bars.len().div_ceil(7).max(1);
    html! {
        div.wrap tabindex="0" role="region" aria-label="Chart of records" {
        svg.chart role="img" aria-labelledby="bars-t bars-d" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) {
            title id="bars-t" { "Records by " (what) }
            desc id="bars-d" { (description) }
            defs {
                pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.bad width="4" height="4" {}
                    line.hatch x1="0" y1="0" x2="0" y2="4" {}
                }
            }
            @for mark in [0, most / 2, most] {
                line.grid x1=(LEFT) x2=(WIDTH) y1=(fixed(y(mark))) y2=(fixed(y(mark))) {}
                text x=(LEFT - 6.0) y=(fixed(y(mark) + 4.0)) text-anchor="end" { (number(mark)) }
            }
            @for (at, bar) in bars.iter().enumerate() {
                @let x = LEFT + at as f64 * step + (step - width) / 2.0;
                @if bar.records == 0 {
                    rect.none x=(fixed(x)) width=(fixed(width)) y=(fixed(TOP)) height=(fixed(HEIGHT - BOTTOM - TOP)) {}
                } @else {
                    @let successes = y(bar.records - bar.failures.min(bar.records));
                    rect.ok x=(fixed(x)) width=(fixed(width)) y=(fixed(successes)) height=(fixed(y(0) - successes)) {}
                    @if bar.failures > 0 {
                        rect x=(fixed(x)) width=(fixed(width)) y=(fixed(y(bar.records))) height=(fixed(successes - y(bar.records))) fill="url(#hatch)" {}
                    }
                }
                @if at % labels == 0 && x + 60.0 < WIDTH {
                    text x=(fixed(x)) y=(HEIGHT - 10.0) { (bar.name) }
                }
            }
        }
        }
        p.mut { "Solid: records with the outcome success. Hatched, on top: with the outcome failure. Dashed frame: a " (what) " without records." }
    }
}

/// Returns a lane for each kind of interruption that there is; nothing if there is none.
pub(super) fn lanes(id: usize, period: &Period, interruptions: &[Interruption]) -> Markup {
    const LANE: f64 = 24.0;
    const NAMES: f64 = 150.0;
    let kinds =
        InterruptionKind::ALL.into_iter().filter(|kind| interruptions.iter().any(|one| one.kind == *kind));
    let kinds = kinds.collect::<Vec<_>>();
    if kinds.is_empty() {
        return html! {};
    }
    let height = LANE * kinds.len() as f64 + BOTTOM;
    let (begin, end) = (period.begin().unix_nanos(), period.end().unix_nanos());
    let x = |ts: Timestamp| {
        let part = (ts.unix_nanos().clamp(begin, end) - begin) as f64 / (end - begin) as f64;
        NAMES + (WIDTH - NAMES) * part
    };
    let (title, description) = (format!("lanes-t-{id}"), format!("lanes-d-{id}"));
    html! {
        div.wrap tabindex="0" role="region" aria-label="Chart of interruptions" {
        svg.chart role="img" aria-labelledby=(format!("{title} {description}")) viewBox=(format!("0 0 {WIDTH} {height}")) {
            title id=(title) { "Interruptions over the period" }
            desc id=(description) { "A lane for each kind of interruption from " (period.first_day()) " to " (period.last_day()) ". The table below has each with its times." }
            @for (at, kind) in kinds.iter().enumerate() {
                @let y = LANE * at as f64;
                text x="0" y=(fixed(y + 16.0)) { (kind.as_str()) }
                line.grid x1=(NAMES) x2=(WIDTH) y1=(fixed(y + 12.0)) y2=(fixed(y + 12.0)) {}
                @for one in interruptions.iter().filter(|one| one.kind == *kind).take(1_000) {
                    @let (from, to) = (x(one.from), one.to.map_or(WIDTH, x));
                    rect class=(if *kind == InterruptionKind::Closed { "calm" } else { "bad" }) x=(fixed(from.min(WIDTH - 2.0))) width=(fixed((to - from).max(2.0))) y=(fixed(y + 5.0)) height="14" {}
                }
            }
            text x=(NAMES) y=(fixed(height - 8.0)) { (period.first_day()) }
            text x=(WIDTH) y=(fixed(height - 8.0)) text-anchor="end" { (period.last_day()) }
        }
        }
    }
}

/// Returns a coordinate, the same on each machine.
fn fixed(value: f64) -> String {
    format!("{value:.1}")
}
