//! Values from Rust's types.

use super::json::{Object, Value};
use crate::record::ts::timestamp::Timestamp;
use std::borrow::Cow;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Returns the spelling of NaN or of an infinity.
pub(crate) fn non_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Returns the `f64` that is spelled like `value`: 0.1 for `0.1_f32`, whose own value is
/// 0.10000000149011612. It is the same `f32` again when it is narrowed.
pub(crate) fn widened(value: f32) -> f64 {
    let exact = f64::from(value);
    if !value.is_finite() {
        return exact;
    }
    // The longest is shorter: `-1.1754944e-38`.
    let mut buffer = [0; 32];
    let mut free = &mut buffer[..];
    let written = write!(free, "{value:e}").map(|()| free.len());
    let spelled = written.ok().and_then(|free| std::str::from_utf8(&buffer[..buffer.len() - free]).ok());
    spelled.and_then(|text| text.parse().ok()).unwrap_or(exact)
}

impl From<()> for Value {
    /// Returns `null`.
    fn from((): ()) -> Value {
        Value::Null
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        u64::try_from(value).map_or(Value::Negative(value), Value::Unsigned)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Value {
        Value::Unsigned(value)
    }
}

impl From<i128> for Value {
    /// Returns an integer, or, where 64 bits do not hold it, a string of its digits.
    fn from(value: i128) -> Value {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => Value::from(value),
            (_, Ok(value)) => Value::Unsigned(value),
            _ => Value::String(value.to_string()),
        }
    }
}

impl From<u128> for Value {
    /// Returns an integer, or, where 64 bits do not hold it, a string of its digits.
    fn from(value: u128) -> Value {
        u64::try_from(value).map_or_else(|_| Value::String(value.to_string()), Value::Unsigned)
    }
}

macro_rules! integers {
    ($($narrow:ty as $wide:ty),*) => { $(
        impl From<$narrow> for Value {
            fn from(value: $narrow) -> Value {
                Value::from(value as $wide)
            }
        }
    )* };
}

integers!(i8 as i64, i16 as i64, i32 as i64, isize as i64, u8 as u64, u16 as u64, u32 as u64, usize as u64);

impl From<f32> for Value {
    /// Returns the number with the shortest decimal that reads back as `value`: `0.1_f32` is
    /// 0.1, not 0.10000000149011612. NaN and the infinities are strings.
    fn from(value: f32) -> Value {
        if !value.is_finite() {
            return Value::String(non_finite(f64::from(value)).to_owned());
        }
        Value::Float(widened(value))
    }
}

impl From<f64> for Value {
    /// Returns the number. NaN and the infinities are strings.
    fn from(value: f64) -> Value {
        if value.is_finite() { Value::Float(value) } else { Value::String(non_finite(value).to_owned()) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::String(text.clone())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Value {
        Value::String(text.into_owned())
    }
}

impl From<Box<str>> for Value {
    fn from(text: Box<str>) -> Value {
        Value::String(text.into_string())
    }
}

macro_rules! displayed {
    ($($of:ty),*) => { $(
        impl From<$of> for Value {
            /// Returns the string that `Display` writes.
            fn from(value: $of) -> Value {
                Value::String(value.to_string())
            }
        }
    )* };
}

displayed!(char, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, Timestamp);

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    /// Returns the value, or `null` for `None`.
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Value {
        list.into_iter().collect()
    }
}

impl<T: Into<Value> + Clone> From<&[T]> for Value {
    fn from(list: &[T]) -> Value {
        list.iter().cloned().collect()
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(list: [T; N]) -> Value {
        list.into_iter().collect()
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    /// Returns an array.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Value {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::value::to_value::to_value;
    use serde::Serialize;

    fn agrees(value: impl Into<Value> + Serialize) {
        let (serialized, _) = to_value(&value).unwrap();
        assert_eq!(value.into(), serialized);
    }

    #[test]
    fn a_conversion_and_serialization_agree() {
        agrees(());
        agrees(true);
        agrees(i8::MIN);
        agrees(i16::MIN);
        agrees(-1_i32);
        agrees(isize::MIN);
        for value in [i64::MIN, -1, 0, i64::MAX] {
            agrees(value);
        }
        agrees(u8::MAX);
        agrees(u16::MAX);
        agrees(u32::MAX);
        agrees(usize::MAX);
        agrees(u64::MAX);
        for value in [i128::MIN, i128::from(i64::MIN) - 1, -1, i128::from(u64::MAX), i128::MAX] {
            agrees(value);
        }
        agrees(u128::from(u64::MAX));
        agrees(u128::MAX);
        for value in [0.1_f32, f32::MAX, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            agrees(value);
        }
        for value in [0.1, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            agrees(value);
        }
        agrees('é');
        agrees("text");
        agrees("text".to_owned());
        agrees(Cow::Borrowed("text"));
        agrees("text".to_owned().into_boxed_str());
        agrees(Some(1));
        agrees(None::<&str>);
        agrees(vec!["a", "b"]);
        agrees([Some(1), None]);
        agrees(&[1_u8, 2][..]);
        agrees(Object::from_iter([("b", 1), ("a", 2)]));
        agrees(IpAddr::from([127, 0, 0, 1]));
        agrees(Ipv4Addr::LOCALHOST);
        agrees(Ipv6Addr::LOCALHOST);
        agrees(SocketAddr::from(([127, 0, 0, 1], 443)));
    }

    #[test]
    fn a_timestamp_becomes_its_spelling() {
        let spelling = "2026-05-28T09:30:00.123456789Z";
        assert_eq!(Value::from(spelling.parse::<Timestamp>().unwrap()), spelling);
    }
}
