//! Records as a table, one at a time: the columns are fixed before the first one.

use super::escape::{cut, width};
use super::row::Row;
use super::zone::Zone;
use anstyle::{AnsiColor, Effects, Style};
use std::io::{self, Write};
use tracing_audit::record::Timestamp;

/// Where there is room for all columns on one line.
const WIDE: usize = 120;
/// Where there is room for milliseconds and long names, too.
const WIDEST: usize = 160;

/// A table of records.
///
/// From 120 columns on, a record is one line. In a narrower window its details are on a line of their own. What does
/// not fit is cut and ends with `…`. Where there is no window, nothing of the details is cut.
#[derive(Debug)]
pub(crate) struct Table {
    /// The columns of the window; `None` if there is none.
    window: Option<usize>,
    columns: Columns,
    /// Whether records come from several logs.
    names_log: bool,
    /// In which times are shown, if not in UTC.
    zone: Option<Zone>,
}

/// The widths of columns. The details take what is left.
#[derive(Debug)]
struct Columns {
    time: usize,
    seq: usize,
    event: usize,
    actor: usize,
}

const OUTCOME: usize = 7;
/// `+02:00`
const OFFSET: usize = 6;
const LOG: usize = 8;
const GAP: &str = "  ";

impl Table {
    /// Returns a table as wide as the terminal on standard output.
    pub(crate) fn on_stdout(names_log: bool) -> Table {
        let window =
            terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        Table::new(window, names_log)
    }

    fn new(window: Option<usize>, names_log: bool) -> Table {
        let columns = match window.unwrap_or(WIDEST) {
            width if width < WIDE => {
                let rest = width.saturating_sub(19 + OUTCOME + 3 * GAP.len());
                let rest = if names_log { rest.saturating_sub(LOG + GAP.len()) } else { rest };
                let event = (rest * 55 / 100).clamp(8, 30);
                Columns { time: 19, seq: 0, event, actor: rest.saturating_sub(event).max(4) }
            }
            width if width < WIDEST => Columns { time: 19, seq: 9, event: 22, actor: 20 },
            _ => Columns { time: 23, seq: 10, event: 28, actor: 28 },
        };
        Table { window, columns, names_log, zone: None }
    }

    /// Shows times in a zone, each with its offset.
    pub(crate) fn in_zone(self, zone: Option<Zone>) -> Table {
        let time = self.columns.time + if zone.is_some() { OFFSET } else { 0 };
        Table { columns: Columns { time, ..self.columns }, zone, ..self }
    }

    /// Writes the head of the table.
    pub(crate) fn head(&self, out: &mut impl Write) -> io::Result<()> {
        let bold = Style::new().effects(Effects::BOLD);
        let Columns { time, seq, event, actor } = self.columns;
        let head = if self.zone.is_some() { "TIME" } else { "TIME (UTC)" };
        write!(out, "{bold}{head:time$}{GAP}")?;
        if self.names_log {
            write!(out, "{:LOG$}{GAP}", "LOG")?;
        }
        if seq > 0 {
            write!(out, "{:>seq$}{GAP}", "SEQ")?;
        }
        write!(out, "{:event$}{GAP}{:OUTCOME$}{GAP}", "EVENT", "OUTCOME")?;
        if self.is_narrow() {
            write!(out, "ACTOR\n    SEQ  DETAILS")?;
        } else {
            write!(out, "{:actor$}{GAP}DETAILS", "ACTOR")?;
        }
        writeln!(out, "{bold:#}")
    }

    fn is_narrow(&self) -> bool {
        self.window.is_some_and(|window| window < WIDE)
    }

    /// Writes a record, from its line without the `\n`. `log` names the log that it is from, if there are several.
    pub(crate) fn line(&self, out: &mut impl Write, line: &[u8], log: &str) -> io::Result<()> {
        let row = Row::of_line(line);
        let Columns { time, seq, event, actor } = self.columns;
        let (dim, no_style) = (Style::new().effects(Effects::DIMMED), Style::new());
        let mut line = Vec::new();
        let out_line = &mut line;
        match self.zone.as_ref().and_then(|zone| in_zone(&row.ts, time - OFFSET, zone)) {
            Some(shown) => cell(out_line, dim, &shown, time)?,
            None => cell(out_line, dim, &time_of(&row.ts), time)?,
        }
        let mut used = time + 2 * GAP.len() + OUTCOME + event + GAP.len();
        if self.names_log {
            cell(out_line, dim, log, LOG)?;
            used += LOG + GAP.len();
        }
        if seq > 0 {
            let padding = seq.saturating_sub(width(&row.seq));
            write!(out_line, "{:padding$}{dim}{}{dim:#}{GAP}", "", row.seq)?;
            used += seq.max(width(&row.seq)) + GAP.len();
        }
        let outcome = match row.outcome.as_str() {
            "failure" => AnsiColor::Red.on_default(),
            "success" => AnsiColor::Green.on_default(),
            _ => AnsiColor::Yellow.on_default(),
        };
        cell(out_line, Style::new().effects(Effects::BOLD), &row.event, event)?;
        cell(out_line, outcome, &row.outcome, OUTCOME)?;
        if self.is_narrow() {
            let actor = self.window.map_or(actor, |window| window.saturating_sub(used));
            write!(out_line, "{no_style}{}", cut(&row.actor, actor))?;
            const INDENT: usize = 4;
            if !row.seq.is_empty() || !row.details.is_empty() {
                write!(out_line, "\n{:INDENT$}{dim}{}{dim:#}{GAP}", "", row.seq)?;
                let used = INDENT + width(&row.seq) + GAP.len();
                details(out_line, &row.details, self.window.map(|window| window.saturating_sub(used)))?;
            }
        } else {
            cell(out_line, no_style, &row.actor, actor)?;
            used += actor + GAP.len();
            details(out_line, &row.details, self.window.map(|window| window.saturating_sub(used)))?;
        }
        while line.last() == Some(&b' ') {
            line.pop();
        }
        line.push(b'\n');
        out.write_all(&line)
    }
}

/// Returns the time in a zone, with so many columns before its offset.
fn in_zone(ts: &str, columns: usize, zone: &Zone) -> Option<String> {
    let unix = ts.parse::<Timestamp>().ok()?.unix_nanos().div_euclid(1_000_000_000);
    let fraction = ts.get(19..columns.clamp(19, 29))?;
    zone.shown(i64::try_from(unix).ok()?, fraction)
}

/// Returns `2026-05-28 09:30:00.123` of `2026-05-28T09:30:00.123456789Z`.
fn time_of(ts: &str) -> String {
    ts.replacen('T', " ", 1).trim_end_matches('Z').to_owned()
}

/// Writes a cell of so many columns, and the gap behind it. A time loses digits; a name that is cut shows that.
fn cell(out: &mut impl Write, style: Style, text: &str, columns: usize) -> io::Result<()> {
    let is_time = text.len() == 29 && text.as_bytes()[19] == b'.';
    let text = if is_time { text[..columns.min(29)].into() } else { cut(text, columns) };
    let padding = columns.saturating_sub(width(&text));
    write!(out, "{style}{text}{style:#}{:padding$}{GAP}", "")
}

/// Writes keys and values, in so many columns.
fn details(out: &mut impl Write, details: &[(String, String)], columns: Option<usize>) -> io::Result<()> {
    let dim = Style::new().effects(Effects::DIMMED);
    let mut left = columns.unwrap_or(usize::MAX);
    for (at, (key, value)) in details.iter().enumerate() {
        let gap = if at == 0 { "" } else { " " };
        let key = format!("{gap}{key}=");
        let taken = width(&key) + width(value);
        let is_last = at + 1 == details.len();
        // Behind a value that is not the last, the mark of a next one has to fit.
        let room = if is_last { left } else { left.saturating_sub(2) };
        if taken > room {
            let whole = format!("{key}{value}");
            let shown = cut(&whole, left.min(taken - 1));
            let (key, value) = shown.split_at_checked(key.len()).unwrap_or((&shown, ""));
            return write!(out, "{dim}{key}{dim:#}{value}");
        }
        write!(out, "{dim}{key}{dim:#}{value}")?;
        left -= taken;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn table(window: Option<usize>, names_log: bool, lines: &[String]) -> String {
        let table = Table::new(window, names_log);
        let mut out = Vec::new();
        table.head(&mut out).unwrap();
        for line in lines {
            table.line(&mut out, line.as_bytes(), "0af7651916cd43dd").unwrap();
        }
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    fn lines() -> Vec<String> {
        let mut lines = Vec::new();
        for (at, (event, actor, resource)) in [
            (
                "auth.failed",
                r#""user_id":"ada@example.org","tenant":"acme""#,
                r#""reason":"bad password","attempts":3"#,
            ),
            (
                "provider.selected",
                r#""user_sid":"S-1-5-21-1""#,
                r#""provider_name":"whisper-cpp","strategy":"local-only""#,
            ),
            ("voiceagent.session.start.with.a.long.name", "", ""),
            (
                "a.b",
                r#""user_id":"漢字漢字漢字漢字漢字漢字漢字""#,
                r#""x":"\u001b[31mredRLO","list":[1,{"a":"b c"}],"empty":"""#,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let mut line = String::new();
            let resource =
                if resource.is_empty() { String::new() } else { format!(r#","resource":{{{resource}}}"#) };
            write!(line, r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"{event}","actor":{{{actor}}}{resource},"outcome":"failure","seq":{at}}}"#).unwrap();
            lines.push(line.replace("RLO", "\u{202e}"));
        }
        lines
    }

    #[test]
    fn no_line_is_wider_than_the_window_and_nothing_in_it_is_obeyed() {
        for window in (40..240).chain([400]) {
            for names_log in [false, true] {
                let shown = table(Some(window), names_log, &lines());
                for line in shown.lines() {
                    assert!(width(line) <= window.max(60), "{window}: {line}");
                    assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
                    assert!(window < 80 || line.trim_end() == line, "{line}");
                }
            }
        }
    }

    #[test]
    fn a_wide_window_has_a_record_on_each_line() {
        let shown = table(Some(140), false, &lines());
        let lines = shown.lines().collect::<Vec<_>>();
        assert_eq!(
            lines[0],
            "TIME (UTC)                 SEQ  EVENT                   OUTCOME  ACTOR                 DETAILS"
        );
        assert_eq!(
            lines[1],
            "2026-05-28 09:30:00          0  auth.failed             failure  ada@example.org (ac…  reason=\"bad password\" attempts=3"
        );
        assert_eq!(lines[3], "2026-05-28 09:30:00          2  voiceagent.session.st…  failure  -");
        assert_eq!(lines.len(), 5);
    }

    #[test]
    fn a_narrow_window_has_the_number_and_the_details_on_a_second_line() {
        let shown = table(Some(80), false, &lines());
        let lines = shown.lines().collect::<Vec<_>>();
        assert_eq!(lines[1], "    SEQ  DETAILS");
        assert_eq!(
            lines[2..4],
            [
                "2026-05-28 09:30:00  auth.failed                 failure  ada@example.org (acme)",
                "    0  reason=\"bad password\" attempts=3"
            ]
        );
        assert_eq!(lines.len(), 2 + 4 * 2);
    }

    #[test]
    fn no_number_is_rounded() {
        let line =
            lines()[0].replace(r#""attempts":3"#, r#""n":18446744073709551617,"m":0.30000000000000004"#);
        assert!(table(None, false, &[line]).ends_with("n=18446744073709551617 m=0.30000000000000004\n"));
    }

    #[test]
    fn without_a_window_nothing_of_the_details_is_cut() {
        let shown = table(None, false, &lines());
        assert!(shown.contains(r#"x=\u{1b}[31mred\u{202e} list=[1,{"a":"b c"}] empty="""#), "{shown}");
    }
}
