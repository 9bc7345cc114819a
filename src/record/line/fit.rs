//! The size limit: cutting a record that is longer than a line may be.
//!
//! The longest values are cut to a common length, so that short values (who, what, why) stay
//! whole. Whole keys are left out only if that is not enough, or if a key is itself longer than a
//! 16th of the line. Each cut is flagged in `resource._truncated` with the length of the whole value. There
//! is no digest of it: a value of few possibilities could be guessed from that.

use super::encode;
use crate::record::actor::ActorKey;
use crate::record::record::Record;
use crate::record::schema::{REDACTED, TRUNCATED, VIOLATIONS};
use crate::record::text::escape::escaped_len;
use crate::record::text::prefix::prefix;
use crate::record::value::json::{Object, Value};
use crate::record::value::to_json::{push_object, push_value};
use std::collections::HashSet;

/// The length below which no value is cut, in bytes of its JSON text.
const SHORTEST: usize = 64;

/// A key is long if it takes more than this part of a line.
const LONG_KEY: usize = 16;

/// The name that flags keys that were left out.
const ALL: &str = "*";

/// The length of a flag without its key.
const FLAG: usize = r#""":{"bytes":18446744073709551615},"#.len();

/// The length of the object around all flags.
const FLAGS: usize = r#","resource":{},"_truncated":{}"#.len();

/// The length of the whole value before a cut, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) bytes: u64,
}

impl Cut {
    /// Returns the cut of a value that is `length` bytes long.
    pub(crate) fn of(length: usize) -> Cut {
        Cut { bytes: length as u64 }
    }

    fn into_value(self) -> Value {
        Value::Object(Object::from_iter([("bytes", Value::Unsigned(self.bytes))]))
    }
}

/// Cuts `record` until its line, with its `\n`, is at most `max` bytes long, and flags these
/// cuts and the earlier ones in `cuts`.
pub(crate) fn fit(record: &mut Record, max: usize, mut cuts: Vec<(String, Cut)>) {
    let is_too_long = |record: &Record, cuts: &[_]| longest_line(record) + flags_len(cuts) > max;
    if is_too_long(record, &cuts) {
        leave_out_keys(record, max, &mut cuts);
    }
    if is_too_long(record, &cuts) {
        let measured = Measured::of(record, &cuts);
        let (mut fits, mut exceeds) = (SHORTEST, max);
        while fits + 1 < exceeds {
            let length = fits.midpoint(exceeds);
            if measured.fits_at(length, max) {
                fits = length;
            } else {
                exceeds = length;
            }
        }
        for value in measured.values.into_iter().filter(|value| value.len > fits) {
            let (name, whole) = value.place.cut(record, fits);
            if !value.is_flagged {
                cuts.push((name, Cut::of(whole)));
            }
        }
    }
    flag(record, cuts);
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

/// The lengths of a record's values, and of the rest of its line with the flags that it has.
struct Measured {
    values: Vec<MeasuredValue>,
    rest: usize,
}

struct MeasuredValue {
    place: Place,
    /// The length of the JSON text.
    len: usize,
    /// The length of the key, in bytes of its JSON text; 0 outside of the resource.
    key: usize,
    /// The length of the flag, if the value is cut.
    flag: usize,
    /// Whether it was cut and has its flag.
    is_flagged: bool,
}

impl MeasuredValue {
    /// Returns the length that the value takes in the line, with its flag, if it may be `length`
    /// bytes long.
    fn taken(&self, length: usize) -> usize {
        let flag = if self.len > length && !self.is_flagged { self.flag } else { 0 };
        self.len.min(length) + flag
    }
}

impl Measured {
    fn of(record: &Record, cuts: &[(String, Cut)]) -> Measured {
        let flagged = cuts.iter().map(|(name, _)| name.as_str()).collect::<HashSet<_>>();
        let values = Place::all(record).map(|place| {
            let name = place.name(record);
            let key = if matches!(place, Place::Resource(_)) { flag_len(name) - FLAG } else { 0 };
            let (len, is_flagged) = (place.len(record), flagged.contains(name));
            MeasuredValue { place, len, key, flag: flag_len(name), is_flagged }
        });
        let values = values.collect::<Vec<_>>();
        let rest = longest_line(record) - values.iter().map(|value| value.len).sum::<usize>();
        Measured { values, rest: rest + flags_len(cuts) }
    }

    /// Whether the line fits when no value is longer than `length`.
    fn fits_at(&self, length: usize, max: usize) -> bool {
        self.rest + self.values.iter().map(|value| value.taken(length)).sum::<usize>() <= max
    }
}

/// Leaves out keys of the resource: those that are long themselves, lest the values of all others
/// be cut for them; and, unless cutting values is enough then, those that take most of the line.
fn leave_out_keys(record: &mut Record, max: usize, cuts: &mut Vec<(String, Cut)>) {
    let measured = Measured::of(record, cuts);
    // What a key and its value take at least: with quotes, a colon, a comma, and the flag.
    let least = |value: &MeasuredValue| {
        let flag = if value.is_flagged { value.flag } else { 0 };
        value.key + r#""":,"#.len() + value.taken(SHORTEST) + flag
    };
    let keys = measured.values.iter().filter(|value| matches!(value.place, Place::Resource(_)));
    let (mut left_out, mut kept) = keys.partition::<Vec<_>, _>(|value| value.key > max / LONG_KEY);
    let mut line = measured.rest + measured.values.iter().map(|value| value.taken(SHORTEST)).sum::<usize>();
    line = line + flag_len(ALL) - left_out.iter().map(|value| least(value)).sum::<usize>();
    // Of those that take as much, the last one goes first.
    kept.sort_by_key(|value| least(value));
    if !left_out.is_empty() || line - flag_len(ALL) > max {
        while line > max
            && let Some(value) = kept.pop()
        {
            line -= least(value);
            left_out.push(value);
        }
    }
    let places = left_out.into_iter().map(|value| value.place).collect::<HashSet<_>>();
    if places.is_empty() {
        return;
    }
    let mut whole = Vec::new();
    push_object(&mut whole, &record.resource);
    let names = places.iter().map(|place| place.name(record)).collect::<HashSet<_>>();
    cuts.retain(|(name, _)| !names.contains(name.as_str()));
    cuts.push((ALL.to_owned(), Cut::of(whole.len())));
    let mut at = 0..;
    let is_kept = |_: &(String, Value)| at.next().is_none_or(|at| !places.contains(&Place::Resource(at)));
    record.resource.entries_mut().retain(is_kept);
}

/// A value that can be cut.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Event,
    Actor(ActorKey),
    TraceId,
    Resource(usize),
}

impl Place {
    /// Returns all places but the other flags, whose length is bounded.
    fn all(record: &Record) -> impl Iterator<Item = Place> {
        let is_flag = |key: &str| key == VIOLATIONS || key == REDACTED;
        let resource = record.resource.iter().enumerate().filter(move |(_, (key, _))| !is_flag(key));
        // A kind and an address are short, and mean nothing once they are cut.
        let actor =
            ActorKey::ALL.into_iter().filter(|key| !matches!(key, ActorKey::Kind | ActorKey::Address));
        [Place::Event]
            .into_iter()
            .chain(actor.map(Place::Actor))
            .chain([Place::TraceId])
            .chain(resource.map(|(index, _)| Place::Resource(index)))
    }

    fn name(self, record: &Record) -> &str {
        match self {
            Place::Event => "event",
            Place::Actor(key) => key.field(),
            Place::TraceId => "trace_id",
            Place::Resource(index) => record.resource.entry(index).0,
        }
    }

    fn text(self, record: &Record) -> Option<&str> {
        match self {
            Place::Event => Some(&record.event),
            Place::Actor(key) => record.actor.text(key),
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

    /// Cuts the value to a string whose JSON text is at most `length` bytes long, and returns the
    /// value's name and the length of the whole of it.
    fn cut(self, record: &mut Record, length: usize) -> (String, usize) {
        let whole = match (self, self.text(record)) {
            (_, Some(text)) => text.to_owned(),
            (Place::Resource(index), None) => record.resource.entry(index).1.to_string(),
            _ => String::new(),
        };
        let name = self.name(record).to_owned();
        let short = prefix(&whole, length - 2).to_owned();
        match self {
            Place::Event => record.event = short,
            Place::Actor(key) => record.actor.set(key, Some(short)),
            Place::TraceId => record.trace_id = Some(short),
            Place::Resource(index) => record.resource.entries_mut()[index].1 = Value::String(short),
        }
        (name, whole.len())
    }
}

fn flag(record: &mut Record, cuts: Vec<(String, Cut)>) {
    if cuts.is_empty() {
        return;
    }
    let flags = cuts.into_iter().map(|(name, cut)| (name, cut.into_value())).collect::<Object>();
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
            .resource("what", "é\n".repeat(1 << 18))
            .resource("n", 7);
        let whole = record.resource["what"].as_str().unwrap().to_owned();
        let cut = fitted(record, 4096);
        let kept = cut.resource["what"].as_str().unwrap();
        // Each of its line ends takes two bytes in the line.
        assert!(whole.starts_with(kept) && kept.len() > 2700, "{}", kept.len());
        assert_eq!(cut.resource["why"], "asked for");
        assert_eq!(cut.resource["n"], 7);
        let flag = cut.resource[TRUNCATED].as_object().unwrap()["what"].as_object().unwrap();
        assert_eq!(flag, &Object::from_iter([("bytes", whole.len())]));
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

    /// Guards against a key for which all others are left out, or their values cut.
    #[test]
    fn a_long_key_does_not_push_out_the_short_ones() {
        for length in [1600, 3500, 3900, 5000, 1 << 20] {
            for at in [0, 3, 7] {
                let mut record = Record::new("a.b").user_sid("ada");
                for n in 0..8 {
                    if n == at {
                        record = record.resource("k".repeat(length), "long");
                    }
                    record = record.resource(format!("key {n}"), "v".repeat(300));
                }
                let cut = fitted(record, 4096);
                assert!((0..8).all(|n| cut.resource[&*format!("key {n}")].as_str().unwrap().len() == 300));
                let flags = cut.resource[TRUNCATED].as_object().unwrap();
                assert_eq!(flags.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["*"]);
            }
        }
    }

    /// Guards against flags of earlier cuts that go with other keys, or stay without theirs.
    #[test]
    fn a_flag_goes_with_its_key() {
        let mut record = Record::new("a.b").resource("short", "s").resource("k".repeat(2000), "long");
        record = record.resource("rest", "r".repeat(5000));
        let cuts = ["short", &"k".repeat(2000)].map(|name| (name.to_owned(), Cut::of(name.len())));
        fit(&mut record, 4096, cuts.into());
        assert!(longest_line(&record) <= 4096);
        let flags = record.resource[TRUNCATED].as_object().unwrap();
        assert_eq!(flags.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["short", "*", "rest"]);
        assert_eq!(flags["short"].as_object().unwrap()["bytes"], 5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn whatever_it_holds_it_fits(
            event in ".{1,600}",
            sid in ".{0,600}",
            values in prop::collection::vec((prop_oneof![9 => ".{0,40}", 1 => ".{200,900}"], ".{0,900}"), 0..120),
        ) {
            let mut record = Record::new(event).user_sid(sid);
            for (key, text) in values {
                record = record.resource(key, text);
            }
            fitted(record, 4096);
        }
    }
}
