//! Draws the results as SVG, for light and dark pages.

use crate::Result;
use crate::contenders::{CONTENDERS, Contender, FMT_JSON, FREE_FORM, TYPED};
use crate::measure::{Measure, PERCENTILES, THREADS};
use crate::results::{Results, Row};
use crate::text::threads_text;
use std::fmt::Write as _;

const WIDTH: f64 = 920.0;
const MARGIN: f64 = 20.0;
/// The left edge of the panels, right of the contenders' names.
const LEFT: f64 = 250.0;
const GAP: f64 = 24.0;
const ROW: f64 = 24.0;
const ROWS: f64 = ROW * CONTENDERS.len() as f64;
/// The first row of either part.
const BARS_TOP: f64 = 84.0;
const CALLS_TOP: f64 = BARS_TOP + ROWS + 102.0;
const HEIGHT: f64 = CALLS_TOP + ROWS + 44.0;

const STYLE: &str = "<style>
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; }
  .page { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  .one { stroke: #59636e; stroke-dasharray: 3 3; }
  .ours { fill: #0969da; }
  .other { fill: #8c959f; }
  line.ours { stroke: #0969da; }
  line.other { stroke: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9198a1; }
    .page { fill: #0d1117; }
    .grid { stroke: #30363d; }
    .one { stroke: #9198a1; }
    .ours { fill: #4493f8; }
    .other { fill: #7d8590; }
    line.ours { stroke: #4493f8; }
    line.other { stroke: #7d8590; }
  }
</style>";

pub(crate) fn draw(results: &Results) -> Result<String> {
    let mut svg = String::new();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title desc">"#
    )?;
    writeln!(
        svg,
        r#"<title id="title">What an event costs: audit! beside the usual ways into a file</title>"#
    )?;
    writeln!(svg, r#"<desc id="desc">{}</desc>"#, description(results))?;
    writeln!(svg, "{STYLE}")?;
    writeln!(svg, r#"<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="6"/>"#)?;
    bars(&mut svg, results)?;
    calls(&mut svg, results)?;
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

/// Returns the same in words, for screen readers.
fn description(results: &Results) -> String {
    let mut text = String::from("Throughput as a multiple of that of fmt JSON into a Mutex<File>. ");
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        let ratios = THREADS.map(|threads| {
            let ratio = times_as_fast(results, threads, contender).unwrap_or_default();
            format!("{ratio:.2} with {}", threads_text(threads))
        });
        text += &format!("{name}: {}. ", ratios.join(", "));
    }
    for (measure, title) in CALL_PANELS {
        text += &format!("{CALLS_TITLE}, {title}: p50, p99 and p99.9 in microseconds. ");
        let Some(row) = results.row(measure) else { continue };
        for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
            if let Some(nanos) = percentiles(row, contender) {
                text += &format!("{name}: {}. ", micros(&nanos));
            }
        }
    }
    escaped(text.trim_end())
}

fn times_as_fast(results: &Results, threads: usize, contender: usize) -> Option<f64> {
    let row = results.row(Measure::TimePerEvent { threads })?;
    Some(row.median(FMT_JSON, 0)? / row.median(contender, 0)?)
}

// ---- Throughput: one panel of bars for each number of threads ----

fn bars(svg: &mut String, results: &Results) -> Result<()> {
    text(
        svg,
        MARGIN,
        32.0,
        "title",
        "Throughput, as a multiple of fmt JSON into a Mutex<File>; longer is better",
    )?;
    names(svg, BARS_TOP)?;
    let most = THREADS
        .iter()
        .flat_map(|&threads| (0..CONTENDERS.len()).filter_map(move |at| times_as_fast(results, threads, at)))
        .fold(1.0, f64::max);
    let panel = (WIDTH - MARGIN - LEFT + GAP) / THREADS.len() as f64;
    // The longest bar leaves room for its figure.
    let unit = (panel - GAP - 48.0) / most;
    for (at, threads) in THREADS.into_iter().enumerate() {
        let left = LEFT + panel * at as f64;
        text(svg, left, BARS_TOP - 14.0, "quiet", &threads_text(threads))?;
        for contender in 0..CONTENDERS.len() {
            let Some(ratio) = times_as_fast(results, threads, contender) else { continue };
            let (y, length) = (BARS_TOP + ROW * contender as f64, unit * ratio);
            let class = class(contender);
            writeln!(
                svg,
                r#"<rect class="{class}" x="{left:.1}" y="{:.1}" width="{length:.1}" height="16" rx="2"/>"#,
                y + 4.0
            )?;
            text(svg, left + length + 6.0, y + 16.5, "", &format!("{ratio:.2}"))?;
        }
        line(svg, "one", (left + unit, BARS_TOP), (left + unit, BARS_TOP + ROWS))?;
        line(svg, "grid", (left, BARS_TOP), (left, BARS_TOP + ROWS))?;
    }
    Ok(())
}

// ---- Calls: percentiles on a scale of powers of ten ----

const CALLS_TITLE: &str = "How long the caller waits for one call";

const CALL_PANELS: [(Measure, &str); 2] =
    [(Measure::SingleCalls, "one call after another"), (Measure::PacedCalls, "one call every 40 µs")];

/// For the figures in a row, right of the marks.
const FIGURES: f64 = 134.0;

fn calls(svg: &mut String, results: &Results) -> Result<()> {
    text(svg, MARGIN, CALLS_TOP - 52.0, "title", &format!("{CALLS_TITLE}; further left is better"))?;
    let key = "circle p50, square p99, diamond p99.9; figures in µs";
    text(svg, MARGIN, CALLS_TOP - 32.0, "quiet", key)?;
    names(svg, CALLS_TOP)?;
    let rows = CALL_PANELS.map(|(measure, _)| results.row(measure));
    let all = rows
        .iter()
        .flatten()
        .flat_map(|row| (0..CONTENDERS.len()).filter_map(|contender| percentiles(row, contender)).flatten());
    let (least, most) = all.fold((f64::MAX, 1.0), |(least, most), nanos| (nanos.min(least), nanos.max(most)));
    let (first, last) = (least.max(1.0).log10().floor() as i32, most.log10().ceil() as i32);
    let panel = (WIDTH - MARGIN - LEFT + GAP) / CALL_PANELS.len() as f64;
    let length = panel - GAP - FIGURES;
    for (at, (row, (_, title))) in rows.into_iter().zip(CALL_PANELS).enumerate() {
        let left = LEFT + panel * at as f64;
        let place = |nanos: f64| left + length * (nanos.log10() - f64::from(first)) / f64::from(last - first);
        text(svg, left, CALLS_TOP - 14.0, "quiet", title)?;
        for power in first..=last {
            let x = place(10_f64.powi(power));
            line(svg, "grid", (x, CALLS_TOP), (x, CALLS_TOP + ROWS))?;
            text_at(svg, (x, CALLS_TOP + ROWS + 18.0), "quiet", "middle", &power_text(power))?;
        }
        for contender in 0..CONTENDERS.len() {
            let y = CALLS_TOP + ROW * contender as f64 + 12.0;
            let figures = left + length + 14.0;
            match row.and_then(|row| percentiles(row, contender)) {
                Some(nanos) => {
                    marks(svg, class(contender), y, nanos.map(place))?;
                    text(svg, figures, y + 4.5, "", &micros(&nanos))?;
                }
                None => text(svg, figures, y + 4.5, "quiet", "not measured")?,
            }
        }
    }
    Ok(())
}

fn percentiles(row: &Row, contender: usize) -> Option<[f64; PERCENTILES.len()]> {
    let mut nanos = [0.0; PERCENTILES.len()];
    for (percentile, nanos) in nanos.iter_mut().enumerate() {
        *nanos = row.median(contender, percentile)?;
    }
    Some(nanos)
}

/// A circle, a square and a diamond, with a line through them.
fn marks(svg: &mut String, class: &str, y: f64, [p50, p99, p999]: [f64; 3]) -> Result<()> {
    line(svg, class, (p50, y), (p999, y))?;
    writeln!(svg, r#"<circle class="{class}" cx="{p50:.1}" cy="{y:.1}" r="4.5"/>"#)?;
    let (x, top) = (p99 - 4.0, y - 4.0);
    writeln!(svg, r#"<rect class="{class}" x="{x:.1}" y="{top:.1}" width="8" height="8"/>"#)?;
    writeln!(svg, r#"<path class="{class}" d="M{p999:.1} {:.1}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>"#, y - 5.5)?;
    Ok(())
}

fn micros(nanos: &[f64]) -> String {
    let micros = nanos.iter().map(|nanos| {
        let micros = nanos / 1e3;
        let digits = match micros {
            ..1.0 => 2,
            ..10.0 => 1,
            _ => 0,
        };
        format!("{micros:.digits$}")
    });
    micros.collect::<Vec<_>>().join(" / ")
}

fn power_text(power: i32) -> String {
    let (unit, power) = match power {
        6.. => ("ms", power - 6),
        3..=5 => ("µs", power - 3),
        _ => ("ns", power),
    };
    format!("{} {unit}", 10_f64.powi(power))
}

// ---- Shared by both ----

fn names(svg: &mut String, top: f64) -> Result<()> {
    for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
        text(svg, MARGIN, top + ROW * contender as f64 + 16.5, "", name)?;
    }
    Ok(())
}

fn class(contender: usize) -> &'static str {
    if [FREE_FORM, TYPED].contains(&contender) { "ours" } else { "other" }
}

fn line(svg: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) -> Result<()> {
    let ((x1, y1), (x2, y2)) = (from, to);
    writeln!(svg, r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#)?;
    Ok(())
}

fn text(svg: &mut String, x: f64, y: f64, class: &str, text: &str) -> Result<()> {
    text_at(svg, (x, y), class, "start", text)
}

fn text_at(svg: &mut String, (x, y): (f64, f64), class: &str, anchor: &str, text: &str) -> Result<()> {
    let text = escaped(text);
    writeln!(svg, r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#)?;
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
