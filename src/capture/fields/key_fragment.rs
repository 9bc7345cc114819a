//! Key fragments: resource keys as they are written in the line, quoted and with their colon,
//! made at compile time.

use super::name::resource_key;

/// Returns the length of this field's [`fragment`], in bytes.
#[must_use]
pub const fn fragment_len(name: &str) -> usize {
    match resource_key(name) {
        Some(key) if is_plain(key) => key.len() + "\"\":".len(),
        _ => 0,
    }
}

/// Returns the field's resource key as it is written in the line: `"reason":` for
/// `resource.reason`. Empty for fields outside of `resource`, and for keys that need an escape.
#[must_use]
pub const fn fragment<const LEN: usize>(name: &str) -> [u8; LEN] {
    let mut fragment = [b'"'; LEN];
    if let Some(key) = resource_key(name)
        && LEN > 0
    {
        let key = key.as_bytes();
        let mut index = 0;
        while index < key.len() {
            fragment[index + 1] = key[index];
            index += 1;
        }
        fragment[LEN - 1] = b':';
    }
    fragment
}

/// Returns whether JSON writes the key without an escape.
const fn is_plain(key: &str) -> bool {
    let mut rest = key.as_bytes();
    while let [byte, others @ ..] = rest {
        if *byte < b' ' || matches!(*byte, b'"' | b'\\') {
            return false;
        }
        rest = others;
    }
    true
}
