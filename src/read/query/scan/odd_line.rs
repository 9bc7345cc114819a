//! A line that is not framed as the log does it: of another version, of another product, altered, or no
//! record at all.

use super::super::json::{Json, Walk};
use super::super::time_text::date_and_time;
use super::fault::Fault;
use crate::record::{DecodeErrorKind, Record, SCHEMA_VERSION, Timestamp};

/// A line that can be searched, though it has not the frame of this version.
#[derive(Debug)]
pub(in crate::read::query) struct OddLine {
    pub(in crate::read::query) ts: Timestamp,
    pub(in crate::read::query) seq: Option<u64>,
    pub(in crate::read::query) event: String,
    version: String,
}

impl OddLine {
    /// Returns the line, or why it can't be searched.
    pub(in crate::read::query) fn of(line: &[u8]) -> Result<OddLine, String> {
        if let Err(error) = std::str::from_utf8(line) {
            return Err(format!("it is not UTF-8 from byte {} on", error.valid_up_to() + 1));
        }
        if line.trim_ascii().is_empty() {
            return Err("it is empty".to_owned());
        }
        let mut walk = Walk::of(line);
        let (mut ts, mut event, mut version, mut seq) = (None, None, None, None);
        loop {
            match walk.member() {
                Ok(Some((key, value))) => match (&*key.unescaped(), value) {
                    ("ts", Json::String(text)) => ts = date_and_time(&text.unescaped()).ok(),
                    ("event", Json::String(text)) => event = Some(text.unescaped().into_owned()),
                    ("_schema_version", value) => version = Some(spelled(value)),
                    ("seq", Json::Number(text)) => seq = text.parse().ok(),
                    _ => {}
                },
                Ok(None) => break,
                Err(at) => return Err(format!("it is not a JSON object, from byte {} on", at.0 + 1)),
            }
        }
        let ts = ts.ok_or("it has no time `ts`")?;
        let event = event.filter(|event| !event.is_empty()).ok_or("it has no `event`")?;
        Ok(OddLine { ts, seq, event, version: version.unwrap_or_default() })
    }

    /// Returns what is to be said about it.
    pub(super) fn fault(&self, line: &[u8]) -> Option<Fault> {
        if self.version != SCHEMA_VERSION {
            return Some(Fault::OtherVersion(self.version.clone()));
        }
        if self.seq.is_none() {
            return Some(Fault::WithoutNumber);
        }
        let error = Record::from_newer_line(line).err()?;
        debug_assert_ne!(error.kind(), DecodeErrorKind::Unreadable);
        Some(Fault::Altered(error.reason().to_owned()))
    }
}

fn spelled(value: Json<'_>) -> String {
    match value {
        Json::String(text) => text.unescaped().into_owned(),
        Json::Number(text) => text.to_owned(),
        _ => String::new(),
    }
}
