//! What the sections are evidence for, from `docs/compliance/controls.toml`.

use super::parts::{Cell, link, section, stack};
use crate::read::evidence::answers::AnswerState;
use crate::read::evidence::whole::Evidence;
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

/// Returns how the answer is to be taken that a section is behind.
fn state_of(evidence: &Evidence, section: &str) -> Option<AnswerState> {
    evidence.answers.iter().find(|answer| answer.section == section).map(|answer| answer.state)
}

pub(super) fn mapping(evidence: &Evidence) -> Markup {
    let row = |control: Control| {
        let sections = html! {
            @for (at, id) in control.sections.iter().enumerate() {
                @if at > 0 { ", " }
                (link(id))
                @if let Some(state) = state_of(evidence, id) { " " (state.mark()) }
            }
            @if control.sections.is_empty() { "\u{2013}" }
        };
        let worst = control.sections.iter().filter_map(|id| state_of(evidence, id)).max();
        let evidenced = match (control.evidenced, worst) {
            (Evidenced::Not, _) => "no",
            (_, Some(AnswerState::Fault)) => "no: see \u{2717}",
            (_, Some(AnswerState::Unknown)) => "can\u{2019}t be told: see ?",
            (Evidenced::Here, _) => "yes",
            (Evidenced::Partly, _) => "partly",
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
    let heads = ["Framework", "Requirement", "In our words", "Sections", "Shown here", "You add"];
    let rows = Controls::read().control.into_iter().map(row).collect();
    section(
        "mapping",
        "13 What this is evidence for",
        html! {
            p {
                "Which requirements these facts speak to, with the answers of section 1. Whether one is met is for people to say: they have to add what is in the last column, and to compare the figures with what the requirement asks for, such as how long records are to be kept."
            }
            (stack("Requirements", &heads, rows))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::SECTIONS;
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
