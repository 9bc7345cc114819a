//! Which day file is the newest, and which ones end in the middle of a line.

use crate::error::OpenError;
use crate::journal::days::lines::{LineReader, read_range};
use crate::journal::days::own::ends::{own_ends, plausible_ends};
use crate::journal::days::own::runs::{OwnRuns, UNKNOWN};
use crate::journal::days::scan::{FirstLine, day_files, first_line, last_record};
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, LogFile};
use crate::record::Stamp;
use std::io;

/// The day files whose ends may need a repair.
#[derive(Debug, Default)]
pub(super) struct NewestFiles {
    /// The newest file, with the number of its first record.
    pub(super) newest: Option<(u64, DayFileName)>,
    /// The files that end in the middle of a line.
    pub(super) torn: Vec<DayFileName>,
    /// The files with lines at their ends that the journal has not written.
    pub(super) altered: Vec<(DayFileName, OwnRuns)>,
    /// There were records before this number, as the files before the newest tell, too.
    pub(super) reached: Option<u64>,
}

impl NewestFiles {
    /// Finds the files.
    pub(super) fn find(
        directory: &dyn Directory,
        reached: Option<u64>,
        warnings: &mut Vec<String>,
    ) -> Result<NewestFiles, OpenError> {
        let fail = |source| OpenError::Directory { path: directory.path().to_owned(), source };
        let mut found = NewestFiles { reached, ..NewestFiles::default() };
        let mut files = Vec::new();
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
            // A file whose first line has lost a page is the journal's, too, also if no line of it is a record any more.
            let is_ours = !matches!(first, FirstLine::Other) || begins_spoilt(&*file).map_err(fail)?;
            if is_ours && ends_torn(&*file).map_err(fail)? {
                found.torn.push(name);
            }
            match first {
                FirstLine::Torn | FirstLine::Missing => {}
                // As a rule a file of another program, or of the product that this crate replaces.
                FirstLine::Other if !is_ours && last_record(&*file).map_err(fail)?.is_none() => {}
                FirstLine::Record(_) | FirstLine::Other => {
                    if matches!(first, FirstLine::Other) {
                        warnings.push(format!("the first line of {} is not a record", path.display()));
                    }
                    let plausible = plausible_ends(&*file).map_err(fail)?;
                    let ends =
                        if plausible.is_some() { plausible } else { own_ends(&*file, None).map_err(fail)? };
                    files.push((ends.map(|(first, _)| first.seq), name, plausible));
                }
            }
        }
        files.sort_by_key(|(first, name, ..)| (*first, *name));
        for (_, name, plausible) in files {
            let is_known = |first: &Stamp| {
                found.reached.is_none_or(|reached| first.seq <= reached.saturating_add(UNKNOWN))
            };
            let ends = match plausible.filter(|(first, _)| is_known(first)) {
                Some(ends) => Some(ends),
                None => found.judge(directory, name)?,
            };
            if let Some((first, last)) = ends {
                found.add(first.seq, name);
                found.reached = found.reached.map(|reached| reached.max(last.seq.saturating_add(1)));
            }
        }
        Ok(found)
    }

    /// Reads a file whole to find its own records; returns the first and the last one.
    fn judge(
        &mut self,
        directory: &dyn Directory,
        name: DayFileName,
    ) -> Result<Option<(Stamp, Stamp)>, OpenError> {
        let fail = |source| OpenError::DayFile { path: directory.path().join(name.to_string()), source };
        let file = directory.open_to_read(Folder::Days, &name.to_string()).map_err(fail)?;
        let own = OwnRuns::of(&*file, self.reached).map_err(fail)?;
        let ends = own.first().zip(own.last());
        if own.others > 0 {
            self.altered.push((name, own));
        }
        Ok(ends)
    }

    /// Of two files with the same first record, the later one has copies: see `sync_failed`.
    fn add(&mut self, seq: u64, name: DayFileName) {
        self.newest = self.newest.max(Some((seq, name)));
    }
}

/// Returns whether the first line of a file has lost a page: it is 0, which no program writes.
fn begins_spoilt(file: &dyn LogFile) -> io::Result<bool> {
    Ok(LineReader::default().next(file)?.is_some_and(|line| line.bytes.contains(&0)))
}

/// Returns whether a file ends in the middle of a line.
fn ends_torn(file: &dyn LogFile) -> io::Result<bool> {
    let len = file.len()?;
    Ok(len > 0 && read_range(file, len - 1, len)? != b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::files::MemoryDirectory;

    #[test]
    fn a_file_of_which_a_loss_of_power_has_left_no_record_is_found() {
        let line = |seq: u64, more: &str| {
            format!(
                "{{\"_schema_version\":\"1\",\"ts\":\"2026-05-28T00:00:00.000000000Z\",\"more\":\"{more}\",\"seq\":{seq}}}\n"
            )
        };
        let lost = "\0".repeat(4096);
        let beginnings = [lost.clone() + "xx\",\"seq\":2}\n", line(2, &format!("x{lost}x")), String::new()];
        for beginning in beginnings {
            let directory = MemoryDirectory::default();
            directory.put("audit-2026-05-28.log", (beginning + &line(3, &format!("x{lost}x"))).as_bytes());
            directory.put("audit-2026-05-29.log", b"2026-05-29 of another program\n");
            let found = NewestFiles::find(&directory, None, &mut Vec::new()).unwrap();
            let (seq, name) = found.newest.unwrap();
            assert!([2, 3].contains(&seq) && name.to_string() == "audit-2026-05-28.log", "{seq} {name}");
        }
    }
}
