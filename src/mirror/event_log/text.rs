//! The text of an event: the line of a record, in a form that Windows can store and show.

use crate::mirror::batch::Line;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The length of the longest text that the Event Log takes, in UTF-16 units.
pub(super) const LONGEST: usize = 31_839;

/// Returns the text for a line, of at most `longest` UTF-16 units. A longer text is cut between two
/// characters and ends in a note.
pub(super) fn text<'a>(line: &Line<'a>, longest: usize) -> Cow<'a, str> {
    let whole = showable(line.text());
    // A character has at most as many UTF-16 units as UTF-8 bytes.
    if whole.len() <= longest || units(&whole) <= longest {
        return whole;
    }
    let day = line.ts().day();
    let note = format!(
        " … [cut: the whole record, with seq {}, is in the audit log's day file of {}]",
        line.seq(),
        day.as_str()
    );
    let room = longest.saturating_sub(units(&note));
    let mut used = 0;
    let fits = |character: &char| {
        used += character.len_utf16();
        used <= room
    };
    let mut cut = whole.chars().take_while(fits).collect::<String>();
    cut.push_str(&note);
    Cow::Owned(cut)
}

/// Escapes a NUL, which would end the text, and a `%` before a digit, a `%` or a `{`, which Windows
/// replaces when it shows a text and for which it has no escape of its own (MS-EVEN, 3.2.4.1.5).
/// In JSON a `%` only occurs in strings, where `\u0025` means the same. A NUL is never in a line of
/// this crate.
fn showable(line: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut done = 0;
    let bytes = line.as_bytes();
    for at in memchr::memchr2_iter(b'%', 0, bytes) {
        let byte = bytes[at];
        let next = bytes.get(at + 1);
        if byte == 0 || next.is_some_and(|next| next.is_ascii_digit() || b"%{".contains(next)) {
            shown.push_str(&line[done..at]);
            // Writing to a `String` never fails.
            write!(shown, "\\u{byte:04x}").unwrap_or(());
            done = at + 1;
        }
    }
    if done == 0 {
        return Cow::Borrowed(line);
    }
    shown.push_str(&line[done..]);
    Cow::Owned(shown)
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Timestamp;
    use proptest::prelude::*;

    const NOTE: &str =
        " … [cut: the whole record, with seq 41, is in the audit log's day file of 2026-05-28]";

    fn of(text: &str) -> String {
        let ts = "2026-05-28T23:59:59.999999999Z".parse::<Timestamp>().unwrap();
        super::text(&Line::new("0123", 41, ts, text), LONGEST).into_owned()
    }

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    #[test]
    fn a_line_that_fits_is_the_text() {
        for line in
            ["{}", "{\"ä\":\"100 % of 😀\"}", "x%", "%x %-1 % 1", &"y".repeat(LONGEST), &"😀".repeat(15_919)]
        {
            assert_eq!(of(line), line);
        }
    }

    #[test]
    fn a_longer_line_is_cut_and_the_note_says_where_the_whole_is() {
        let text = of(&"y".repeat(40_000));
        assert_eq!(units(&text), LONGEST);
        assert_eq!(text, format!("{}{NOTE}", "y".repeat(LONGEST - units(NOTE))));
    }

    #[test]
    fn no_character_is_cut_in_two() {
        let room = LONGEST - units(NOTE);
        for before in 0..4 {
            let text = of(&format!("{}{}", "y".repeat(before), "😀".repeat(20_000)));
            let kept = (room - before) / 2;
            assert_eq!(text, format!("{}{}{NOTE}", "y".repeat(before), "😀".repeat(kept)));
            assert!(units(&text) <= LONGEST && units(&text) >= LONGEST - 1);
        }
        // One unit too long.
        assert!(of(&"y".repeat(LONGEST + 1)).ends_with(NOTE));
        assert!(of(&format!("{}😀", "y".repeat(LONGEST - 1))).ends_with(NOTE));
    }

    #[test]
    fn characters_that_windows_would_interpret_are_escaped() {
        assert_eq!(of("a\0b\0"), "a\\u0000b\\u0000");
        assert_eq!(
            of(r#"{"a":"%1 %%2 fe80::1%12 %{S-1-1} 50%"}"#),
            r#"{"a":"\u00251 \u0025\u00252 fe80::1\u002512 \u0025{S-1-1} 50%"}"#
        );
        // Escaping may make it too long.
        let text = of(&"%1".repeat(LONGEST / 2));
        assert!(units(&text) <= LONGEST && text.ends_with(NOTE));
    }

    proptest! {
        #[test]
        fn every_text_is_short_enough_and_means_the_same(value in "[%{0-9a\\\\\"\\x00é😀]{0,40}", times in 1_usize..1200) {
            let value = value.repeat(times);
            let line = serde_json::to_string(&value).unwrap();
            let text = of(&line);
            prop_assert!(units(&text) <= LONGEST);
            prop_assert!(!text.contains('\0'));
            if text.ends_with(NOTE) {
                prop_assert!(units(&text) >= LONGEST - 1);
            } else {
                prop_assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
                let bytes = text.as_bytes();
                let is_code = |two: &[u8]| two[0] == b'%' && b"%{0123456789".contains(&two[1]);
                prop_assert!(!bytes.windows(2).any(is_code));
            }
        }
    }
}
