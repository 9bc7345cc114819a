//! The members of a line.

use super::super::json::{Json, Text, Walk};
use crate::record::{Timestamp, encode};

/// The members of a line, in a vector that is used again.
pub(super) type Members<'a> = Vec<(Text<'a>, Json<'a>)>;

/// Reads the members of a line. Those at the begin of one that `has_frame` are known.
pub(super) fn read<'a>(line: &'a [u8], has_frame: bool, members: &mut Members<'a>) -> Result<(), String> {
    const TS: std::ops::Range<usize> = encode::HEAD.len()..encode::HEAD.len() + Timestamp::LEN;
    members.clear();
    let mut walk = Walk::of(line);
    if has_frame && let Some(ts) = line.get(TS) {
        let plain = |escaped| Text { escaped, has_escapes: false };
        members
            .push((plain(b"_schema_version"), Json::String(plain(crate::record::SCHEMA_VERSION.as_bytes()))));
        members.push((plain(b"ts"), Json::String(plain(ts))));
        // Behind the quotation mark.
        walk = Walk::behind_a_member(line, TS.end + 1);
    }
    loop {
        match walk.member() {
            Ok(Some(member)) => members.push(member),
            Ok(None) => return Ok(()),
            Err(at) => return Err(format!("it is not a JSON object, from byte {} on", at.0 + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_are_the_same_with_and_without_a_frame() {
        let line = crate::Record::new("a.b").user_sid("ada").resource("k", [1, 2]).to_string();
        let line = line.replacen(",\"event\"", ",\"ts\":\"2026-05-28T09:30:00.123456789Z\",\"event\"", 1);
        let (mut all, mut known) = (Vec::new(), Vec::new());
        read(line.as_bytes(), false, &mut all).unwrap();
        read(line.as_bytes(), true, &mut known).unwrap();
        assert_eq!(all, known);
        assert_eq!(all.len(), 6, "{line}");
        let cut = &line.as_bytes()[..line.len() - 1];
        assert_eq!(read(cut, true, &mut Vec::new()), read(cut, false, &mut Vec::new()));
    }
}
