//! Which day file is the newest, and which ones end in the middle of a line.

use crate::error::OpenError;
use crate::journal::days::lines::read_range;
use crate::journal::days::scan::{FirstLine, day_files, first_line, last_record};
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, LogFile};
use std::io;

/// The day files whose ends may need a repair.
#[derive(Debug, Default)]
pub(super) struct NewestFiles {
    /// The newest file, with the number of its first record.
    pub(super) newest: Option<(u64, DayFileName)>,
    /// The files that end in the middle of a line.
    pub(super) torn: Vec<DayFileName>,
}

impl NewestFiles {
    /// Finds the files.
    pub(super) fn find(
        directory: &dyn Directory,
        warnings: &mut Vec<String>,
    ) -> Result<NewestFiles, OpenError> {
        let fail = |source| OpenError::Directory { path: directory.path().to_owned(), source };
        let mut found = NewestFiles::default();
        for name in day_files(directory).map_err(fail)? {
            let path = directory.path().join(name.to_string());
            let fail = |source| OpenError::DayFile { path: path.clone(), source };
            let file = match directory.open_to_read(Folder::Days, &name.to_string()) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                    warnings.push(format!("skipped {}: it is not a file", path.display()));
                    continue;
                }
                Err(error) => return Err(fail(error)),
            };
            let first = first_line(&*file).map_err(fail)?;
            // A file that begins with a lost page is the journal's, too.
            let is_ours =
                !matches!(first, FirstLine::Other) || read_range(&*file, 0, 1).map_err(fail)? == [0];
            if is_ours && ends_torn(&*file).map_err(fail)? {
                found.torn.push(name);
            }
            match first {
                FirstLine::Record(stamp) => found.add(stamp.seq, name),
                // As a rule a file of another program; with a record near its end, a file of the
                // journal with a damaged beginning.
                FirstLine::Other => {
                    if let Some(stamp) = last_record(&*file).map_err(fail)? {
                        warnings.push(format!("the first line of {} is not a record", path.display()));
                        found.add(stamp.seq, name);
                    }
                }
                FirstLine::Torn | FirstLine::Missing => {}
            }
        }
        Ok(found)
    }

    /// Of two files with the same first record, the later one has copies: see `sync_failed`.
    fn add(&mut self, seq: u64, name: DayFileName) {
        self.newest = self.newest.max(Some((seq, name)));
    }
}

/// Returns whether a file ends in the middle of a line.
fn ends_torn(file: &dyn LogFile) -> io::Result<bool> {
    let len = file.len()?;
    Ok(len > 0 && read_range(file, len - 1, len)? != b"\n")
}
