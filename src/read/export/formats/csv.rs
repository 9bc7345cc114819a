//! CSV by RFC 4180, safe to open in a spreadsheet.

use super::super::fields::{Fields, get, text_of};
use std::borrow::Cow;

/// The columns.
const COLUMNS: [&str; 14] = [
    "ts",
    "seq",
    "event",
    "outcome",
    "user_sid",
    "user_id",
    "session_id",
    "kind",
    "tenant",
    "address",
    "user_agent",
    "trace_id",
    "resource",
    "journal",
];

/// Returns the names of the columns.
pub(in super::super) fn head() -> Vec<u8> {
    let mut head = Vec::new();
    row(&mut head, COLUMNS.map(Cow::Borrowed), true);
    head
}

/// Appends a record. Unless it is to be raw, a cell that a spreadsheet would take for a formula has a `'` before it.
pub(in super::super) fn record(out: &mut Vec<u8>, fields: &Fields<'_>, journal: &str, is_raw: bool) {
    let actor = |key| get(&fields.actor, key).map(text_of).unwrap_or_default();
    let cells = [
        fields.ts.clone(),
        fields.seq.clone().unwrap_or_default(),
        fields.event.clone(),
        fields.outcome.clone(),
        actor("user_sid"),
        actor("user_id"),
        actor("session_id"),
        actor("kind"),
        actor("tenant"),
        actor("address"),
        actor("user_agent"),
        fields.trace_id.clone().unwrap_or_default(),
        fields.resource_json(),
        Cow::Borrowed(journal),
    ];
    row(out, cells, is_raw);
}

fn row(out: &mut Vec<u8>, cells: [Cow<'_, str>; 14], is_raw: bool) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let guard: &[u8] =
            if !is_raw && cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { b"'" } else { b"" };
        if cell.contains(['"', ',', '\r', '\n']) || is_text_of_a_number(at, cell) {
            out.push(b'"');
            out.extend_from_slice(guard);
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(guard);
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Returns whether a cell is text that may read as a number or a date, such as the user `007` or `2026-05-28`. Spreadsheets that are
/// told to take quoted cells for text, as LibreOffice can be, then leave it as it is. A `seq` of 15 digits or less is a number.
fn is_text_of_a_number(column: usize, cell: &str) -> bool {
    let text = cell.trim_start();
    match COLUMNS[column] {
        "ts" => false,
        "seq" if cell.len() <= 15 => false,
        _ => text.starts_with(|c: char| c.is_ascii_digit()) || text.trim_end().parse::<f64>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = br#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"=1+1","actor":{"user_id":"@a,\"b\"\r\n","tenant":"-1"},"resource":{"n":18446744073709551615},"outcome":"success","trace_id":"\tx","seq":7}"#;

    fn text(is_raw: bool) -> String {
        let mut out = Vec::new();
        record(&mut out, &Fields::of(LINE).unwrap(), "j", is_raw);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_no_formula() {
        assert_eq!(
            text(false),
            "2026-05-28T09:30:00.123456789Z,7,'=1+1,success,,\"'@a,\"\"b\"\"\r\n\",,,\"'-1\",,,'\tx,\"{\"\"n\"\":18446744073709551615}\",j\r\n"
        );
    }

    #[test]
    fn text_that_reads_as_a_number_is_quoted_and_the_number_is_not() {
        let line = br#"{"_schema_version":"1","ts":"t","event":"a","actor":{"user_id":"007","tenant":".5","kind":"x7","address":"2026-05-28"},"outcome":"success","seq":41}"#;
        let mut out = Vec::new();
        record(&mut out, &Fields::of(line).unwrap(), "j", false);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "t,41,a,success,,\"007\",,x7,\".5\",\"2026-05-28\",,,,j\r\n"
        );
    }

    #[test]
    fn raw_cells_are_what_they_are() {
        assert_eq!(
            text(true),
            "2026-05-28T09:30:00.123456789Z,7,=1+1,success,,\"@a,\"\"b\"\"\r\n\",,,\"-1\",,,\tx,\"{\"\"n\"\":18446744073709551615}\",j\r\n"
        );
    }
}
