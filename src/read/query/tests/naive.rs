//! The same search, by `serde_json::Value`, with nothing left out.

use proptest::prelude::*;
use serde_json::Value;

use super::super::{Condition, Query};
use super::world::{at, keys, texts};
use crate::record::Timestamp;

/// A condition, by its parts.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    path: Vec<String>,
    op: &'static str,
    value: String,
    is_quoted: bool,
}

/// A query, by its parts.
#[derive(Clone, Debug)]
pub(super) struct NaiveQuery {
    events: Vec<String>,
    conditions: Vec<Asked>,
    since: Option<i64>,
    until: Option<i64>,
    seqs: Option<(u64, u64)>,
    pub(super) is_reverse: bool,
    pub(super) limit: Option<usize>,
}

pub(super) fn queries() -> impl Strategy<Value = NaiveQuery> {
    let path = prop_oneof![
        6 => proptest::collection::vec(keys(), 1..3).prop_map(|keys| [vec!["resource".to_owned()], keys].concat()),
        1 => Just(vec!["actor".to_owned(), "user_id".to_owned()]),
        1 => Just(vec!["actor".to_owned(), "tenant".to_owned()]),
        1 => Just(vec!["outcome".to_owned()]),
        1 => Just(vec!["trace_id".to_owned()]),
        1 => Just(vec!["event".to_owned()]),
    ];
    let number = prop_oneof![
        "[0-3]",
        "-?[1-9][0-9]{0,19}",
        Just("9007199254740993".to_owned()),
        Just("0.5".to_owned()),
        Just("2e0".to_owned())
    ];
    let condition = prop_oneof![
        6 => (path.clone(), prop_oneof![Just("="), Just("!=")], texts(), any::<bool>()),
        2 => (path.clone(), prop_oneof![Just("="), Just("!=")], number.clone(), Just(false)),
        2 => (path.clone(), prop_oneof![Just("<"), Just("<="), Just(">"), Just(">=")], number, Just(false)),
        1 => (path, prop_oneof![Just(""), Just("!")], Just(String::new()), Just(false)),
    ]
    .prop_map(|(path, op, value, is_quoted)| {
        // Text with white space or quotation marks can't be written bare.
        let is_quoted = is_quoted || value.contains(['"', ' ', '\n', '\\']);
        Asked { path, op, value, is_quoted }
    });
    let events = proptest::collection::vec(
        prop_oneof![
            Just("auth.*".to_owned()),
            Just("*.a".to_owned()),
            Just("auth.failed".to_owned()),
            Just("*x".to_owned())
        ],
        0..3,
    );
    let time = || proptest::option::weighted(0.4, -200_000_i64..400_000);
    (
        events,
        proptest::collection::vec(condition, 0..3),
        time(),
        time(),
        proptest::option::weighted(0.2, (0_u64..80, 0_u64..80)),
        any::<bool>(),
        proptest::option::weighted(0.3, 0_usize..10),
    )
        .prop_map(|(events, conditions, since, until, seqs, is_reverse, limit)| NaiveQuery {
            events,
            conditions,
            since,
            until,
            seqs,
            is_reverse,
            limit,
        })
}

impl Asked {
    fn text(&self) -> String {
        let key = |key: &String| {
            let is_bare = key.chars().all(|c| c.is_alphanumeric() || c == '_');
            if is_bare { key.clone() } else { Value::from(key.as_str()).to_string() }
        };
        let path = self.path.iter().map(key).collect::<Vec<_>>().join(".");
        let value =
            if self.is_quoted { Value::from(self.value.as_str()).to_string() } else { self.value.clone() };
        match self.op {
            "!" => format!("!{path}"),
            op => format!("{path}{op}{value}"),
        }
    }

    /// Returns the values at the path. Only bare keys are split and joined at dots.
    fn values<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let mut found = Vec::new();
        below(value, &self.path, &mut found);
        found
    }

    fn holds(&self, line: &Value) -> bool {
        let values = self.values(line);
        let any = |accept: &dyn Fn(&Value) -> bool| {
            values.iter().any(|value| match value {
                Value::Array(list) => list.iter().any(accept),
                value => accept(value),
            })
        };
        let is = |value: &Value| match value {
            Value::String(text) => {
                *text == self.value || !self.is_quoted && same_number(text, &self.value, true)
            }
            Value::Number(number) => !self.is_quoted && same_number(&number.to_string(), &self.value, false),
            Value::Bool(value) => !self.is_quoted && value.to_string() == self.value,
            Value::Null => !self.is_quoted && self.value == "null",
            _ => false,
        };
        let compares = |value: &Value, accept: &dyn Fn(std::cmp::Ordering) -> bool| {
            let text = match value {
                Value::Number(number) => number.to_string(),
                Value::String(text) if is_long(text) => text.clone(),
                _ => return false,
            };
            accept(order(&text, &self.value))
        };
        match self.op {
            "" => !values.is_empty(),
            "!" => values.is_empty(),
            "=" => any(&is),
            "!=" => !values.is_empty() && !any(&is),
            "<" => any(&|value| compares(value, &|order| order.is_lt())),
            "<=" => any(&|value| compares(value, &|order| order.is_le())),
            ">" => any(&|value| compares(value, &|order| order.is_gt())),
            _ => any(&|value| compares(value, &|order| order.is_ge())),
        }
    }
}

fn below<'a>(value: &'a Value, path: &[String], found: &mut Vec<&'a Value>) {
    if path.is_empty() {
        found.push(value);
        return;
    }
    let Value::Object(object) = value else {
        return;
    };
    for (key, value) in object {
        for taken in 1..=path.len() {
            // A key that needs quotation marks stands for itself.
            let is_joinable = path[..taken].iter().all(|key| !key.contains(['.', ' ']));
            if (taken == 1 || is_joinable) && path[..taken].join(".") == *key {
                below(value, &path[taken..], found);
            }
        }
    }
}

fn is_long(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.len() > 18
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<i64>().is_err()
        && text.parse::<u64>().is_err()
}

/// Tenths, which all numbers of these tests are.
fn tenths(text: &str) -> Option<i128> {
    if let Some(whole) = text.strip_suffix("e0") {
        return tenths(whole);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole_is_one = whole == "0" || whole == "-0" || !whole.trim_start_matches('-').starts_with('0');
    let tenths = fraction.parse::<i128>().ok().filter(|_| fraction.len() == 1 && whole_is_one)?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(whole.parse::<i128>().ok()?.checked_mul(10)? + sign * tenths)
}

fn order(one: &str, other: &str) -> std::cmp::Ordering {
    tenths(one).unwrap().cmp(&tenths(other).unwrap())
}

fn same_number(one: &str, other: &str, is_text: bool) -> bool {
    (!is_text || is_long(one)) && tenths(one).is_some() && tenths(one) == tenths(other)
}

impl NaiveQuery {
    pub(super) fn query(&self, dirs: &[&std::path::Path]) -> Query {
        let mut query = Query::new(dirs).reverse(self.is_reverse);
        for event in &self.events {
            query = query.event(event);
        }
        for condition in &self.conditions {
            query = query.filter(condition.text().parse::<Condition>().unwrap());
        }
        query = self.since.into_iter().fold(query, |query, since| query.since(at(since)));
        query = self.until.into_iter().fold(query, |query, until| query.until(at(until)));
        if let Some((first, last)) = self.seqs {
            query = query.seq(first..=last);
        }
        self.limit.into_iter().fold(query, |query, limit| query.limit(limit as u64))
    }

    /// Returns whether a line matches.
    pub(super) fn matches(&self, ts: Timestamp, line: &str) -> bool {
        let value = serde_json::from_str::<Value>(line).unwrap();
        let event = value["event"].as_str().unwrap();
        let has_event = |glob: &String| match glob.split_once('*') {
            Some((begin, end)) => {
                event.len() >= begin.len() + end.len() && event.starts_with(begin) && event.ends_with(end)
            }
            None => event == glob,
        };
        (self.events.is_empty() || self.events.iter().any(has_event))
            && self.since.is_none_or(|since| at(since) <= ts)
            && self.until.is_none_or(|until| ts < at(until))
            && self.seqs.is_none_or(|(first, last)| {
                value["seq"].as_u64().is_some_and(|seq| (first..=last).contains(&seq))
            })
            && self.conditions.iter().all(|condition| condition.holds(&value))
    }
}
