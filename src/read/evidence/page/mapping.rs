//! What the sections are evidence for, from `docs/compliance/controls.toml`.

use super::parts::{Cell, section, stack};
use maud::{Markup, html};
use serde::Deserialize;

/// The file, as it was when this was built.
const CONTROLS: &str = include_str!("../../../../docs/compliance/controls.toml");

/// All requirements.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Controls {
    pub(super) control: Vec<Control>,
}

/// A requirement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Control {
    pub(super) framework: String,
    pub(super) version: String,
    pub(super) id: String,
    pub(super) says: String,
    pub(super) sections: Vec<String>,
    pub(super) evidenced: Evidenced,
    pub(super) you_add: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Evidenced {
    Here,
    Partly,
    Not,
}

impl Controls {
    pub(super) fn read() -> Controls {
        // A test reads it, too: it is as it was built.
        toml::from_str(CONTROLS).unwrap_or_default()
    }
}

pub(super) fn mapping() -> Markup {
    let row = |control: Control| {
        let sections = html! {
            @for (at, id) in control.sections.iter().enumerate() {
                @if at > 0 { ", " }
                a href=(format!("#{id}")) { (id.replace('-', " ")) }
            }
            @if control.sections.is_empty() { "\u{2013}" }
        };
        let evidenced = match control.evidenced {
            Evidenced::Here => "here",
            Evidenced::Partly => "partly",
            Evidenced::Not => "not",
        };
        vec![
            Cell::text(format!("{} {}", control.framework, control.version)),
            Cell::text(control.id),
            Cell::text(control.says),
            Cell::Markup(sections),
            Cell::text(evidenced),
            Cell::text(control.you_add),
        ]
    };
    let heads = ["Framework", "Requirement", "In our words", "Sections", "Evidenced", "You add"];
    let rows = Controls::read().control.into_iter().map(row).collect();
    section(
        "mapping",
        "13 What this is evidence for",
        html! {
            p { "Which requirements these facts speak to. Whether one is met is for people to say; \u{201c}partly\u{201d} names what they have to add." }
            (stack("Requirements", &heads, rows))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::SECTIONS;
    use super::*;

    #[test]
    fn each_requirement_names_sections_of_the_page() {
        let controls = toml::from_str::<Controls>(CONTROLS).unwrap().control;
        assert!(controls.len() > 25);
        for control in &controls {
            for id in &control.sections {
                assert!(SECTIONS.contains(&id.as_str()), "{}: there is no section {id}", control.id);
            }
            assert_eq!(control.sections.is_empty(), control.evidenced == Evidenced::Not, "{}", control.id);
            assert!(!control.you_add.is_empty() && !control.says.is_empty(), "{}", control.id);
        }
    }
}
