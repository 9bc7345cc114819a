//! The archive: tar, compressed with zstd.

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::time::SystemTime;
use tar::{EntryType, Header};

/// The folder in the archive.
pub(super) const FOLDER: &str = "audit-log";

/// How much becomes one frame, in bytes. Frames of this size compress as well as one frame.
const FRAME: usize = 1 << 20;

const BLOCK: u64 = 512;

/// An archive that is being written.
pub(super) struct Pack<W> {
    out: W,
    frame: Vec<u8>,
    modified: u64,
    sha256: Sha256,
    pub(super) bytes: u64,
}

impl<W: Write> Pack<W> {
    /// Begins an archive. All files have this time.
    pub(super) fn new(out: W, modified: SystemTime) -> io::Result<Pack<W>> {
        let modified = modified.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let frame = Vec::with_capacity(FRAME);
        let mut pack = Pack { out, frame, modified, sha256: Sha256::new(), bytes: 0 };
        pack.header(&format!("{FOLDER}/"), EntryType::Directory, 0)?;
        Ok(pack)
    }

    /// Begins a file of so many bytes, at a path in the folder.
    pub(super) fn begin(&mut self, path: &str, bytes: u64) -> io::Result<()> {
        self.header(&format!("{FOLDER}/{path}"), EntryType::Regular, bytes)
    }

    /// Adds to the current file.
    pub(super) fn add(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(FRAME - self.frame.len()));
            self.frame.extend_from_slice(now);
            bytes = later;
            if self.frame.len() == FRAME {
                self.write_frame()?;
            }
        }
        Ok(())
    }

    /// Ends a file of so many bytes.
    pub(super) fn end(&mut self, bytes: u64) -> io::Result<()> {
        let padding = usize::try_from(bytes.wrapping_neg() % BLOCK).unwrap_or(0);
        self.add(&[0; BLOCK as usize][..padding])
    }

    /// Ends the archive. Returns its SHA-256.
    pub(super) fn finish(mut self) -> io::Result<(W, [u8; 32], u64)> {
        self.add(&[0; 2 * BLOCK as usize])?;
        self.write_frame()?;
        Ok((self.out, self.sha256.finalize().into(), self.bytes))
    }

    fn header(&mut self, path: &str, kind: EntryType, bytes: u64) -> io::Result<()> {
        let mut header = Header::new_ustar();
        header.set_path(path)?;
        header.set_entry_type(kind);
        header.set_size(bytes);
        header.set_mode(if kind == EntryType::Directory { 0o700 } else { 0o600 });
        header.set_mtime(self.modified);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        self.add(header.as_bytes())
    }

    fn write_frame(&mut self) -> io::Result<()> {
        let frame = compress_to_vec(&self.frame[..], CompressionLevel::Fastest);
        self.frame.clear();
        self.sha256.update(&frame);
        self.bytes += frame.len() as u64;
        self.out.write_all(&frame)
    }
}
