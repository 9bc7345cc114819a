//! A file of a journal on disk.

use super::log_file::{Identity, LogFile, Syncer};
use super::system;
use std::fs::File;
use std::io;
use std::sync::Arc;

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
