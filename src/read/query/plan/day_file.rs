//! A day file that is searched.

use super::line_numbers::LineNumbers;
use crate::lock::lock;
use crate::read::regular_file;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

/// A day file that is searched.
#[derive(Debug)]
pub(in crate::read::query) struct DayFile {
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

    /// Opens the file, unless it is open. It is closed once nobody has it any more.
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
    pub(in crate::read::query) fn lines_before(&self, offset: u64) -> io::Result<u64> {
        let file = self.open()?;
        let mut numbers = lock(&self.line_numbers);
        let numbers = match &mut *numbers {
            Some(numbers) => numbers,
            none => none.insert(LineNumbers::of(&file, self.len)?),
        };
        numbers.before(&file, offset)
    }
}
