//! The compile-time part of `audit_events!`.

use super::event_type::EventType;
use super::fault::{Fault, equal, fault};

/// Fails compilation if one of these event types can't be used. `reasons` has the messages
/// for each type.
pub const fn check_types(types: &[EventType], ids: [u16; 2], reasons: &[[&str; 8]]) {
    match fault(types, Some(ids)) {
        None => {}
        Some(Fault::Name { at }) => panic!("{}", reasons[at][0]),
        Some(Fault::Reserved { at }) => panic!("{}", reasons[at][1]),
        Some(Fault::Meaning { at }) => panic!("{}", reasons[at][2]),
        Some(Fault::RepeatedName { at }) => panic!("{}", reasons[at][3]),
        Some(Fault::IdRange { at, .. }) => panic!("{}", reasons[at][4]),
        Some(Fault::RepeatedId { at, .. }) => panic!("{}", reasons[at][5]),
        Some(Fault::RepeatedField { at, .. } | Fault::ReservedField { at, .. }) => {
            panic!("{}", reasons[at][6])
        }
        Some(Fault::Fields { at }) => panic!("{}", reasons[at][7]),
    }
}

/// Fails compilation if properties of an event type are repeated or contradict one another. Each is the
/// property, its value, the message that it is repeated, and the message that it contradicts another one.
///
/// # Panics
///
/// At compile time, with one of these messages.
pub const fn check_properties(properties: &[[&str; 4]]) {
    let mut at = 0;
    while at < properties.len() {
        let [name, value, repeated, contradictory] = properties[at];
        let mut before = 0;
        while before < at {
            let [other, other_value, ..] = properties[before];
            let is_same_name = equal(other.as_bytes(), name.as_bytes());
            match name.as_bytes() {
                b"requires" if !equal(other_value.as_bytes(), value.as_bytes()) => {}
                _ if is_same_name => panic!("{}", repeated),
                _ => {}
            }
            if contradict([name, value], [other, other_value])
                || contradict([other, other_value], [name, value])
            {
                panic!("{}", contradictory);
            }
            before += 1;
        }
        at += 1;
    }
}

/// Whether an event type that requires something rules out the other property.
const fn contradict(one: [&str; 2], other: [&str; 2]) -> bool {
    matches!(
        (one[0].as_bytes(), one[1].as_bytes(), other[0].as_bytes()),
        (b"requires", b"outcome", b"default") | (b"requires", b"actor", b"no")
    )
}

/// Returns the begin and the end of a doc comment's first paragraph.
const fn bounds(text: &[u8]) -> (usize, usize) {
    let mut begin = 0;
    while begin < text.len() && is_space(text[begin]) {
        begin += 1;
    }
    let (mut end, mut at, mut breaks) = (begin, begin, 0);
    while at < text.len() && breaks < 2 {
        if text[at] == b'\n' {
            breaks += 1;
        } else if !is_space(text[at]) {
            breaks = 0;
            end = at + 1;
        }
        at += 1;
    }
    (begin, end)
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
}

/// Returns the length of [`paragraph`], in bytes.
#[must_use]
pub const fn paragraph_len(text: &str) -> usize {
    let text = text.as_bytes();
    let (mut at, end) = bounds(text);
    let mut len = 0;
    while at < end {
        if !(is_space(text[at]) && is_space(text[at - 1])) {
            len += 1;
        }
        at += 1;
    }
    len
}

/// Returns the first paragraph of a doc comment: its words with one space between them.
#[must_use]
pub const fn paragraph<const LEN: usize>(text: &str) -> [u8; LEN] {
    let text = text.as_bytes();
    let (mut at, end) = bounds(text);
    let mut paragraph = [b' '; LEN];
    let mut len = 0;
    while at < end {
        if !is_space(text[at]) {
            paragraph[len] = text[at];
            len += 1;
        } else if !is_space(text[at - 1]) {
            len += 1;
        }
        at += 1;
    }
    paragraph
}

/// Returns the bytes as text.
#[must_use]
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("text that is cut at spaces is valid UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meaning_is_the_first_paragraph_on_one_line() {
        const TEXT: &str = "\n It was  done,\n\tentirely: ä.  \n \n More.\n";
        const PARAGRAPH: [u8; paragraph_len(TEXT)] = paragraph(TEXT);
        assert_eq!(text(&PARAGRAPH), "It was done, entirely: ä.");
        assert_eq!(paragraph_len(""), 0);
        assert_eq!(paragraph_len(" \n \n"), 0);
        assert_eq!(paragraph_len(" One line.\n"), "One line.".len());
    }
}
