//! What `open` finds out before anything is written: where the journal ends, and
//! what a crash has left there.
//!
//! The newest day file is the one whose first record has the greatest `seq`. A
//! last line without its `\n` is torn: it is kept aside under `.state/torn/` and
//! taken away, unless it is the beginning of a line in the intake: then it is completed.
//! Whole lines are never taken away, whatever is in them; where the
//! end of a file is not a record, or its torn line can't be taken away, the file
//! is left as it is, and the journal goes on in a further file of the day.

use super::day_file::DayFile;
use super::directory::{Directory, LogFile};
use super::layout::{DayFileName, Folder};
use super::lines::{FirstLine, first_line, line_end_before, read_range, stamp_near_end, stamp_of};
use crate::error::OpenError;
use crate::record::{Record, Stamp};
use sha2::{Digest, Sha256};
use std::io;

/// Where the journal goes on.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// The last record there is.
    pub(crate) last: Option<Stamp>,
    /// The file it is in.
    pub(crate) newest: Option<DayFileName>,
    /// The file it is in, if more may be appended to it.
    pub(crate) day_file: Option<DayFile>,
    /// What was found out of order.
    pub(crate) findings: Vec<Finding>,
    /// Warnings for the runtime log.
    pub(crate) warnings: Vec<String>,
}

/// What was out of order at the end of a file.
#[derive(Debug)]
pub(crate) struct Finding {
    file: String,
    torn_bytes: u64,
    torn_sha256: Option<String>,
    kept_in: Option<String>,
    unreadable_lines: u64,
    completed_bytes: u64,
}

impl Finding {
    fn of(name: DayFileName) -> Finding {
        Finding {
            file: name.to_string(),
            torn_bytes: 0,
            torn_sha256: None,
            kept_in: None,
            unreadable_lines: 0,
            completed_bytes: 0,
        }
    }

    /// `log.recovered`
    pub(crate) fn record(&self) -> Record {
        Record::new("log.recovered")
            .resource("file", &self.file)
            .resource("torn_bytes", self.torn_bytes)
            .resource("torn_sha256", &self.torn_sha256)
            .resource("kept_in", &self.kept_in)
            .resource("unreadable_lines", self.unreadable_lines)
            .resource("completed_bytes", self.completed_bytes)
    }
}

/// `pending` are the lines that the last writer had in its intake, each with its number.
pub(crate) fn recover(directory: &dyn Directory, pending: &[(u64, Vec<u8>)]) -> Result<Recovered, OpenError> {
    let fail = |source| OpenError::Directory { path: directory.path().to_owned(), source };
    let mut names = directory.names(Folder::Days).map_err(fail)?;
    names.sort_unstable();
    let mut recovered = Recovered::default();
    let mut newest: Option<(u64, DayFileName)> = None;
    let mut torn = Vec::new();
    for name in names.iter().filter_map(|name| DayFileName::parse(name)) {
        let path = directory.path().join(name.to_string());
        let fail = |source| OpenError::DayFile { path: path.clone(), source };
        let file = match directory.open_to_read(Folder::Days, &name.to_string()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                recovered.warnings.push(format!("{} is passed over: it is not a file", path.display()));
                continue;
            }
            Err(error) => return Err(fail(error)),
        };
        let first = first_line(&*file).map_err(fail)?;
        if !matches!(first, FirstLine::Other) && ends_torn(&*file).map_err(fail)? {
            torn.push(name);
        }
        match first {
            // Of two that begin alike, the further one was written again: see `sync_failed`.
            FirstLine::Record(stamp) if newest.is_none_or(|newest| (stamp.seq, name) >= newest) => {
                newest = Some((stamp.seq, name));
            }
            FirstLine::Record(_) | FirstLine::Nothing => {}
            // Somebody else's, as a rule; but if a record of ours stands near its end, only
            // its beginning is spoilt.
            FirstLine::Other => {
                if let Some(stamp) = stamp_near_end(&*file).map_err(fail)? {
                    recovered.warnings.push(format!("the first line of {} is no record", path.display()));
                    if newest.is_none_or(|newest| (stamp.seq, name) >= newest) {
                        newest = Some((stamp.seq, name));
                    }
                }
            }
            FirstLine::Torn => {}
        }
    }
    // What could not be put in order before, because the disk was full, is now.
    for name in torn.into_iter().filter(|name| newest.is_none_or(|(_, newest)| newest != *name)) {
        end_of(directory, name, pending, &mut recovered)?;
    }
    if let Some((first_seq, name)) = newest {
        (recovered.last, recovered.day_file) = end_of(directory, name, pending, &mut recovered)?;
        recovered.newest = Some(name);
        if let Some(day_file) = &mut recovered.day_file {
            day_file.begins_with(first_seq);
            let path = directory.path().join(name.to_string());
            let len = day_file.len().min(512);
            let head =
                read_range(day_file.file(), 0, len).map_err(|source| OpenError::DayFile { path, source })?;
            day_file.set_head(head);
        }
    }
    Ok(recovered)
}

/// Whether it ends in the middle of a line.
fn ends_torn(file: &dyn LogFile) -> io::Result<bool> {
    let len = file.len()?;
    Ok(len > 0 && read_range(file, len - 1, len)? != b"\n")
}

/// Puts the end of a file in order. Gives its last record, and the file, if more
/// may be appended to it.
fn end_of(
    directory: &dyn Directory,
    name: DayFileName,
    pending: &[(u64, Vec<u8>)],
    recovered: &mut Recovered,
) -> Result<(Option<Stamp>, Option<DayFile>), OpenError> {
    let path = directory.path().join(name.to_string());
    let fail = |source| OpenError::DayFile { path: path.clone(), source };
    let mut in_order = true;
    let mut file = match directory.open(&name.to_string()) {
        Ok(file) => file,
        // Made read-only, as evidence may be: the journal goes on beside it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            in_order = false;
            recovered.warnings.push(format!("{} can't be appended to: {error}", path.display()));
            directory.open_to_read(Folder::Days, &name.to_string()).map_err(fail)?
        }
        Err(error) => return Err(fail(error)),
    };
    let mut len = file.len().map_err(fail)?;
    let mut whole = line_end_before(&*file, len).map_err(fail)?;
    let mut finding = Finding::of(name);
    if whole < len
        && in_order
        && let Some(rest) = rest_of_line(&*file, whole, len, pending).map_err(fail)?
    {
        finding.completed_bytes = rest.len() as u64;
        append_all(&mut *file, rest).map_err(fail)?;
        len += rest.len() as u64;
        whole = len;
    }
    finding.torn_bytes = len - whole;
    if whole < len {
        match take_torn_away(directory, &mut *file, name, whole..len, &mut finding) {
            Ok(()) => {}
            Err(error) => {
                in_order = false;
                recovered.warnings.push(format!(
                    "the torn line at the end of {} is left where it is: it could not be kept aside: {error}",
                    path.display()
                ));
            }
        }
    }
    let mut last = None;
    let mut end = whole;
    while last.is_none() && end > 0 {
        let start = line_end_before(&*file, end - 1).map_err(fail)?;
        match stamp_of(&*file, start, end - 1).map_err(fail)? {
            Some(stamp) => last = Some(stamp),
            None => finding.unreadable_lines += 1,
        }
        end = start;
    }
    in_order &= finding.unreadable_lines == 0 && last.is_some();
    if finding.torn_bytes > 0 || finding.unreadable_lines > 0 || finding.completed_bytes > 0 {
        recovered.findings.push(finding);
    }
    let day_file = in_order.then(|| DayFile::new(name, file, whole));
    Ok((last, day_file))
}

/// What is missing of the torn line between `start` and `end`, if it is the beginning of one
/// that is pending.
fn rest_of_line<'a>(
    file: &dyn LogFile,
    start: u64,
    end: u64,
    pending: &'a [(u64, Vec<u8>)],
) -> io::Result<Option<&'a [u8]>> {
    let longest = pending.iter().map(|(_, line)| line.len() as u64).max().unwrap_or_default();
    if end - start >= longest {
        return Ok(None);
    }
    let torn = read_range(file, start, end)?;
    Ok(pending.iter().find_map(|(_, line)| line.strip_prefix(&torn[..])))
}

/// Appends bytes, however many writes that takes.
fn append_all(file: &mut dyn LogFile, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match file.append(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn take_torn_away(
    directory: &dyn Directory,
    file: &mut dyn LogFile,
    name: DayFileName,
    torn: std::ops::Range<u64>,
    finding: &mut Finding,
) -> io::Result<()> {
    let aside = format!("{name}.{}", torn.start);
    if directory.names(Folder::Torn)?.contains(&aside) {
        // Only the cut has failed the last time.
        finding.torn_bytes = 0;
        return file.cut(torn.start);
    }
    let bytes = read_range(file, torn.start, torn.end)?;
    let sha256 = Sha256::digest(&bytes);
    finding.torn_sha256 = Some(sha256.iter().map(|byte| format!("{byte:02x}")).collect());
    finding.kept_in = Some(directory.keep_aside(Folder::Torn, &aside, &bytes)?);
    file.cut(torn.start)
}
