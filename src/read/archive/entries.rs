//! The entries of a tar archive, in one pass.

use super::header::{BLOCK, Entry, Extended, Kind, parse};
use std::io::{self, Read};

/// The longest extended header, in bytes: it is read into memory.
const LONGEST_HEADER: u64 = 1 << 20;

/// Why an archive could not be read: the path of the entry, if there is one, and the reason.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) entry: Option<Vec<u8>>,
    pub(super) error: io::Error,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault { entry: None, error }
    }
}

/// The entries of an archive.
pub(super) struct Entries<R> {
    source: R,
    /// What of the current entry was not read yet, and the bytes behind it up to the next block.
    left: u64,
    padding: u64,
}

impl<R: Read> Entries<R> {
    pub(super) fn new(source: R) -> Entries<R> {
        Entries { source, left: 0, padding: 0 }
    }

    pub(super) fn source(&self) -> &R {
        &self.source
    }

    /// Goes to the next entry, wherever the current one was read to.
    ///
    /// # Errors
    ///
    /// The archive is malformed, or cut: at its end is a block of zeros, and nothing else behind that.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Fault> {
        let mut extended = Extended::default();
        loop {
            self.finish()?;
            let mut block = [0; BLOCK];
            self.source.read_exact(&mut block)?;
            if block == [0; BLOCK] {
                self.end()?;
                return Ok(None);
            }
            let kind = parse(&block, &extended);
            match kind.map_err(|(path, error)| Fault { entry: (!path.is_empty()).then_some(path), error })? {
                Kind::Entry(entry) => {
                    self.begin(entry.bytes);
                    return Ok(Some(entry));
                }
                Kind::Records(bytes) => extended.read(&self.header(bytes)?)?,
                Kind::Name(bytes) => {
                    let mut name = self.header(bytes)?;
                    if name.last() == Some(&0) {
                        name.pop();
                    }
                    extended.path = Some(name);
                }
                Kind::Passed(bytes) => drop(self.header(bytes)?),
            }
        }
    }

    /// Reads from the current entry; 0 bytes at its end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.source.read(&mut buffer[..wanted])?;
        if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }

    fn begin(&mut self, bytes: u64) {
        self.left = bytes;
        self.padding = bytes.wrapping_neg() % BLOCK as u64;
    }

    /// Reads the contents of an extended header.
    fn header(&mut self, bytes: u64) -> io::Result<Vec<u8>> {
        if bytes > LONGEST_HEADER {
            let reason = format!("an extended header has {bytes} bytes, more than {LONGEST_HEADER}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        self.begin(bytes);
        let mut header = vec![0; usize::try_from(bytes).unwrap_or(0)];
        self.source.read_exact(&mut header)?;
        self.left = 0;
        Ok(header)
    }

    /// Reads the rest of the current entry.
    fn finish(&mut self) -> io::Result<()> {
        let rest = self.left.saturating_add(self.padding);
        let skipped = io::copy(&mut (&mut self.source).take(rest), &mut io::sink())?;
        (self.left, self.padding) = (0, 0);
        if skipped < rest { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Reads to the end of the archive, so that its checksums are compared.
    fn end(&mut self) -> io::Result<()> {
        let mut buffer = [0; 8 * BLOCK];
        loop {
            match self.source.read(&mut buffer)? {
                0 => return Ok(()),
                read if buffer[..read].iter().any(|byte| *byte != 0) => {
                    let reason = "there is something behind its end, such as another archive";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
                _ => {}
            }
        }
    }
}
