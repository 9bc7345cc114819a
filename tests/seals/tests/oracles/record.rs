//! What `src/seal` uses of `src/record`.

#[allow(dead_code)]
#[path = "../../../../src/record/text/hex.rs"]
mod hex;

#[allow(unused_imports)]
pub(crate) use hex::{bytes_of_hex, hex, is_hex};

/// Returns a begin of a text. The library's own counts a character as its escape.
pub(crate) fn prefix(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}
