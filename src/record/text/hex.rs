//! Bytes in lower-case hexadecimal digits.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Returns the two digits of `byte`.
pub(crate) const fn hex_digits(byte: u8) -> [u8; 2] {
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 0xf) as usize]]
}

/// Returns `bytes` as two digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| hex_digits(*byte)).map(char::from).collect()
}

/// Returns the bytes of a text of lower-case hexadecimal digits, two each; `None` if it is not such a text.
pub(crate) fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !is_hex(text, text.len()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// Whether `text` is `digits` lower-case hexadecimal digits.
pub(crate) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_becomes_two_lower_case_digits() {
        assert_eq!(hex(&[0x00, 0x0f, 0xa0, 0xff]), "000fa0ff");
        assert_eq!(hex(&[]), "");
        assert_eq!(bytes_of_hex("000fa0ff").unwrap(), [0x00, 0x0f, 0xa0, 0xff]);
        assert_eq!(bytes_of_hex("").unwrap(), [0; 0]);
        assert_eq!([bytes_of_hex("0"), bytes_of_hex("0F"), bytes_of_hex("é0")], [None, None, None]);
    }

    #[test]
    fn only_lower_case_digits_of_the_given_number_are_hex() {
        assert!(is_hex("00ff", 4) && is_hex("", 0));
        for text in ["00f", "00fff", "00FF", "00fg", " 0ff", "é00"] {
            assert!(!is_hex(text, 4), "{text}");
        }
    }
}
