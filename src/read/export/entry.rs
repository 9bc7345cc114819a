//! A record with all that formats need of it.

use super::fields::Fields;
use super::source::Source;
use crate::read::query::Match;
use crate::record::{Ocsf, Timestamp};
use std::borrow::Cow;
use std::net::IpAddr;

/// The name that records get of what has written them.
pub(super) const PRODUCT: &str = "tracing-audit";

/// The version of this crate.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A record on its way into a format.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) line: &'a str,
    pub(super) fields: Fields<'a>,
    pub(super) ts: Timestamp,
    pub(super) seq: Option<u64>,
    pub(super) journal: &'a str,
    pub(super) source: &'a Source,
    pub(super) ocsf: Ocsf,
    pub(super) meaning: Option<&'static str>,
    /// What no other record has: the journal and the number.
    pub(super) uid: String,
}

/// Returns what no other record has: `JOURNAL:SEQ`; for a line without a number, `JOURNAL:FILE@BYTE`.
pub(super) fn uid(found: &Match) -> String {
    match found.seq() {
        Some(seq) => format!("{}:{seq}", found.journal()),
        None => {
            let file = found.path().file_name().unwrap_or_default().to_string_lossy();
            format!("{}:{file}@{}", found.journal(), found.byte())
        }
    }
}

impl Entry<'_> {
    /// Returns the actor's address, if it is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.fields.actor("address")?.parse().ok()
    }

    /// Returns the time in milliseconds since 1970.
    pub(super) fn millis(&self) -> i128 {
        millis(self.ts)
    }

    /// Returns the text of a reason for a failure.
    pub(super) fn reason(&self) -> Option<(&'static str, Cow<'_, str>)> {
        if !self.fields.has_failed() {
            return None;
        }
        ["reason", "error"].into_iter().find_map(|key| Some((key, self.fields.resource(key)?)))
    }
}

/// Returns a time in milliseconds since 1970.
pub(super) fn millis(ts: Timestamp) -> i128 {
    ts.unix_nanos().div_euclid(1_000_000)
}

/// Returns a text with an escape sequence such as `\u{1b}` in the place of each control character: for formats that have no way
/// to write them. The line, which each has as well, spells them as JSON does.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if c.is_control() => visible.extend(c.escape_unicode()),
            c => visible.push(c),
        }
    }
    Cow::Owned(visible)
}
