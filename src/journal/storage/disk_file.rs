//! A file of a journal on disk.

use super::log_file::{Identity, LogFile, Syncer};
use super::system;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

/// How much is copied at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// A file of a journal on disk.
#[derive(Debug)]
pub(super) struct DiskFile(Arc<File>);

impl DiskFile {
    pub(super) fn boxed(file: File) -> Box<dyn LogFile> {
        Box::new(DiskFile(Arc::new(file)))
    }
}

impl LogFile for DiskFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if system::is_size_limited() {
            system::check_size(self.len()? + bytes.len() as u64)?;
        }
        system::append(&self.0, bytes)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn identity(&self) -> io::Result<Option<Identity>> {
        Ok(system::len_and_identity(&self.0)?.1)
    }

    fn len_and_identity(&self) -> io::Result<(u64, Option<Identity>)> {
        system::len_and_identity(&self.0)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        system::read_at(&self.0, buffer, offset)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn syncer(&self) -> io::Result<Syncer> {
        // A descriptor of its own would be refused where the process has too many.
        let file = Arc::clone(&self.0);
        Ok(Box::new(move || file.sync_data()))
    }
}

/// Writes all of `from` to an empty file, a piece at a time. Pieces of zeros become holes.
pub(super) fn copy_sparsely(from: &mut dyn Read, to: &mut File) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE);
    let mut len = 0;
    loop {
        piece.clear();
        let read = (&mut *from).take(PIECE as u64).read_to_end(&mut piece)?;
        if read == 0 {
            // The last piece may be a hole.
            return to.set_len(len);
        }
        len += read as u64;
        system::check_size_now(len)?;
        if piece.iter().any(|byte| *byte != 0) {
            to.write_all(&piece)?;
        } else {
            // A file that is open to append is written at its end, wherever it is sought to.
            to.set_len(len)?;
            to.seek(SeekFrom::Start(len))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_original_wherever_zeros_stand() {
        let zeros = vec![0; 2 * PIECE + 5];
        for parts in
            [vec![], vec![&b"torn"[..]], vec![&zeros], vec![b"torn", &zeros, b"rest"], vec![&zeros, b"rest"]]
        {
            let original = parts.concat();
            let to_append = tempfile::NamedTempFile::new().unwrap();
            let to_append =
                std::fs::OpenOptions::new().read(true).append(true).open(to_append.path()).unwrap();
            for mut file in [tempfile::tempfile().unwrap(), to_append] {
                copy_sparsely(&mut &original[..], &mut file).unwrap();
                let mut copy = Vec::new();
                file.rewind().unwrap();
                file.read_to_end(&mut copy).unwrap();
                assert!(copy == original, "{} bytes of {}", copy.len(), original.len());
            }
        }
    }
}
