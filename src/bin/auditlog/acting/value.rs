//! Fields of a resource, as they are written in arguments.

use crate::failure::Failure;
use crate::long_integer::{is_long_integer, with_long_integers_as_text};
use std::io::Read;
use std::str::FromStr;
use tracing_audit::record::{Object, Value};

/// The longest resource that is read from standard input, in bytes. No line of a log is longer.
const LONGEST: u64 = 4 << 20;

/// A field of a resource.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) value: Value,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Pair, String> {
        let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not KEY=VALUE"))?;
        if key.is_empty() {
            return Err(format!("`{text}` has no key before its `=`"));
        }
        Ok(Pair { key: key.to_owned(), value: typed(value)? })
    }
}

/// Returns a value as `query --where` takes it: what JSON has as a number, a boolean or `null`, and text.
fn typed(text: &str) -> Result<Value, String> {
    if text.starts_with('"') {
        let text = serde_json::from_str::<String>(text);
        return text
            .map(Value::from)
            .map_err(|error| format!("it begins like a JSON string, but is none: {error}"));
    }
    // JSON may have spaces around a value.
    if is_long_integer(text) || text.trim() != text {
        // As the log writes it: readers of JSON would round it.
        return Ok(Value::from(text));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Null | Value::Bool(_))) => Ok(value),
        Ok(value) if value.as_f64().is_some_and(f64::is_finite) => Ok(value),
        _ => Ok(Value::from(text)),
    }
}

/// Reads a resource. An integer that has no place in 64 bits becomes text, as the log writes it.
pub(super) fn resource_from(input: impl Read) -> Result<Object, Failure> {
    let mut text = String::new();
    input
        .take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(format!("can't read standard input: {error}")))?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::new(format!("the resource on standard input has more than {LONGEST} bytes")));
    }
    // The text as it was given is looked at first: an error names a place in it.
    let object = serde_json::from_str::<Object>(&text);
    let object = object.and_then(|_| serde_json::from_str(&with_long_integers_as_text(&text)));
    object.map_err(|error| {
        Failure::new(format!("standard input is not a JSON object: {error}"))
            .hint("Such as {\"id\": \"invoice-7\", \"pages\": 3}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_json_has_it_and_else_text() {
        for (text, json) in [
            ("3", "3"),
            ("-3", "-3"),
            ("0.5", "0.5"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "\"18446744073709551616\""),
            ("true", "true"),
            ("null", "null"),
            ("True", "\"True\""),
            ("007", "\"007\""),
            ("+3", "\"+3\""),
            ("1e999", "\"1e999\""),
            ("NaN", "\"NaN\""),
            ("", "\"\""),
            ("[1]", "\"[1]\""),
            ("{}", "\"{}\""),
            ("\"3\"", "\"3\""),
            (r#""a\u0041\n""#, r#""aA\n""#),
            ("a=b", "\"a=b\""),
            (" 3", "\" 3\""),
        ] {
            assert_eq!(typed(text).unwrap().to_string(), json, "{text}");
        }
        assert!(typed("\"3").is_err() && typed("\"3\" 4").is_err());
        assert!("a".parse::<Pair>().is_err() && "=a".parse::<Pair>().is_err());
        assert_eq!("a=b=c".parse::<Pair>().unwrap().value, "b=c");
    }

    #[test]
    fn only_a_json_object_of_a_bounded_length_is_a_resource() {
        let resource = |text: &str| resource_from(text.as_bytes());
        assert_eq!(resource(" {\"a\":{\"b\":[1]}} \n").unwrap().len(), 1);
        for text in ["", "[]", "{\"a\":1}{}", "{\"a\":1,\"a\":2}", "{\"a\":", "3"] {
            assert!(resource(text).is_err(), "{text}");
        }
        assert!(resource_from(&b"{\"a\":\"\xff\"}"[..]).is_err());
        let exact = resource(
            "{\"b\":18446744073709551616,\"a\":[-9223372036854775809,{\"n\":18446744073709551615}]}",
        );
        assert_eq!(
            exact.unwrap().to_string(),
            "{\"b\":\"18446744073709551616\",\"a\":[\"-9223372036854775809\",{\"n\":18446744073709551615}]}"
        );
        assert!(resource_from(std::io::repeat(b' ')).is_err());
    }
}
