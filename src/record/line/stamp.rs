//! The time and the number of a line.

use super::decode::{DecodeError, Time, parse};
use super::encode::{HEAD, SEQ};
use crate::record::ts::timestamp::Timestamp;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// The time and the number of a line, which the journal needs to append after it. Decoded
/// leniently, since a later version of this crate may have written the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) ts: Timestamp,
    pub(crate) seq: u64,
}

impl Stamp {
    /// Returns the stamp of a line that is a JSON object with `ts` and `seq`.
    pub(crate) fn of(line: &[u8]) -> Result<Stamp, DecodeError> {
        parse(line)
    }

    /// Returns the stamp of a line. If the line begins and ends as this crate writes it, the
    /// rest of the line is not looked at. After a loss of power such a line may begin as one record and end as
    /// another, with zeros in place of the page between.
    pub(crate) fn at_the_ends(line: &[u8]) -> Result<Stamp, DecodeError> {
        Stamp::at_its_ends(line).map_or_else(|| Stamp::of(line), Ok)
    }

    fn at_its_ends(line: &[u8]) -> Option<Stamp> {
        let ts = line.strip_prefix(HEAD)?.get(..Timestamp::LEN)?;
        let body = line.strip_suffix(b"}")?;
        let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (body, seq) = body.split_at(body.len() - digits);
        body.ends_with(SEQ).then_some(())?;
        Some(Stamp { ts: Timestamp::parse(ts)?, seq: number(seq)? })
    }
}

/// Returns the number of these decimal digits.
fn number(digits: &[u8]) -> Option<u64> {
    let (first, rest) = digits.split_first()?;
    rest.iter().try_fold(u64::from(first - b'0'), |number, digit| {
        number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })
}

/// Returns whether a line, as this crate writes it, is a record of the log about itself.
pub(crate) fn is_line_of_the_log(line: &[u8]) -> bool {
    let rest = line.get(HEAD.len() + Timestamp::LEN..).unwrap_or_default();
    rest.starts_with(br#"","event":"log."#)
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Stamp, D::Error> {
        deserializer.deserialize_map(AnyRecord)
    }
}

struct AnyRecord;

impl<'de> Visitor<'de> for AnyRecord {
    type Value = Stamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Stamp, A::Error> {
        let (mut ts, mut seq) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "ts" => ts = Some(map.next_value_seed(Time)?),
                "seq" => seq = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let ts = ts.ok_or_else(|| de::Error::missing_field("ts"))?;
        let seq = seq.ok_or_else(|| de::Error::missing_field("seq"))?;
        Ok(Stamp { ts, seq })
    }
}
