//! Searching the bytes of texts, most of which are short.

/// Returns whether `is` any of the bytes. They are tested in blocks, which compilers turn into a few vector
/// instructions. The last block overlaps the one before it, so that no byte is tested alone.
#[inline]
pub(crate) fn any(bytes: &[u8], is: impl Fn(u8) -> bool + Copy) -> bool {
    match bytes.len() {
        33.. => {
            any_in_block(bytes.last_chunk::<32>(), is)
                || bytes.as_chunks::<32>().0.iter().any(|block| any_in_block(Some(block), is))
        }
        16.. => any_at_ends::<16>(bytes, is),
        8.. => any_at_ends::<8>(bytes, is),
        4.. => any_at_ends::<4>(bytes, is),
        _ => bytes.iter().any(|byte| is(*byte)),
    }
}

/// Tests the first bytes and the last ones.
#[inline(always)]
fn any_at_ends<const BLOCK: usize>(bytes: &[u8], is: impl Fn(u8) -> bool + Copy) -> bool {
    any_in_block(bytes.first_chunk::<BLOCK>(), is) | any_in_block(bytes.last_chunk::<BLOCK>(), is)
}

#[inline(always)]
fn any_in_block<const BLOCK: usize>(block: Option<&[u8; BLOCK]>, is: impl Fn(u8) -> bool) -> bool {
    block.is_some_and(|block| block.iter().fold(false, |any, byte| any | is(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_at_every_offset_of_texts_of_every_length() {
        for len in 0..70 {
            let mut bytes = vec![b'x'; len];
            assert!(!any(&bytes, |byte| byte == b'"'), "{len}");
            for at in 0..len {
                bytes[at] = b'"';
                assert!(any(&bytes, |byte| byte == b'"'), "{at} of {len}");
                bytes[at] = b'x';
            }
        }
    }
}
