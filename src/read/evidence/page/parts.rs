//! Parts that all sections are made of. Whatever comes from a record is hostile: `maud` escapes it, and [`shown`] takes away what
//! would move or hide text.

use super::super::words::{number, to_second};
use crate::record::Timestamp;
use maud::{Markup, Render, html};

/// A longer value is cut, in characters.
const LONGEST: usize = 200;

/// A longer sentence of the page is cut, which may have values in it.
const LONGEST_SENTENCE: usize = 1_000;

/// So many rows are in a table; `evidence.json` has the rest.
const ROWS: usize = 400;

/// Returns a value as it is shown: control characters and those that change the direction of text spelled out, and cut if it is long.
pub(super) fn shown(text: &str) -> String {
    shown_at_most(text, LONGEST)
}

fn shown_at_most(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for (at, char) in text.chars().enumerate() {
        if at == longest {
            out.push_str(&format!("\u{2026} ({} characters)", number(text.chars().count() as u64)));
            break;
        }
        let moves = matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if char.is_control() || moves {
            out.extend(char.escape_unicode());
        } else {
            out.push(char);
        }
    }
    out
}

/// The ids of the sections, in their order: the first has the number 1, and the last one none.
pub(super) const SECTIONS: [&str; 16] = [
    "summary",
    "made",
    "integrity",
    "completeness",
    "failures",
    "time",
    "retention",
    "access",
    "configuration",
    "copies",
    "activity",
    "personal-data",
    "mapping",
    "check",
    "limits",
    "sign",
];

/// Returns a link to a section, with its number for those who read it on paper.
pub(super) fn link(id: &str) -> Markup {
    let number = SECTIONS.iter().position(|section| *section == id).map_or(0, |at| at + 1);
    html! { a href=(format!("#{id}")) { (number) " " (id.replace('-', " ")) } }
}

/// A cell of a table.
pub(super) enum Cell {
    Text(String),
    Number(u64),
    Code(String),
    Hash(String),
    /// On one line, and so short.
    OneLine(String),
    /// A text that needs its room.
    Wide(String),
    Markup(Markup),
    /// There is nothing to say.
    None,
}

impl Cell {
    pub(super) fn text(text: impl AsRef<str>) -> Cell {
        Cell::Text(shown(text.as_ref()))
    }

    /// A sentence of the page, with values in it.
    pub(super) fn sentence(text: &str) -> Cell {
        Cell::Text(shown_at_most(text, LONGEST_SENTENCE))
    }

    /// Numbers from one to another.
    pub(super) fn numbers(first: u64, last: u64) -> Cell {
        match first == last {
            true => Cell::OneLine(number(first)),
            false => Cell::OneLine(format!("{} \u{2013} {}", number(first), number(last))),
        }
    }

    pub(super) fn code(text: impl AsRef<str>) -> Cell {
        Cell::Code(shown(text.as_ref()))
    }

    pub(super) fn hash(text: impl AsRef<str>) -> Cell {
        Cell::Hash(shown(text.as_ref()))
    }

    pub(super) fn time(ts: Timestamp) -> Cell {
        Cell::OneLine(to_second(ts))
    }
}

impl Render for Cell {
    fn render(&self) -> Markup {
        match self {
            Cell::Text(text) => html! { td { (text) } },
            Cell::Number(count) => html! { td.n { (number(*count)) } },
            Cell::Code(text) => html! { td { code { (text) } } },
            Cell::Hash(text) => html! { td { code.hash { (text) } } },
            Cell::OneLine(text) => html! { td.line { (text) } },
            Cell::Wide(text) => html! { td.wide { (text) } },
            Cell::Markup(markup) => html! { td { (markup) } },
            Cell::None => html! { td { "\u{2013}" } },
        }
    }
}

/// Returns a table with a caption for screen readers. The first cell of each row is its header.
pub(super) fn table(label: &str, heads: &[&str], rows: Vec<Vec<Cell>>) -> Markup {
    // Few columns fit a phone.
    table_of(if heads.len() < 4 { "few" } else { "many" }, label, heads, rows)
}

/// Returns a table whose cells stand below one another on a phone.
pub(super) fn stack(label: &str, heads: &[&str], rows: Vec<Vec<Cell>>) -> Markup {
    table_of("stack", label, heads, rows)
}

fn table_of(class: &str, label: &str, heads: &[&str], rows: Vec<Vec<Cell>>) -> Markup {
    let all = rows.len();
    let is_number = |at: usize| rows.first().is_some_and(|row| matches!(row.get(at), Some(Cell::Number(_))));
    let classes = (0..heads.len()).map(|at| is_number(at).then_some("n")).collect::<Vec<_>>();
    html! {
        div.wrap tabindex="0" role="region" aria-label=(label) {
            table class=(class) {
                thead { tr { @for (head, class) in heads.iter().zip(&classes) { th scope="col" class=[class] { (head) } } } }
                tbody {
                    @for row in rows.into_iter().take(ROWS) {
                        tr {
                            @for (at, cell) in row.into_iter().enumerate() {
                                @if at == 0 { (header(&cell)) } @else { (cell) }
                            }
                        }
                    }
                }
            }
        }
        @if all > ROWS {
            p.mut { "The first " (number(ROWS as u64)) " of " (number(all as u64)) " rows; " code { "evidence.json" } " has all that were kept." }
        }
    }
}

fn header(cell: &Cell) -> Markup {
    match cell {
        Cell::Code(text) => html! { th scope="row" { code { (text) } } },
        Cell::Text(text) | Cell::Wide(text) => html! { th scope="row" { (text) } },
        Cell::Hash(text) => html! { th scope="row" { code.hash { (text) } } },
        Cell::OneLine(text) => html! { th.line scope="row" { (text) } },
        Cell::Number(count) => html! { th scope="row" { (number(*count)) } },
        Cell::Markup(markup) => html! { th scope="row" { (markup) } },
        Cell::None => html! { th scope="row" { "\u{2013}" } },
    }
}

/// Returns a section with its heading.
pub(super) fn section(id: &str, title: &str, content: Markup) -> Markup {
    let heading = format!("h-{id}");
    html! {
        section id=(id) aria-labelledby=(heading) {
            h2 id=(heading) { (title) }
            (content)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_neither_move_text_nor_fill_the_page() {
        assert_eq!(shown("a\u{202e}b\u{1b}[2J\n"), r"a\u{202e}b\u{1b}[2J\u{a}");
        let long = shown(&"x".repeat(1 << 20));
        assert!(long.ends_with("\u{2026} (1,048,576 characters)") && long.len() < 300);
        // A figure has many values in it.
        let figure = Cell::sentence(&"x y ".repeat(200)).render().into_string();
        assert!(figure.ends_with("x y </td>"), "{figure}");
        assert!(Cell::sentence(&"x".repeat(1 << 20)).render().into_string().len() < 1_100);
        assert_eq!(
            Cell::text("</title><script>").render().into_string(),
            "<td>&lt;/title&gt;&lt;script&gt;</td>"
        );
    }
}
