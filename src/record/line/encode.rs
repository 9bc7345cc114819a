//! Record to line.
//!
//! A line is assembled from [`Parts`], which are JSON already, into a [`Draft`], which is the
//! line without its time and number. The journal stamps those when it appends the line. Both
//! are buffers that are reused, so that an event costs no allocation.

use crate::record::actor::{ActorKey, ActorKeys};
use crate::record::outcome::Outcome;
use crate::record::record::Record;
use crate::record::schema::UNNAMED;
pub(crate) use crate::record::text::escape::{push_escaped, push_string};
pub(crate) use crate::record::ts::text::TsText;
use crate::record::ts::timestamp::Timestamp;
use crate::record::value::json::Value;
pub(crate) use crate::record::value::to_json::{push_bool, push_f64, push_value};
use std::fmt;
use std::ops::Range;

/// The line's beginning, up to its time.
pub(crate) const HEAD: &[u8; 29] = br#"{"_schema_version":"1","ts":""#;

/// What stands before the line's number.
pub(super) const SEQ: &[u8; 7] = br#","seq":"#;

/// The parts of a line, as JSON text.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The event type, escaped, without quotes.
    pub(crate) event: Vec<u8>,
    pub(crate) actor: ActorParts,
    /// The members of the object, `"key":value`, with commas between them.
    pub(crate) resource: Vec<u8>,
    pub(crate) outcome: Outcome,
    /// A JSON string, or empty.
    pub(crate) trace_id: Vec<u8>,
}

/// The parts of an actor.
#[derive(Debug, Default)]
pub(crate) struct ActorParts {
    /// A JSON string for each key, or empty.
    texts: [Vec<u8>; ActorKey::COUNT],
    /// The keys that have a text, and those whose text was left out: no other source has a say in
    /// them, since it may be that of another user.
    said: ActorKeys,
}

impl ActorParts {
    pub(crate) fn clear(&mut self) {
        for key in std::mem::take(&mut self.said) {
            self.texts[key.index()].clear();
        }
    }

    /// Sets the text of a key. Empty text counts as none.
    pub(crate) fn set(&mut self, key: ActorKey, text: &str) {
        let part = &mut self.texts[key.index()];
        part.clear();
        self.said = self.said & !ActorKeys::of(key);
        if !text.is_empty() {
            push_string(part, text);
            self.said = self.said | ActorKeys::of(key);
        }
    }

    /// Appends the text of a key that has none, as a JSON string.
    #[inline]
    pub(crate) fn set_json(&mut self, key: ActorKey, json: &[u8]) {
        self.texts[key.index()].extend_from_slice(json);
        self.said = self.said | ActorKeys::of(key);
    }

    /// Leaves out a key, although the event has it.
    pub(crate) fn leave_out(&mut self, key: ActorKey) {
        self.texts[key.index()].clear();
        self.said = self.said | ActorKeys::of(key);
    }

    /// Returns the keys that may still be inherited.
    #[inline]
    pub(crate) fn lacking(&self) -> ActorKeys {
        !self.said
    }

    /// Returns whether a key has a text.
    pub(crate) fn has(&self, key: ActorKey) -> bool {
        !self.texts[key.index()].is_empty()
    }

    /// Returns whether the actor says who acts: a user, or a program.
    #[inline]
    pub(crate) fn says_who(&self) -> bool {
        self.has(ActorKey::UserSid)
            || self.has(ActorKey::UserId)
            || matches!(&*self.texts[ActorKey::Kind.index()], br#""service""# | br#""system""#)
    }

    fn write(&self, line: &mut Vec<u8>) {
        let mut is_first = true;
        for key in self.said.filter(|key| self.has(*key)) {
            line.extend_from_slice(key.in_line(is_first));
            line.extend_from_slice(&self.texts[key.index()]);
            is_first = false;
        }
    }
}

impl Parts {
    pub(crate) fn clear(&mut self) {
        self.event.clear();
        self.actor.clear();
        self.resource.clear();
        self.outcome = Outcome::Success;
        self.trace_id.clear();
    }

    /// Appends a resource key and its colon, with a comma where one is needed.
    pub(crate) fn push_key(&mut self, key: &str) {
        self.separate();
        push_string(&mut self.resource, key);
        self.resource.push(b':');
    }

    /// Appends `fragment`: a key, quoted and escaped, and its colon.
    pub(crate) fn push_key_fragment(&mut self, fragment: &str) {
        self.separate();
        self.resource.extend_from_slice(fragment.as_bytes());
    }

    /// Appends a member, and returns the index at which its value begins.
    pub(crate) fn push_member(&mut self, key: &str, value: &Value) -> usize {
        self.push_key(key);
        let start = self.resource.len();
        push_value(&mut self.resource, value);
        start
    }

    fn separate(&mut self) {
        if !self.resource.is_empty() {
            self.resource.push(b',');
        }
    }

    pub(crate) fn set(&mut self, record: &Record) {
        self.clear();
        push_escaped(&mut self.event, if record.event.is_empty() { UNNAMED } else { &record.event });
        for key in ActorKey::ALL {
            self.actor.set(key, record.actor.text(key).unwrap_or_default());
        }
        for (key, value) in &record.resource {
            self.push_member(key, value);
        }
        self.outcome = record.outcome;
        if let Some(text) = record.trace_id.as_deref().filter(|text| !text.is_empty()) {
            push_string(&mut self.trace_id, text);
        }
    }
}

/// A line whose time and number are stamped later.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    line: Vec<u8>,
    /// The index at which the digits of `seq` begin.
    numbered_from: usize,
    /// The place of the event type, escaped.
    event: Range<usize>,
}

impl Draft {
    /// Returns the draft of a record's line.
    pub(crate) fn of(record: &Record) -> Draft {
        let mut parts = Parts::default();
        parts.set(record);
        let mut draft = Draft::default();
        draft.assemble(&parts);
        draft
    }

    /// The place of the time.
    const TS: Range<usize> = HEAD.len()..HEAD.len() + Timestamp::LEN;

    pub(crate) fn assemble(&mut self, parts: &Parts) {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(HEAD);
        line.extend_from_slice(&[b'0'; Timestamp::LEN]);
        line.extend_from_slice(br#"","event":""#);
        let event = line.len();
        line.extend_from_slice(&parts.event);
        self.event = event..line.len();
        line.extend_from_slice(br#"","actor":{"#);
        parts.actor.write(line);
        line.push(b'}');
        if !parts.resource.is_empty() {
            line.extend_from_slice(br#","resource":{"#);
            line.extend_from_slice(&parts.resource);
            line.push(b'}');
        }
        line.extend_from_slice(match parts.outcome {
            Outcome::Success => br#","outcome":"success""#,
            Outcome::Failure => br#","outcome":"failure""#,
        });
        if !parts.trace_id.is_empty() {
            line.extend_from_slice(br#","trace_id":"#);
            line.extend_from_slice(&parts.trace_id);
        }
        line.extend_from_slice(SEQ);
        self.numbered_from = line.len();
    }

    /// Stamps time and number, in place of an earlier stamp.
    pub(crate) fn stamp(&mut self, ts: &TsText, seq: u64) {
        self.line.truncate(self.numbered_from);
        self.line[Draft::TS].copy_from_slice(&ts.0);
        self.line.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
        self.line.extend_from_slice(b"}\n");
    }

    /// Returns the stamped line, with its `\n`.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Returns the longest length the line can have, with its `\n`, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.numbered_from + "18446744073709551615}\n".len()
    }

    /// Returns the event type, escaped.
    pub(crate) fn event(&self) -> &str {
        std::str::from_utf8(&self.line[self.event.clone()]).unwrap_or_default()
    }
}

/// Returns the record's line, without the `\n`. A `ts` or `seq` that is `None` is left out.
pub(crate) fn to_line(record: &Record) -> String {
    let mut draft = Draft::of(record);
    draft.stamp(&record.ts.map_or(TsText::UNKNOWN, TsText::of), record.seq.unwrap_or_default());
    let mut line = draft.line;
    line.pop();
    if record.seq.is_none() {
        line.truncate(draft.numbered_from - SEQ.len());
        line.push(b'}');
    }
    if record.ts.is_none() {
        line.drain(Draft::TS.start - br#""ts":""#.len()..Draft::TS.end + br#"","#.len());
    }
    String::from_utf8(line).unwrap_or_default()
}

/// Displays the record's line, without the `\n`. A `ts` or `seq` that is `None` is left out.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_line(self))
    }
}

impl TsText {
    /// Returns the time in a stamped line.
    pub(crate) fn in_line(line: &[u8]) -> Option<TsText> {
        Some(TsText(*line.get(Draft::TS)?.first_chunk()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SCHEMA_VERSION;

    #[test]
    fn the_head_names_the_schema_version() {
        let head = String::from_utf8(HEAD.to_vec()).unwrap();
        assert_eq!(head, format!(r#"{{"_schema_version":"{SCHEMA_VERSION}","ts":""#));
    }

    #[test]
    fn a_draft_can_be_stamped_again() {
        let mut parts = Parts::default();
        parts.set(&Record::new("a.b").user_sid("u").trace_id("t"));
        let mut draft = Draft::default();
        draft.assemble(&parts);
        draft.stamp(&TsText(*b"2026-05-28T09:30:00.123456789Z"), 12345);
        draft.stamp(&TsText(*b"2026-05-28T09:30:00.123456790Z"), 7);
        assert_eq!(
            String::from_utf8_lossy(draft.line()),
            concat!(
                r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456790Z","event":"a.b","#,
                r#""actor":{"user_sid":"u"},"outcome":"success","trace_id":"t","seq":7}"#,
                "\n"
            )
        );
        assert_eq!(draft.event(), "a.b");
    }

    #[test]
    fn a_record_without_time_and_number_shows_what_it_has() {
        assert_eq!(
            Record::new("a.b").session_id("s").resource("k", "v").to_string(),
            r#"{"_schema_version":"1","event":"a.b","actor":{"session_id":"s"},"resource":{"k":"v"},"outcome":"success"}"#
        );
    }
}
