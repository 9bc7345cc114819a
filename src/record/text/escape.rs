//! JSON strings.
//!
//! The escapes are those of RFC 8259, section 7, in the spelling that `serde_json` uses:
//! `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, and `\u00xx` with lower-case digits for the
//! other control characters. All other characters are written as they are, in UTF-8.

use super::bytes::any;
use super::hex::hex_digits;

/// How many bytes of a text with escapes are tested at once.
const BLOCK: usize = 16;

/// Appends `text`, escaped, without quotes.
#[inline]
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    if any(text.as_bytes(), is_special) {
        push_with_escapes(out, text.as_bytes());
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Returns how many bytes `c` takes once it is escaped.
pub(crate) fn escaped_len(c: char) -> usize {
    match c {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}

#[inline]
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Appends a text of which at least one byte needs an escape: blocks without one are copied as a whole.
#[inline(never)]
fn push_with_escapes(out: &mut Vec<u8>, bytes: &[u8]) {
    for block in bytes.chunks(BLOCK) {
        if !any(block, is_special) {
            out.extend_from_slice(block);
            continue;
        }
        for byte in block {
            if is_special(*byte) {
                push_escape(out, *byte);
            } else {
                out.push(*byte);
            }
        }
    }
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let [high, low] = hex_digits(byte);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(text: &str) -> String {
        let mut out = Vec::new();
        push_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_character_up_to_u_0800_is_escaped_as_serde_json_does_at_every_offset() {
        for c in (0..0x800).filter_map(char::from_u32) {
            for pad in 0..3 * BLOCK {
                let text = format!("{}{c}{}", "x".repeat(pad), "é".repeat(pad % 3));
                assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
            }
            assert_eq!(escaped(&c.to_string()).len() - 2, escaped_len(c), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_escaped_as_serde_json_does(text in ".*|[\\x00-\\x7f]{0,64}") {
            prop_assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
        }
    }
}
