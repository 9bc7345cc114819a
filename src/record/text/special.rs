//! The first byte of a JSON string that is not simply itself.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Returns the index of the first `"`, `\` or control character.
///
/// Eight bytes are looked at at once: a byte below a limit, less the limit, borrows into its highest bit. Bytes behind the first hit may
/// be marked by its borrow, and none before it.
#[inline]
pub(crate) fn first_special(bytes: &[u8]) -> Option<usize> {
    let (blocks, tail) = bytes.as_chunks::<8>();
    for (at, block) in blocks.iter().enumerate() {
        let block = u64::from_le_bytes(*block);
        let below = |value: u64, limit: u64| value.wrapping_sub(ONES * limit) & !value & HIGHS;
        let is = |byte: u8| below(block ^ (ONES * u64::from(byte)), 1);
        let special = below(block, 0x20) | is(b'"') | is(b'\\');
        if special != 0 {
            return Some(at * 8 + special.trailing_zeros() as usize / 8);
        }
    }
    let at = tail.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'))?;
    Some(blocks.len() * 8 + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_by_one(bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'))
    }

    #[test]
    fn each_byte_is_seen_at_each_place() {
        for byte in 0..=u8::MAX {
            for len in 1..20 {
                for at in 0..len {
                    let mut bytes = vec![b' '; len];
                    bytes[at] = byte;
                    assert_eq!(first_special(&bytes), one_by_one(&bytes), "{byte:#x} at {at} of {len}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_seen_as_one_by_one(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(first_special(&bytes), one_by_one(&bytes));
        }
    }
}
