//! How to check it, what it can't show, and where it is signed.

use super::parts::{section, shown};
use crate::read::evidence::whole::Evidence;
use crate::read::evidence::words::argument;
use maud::{Markup, html};

pub(super) fn check(evidence: &Evidence) -> Markup {
    let directory = evidence.made.directories.first();
    let directory = directory.map_or_else(|| "DIR".to_owned(), |directory| shown(&argument(directory)));
    section(
        "check",
        "14 Check it yourself",
        html! {
            p { "That this page and its figures are those that were made, beside " code { "evidence.sha256" } ":" }
            pre tabindex="0" { code { "sha256sum -c evidence.sha256" } }
            p { "That the figures are those of the log, made anew from its files:" }
            pre tabindex="0" { code { "auditlog report " (directory) " --check evidence.json --key KEY" } }
            p { "That the lines are as they were sealed, with a key that you received otherwise than with the log:" }
            pre tabindex="0" { code { "auditlog verify " (directory) " --key KEY" } }
            p { "That a day file is the one of which section 3 states the hash:" }
            pre tabindex="0" { code { "sha256sum " (directory) "/audit-*.log" } }
            p {
                "The seals are signed notes and Merkle trees as C2SP and RFC 6962 describe them; the page on seals of tracing-audit has recipes with openssl and Go alone."
            }
        },
    )
}

pub(super) fn limits() -> Markup {
    section(
        "limits",
        "15 What this can\u{2019}t show",
        html! {
            ul {
                li { "That the application recorded all that it should have: only that what it recorded is still there." }
                li { "That lines are unchanged which were written after the newest checkpoint." }
                li { "Without a pinned key: that the log is that of this application, and not another that was put in its place." }
                li { "Without a checkpoint from elsewhere: that this is the newest state of the log, and not an older copy of it." }
                li { "That the clock was right: only that it did not jump, or when it did." }
                li { "Who is behind an identifier, and what people did with an alarm." }
            }
        },
    )
}

pub(super) fn sign() -> Markup {
    html! {
        div.sign #sign { div { "Prepared by, date" } div { "Reviewed by, date" } }
    }
}
