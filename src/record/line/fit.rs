//! The size limit: cutting a record that is longer than a line may be.
//!
//! The longest values are cut to a common length, so that short values (who, what, why) stay
//! whole. Whole keys are left out only if that is not enough. Each cut is flagged in
//! `resource._truncated` with the length and the SHA-256 of the whole value, so that the
//! original can still be recognised.

use super::encode;
use crate::record::record::Record;
use crate::record::schema::{TRUNCATED, VIOLATIONS};
use crate::record::text::escape::escaped_len;
use crate::record::text::hex::hex;
use crate::record::text::prefix::prefix;
use crate::record::value::json::{Object, Value};
use crate::record::value::to_json::{push_object, push_value};
use sha2::{Digest, Sha256};

/// The length below which no value is cut, in bytes of its JSON text.
const SHORTEST: usize = 64;

/// The length of a flag without its key: `"":{"bytes":18446744073709551615,"sha256":"64 digits"},`
const FLAG: usize = 120;

/// The length of the object around all flags.
const FLAGS: usize = r#","resource":{},"_truncated":{}"#.len();

/// The whole value before a cut: its length in bytes, and its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Cut {
    pub(crate) fn of(whole: &[u8]) -> Cut {
        Cut::new(whole.len() as u64, Sha256::digest(whole).as_slice())
    }

    pub(crate) fn new(bytes: u64, sha256: &[u8]) -> Cut {
        Cut { bytes, sha256: hex(sha256) }
    }

    fn to_value(&self) -> Value {
        Value::Object(Object::from_iter([
            ("bytes", Value::Unsigned(self.bytes)),
            ("sha256", Value::String(self.sha256.clone())),
        ]))
    }
}

/// Cuts `record` until its line, with its `\n`, is at most `max` bytes long, and flags these
/// cuts and the earlier ones in `cuts`.
pub(crate) fn fit(record: &mut Record, max: usize, mut cuts: Vec<(String, Cut)>) {
    if longest_line(record) + flags_len(&cuts) > max {
        if !Measured::of(record).fits_at(SHORTEST, max, &cuts) {
            drop_keys(record, max, &mut cuts);
        }
        let measured = Measured::of(record);
        let (mut fits, mut exceeds) = (SHORTEST, max);
        while fits + 1 < exceeds {
            let length = fits.midpoint(exceeds);
            if measured.fits_at(length, max, &cuts) {
                fits = length;
            } else {
                exceeds = length;
            }
        }
        let too_long = measured.values.into_iter().filter(|value| value.len > fits);
        for place in too_long.map(|value| value.place).collect::<Vec<_>>() {
            place.cut(record, fits, &mut cuts);
        }
    }
    flag(record, &cuts);
}

fn longest_line(record: &Record) -> usize {
    let mut parts = encode::Parts::default();
    parts.set(record);
    let mut draft = encode::Draft::default();
    draft.assemble(&parts);
    draft.longest()
}

fn flag_len(name: &str) -> usize {
    name.chars().map(escaped_len).sum::<usize>() + FLAG
}

fn flags_len(cuts: &[(String, Cut)]) -> usize {
    FLAGS + cuts.iter().map(|(name, _)| flag_len(name)).sum::<usize>()
}

/// The lengths of a record's values, and of the rest of its line.
struct Measured {
    values: Vec<MeasuredValue>,
    rest: usize,
}

struct MeasuredValue {
    place: Place,
    /// The length of the JSON text.
    len: usize,
    /// The length of the flag, if the value is cut.
    flag: usize,
    name: String,
}

impl Measured {
    fn of(record: &Record) -> Measured {
        let values = Place::all(record)
            .map(|place| {
                let name = place.name(record);
                MeasuredValue { place, len: place.len(record), flag: flag_len(name), name: name.to_owned() }
            })
            .collect::<Vec<_>>();
        let rest = longest_line(record) - values.iter().map(|value| value.len).sum::<usize>();
        Measured { values, rest }
    }

    /// Whether the line fits when no value is longer than `length`.
    fn fits_at(&self, length: usize, max: usize, cuts: &[(String, Cut)]) -> bool {
        let mut line = self.rest + flags_len(cuts);
        for value in &self.values {
            line += value.len.min(length);
            if value.len > length && !cuts.iter().any(|(name, _)| *name == value.name) {
                line += value.flag;
            }
        }
        line <= max
    }
}

/// Leaves out keys of the resource, from the last to the first, until cutting the remaining
/// values makes the line fit.
fn drop_keys(record: &mut Record, max: usize, cuts: &mut Vec<(String, Cut)>) {
    let mut whole = Vec::new();
    push_object(&mut whole, &record.resource);
    cuts.retain(|(name, _)| record.resource.get(name).is_none());
    cuts.push(("*".to_owned(), Cut::of(&whole)));
    let violations = record.resource.remove(VIOLATIONS);
    let mut bare = record.clone();
    bare.resource = violations.clone().into_iter().map(|value| (VIOLATIONS, value)).collect();
    // The four values outside the resource may have to be cut, too.
    let mut line = Measured::of(&bare).rest + flags_len(cuts) + 4 * (SHORTEST + flag_len("actor.session_id"));
    let mut kept = 0;
    for value in Measured::of(record).values.iter().filter(|value| matches!(value.place, Place::Resource(_)))
    {
        let key = value.flag - FLAG + r#""":,"#.len();
        line += key + value.len.min(SHORTEST) + if value.len > SHORTEST { value.flag } else { 0 };
        if line > max {
            break;
        }
        kept += 1;
    }
    let entries = record.resource.entries_mut();
    entries.truncate(kept);
    entries.extend(violations.map(|value| (VIOLATIONS.to_owned(), value)));
}

/// A value that can be cut.
#[derive(Clone, Copy)]
enum Place {
    Event,
    UserSid,
    SessionId,
    TraceId,
    Resource(usize),
}

impl Place {
    /// Returns all places but the violations, which `Violations` bounds.
    fn all(record: &Record) -> impl Iterator<Item = Place> {
        let resource = record.resource.iter().enumerate().filter(|(_, (key, _))| *key != VIOLATIONS);
        [Place::Event, Place::UserSid, Place::SessionId, Place::TraceId]
            .into_iter()
            .chain(resource.map(|(index, _)| Place::Resource(index)))
    }

    fn name(self, record: &Record) -> &str {
        match self {
            Place::Event => "event",
            Place::UserSid => "actor.user_sid",
            Place::SessionId => "actor.session_id",
            Place::TraceId => "trace_id",
            Place::Resource(index) => record.resource.entry(index).0,
        }
    }

    fn text(self, record: &Record) -> Option<&str> {
        match self {
            Place::Event => Some(&record.event),
            Place::UserSid => record.actor.user_sid.as_deref(),
            Place::SessionId => record.actor.session_id.as_deref(),
            Place::TraceId => record.trace_id.as_deref(),
            Place::Resource(index) => record.resource.entry(index).1.as_str(),
        }
    }

    /// Returns the length of the value's JSON text.
    fn len(self, record: &Record) -> usize {
        match (self, self.text(record)) {
            (_, Some(text)) => text.chars().map(escaped_len).sum::<usize>() + 2,
            (Place::Resource(index), None) => {
                let mut text = Vec::new();
                push_value(&mut text, record.resource.entry(index).1);
                text.len()
            }
            _ => 0,
        }
    }

    /// Cuts the value to a string whose JSON text is at most `length` bytes long.
    fn cut(self, record: &mut Record, length: usize, cuts: &mut Vec<(String, Cut)>) {
        let whole = match (self, self.text(record)) {
            (_, Some(text)) => text.to_owned(),
            (Place::Resource(index), None) => record.resource.entry(index).1.to_string(),
            _ => return,
        };
        let name = self.name(record).to_owned();
        if !cuts.iter().any(|(other, _)| *other == name) {
            cuts.push((name, Cut::of(whole.as_bytes())));
        }
        let short = prefix(&whole, length - 2).to_owned();
        match self {
            Place::Event => record.event = short,
            Place::UserSid => record.actor.user_sid = Some(short),
            Place::SessionId => record.actor.session_id = Some(short),
            Place::TraceId => record.trace_id = Some(short),
            Place::Resource(index) => record.resource.entries_mut()[index].1 = Value::String(short),
        }
    }
}

fn flag(record: &mut Record, cuts: &[(String, Cut)]) {
    if cuts.is_empty() {
        return;
    }
    let flags = cuts.iter().map(|(name, cut)| (name.clone(), cut.to_value())).collect::<Object>();
    // Before the violations, which are the last key.
    let violations = record.resource.remove(VIOLATIONS);
    record.resource.insert(TRUNCATED, Value::Object(flags));
    if let Some(violations) = violations {
        record.resource.insert(VIOLATIONS, violations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fitted(mut record: Record, max: usize) -> Record {
        fit(&mut record, max, Vec::new());
        assert!(longest_line(&record) <= max, "{} > {max}: {record}", longest_line(&record));
        record
    }

    #[test]
    fn one_long_value_is_cut_and_the_others_stay_whole() {
        let record = Record::new("privacy.export")
            .user_sid("S-1-5-21")
            .resource("why", "asked for")
            .resource("what", "é\n".repeat(1 << 20))
            .resource("n", 7);
        let whole = record.resource["what"].as_str().unwrap().to_owned();
        let cut = fitted(record, 4096);
        let kept = cut.resource["what"].as_str().unwrap();
        // Each of its line ends takes two bytes in the line.
        assert!(whole.starts_with(kept) && kept.len() > 2700, "{}", kept.len());
        assert_eq!(cut.resource["why"], "asked for");
        assert_eq!(cut.resource["n"], 7);
        let flag = cut.resource[TRUNCATED].as_object().unwrap()["what"].as_object().unwrap();
        assert_eq!(flag["bytes"], whole.len() as u64);
        assert_eq!(flag["sha256"], Cut::of(whole.as_bytes()).sha256.as_str());
    }

    #[test]
    fn the_longest_values_are_cut_to_one_length() {
        let record = Record::new("a.b")
            .resource("short", "s".repeat(100))
            .resource("long", "l".repeat(9000))
            .resource("longer", "L".repeat(90_000))
            .resource("list", vec![1; 5000]);
        let cut = fitted(record, 8192);
        let len = |key| cut.resource[key].as_str().unwrap().len();
        assert_eq!((len("short"), len("long")), (100, len("longer")));
        assert!(cut.resource["list"].as_str().unwrap().starts_with("[1,1,1"));
        assert_eq!(cut.resource[TRUNCATED].as_object().unwrap().len(), 3);
    }

    #[test]
    fn more_keys_than_a_line_can_hold_are_left_out_and_flagged() {
        let mut record = Record::new("e".repeat(5000)).user_sid("u".repeat(5000));
        for n in 0..5000 {
            record.resource.insert(format!("key {n}"), Value::Unsigned(n));
        }
        let cut = fitted(record, 4096);
        let flags = cut.resource[TRUNCATED].as_object().unwrap();
        assert!(
            flags.get("*").is_some() && flags.get("event").is_some() && flags.get("actor.user_sid").is_some()
        );
        assert_eq!(cut.resource["key 0"], 0);
        assert!(cut.resource.len() > 20, "{}", cut.resource.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_it_holds_it_fits(
            event in ".{1,600}",
            sid in ".{0,600}",
            values in prop::collection::vec((".{0,40}", ".{0,900}"), 0..120),
        ) {
            let mut record = Record::new(event).user_sid(sid);
            for (key, text) in values {
                record = record.resource(key, text);
            }
            fitted(record, 4096);
        }
    }
}
