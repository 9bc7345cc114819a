//! A day file that is searched.

use super::line_numbers::LineNumbers;
use crate::lock::lock;
use crate::read::regular_file;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

/// A day file that is searched.
#[derive(Debug)]
pub(in crate::read) struct DayFile {
    /// The journal's id, or the directory's path where that is not known.
    pub(in crate::read::query) journal: Arc<str>,
    pub(in crate::read::query) path: PathBuf,
    /// Its length when the query began, in bytes.
    pub(in crate::read::query) len: u64,
    /// Whether it has the last records, as far as is known.
    pub(in crate::read::query) is_newest: bool,
    file: Mutex<Weak<File>>,
    line_numbers: Mutex<Option<LineNumbers>>,
    /// What was said of it as a whole.
    pub(in crate::read::query) said: Mutex<Vec<String>>,
}

impl DayFile {
    pub(super) fn new(journal: Arc<str>, path: PathBuf, len: u64, is_newest: bool) -> DayFile {
        let (file, line_numbers, said) = Default::default();
        DayFile { journal, path, len, is_newest, file, line_numbers, said }
    }

    /// Returns a day file that is followed.
    pub(in crate::read) fn of_followed(journal: &Arc<str>, path: &Path) -> Arc<DayFile> {
        Arc::new(DayFile::new(Arc::clone(journal), path.to_owned(), 0, true))
    }

    /// Returns the day file with nothing known of it.
    pub(in crate::read) fn again(&self) -> Arc<DayFile> {
        DayFile::of_followed(&self.journal, &self.path)
    }

    /// Opens the file, unless it is open. It is closed with the last reference to it.
    pub(in crate::read::query) fn open(&self) -> io::Result<Arc<File>> {
        let mut open = lock(&self.file);
        if let Some(file) = open.upgrade() {
            return Ok(file);
        }
        let file = Arc::new(regular_file::open(&self.path)?);
        *open = Arc::downgrade(&file);
        Ok(file)
    }

    /// Returns how many lines end before an offset. The file is read for it.
    pub(in crate::read) fn lines_before(&self, offset: u64) -> io::Result<u64> {
        let file = self.open()?;
        let mut numbers = lock(&self.line_numbers);
        let numbers = match &mut *numbers {
            Some(numbers) => numbers,
            none => none.insert(LineNumbers::of(&file, self.len)?),
        };
        numbers.before(&file, offset)
    }
}
