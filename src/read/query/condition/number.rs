//! Numbers as decimal text, compared exactly.

use std::cmp::Ordering;

/// A decimal number of any size: `0.DIGITS` times ten to the power of `exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read::query) struct Number {
    is_negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Number {
    /// Returns the number of a text that is one by the grammar of JSON.
    pub(in crate::read::query) fn parse(text: &str) -> Option<Number> {
        let bytes = text.as_bytes();
        let (is_negative, rest) = match bytes.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let (mantissa, power) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
            Some(at) => (&mantissa[..at], Some(&mantissa[at + 1..])),
            None => (mantissa, None),
        };
        let is_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let has_leading_zero = whole.len() > 1 && whole[0] == b'0';
        if !is_digits(whole) || has_leading_zero || fraction.is_some_and(|fraction| !is_digits(fraction)) {
            return None;
        }
        let digits = [whole, fraction.unwrap_or_default()].concat();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let trailing = digits[leading..].iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = digits[leading..digits.len() - trailing].to_vec();
        if digits.is_empty() {
            return Some(Number { is_negative: false, digits, exponent: 0 });
        }
        let exponent = power.saturating_add(whole.len() as i64).saturating_sub(leading as i64);
        Some(Number { is_negative, digits, exponent })
    }

    /// Returns the number of a string that is an integer beyond 64 bits: the log writes such integers as
    /// strings.
    pub(in crate::read::query) fn of_long_integer(text: &str) -> Option<Number> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_long = digits.len() > 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_long || text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
            return None;
        }
        Number::parse(text)
    }
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let of_digit = |power: i64, digit: &u8| power.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    Some(sign * digits.iter().fold(0, of_digit))
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let sign = |number: &Number| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        let by_size = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        by_sign.then_with(|| if self.is_negative { by_size().reverse() } else { by_size() })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_compared_to_the_last_digit() {
        let ascending = [
            "-1e400",
            "-18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775807",
            "-10",
            "-9.5",
            "-1e-400",
            "0",
            "1e-400",
            "0.09",
            "0.1",
            "0.10000000000000001",
            "1",
            "9",
            "9.5",
            "10",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551614",
            "18446744073709551615",
            "18446744073709551616",
            "1e400",
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(number(one).cmp(&number(other)), at.cmp(&other_at), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_number_has_many_spellings() {
        for same in [
            ["1000", "1e3"],
            ["1000", "1.0E+3"],
            ["0", "-0.0"],
            ["0", "0e9"],
            ["0.5", "50e-2"],
            ["12", "12.000"],
        ] {
            assert_eq!(number(same[0]), number(same[1]), "{same:?}");
        }
        for none in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "NaN", " 1", "1 ", "1_000", "--1"] {
            assert_eq!(Number::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_string_of_digits_is_a_number_only_where_no_64_bits_hold_it() {
        for (text, is_one) in [
            ("18446744073709551615", false),
            ("18446744073709551616", true),
            ("-9223372036854775808", false),
            ("-9223372036854775809", true),
            ("01234567890123456789012", false),
            ("5", false),
        ] {
            assert_eq!(Number::of_long_integer(text).is_some(), is_one, "{text}");
        }
    }

    proptest! {
        #[test]
        fn integers_compare_as_integers(one: i128, other: i128, digits in 0_u32..38) {
            let (one, other) = (one / 10_i128.pow(digits), other / 10_i128.pow(digits));
            prop_assert_eq!(number(&one.to_string()).cmp(&number(&other.to_string())), one.cmp(&other));
        }
    }
}
