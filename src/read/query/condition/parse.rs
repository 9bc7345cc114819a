//! Text to condition.

use super::condition::{Comparison, Condition, Other, Test, Wanted};
use super::number::Number;
use super::path::{Path, ROOTS};
use crate::read::query::time_text::date_and_time;
use crate::record::ActorKey;
use std::str::FromStr;

/// A text is not a [`Condition`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` is not a condition: at character {}: {reason}", expression[..*at].chars().count() + 1)]
pub struct ParseConditionError {
    expression: String,
    /// In bytes, where a character begins.
    at: usize,
    reason: String,
}

impl ParseConditionError {
    pub(super) fn new(expression: &str, at: usize, reason: String) -> ParseConditionError {
        ParseConditionError { expression: expression.to_owned(), at, reason }
    }

    /// Returns the text.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns the place of the fault in the text, in bytes from 0 on.
    #[must_use]
    pub fn byte(&self) -> usize {
        self.at
    }

    /// Returns what is wrong there.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// A place in the text, and what is wrong there.
type Fault = (usize, String);

impl Condition {
    /// Returns a condition on who acted. `ada` is met by that `user_id` or `user_sid`; `address=203.0.113.7`, and
    /// `NAME=TEXT` with the name of any other part of the actor, by that part.
    ///
    /// ```
    /// use tracing_audit::read::Condition;
    ///
    /// assert_eq!(Condition::actor("kind=service")?.to_string(), r#"actor.kind="service""#);
    /// # Ok::<(), tracing_audit::read::ParseConditionError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParseConditionError`]: there is no such part.
    pub fn actor(text: &str) -> Result<Condition, ParseConditionError> {
        let Some((part, value)) = text.split_once('=') else {
            let mut condition = Condition::text_is(&["actor", "user_id"], text);
            condition.path = Path::of_either("actor", "user_id", "user_sid");
            condition.text = format!("actor={}", serde_json::Value::from(text));
            return Ok(condition);
        };
        if ActorKey::of_name(part).is_none() {
            let parts = ActorKey::ALL.map(|key| format!("`{}`", key.name())).join(", ");
            return Err(ParseConditionError::new(
                text,
                0,
                format!(
                    "an actor has no `{part}`, but {parts}; a name with `=` in it is written `user_id=NAME`"
                ),
            ));
        }
        Ok(Condition::text_is(&["actor", part], value))
    }
}

impl FromStr for Condition {
    type Err = ParseConditionError;

    fn from_str(text: &str) -> Result<Condition, ParseConditionError> {
        parse(text).map_err(|(at, reason)| ParseConditionError::new(text, at, reason))
    }
}

fn parse(text: &str) -> Result<Condition, Fault> {
    let start = space(text, 0);
    let is_negated = text[start..].starts_with('!');
    let start = if is_negated { space(text, start + 1) } else { start };
    let (path, behind) = path(text, start)?;
    check_root(&path, start)?;
    let at = space(text, behind);
    let of = |test| Ok(Condition { path: path.clone(), test, text: text.trim().to_owned() });
    if at == text.len() {
        return of(if is_negated { Test::IsMissing } else { Test::IsThere });
    }
    let (operator, length) = operator(text, at)?;
    if is_negated {
        return Err((at, "behind `!` only a path is expected, which then is to be missing".to_owned()));
    }
    let value_at = space(text, at + length);
    let value = text[value_at..].trim_end();
    match operator {
        Operator::Is => of(Test::Is(wanted(value, value_at)?)),
        Operator::IsNot => of(Test::IsNot(wanted(value, value_at)?)),
        Operator::Compares(comparison) if path.root() == "ts" => match date_and_time(value) {
            Ok(time) => of(Test::IsAt(comparison, time)),
            Err(reason) => Err((value_at, format!("`ts` is compared with a time: {reason}"))),
        },
        Operator::Compares(comparison) => match Number::parse(value) {
            Some(number) => of(Test::Compares(comparison, number)),
            None => Err((value_at, "only numbers are compared by size, and this is none".to_owned())),
        },
    }
}

/// Returns the place of the first character from `at` on that is no white space.
fn space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

enum Operator {
    Is,
    IsNot,
    Compares(Comparison),
}

fn operator(text: &str, at: usize) -> Result<(Operator, usize), Fault> {
    let compares = Operator::Compares;
    for (sign, operator) in [
        ("!=", Operator::IsNot),
        ("<=", compares(Comparison::AtMost)),
        (">=", compares(Comparison::AtLeast)),
        ("==", Operator::Is),
        ("=", Operator::Is),
        ("<", compares(Comparison::Less)),
        (">", compares(Comparison::More)),
    ] {
        if text[at..].starts_with(sign) {
            return Ok((operator, sign.len()));
        }
    }
    Err((at, "one of `=`, `!=`, `<`, `<=`, `>`, `>=` is expected".to_owned()))
}

/// Returns a path, and where it ends.
fn path(text: &str, start: usize) -> Result<(Path, usize), Fault> {
    let (mut path, mut at) = (Path::empty(), start);
    loop {
        if text[at..].starts_with('"') {
            let (key, end) = quoted(text, at)?;
            path.push(key, true);
            at = end;
        } else {
            let rest = &text[at..];
            let is_of_key =
                |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '/' | ':' | '$' | '#' | '*');
            let len = rest.find(|c: char| !is_of_key(c)).unwrap_or(rest.len());
            if len == 0 {
                let reason = if at == start {
                    "a path such as `resource.id` is expected"
                } else {
                    "a key is expected"
                };
                return Err((at, reason.to_owned()));
            }
            path.push(rest[..len].to_owned(), false);
            at += len;
        }
        if !text[at..].starts_with('.') {
            return Ok((path, at));
        }
        at += 1;
    }
}

fn check_root(path: &Path, at: usize) -> Result<(), Fault> {
    let root = path.root();
    if !ROOTS.contains(&root) {
        let is_of_actor = ActorKey::of_name(root).is_some();
        let meant = if is_of_actor { "actor" } else { "resource" };
        return Err((
            at,
            format!(
                "a path begins with one of {}; perhaps `{meant}.{root}` is meant",
                ROOTS.map(|root| format!("`{root}`")).join(", ")
            ),
        ));
    }
    if path.len() > 1 && !matches!(root, "actor" | "resource") {
        return Err((at, format!("`{root}` has no parts")));
    }
    Ok(())
}

/// Returns the string of a JSON string, and where that ends.
fn quoted(text: &str, start: usize) -> Result<(String, usize), Fault> {
    let mut escaped = false;
    for (at, c) in text[start..].char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let end = start + at + 1;
                let string = serde_json::from_str(&text[start..end]);
                let string = string.map_err(|error| (start, format!("this is no JSON string: {error}")))?;
                return Ok((string, end));
            }
            _ => {}
        }
    }
    Err((start, "a quotation mark that ends this string is missing".to_owned()))
}

fn wanted(value: &str, at: usize) -> Result<Wanted, Fault> {
    if value.starts_with('"') {
        let (string, end) = quoted(value, 0).map_err(|(place, reason)| (at + place, reason))?;
        if end < value.len() {
            return Err((at + end, "nothing is expected behind the string".to_owned()));
        }
        return Ok(Wanted { text: Some(string), other: None });
    }
    let other = match value {
        "null" => Some(Other::Null),
        "true" => Some(Other::Bool(true)),
        "false" => Some(Other::Bool(false)),
        number => Number::parse(number).map(Other::Number),
    };
    Ok(Wanted { text: Some(value.to_owned()), other })
}
