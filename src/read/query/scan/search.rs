//! What is searched for, ready to be compared with lines.

use super::super::condition::{Condition, Glob, needle};
use super::progress::Advance;
use crate::record::Timestamp;
use crate::record::encode::TsText;
use memchr::memmem::Finder;
use std::ops::RangeInclusive;

/// What is searched for.
#[derive(Debug)]
pub(in crate::read) struct Search {
    /// The first time, and the one behind the last.
    pub(in crate::read::query) since: Option<Timestamp>,
    pub(in crate::read::query) until: Option<Timestamp>,
    since_text: Option<TsText>,
    until_text: Option<TsText>,
    pub(in crate::read::query) seqs: RangeInclusive<u64>,
    /// One of these, unless there are none.
    pub(in crate::read::query) events: Vec<Glob>,
    /// All of these.
    pub(in crate::read::query) conditions: Vec<Condition>,
    /// Bytes that are in each line which matches, if it is spelled as the log does.
    pub(super) needle: Option<Finder<'static>>,
    /// Whether matches are counted only.
    pub(in crate::read::query) only_counts: bool,
    /// What is told how far the search has come.
    pub(in crate::read::query) advance: Option<Advance>,
}

impl Search {
    pub(in crate::read::query) fn new(
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        seqs: RangeInclusive<u64>,
        events: Vec<Glob>,
        conditions: Vec<Condition>,
    ) -> Search {
        let needle = needle(&events, &conditions).map(|needle| Finder::new(&needle).into_owned());
        let (since_text, until_text) = (since.map(TsText::of), until.map(TsText::of));
        Search {
            since,
            until,
            since_text,
            until_text,
            seqs,
            events,
            conditions,
            needle,
            only_counts: false,
            advance: None,
        }
    }

    /// Returns whether a time in the spelling of lines is in the range.
    #[inline]
    pub(super) fn has_text(&self, ts: &TsText) -> bool {
        self.since_text.is_none_or(|since| since <= *ts) && self.until_text.is_none_or(|until| *ts < until)
    }

    pub(super) fn has_time(&self, ts: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= ts) && self.until.is_none_or(|until| ts < until)
    }

    /// Returns whether records from the first of these times to the last may be in the range.
    pub(in crate::read::query) fn may_have(&self, first: Timestamp, last: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= last) && self.until.is_none_or(|until| first < until)
    }

    pub(super) fn has_event(&self, event: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|glob| glob.matches(event))
    }
}
