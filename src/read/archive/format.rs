//! What comes out of a file, by the format that it has.

use super::frames::Frames;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};

/// How much of the file is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// Formats that are recognized, to say what to do.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\0", "it is compressed with xz"),
    (b"BZh", "it is compressed with bzip2"),
    (b"PK\x03\x04", "it is a ZIP file"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z file"),
];

/// The tar archive in a file, decompressed, at most so many bytes.
pub(super) struct Contents {
    inner: Box<dyn Read>,
    limit: u64,
    left: u64,
}

impl Contents {
    /// Looks at the first bytes of a file.
    pub(super) fn of(file: File, limit: u64) -> io::Result<Contents> {
        let mut file = BufReader::with_capacity(CHUNK, file);
        let begin = file.fill_buf()?;
        if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| begin.starts_with(magic)) {
            let reason = format!("{what}: unpack it, and verify the directory");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let is_zstd = begin.starts_with(b"\x28\xb5\x2f\xfd")
            || begin.len() > 4 && begin[0] & 0xf0 == 0x50 && begin[1..4] == *b"\x2a\x4d\x18";
        let inner: Box<dyn Read> = if is_zstd {
            Box::new(Frames::new(file))
        } else if begin.starts_with(b"\x1f\x8b") {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Contents { inner, limit, left: limit })
    }

    /// Returns an error if so many bytes more are too many.
    pub(super) fn allow(&self, bytes: u64) -> io::Result<()> {
        if bytes <= self.left {
            return Ok(());
        }
        let limit = self.limit;
        Err(io::Error::other(format!(
            "more than {limit} bytes would be unpacked, which is the limit: unpack it, and verify the directory"
        )))
    }
}

impl Read for Contents {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.allow(read as u64)?;
        self.left -= read as u64;
        Ok(read)
    }
}
