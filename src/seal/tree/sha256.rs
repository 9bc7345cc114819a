//! SHA-256 of short texts, most of the sealer's work.
//!
//! All blocks of a text are laid out, padded as FIPS 180-4 has it (section 5.1.1), and compressed at once.
//! That takes an eighth less time than a hasher that takes the text in parts and keeps what is
//! left of a block.

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

const BLOCK: usize = 64;

/// The state at the beginning: FIPS 180-4, section 5.3.3.
const BEGIN: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Returns the SHA-256 of a byte and the parts behind it. Up to this many blocks are laid out; a longer text goes
/// to a hasher, which loses little there.
pub(super) fn digest<const BLOCKS: usize, const PARTS: usize>(first: u8, parts: [&[u8]; PARTS]) -> [u8; 32] {
    let len = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    // A bit and the length in bits follow the text.
    let count = (len + 1 + 8).div_ceil(BLOCK);
    if count > BLOCKS {
        let mut sha256 = Sha256::new();
        sha256.update([first]);
        parts.iter().for_each(|part| sha256.update(part));
        return sha256.finalize().into();
    }
    let mut blocks = [[0; BLOCK]; BLOCKS];
    let blocks = &mut blocks[..count];
    let bytes = blocks.as_flattened_mut();
    bytes[0] = first;
    let mut at = 1;
    for part in parts {
        bytes[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    bytes[at] = 0x80;
    let end = bytes.len();
    bytes[end - 8..].copy_from_slice(&(8 * len as u64).to_be_bytes());
    let mut state = BEGIN;
    compress256(&mut state, blocks);
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_have_the_digest_that_a_hasher_has() {
        let text = (0..=255).cycle().take(12 * BLOCK).collect::<Vec<u8>>();
        for len in 0..text.len() {
            let expected: [u8; 32] = Sha256::digest([&[7], &text[..len]].concat()).into();
            assert_eq!(digest::<4, 1>(7, [&text[..len]]), expected, "{len}");
            assert_eq!(digest::<8, 2>(7, [&text[..len / 3], &text[len / 3..len]]), expected, "{len}");
        }
    }
}
