//! One condition on a record.

use super::super::json::{Json, NotJson, Text, Walk};
use super::super::time_text::date_and_time;
use super::number::Number;
use super::path::Path;
use crate::record::Timestamp;
use std::cmp::Ordering;
use std::fmt;

/// A condition on a record: `PATH OP VALUE`.
///
/// ```
/// use tracing_audit::read::Condition;
///
/// let condition = "resource.attempt>=3".parse::<Condition>()?;
/// assert_eq!(condition.to_string(), "resource.attempt>=3");
/// let error = "provider_name=whisper".parse::<Condition>().unwrap_err();
/// assert!(error.to_string().contains("`resource.provider_name`"));
/// # Ok::<(), tracing_audit::read::ParseConditionError>(())
/// ```
///
/// | condition | holds if |
/// |---|---|
/// | `PATH=VALUE` | a value at the path is that one; for an array, one of its elements |
/// | `PATH!=VALUE` | there are values at the path, and `PATH=VALUE` does not hold |
/// | `PATH<VALUE`, `<=`, `>`, `>=` | a number at the path compares so, exactly, however many digits it has; for `ts`, a time |
/// | `PATH` | there is a value at the path |
/// | `!PATH` | there is none |
///
/// A path is `ts`, `seq`, `event`, `outcome`, `trace_id`, `_schema_version`, or one that begins with `actor.` or
/// `resource.`: `resource.changes.0.field`. Keys that have dots themselves are found by it, too. A key with
/// other characters than letters, digits, `_` and `-` is written as a JSON string: `resource."a b"`.
///
/// A value is a JSON string, number, boolean or `null`, or text without quotation marks. Text that looks
/// like a number or a word of JSON matches both that and a string of this text: `resource.code=7` finds `7`,
/// `7.0` and `"7"`, `resource.code="7"` only the string. Integers beyond 64 bits, which the log writes as
/// strings, compare as numbers.
#[derive(Clone, Debug)]
pub struct Condition {
    pub(in crate::read::query) path: Path,
    pub(in crate::read::query) test: Test,
    /// The expression it was parsed from.
    pub(super) text: String,
}

/// What is asked of the values at a path.
#[derive(Clone, Debug)]
pub(in crate::read::query) enum Test {
    Is(Wanted),
    IsNot(Wanted),
    /// The number at the path compares so to this one.
    Compares(Comparison, Number),
    /// The same for times.
    IsAt(Comparison, Timestamp),
    IsThere,
    IsMissing,
}

/// A value that is looked for.
#[derive(Clone, Debug)]
pub(in crate::read::query) struct Wanted {
    /// The string that it matches, if it matches one.
    pub(in crate::read::query) text: Option<String>,
    /// The other value that it matches.
    pub(in crate::read::query) other: Option<Other>,
}

/// A value that is no string.
#[derive(Clone, Debug)]
pub(in crate::read::query) enum Other {
    Null,
    Bool(bool),
    Number(Number),
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read::query) enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Less => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
            Comparison::More => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
        }
    }
}

impl Condition {
    /// Returns the condition that a part of the record is this text.
    pub(in crate::read::query) fn text_is(path: &[&str], text: &str) -> Condition {
        let quoted = serde_json::Value::from(text);
        Condition {
            path: Path::of(path),
            test: Test::Is(Wanted { text: Some(text.to_owned()), other: None }),
            text: format!("{}={quoted}", path.join(".")),
        }
    }

    /// Returns whether it holds for a record with these members.
    ///
    /// # Errors
    ///
    /// A value that is walked through on the way is not JSON.
    pub(in crate::read::query) fn holds<'a>(
        &self,
        members: &[(Text<'a>, Json<'a>)],
    ) -> Result<bool, NotJson> {
        let mut fault = None;
        let any =
            |accept: &mut dyn FnMut(Json<'_>) -> bool| self.path.any(&mut members.iter().copied(), accept);
        let holds = match &self.test {
            Test::IsThere => any(&mut |_| true)?,
            Test::IsMissing => !any(&mut |_| true)?,
            Test::Is(wanted) => any(&mut |value| noted(wanted.is_in(value), &mut fault))?,
            Test::IsNot(wanted) => {
                let mut is_there = false;
                let is_one = any(&mut |value| {
                    is_there = true;
                    noted(wanted.is_in(value), &mut fault)
                })?;
                is_there && !is_one
            }
            Test::Compares(comparison, number) => any(&mut |value| {
                let holds = in_value(value, &mut |value| {
                    number_of(value).is_some_and(|value| comparison.holds(value.cmp(number)))
                });
                noted(holds, &mut fault)
            })?,
            Test::IsAt(comparison, time) => any(&mut |value| match value {
                Json::String(text) => {
                    date_and_time(&text.unescaped()).is_ok_and(|value| comparison.holds(value.cmp(time)))
                }
                _ => false,
            })?,
        };
        fault.map_or(Ok(holds), Err)
    }
}

/// Keeps an error for later.
fn noted(holds: Result<bool, NotJson>, fault: &mut Option<NotJson>) -> bool {
    holds.unwrap_or_else(|error| {
        *fault = Some(error);
        true
    })
}

/// Returns whether a value, or an element of it, is accepted.
fn in_value(value: Json<'_>, accept: &mut dyn FnMut(Json<'_>) -> bool) -> Result<bool, NotJson> {
    if let Json::Array(bytes) = value {
        let mut walk = Walk::of(bytes);
        while let Some(element) = walk.element()? {
            if accept(element) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    Ok(accept(value))
}

fn number_of(value: Json<'_>) -> Option<Number> {
    match value {
        Json::Number(text) => Number::parse(text),
        Json::String(text) => Number::of_long_integer(&text.unescaped()),
        _ => None,
    }
}

impl Wanted {
    fn is_in(&self, value: Json<'_>) -> Result<bool, NotJson> {
        in_value(value, &mut |value| self.is(value))
    }

    fn is(&self, value: Json<'_>) -> bool {
        match (value, &self.other) {
            (Json::String(text), other) => {
                self.text.as_deref().is_some_and(|wanted| text.is(wanted))
                    || matches!(other, Some(Other::Number(number)) if number_of(value).is_some_and(|value| value == *number))
            }
            (Json::Null, Some(Other::Null)) => true,
            (Json::Bool(value), Some(Other::Bool(wanted))) => value == *wanted,
            (Json::Number(text), Some(Other::Number(number))) => {
                Number::parse(text).is_some_and(|value| value == *number)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
