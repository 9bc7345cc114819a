//! Journals for tests, as the log would have written them.

use crate::record::encode::{Draft, TsText};
use crate::record::{ActorKey, Day, Outcome, Record, Timestamp, Value};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) const SECOND: i128 = 1_000_000_000;

/// A log's directory.
pub(super) struct World {
    folder: tempfile::TempDir,
}

impl World {
    pub(super) fn new() -> World {
        World { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    pub(super) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    /// Writes lines into day files, as the log does: by the day of their time, and into a new file where the
    /// time decreases.
    pub(super) fn append(&self, lines: &[(Timestamp, String)]) {
        let (mut name, mut last, mut text) = (String::new(), None::<Timestamp>, String::new());
        for (ts, line) in lines {
            let fits = last.is_some_and(|last| last <= *ts && last.day() == ts.day());
            if !fits {
                self.flush(&name, &mut text);
                name = self.new_name(ts.day());
            }
            writeln!(text, "{line}").unwrap();
            last = Some(*ts);
        }
        self.flush(&name, &mut text);
    }

    fn flush(&self, name: &str, text: &mut String) {
        if !text.is_empty() {
            self.write(name, std::mem::take(text));
        }
    }

    fn new_name(&self, day: Day) -> String {
        let first = format!("audit-{}.log", day.as_str());
        let mut names =
            std::iter::once(first).chain((1..).map(|n| format!("audit-{}.{n}.log", day.as_str())));
        names.find(|name| !self.path(name).exists()).unwrap()
    }
}

/// Returns the line of a record with this time and number.
pub(super) fn line(record: &Record, ts: Timestamp, seq: u64) -> String {
    let mut draft = Draft::of(record);
    draft.stamp(&TsText::of(ts), seq);
    String::from_utf8(draft.line().to_vec()).unwrap().trim_end().to_owned()
}

/// A time in seconds after 2026-05-28.
pub(super) fn at(seconds: i64) -> Timestamp {
    let begin = "2026-05-28T00:00:00.000000000Z".parse::<Timestamp>().unwrap();
    Timestamp::from_unix_nanos(begin.unix_nanos() + i128::from(seconds) * SECOND)
}

pub(super) fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]{1,2}",
        1 => "[0-9]{1,3}",
        1 => Just("true".to_owned()),
        1 => Just("a.b".to_owned()),
        1 => "[a\"\\\\\u{1b}é\u{202e}/\n]{1,3}",
        1 => Just("18446744073709551616".to_owned()),
    ]
}

pub(super) fn keys() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]", 1 => Just("id".to_owned()), 1 => Just("a.b".to_owned()), 1 => Just("a b".to_owned())]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        texts().prop_map(Value::from),
        (0_u64..4).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::from(9_007_199_254_740_993_u64)),
        Just(Value::from(0.5)),
        Just(Value::from(2.0)),
        any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::vec((keys(), inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

pub(super) fn records() -> impl Strategy<Value = Record> {
    let events = prop_oneof!["auth\\.(failed|ok)", "mode\\.[ab]", Just("é\"x".to_owned())];
    let actor = proptest::collection::vec((0..7_usize, texts()), 0..3);
    let resource = proptest::collection::vec((keys(), values()), 0..4);
    (events, actor, resource, any::<bool>(), proptest::option::of("[0-9a-f]{2}")).prop_map(
        |(event, actor, resource, is_failure, trace_id)| {
            let mut record = Record::new(event);
            for (key, text) in actor {
                let key = ActorKey::ALL[key];
                let text = match key {
                    ActorKey::Kind => "service".to_owned(),
                    ActorKey::Address => "203.0.113.7".to_owned(),
                    _ => text,
                };
                record.actor.set(key, Some(text));
            }
            for (key, value) in resource {
                record.resource.insert(key, value);
            }
            record.trace_id = trace_id;
            record.outcome(if is_failure { Outcome::Failure } else { Outcome::Success })
        },
    )
}

/// Returns records with their times: mostly a little later, now and then hours, days, or back.
pub(super) fn histories() -> impl Strategy<Value = Vec<(Timestamp, String)>> {
    let steps =
        prop_oneof![8 => 0_i64..5, 2 => 3_600_i64..40_000, 1 => 86_400_i64..200_000, 1 => -200_000_i64..0];
    (0_u64..20, proptest::collection::vec((records(), steps), 0..60)).prop_map(|(first, records)| {
        let (mut seconds, mut lines) = (40_000, Vec::new());
        for (seq, (record, step)) in (first..).zip(records) {
            seconds += step;
            lines.push((at(seconds), line(&record, at(seconds), seq)));
        }
        lines
    })
}
