//! Line to record: strictly, or with keys that a later version of this crate has added.
//!
//! An added key is no new schema version. So a line that has one can be read as far as it is known,
//! and is kept as it is.

use super::decode::{DecodeError, KEYS, strict};
use crate::record::actor::{ActorKey, ActorKind};
use crate::record::record::Record;
use crate::record::value::json::{Object, Value};
use crate::record::value::to_json::push_object;

impl Record {
    /// Decodes one line, without its `\n`, as strictly as it is written.
    ///
    /// ```
    /// use tracing_audit::Record;
    ///
    /// # fn main() -> Result<(), tracing_audit::record::DecodeError> {
    /// let line = br#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"auth.failed","actor":{},"outcome":"failure","seq":41}"#;
    /// assert_eq!(Record::from_line(line)?.seq, Some(41));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError`], with the byte, for any line that this crate would not have written:
    /// an unknown, missing, repeated or misplaced key, another schema version, a value of the
    /// wrong kind, or the same JSON in another spelling. Of kind [`NewerKey`](crate::record::DecodeErrorKind::NewerKey)
    /// if keys are unknown that a later version may have added.
    pub fn from_line(line: &[u8]) -> Result<Record, DecodeError> {
        strict(line).map_err(|error| match known_part(line) {
            Some((_, key)) => error.newer_key(&key),
            None => error,
        })
    }

    /// Decodes one line, without its `\n`, that may have keys which a later version of this crate has
    /// added, at the top level or in `actor`. All else is as strict as [`Record::from_line`].
    ///
    /// The record has what is known here of the line, and [`newer_line`](Record::newer_line) returns
    /// all of it.
    ///
    /// ```
    /// use tracing_audit::Record;
    ///
    /// # fn main() -> Result<(), tracing_audit::record::DecodeError> {
    /// let line = br#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"auth.failed","actor":{"user_id":"ada","team":"blue"},"outcome":"failure","seq":41}"#;
    /// assert!(Record::from_line(line).is_err());
    /// let record = Record::from_newer_line(line)?;
    /// assert_eq!(record.actor.user_id.as_deref(), Some("ada"));
    /// assert_eq!(record.newer_line().map(str::as_bytes), Some(&line[..]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError`], with the byte, for any line that no version of this crate with this schema
    /// version would have written, as far as that is known here.
    pub fn from_newer_line(line: &[u8]) -> Result<Record, DecodeError> {
        let error = match strict(line) {
            Ok(record) => return Ok(record),
            Err(error) => error,
        };
        let Some((mut record, _)) = known_part(line) else {
            return Err(error);
        };
        record.newer = Some(String::from_utf8_lossy(line).into());
        Ok(record)
    }

    /// Returns the line that the record was decoded from, without its `\n`, if it has keys that only a
    /// later version of this crate knows.
    #[must_use]
    pub fn newer_line(&self) -> Option<&str> {
        self.newer.as_deref()
    }
}

/// Returns the record of a line with newer keys, and the first of these keys.
fn known_part(line: &[u8]) -> Option<(Record, String)> {
    let mut known = serde_json::from_slice::<Object>(line).ok()?;
    if json(&known) != line {
        return None;
    }
    let mut newer = Vec::new();
    known.entries_mut().retain_mut(|(key, value)| match (key.as_str(), value) {
        ("actor", Value::Object(actor)) => {
            actor.entries_mut().retain(|(key, value)| {
                let is_known = match ActorKey::of_name(key) {
                    Some(ActorKey::Kind) => {
                        value.as_str().is_none_or(|kind| ActorKind::from_name(kind).is_some())
                    }
                    other => other.is_some(),
                };
                if !is_known {
                    newer.push(format!("actor.{key}"));
                }
                is_known
            });
            true
        }
        (key, _) if KEYS.contains(&key) => true,
        (key, _) => {
            newer.push(key.to_owned());
            false
        }
    });
    let first = newer.into_iter().next()?;
    Some((strict(&json(&known)).ok()?, first))
}

fn json(object: &Object) -> Vec<u8> {
    let mut json = Vec::new();
    push_object(&mut json, object);
    json
}

#[cfg(test)]
mod tests {
    use super::super::decode::DecodeErrorKind;
    use super::*;

    fn line(actor: &str, more: &str) -> String {
        format!(
            r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{{{actor}}},"resource":{{"ratio":0.1,"k":"é\n"}},"outcome":"success"{more},"seq":41}}"#
        )
    }

    #[test]
    fn a_line_with_newer_keys_is_read_as_far_as_it_is_known() {
        for (actor, more, newer) in [
            (r#""user_id":"ada","team":"blue""#, "", "actor.team"),
            (r#""badge":[1,null],"user_id":"ada""#, "", "actor.badge"),
            (r#""user_id":"ada","kind":"robot""#, "", "actor.kind"),
            (r#""user_id":"ada""#, r#","span_id":"00f067aa0ba902b7""#, "span_id"),
            (r#""user_id":"ada","team":"blue""#, r#","x":{"deep":[{}]}"#, "actor.team"),
        ] {
            let line = line(actor, more);
            let record = Record::from_newer_line(line.as_bytes()).unwrap();
            assert_eq!(record.actor.user_id.as_deref(), Some("ada"), "{line}");
            assert_eq!((record.seq, &record.resource["ratio"]), (Some(41), &Value::from(0.1)));
            assert_eq!(record.newer_line(), Some(line.as_str()));
            let error = Record::from_line(line.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::NewerKey);
            assert!(error.reason().starts_with(&format!("`{newer}` is not known")), "{error}");
        }
    }

    #[test]
    fn another_fault_stays_one() {
        for (actor, more) in [
            (r#""team":"blue", "user_id":"ada""#, ""),
            (r#""session_id":"s","user_id":"ada","team":"blue""#, ""),
            (r#""user_id":"","team":"blue""#, ""),
            (r#""address":"fe80::1%2","team":"blue""#, ""),
            (r#""kind":7,"team":"blue""#, ""),
            (r#""user_id":"ada""#, r#","team":"blue","outcome":"success""#),
            (r#""user_id":"ada","user_id":"eve","team":"blue""#, ""),
        ] {
            let line = line(actor, more);
            let error = Record::from_newer_line(line.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::Malformed, "{line}: {error}");
            let error = Record::from_line(line.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::Malformed, "{line}: {error}");
        }
        let plain = line("", "");
        assert_eq!(Record::from_newer_line(plain.as_bytes()).unwrap().newer_line(), None);
    }
}
