//! Figures as words.

use crate::record::Timestamp;

/// Returns a number with a comma between thousands.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns `1 record` or `2 records`.
pub(super) fn plural(count: u64, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    match noun.split_once(' ') {
        // `2 records log.gap`
        Some((noun, name)) if name.starts_with("log.") => format!("{} {noun}{end} {name}", number(count)),
        _ => format!("{} {noun}{end}", number(count)),
    }
}

/// Returns a time that has passed: `2 d 3 h`, `47 min`, `12 s`.
pub(super) fn days_and_hours(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{} d {hours} h", number(days)),
    }
}

/// Returns an argument of a command as a shell takes it.
pub(super) fn argument(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "/._-+=:@,%".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Returns a time to the second, in UTC; `evidence.json` has the rest of it.
pub(super) fn to_second(ts: Timestamp) -> String {
    let text = ts.to_string();
    format!("{} {}", &text[..10], &text[11..19])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            (plural(1, "record"), plural(2, "record log.gap")),
            ("1 record".into(), "2 records log.gap".into())
        );
        let arguments = ["/var/log/audit", "/var/my log", "it's", ""].map(argument);
        assert_eq!(arguments, ["/var/log/audit", "'/var/my log'", r"'it'\''s'", "''"]);
        let times = [0, 59, 61, 3_600, 90_061, 864_000_000].map(days_and_hours);
        assert_eq!(times, ["0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h", "10,000 d 0 h"]);
    }
}
