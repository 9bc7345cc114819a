//! Paths to values in a record.

use super::super::json::{Json, NotJson, Text, Walk};

/// The parts of a record that a path begins with.
pub(in crate::read::query) const ROOTS: [&str; 8] =
    ["_schema_version", "ts", "event", "actor", "resource", "outcome", "trace_id", "seq"];

/// A path to values in a record: keys with dots between them. A key that has dots itself is found, too, and a
/// number stands for an element of an array as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read::query) struct Path {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    text: String,
    /// Whether it was written in quotation marks: then it is a key of its own.
    is_quoted: bool,
    /// Another key that it stands for as well.
    or: Option<String>,
}

impl Segment {
    fn is(&self, key: Text<'_>) -> bool {
        key.is(&self.text) || self.or.as_deref().is_some_and(|or| key.is(or))
    }
}

impl Path {
    /// Returns a path whose keys are these.
    pub(in crate::read::query) fn of(keys: &[&str]) -> Path {
        let mut path = Path::empty();
        for key in keys {
            path.push((*key).to_owned(), true);
        }
        path
    }

    /// Returns the path to either of two parts of a part of the record.
    pub(super) fn of_either(root: &str, either: &str, or: &str) -> Path {
        let mut path = Path::of(&[root, either]);
        if let Some(last) = path.segments.last_mut() {
            last.or = Some(or.to_owned());
        }
        path
    }

    pub(super) fn push(&mut self, text: String, is_quoted: bool) {
        self.segments.push(Segment { text, is_quoted, or: None });
    }

    pub(super) fn empty() -> Path {
        Path { segments: Vec::new() }
    }

    /// Returns the key at the top of the record.
    pub(in crate::read::query) fn root(&self) -> &str {
        self.segments.first().map_or("", |segment| &segment.text)
    }

    /// Returns how many keys it has.
    pub(in crate::read::query) fn len(&self) -> usize {
        self.segments.len()
    }

    /// Returns a text with which a key of each such value ends, unless that value is an element of an array.
    pub(in crate::read::query) fn last_key(&self) -> Option<&str> {
        let last = self.segments.last()?;
        (!is_index(&last.text) && last.or.is_none()).then_some(&last.text)
    }

    /// Shows each value at the path in a record's members, until one is accepted. Returns whether one was.
    ///
    /// # Errors
    ///
    /// A value that is walked through on the way is not JSON.
    pub(super) fn any(
        &self,
        members: &mut dyn Iterator<Item = (Text<'_>, Json<'_>)>,
        accept: &mut dyn FnMut(Json<'_>) -> bool,
    ) -> Result<bool, NotJson> {
        for (key, value) in members {
            if key.is(self.root()) && any_below(value, &self.segments[1..], accept)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_index(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn any_below(
    value: Json<'_>,
    segments: &[Segment],
    accept: &mut dyn FnMut(Json<'_>) -> bool,
) -> Result<bool, NotJson> {
    let Some(first) = segments.first() else {
        return Ok(accept(value));
    };
    match value {
        Json::Object(bytes) => {
            let mut walk = Walk::of(bytes);
            while let Some((key, value)) = walk.member()? {
                if first.is_quoted && !first.is(key) {
                    continue;
                }
                let taken = if first.is_quoted { 1 } else { taken_by(&key.unescaped(), segments) };
                // A shorter key was taken with more of its segments: each split is another key.
                if taken > 0 && any_below(value, &segments[taken..], accept)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Json::Array(bytes) if is_index(&first.text) => {
            let (mut walk, mut at) = (Walk::of(bytes), 0_usize);
            while let Some(element) = walk.element()? {
                if first.text.parse() == Ok(at) {
                    return any_below(element, &segments[1..], accept);
                }
                at += 1;
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Returns how many segments a key is, joined by dots; 0 if it is none.
fn taken_by(key: &str, segments: &[Segment]) -> usize {
    let mut rest = key;
    for (at, segment) in segments.iter().enumerate() {
        if segment.is_quoted && at > 0 {
            return 0;
        }
        match rest.strip_prefix(segment.text.as_str()) {
            Some("") => return at + 1,
            Some(behind) if behind.starts_with('.') => rest = &behind[1..],
            _ => return 0,
        }
    }
    0
}
