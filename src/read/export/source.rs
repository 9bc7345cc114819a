//! Which host and which application have written a record.

use super::fields::Fields;
use crate::read::query::{Match, Query};
use crate::record::VIOLATIONS;
use std::collections::HashMap;

/// What a `log.opened` says of the process that writes the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) host: Option<String>,
    pub(super) application: Option<String>,
    pub(super) application_version: Option<String>,
}

impl Source {
    /// Returns what a record says, if it is a `log.opened` of the log itself.
    fn of(fields: &Fields<'_>) -> Option<Source> {
        if fields.event != "log.opened" || fields.resource.iter().any(|(key, _)| key == VIOLATIONS) {
            return None;
        }
        let text = |key| fields.resource(key).filter(|text| !text.is_empty()).map(|text| text.into_owned());
        Some(Source {
            host: text("host"),
            application: text("application"),
            application_version: text("application_version"),
        })
    }
}

/// The sources of journals.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources(HashMap<String, Source>);

impl Sources {
    /// Returns the source of a record: the newest `log.opened` at or before it, else the first one that is left.
    pub(super) fn of(&mut self, found: &Match, fields: &Fields<'_>) -> &Source {
        let journal = found.journal();
        if let Some(source) = Source::of(fields) {
            self.0.insert(journal.to_owned(), source);
        }
        self.0.entry(journal.to_owned()).or_insert_with(|| look(found))
    }
}

/// Looks for the `log.opened` of a record that is not exported itself. What else is met is for the export to say.
fn look(found: &Match) -> Source {
    let Some(dir) = found.path().parent() else {
        return Source::default();
    };
    let opened = || Query::new([dir]).event("log.opened");
    let before = match found.seq() {
        Some(seq) => opened().seq(..=seq),
        None => opened().until(found.ts()),
    };
    let first = |query: Query| {
        query.run().ok()?.filter_map(Result::ok).find_map(|found| Source::of(&Fields::of(found.line()).ok()?))
    };
    first(before.reverse(true)).or_else(|| first(opened())).unwrap_or_default()
}
