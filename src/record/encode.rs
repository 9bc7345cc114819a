//! Record to line.
//!
//! A line is assembled from [`Parts`], which are JSON already, into a [`Draft`],
//! which is the line but for its time and number; the journal gives it those when
//! it has its turn. Both are buffers that are used again, so that an event costs
//! no allocation.

pub(crate) use super::escape::{push_escaped, push_string};
use super::timestamp::{Day, Timestamp};
use super::value::{Object, Value};
use super::{Outcome, Record, UNNAMED, VIOLATIONS, Violations};
use std::ops::Range;

const HEAD: &[u8] = br#"{"_schema_version":"1","ts":""#;
const SEQ: &[u8] = br#","seq":"#;

/// A time, as a line spells it: two of them compare as the times do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TsText([u8; Timestamp::LEN]);

impl TsText {
    /// What stands where a time is still to come.
    pub(crate) const UNKNOWN: TsText = TsText(*b"1970-01-01T00:00:00.000000000Z");

    pub(crate) fn of(ts: Timestamp) -> TsText {
        let mut text = [0; Timestamp::LEN];
        ts.spell(&mut text);
        TsText(text)
    }

    /// The time in a line that was stamped.
    pub(crate) fn in_line(line: &[u8]) -> Option<TsText> {
        Some(TsText(*line.get(Draft::TS)?.first_chunk()?))
    }

    pub(crate) fn is_of(&self, day: Day) -> bool {
        day.begins(&self.0)
    }

    pub(crate) fn day(&self) -> Day {
        Day::beginning(&self.0)
    }

    /// Replaces the fraction of the second.
    pub(crate) fn set_nanos(&mut self, ts: Timestamp) {
        ts.spell_nanos(&mut self.0);
    }
}

/// What a line is assembled from.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The event type, escaped, without quotes.
    pub(crate) event: Vec<u8>,
    /// A JSON string, or nothing.
    pub(crate) user_sid: Vec<u8>,
    /// A JSON string, or nothing.
    pub(crate) session_id: Vec<u8>,
    /// The members of the object, `"key":value`, with commas between them.
    pub(crate) resource: Vec<u8>,
    pub(crate) outcome: Outcome,
    /// A JSON string, or nothing.
    pub(crate) trace_id: Vec<u8>,
}

impl Parts {
    pub(crate) fn clear(&mut self) {
        self.event.clear();
        self.user_sid.clear();
        self.session_id.clear();
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

    /// Appends `fragment`, which is a key, quoted and escaped, and its colon.
    pub(crate) fn push_key_fragment(&mut self, fragment: &str) {
        self.separate();
        self.resource.extend_from_slice(fragment.as_bytes());
    }

    /// Appends a whole member, and tells where its value begins.
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
        let text = |out: &mut Vec<u8>, text: &Option<String>| {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                push_string(out, text);
            }
        };
        text(&mut self.user_sid, &record.actor.user_sid);
        text(&mut self.session_id, &record.actor.session_id);
        for (key, value) in record.resource.iter() {
            self.push_member(key, value);
        }
        self.outcome = record.outcome;
        text(&mut self.trace_id, &record.trace_id);
    }
}

/// A line that still lacks its time and its number.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    line: Vec<u8>,
    /// Where the digits of `seq` begin.
    numbered_from: usize,
    /// Where the event type stands, escaped.
    event: Range<usize>,
}

impl Draft {
    /// The line of a record.
    pub(crate) fn of(record: &Record) -> Draft {
        let mut parts = Parts::default();
        parts.set(record);
        let mut draft = Draft::default();
        draft.assemble(&parts);
        draft
    }

    /// Where the time stands.
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
        if !parts.user_sid.is_empty() {
            line.extend_from_slice(br#""user_sid":"#);
            line.extend_from_slice(&parts.user_sid);
        }
        if !parts.session_id.is_empty() {
            let key: &[u8] =
                if parts.user_sid.is_empty() { br#""session_id":"# } else { br#","session_id":"# };
            line.extend_from_slice(key);
            line.extend_from_slice(&parts.session_id);
        }
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

    /// Gives it its time and number, in place of any it had.
    pub(crate) fn stamp(&mut self, ts: &TsText, seq: u64) {
        self.line.truncate(self.numbered_from);
        self.line[Draft::TS].copy_from_slice(&ts.0);
        self.line.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
        self.line.extend_from_slice(b"}\n");
    }

    /// The stamped line, with its `\n`.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// How long the line can become, with its `\n`.
    pub(crate) fn longest(&self) -> usize {
        self.numbered_from + "18446744073709551615}\n".len()
    }

    /// Stamps the line, and gives the record that it is then.
    pub(crate) fn stamped_record(&mut self, ts: &TsText, seq: u64) -> Record {
        self.stamp(ts, seq);
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Record::from_line(line).unwrap_or_else(|error| {
            // A line of ours that can't be read back is a defect of ours. What it says
            // is kept all the same.
            debug_assert!(false, "{error}");
            let mut record = Record::new(self.event()).resource("line", String::from_utf8_lossy(line));
            record.outcome = Outcome::Failure;
            let mut violations = Violations::default();
            violations.push(&format!("the line could not be read back: {error}"));
            record.resource.insert(VIOLATIONS, violations.to_value());
            record
        })
    }

    /// The event type, escaped.
    pub(crate) fn event(&self) -> &str {
        std::str::from_utf8(&self.line[self.event.clone()]).unwrap_or_default()
    }
}

/// The record's line, without the `\n`; `ts` and `seq` are left out while `None`.
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

/// Appends the JSON text of `value`.
pub(crate) fn push_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(value) => push_bool(out, *value),
        Value::Negative(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Unsigned(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Float(value) => push_f64(out, *value),
        Value::String(text) => push_string(out, text),
        Value::Array(list) => {
            out.push(b'[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                push_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) => push_object(out, object),
    }
}

pub(crate) fn push_object(out: &mut Vec<u8>, object: &Object) {
    out.push(b'{');
    for (index, (key, value)) in object.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(out, key);
        out.push(b':');
        push_value(out, value);
    }
    out.push(b'}');
}

pub(crate) fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Appends the shortest decimal that reads back as `value`.
pub(crate) fn push_f64(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        push_string(out, super::value::non_finite(value));
        return;
    }
    // Writing a finite number into memory can't fail.
    if serde_json::to_writer(&mut *out, &value).is_err() {
        debug_assert!(false, "{value} could not be written");
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
