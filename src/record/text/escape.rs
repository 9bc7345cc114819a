//! JSON strings.
//!
//! The escapes are those of RFC 8259, section 7, in the spelling that `serde_json` uses:
//! `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, and `\u00xx` with lower-case digits for the
//! other control characters. All other characters are written as they are, in UTF-8.

use super::hex::hex_digits;

/// How many bytes are tested at once: in a text of at least that length, and in a shorter one.
const LONG: usize = 16;
const SHORT: usize = 8;

/// Appends `text`, escaped, without quotes.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = first_special(rest) {
        out.extend_from_slice(&rest[..at]);
        push_escape(out, rest[at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
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

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Returns the index of the first byte that needs an escape. Blocks are tested as a whole,
/// which compilers turn into a few vector instructions; a block that has such a byte is
/// searched byte by byte.
fn first_special(bytes: &[u8]) -> Option<usize> {
    if bytes.len() >= LONG {
        first_special_by_blocks::<LONG>(bytes)
    } else {
        first_special_by_blocks::<SHORT>(bytes)
    }
}

fn first_special_by_blocks<const BLOCK: usize>(bytes: &[u8]) -> Option<usize> {
    let (blocks, tail) = bytes.as_chunks::<BLOCK>();
    for (index, block) in blocks.iter().enumerate() {
        if has_special(block)
            && let Some(at) = block.iter().position(|byte| is_special(*byte))
        {
            return Some(index * BLOCK + at);
        }
    }
    // The tail together with the bytes before it, if they fill a block.
    if bytes.last_chunk::<BLOCK>().is_some_and(|block| !has_special(block)) {
        return None;
    }
    let at = tail.iter().position(|byte| is_special(*byte))?;
    Some(blocks.len() * BLOCK + at)
}

fn has_special<const BLOCK: usize>(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(false, |found, byte| found | is_special(*byte))
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
            for pad in 0..2 * LONG {
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
