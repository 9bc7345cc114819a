//! The little of protobuf's wire format that log records need, written straight into a buffer.
//! (<https://protobuf.dev/programming-guides/encoding/>)

use prost::encoding::{encode_varint, encoded_len_varint};

/// The tag of a field, all of which have numbers below 16 here.
pub(super) const fn varint_field(number: u8) -> u8 {
    number << 3
}

pub(super) const fn fixed64_field(number: u8) -> u8 {
    number << 3 | 1
}

/// Of a string, of bytes, and of a message in a message.
pub(super) const fn field(number: u8) -> u8 {
    number << 3 | 2
}

pub(super) fn varint(out: &mut Vec<u8>, tag: u8, value: u64) {
    out.push(tag);
    encode_varint(value, out);
}

pub(super) fn fixed64(out: &mut Vec<u8>, tag: u8, value: u64) {
    out.push(tag);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn bytes(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    varint(out, tag, value.len() as u64);
    out.extend_from_slice(value);
}

/// How long `bytes` is with its tag.
pub(super) fn bytes_len(len: usize) -> usize {
    1 + encoded_len_varint(len as u64) + len
}

/// Begins a message in a message; gives what `end` needs.
pub(super) fn begin(out: &mut Vec<u8>, tag: u8) -> usize {
    out.push(tag);
    // Most are shorter than 128 bytes, and so is their length in one.
    out.push(0);
    out.len()
}

pub(super) fn end(out: &mut Vec<u8>, begun: usize) {
    let len = out.len() - begun;
    if let Ok(short @ 0..=127) = u8::try_from(len) {
        out[begun - 1] = short;
        return;
    }
    let more = encoded_len_varint(len as u64) - 1;
    out.resize(out.len() + more, 0);
    out.copy_within(begun..begun + len, begun + more);
    let mut place = &mut out[begun - 1..begun + more];
    encode_varint(len as u64, &mut place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_any_length_has_its_length_before_it() {
        for len in [0, 1, 127, 128, 129, 16_383, 16_384, 3_000_000] {
            let mut out = vec![7];
            let begun = begin(&mut out, field(1));
            out.resize(out.len() + len, 9);
            end(&mut out, begun);
            let mut wanted = vec![7];
            bytes(&mut wanted, field(1), &vec![9; len]);
            assert_eq!(out, wanted, "{len}");
            assert_eq!(out.len(), 1 + bytes_len(len), "{len}");
        }
    }
}
