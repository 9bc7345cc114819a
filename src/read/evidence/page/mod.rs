//! The page that an auditor reads: one file of HTML without a script, for a screen, a phone, paper and the dark.
//!
//! Answers first, then the facts, then what they are evidence for, how to check them, and what they can't show. Nothing is loaded:
//! the content security policy allows the page's own style, by its hash, and nothing else.

mod activity;
mod charts;
mod closing;
mod mapping;
mod parts;
mod personal;
mod records;
mod settings;
mod summary;

use super::whole::Evidence;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");

impl Evidence {
    /// Returns it as one page of HTML, for people: `evidence.html`. It needs no other file, and has no script.
    #[must_use]
    pub fn to_html(&self) -> String {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let policy =
            format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
        let title = format!("Audit log evidence, {} to {}", self.period.first_day(), self.period.last_day());
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (title) }
                    // It is ours, and has neither `<` nor `&`.
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#summary" { "To the summary" }
                    (summary::header(self))
                    main {
                        (summary::verdict(self))
                        (summary::summary(self))
                        (summary::made(self))
                        (records::integrity(self))
                        (records::completeness(self))
                        (records::failures(self))
                        (records::time(self))
                        (settings::retention(self))
                        (settings::access(self))
                        (settings::configuration(self))
                        (settings::copies(self))
                        (activity::activity(self))
                        (personal::personal_data(self))
                        (mapping::mapping(self))
                        (closing::check(self))
                        (closing::limits())
                        (closing::sign())
                    }
                }
            }
        };
        let mut text = page.into_string();
        text.push('\n');
        text
    }

    /// Returns what is said of each log, under its name if there are several.
    fn of_logs(&self, of: impl Fn(&super::LogEvidence) -> Markup) -> Markup {
        html! {
            @for log in &self.logs {
                @if self.logs.len() > 1 { h3 { (parts::shown(log.name())) } }
                (of(log))
            }
        }
    }
}
