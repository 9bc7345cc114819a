//! What `open` finds out before anything is written: where the journal ends, and
//! what a crash has left there.
//!
//! The newest day file is the one whose first record has the greatest `seq`. A
//! last line without its `\n` is torn: it is kept aside under `.state/torn/` and
//! taken away, unless it is the beginning of a line in the intake: then it is completed.
//! Whole lines are not taken away, whatever is in them; where the
//! end of a file is not a record, or its torn line can't be taken away, the file
//! is left as it is, and the journal goes on in a further file of the day. Only where a loss of
//! power has taken records out of the middle, of what was not known to be on disk, is the rest
//! of the file kept aside as well: else their numbers would have to be given twice, or never.

use super::holes::behind_a_hole;
use crate::error::OpenError;
use crate::journal::days::file::DayFile;
use crate::journal::days::lines::read_range;
use crate::journal::days::scan::{
    FirstLine, day_files, first_line, last_record, last_record_before, line_end_before,
};
use crate::journal::state::synced::Synced;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, LogFile};
use crate::record::{Record, Stamp, hex};
use sha2::{Digest, Sha256};
use std::io;
use std::ops::{Range, RangeInclusive};

/// Where the journal goes on.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// The last record there is.
    pub(crate) last: Option<Stamp>,
    /// The file it is in.
    pub(crate) newest: Option<DayFileName>,
    /// The file it is in, if more may be appended to it.
    pub(crate) day_file: Option<DayFile>,
    /// The file that has the last record, if it was being written again because it could not be
    /// synced, and its copy has fewer.
    pub(crate) outlasts_its_copy: Option<DayFileName>,
    /// What was found out of order.
    pub(crate) findings: Vec<Finding>,
    /// Records that are missing in the newest file, since what is behind them could not be kept
    /// aside.
    pub(crate) holes: Vec<RangeInclusive<u64>>,
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
    strays: u64,
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
            strays: 0,
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
            .resource("strays", (self.strays > 0).then_some(self.strays))
    }
}

/// `pending` are the lines that the last writer had in its intake, each with its number;
/// `synced` is what is known to be on disk.
pub(crate) fn recover(
    directory: &dyn Directory,
    pending: &[(u64, Vec<u8>)],
    synced: Option<&Synced>,
) -> Result<Recovered, OpenError> {
    let mut recovered = Recovered::default();
    let mut found = Found::look(directory, &mut recovered.warnings)?;
    while let Some((_, name)) = found.newest {
        let end = end_of(directory, name, pending, NextSeq::OfFile(synced), &mut recovered)?;
        if !end.is_emptied {
            recovered.goes_on_behind(name, end);
            break;
        }
        found = Found::look(directory, &mut Vec::new())?;
    }
    // What could not be put in order before, because the disk was full, is now. One that has
    // only the beginning of a line may have been begun with the next record.
    for name in found.torn.into_iter().filter(|name| found.newest.is_none_or(|(_, newest)| newest != *name)) {
        let next_seq = recovered.last.map(|last| last.seq + 1).or(pending.first().map(|(seq, _)| *seq));
        let end = end_of(directory, name, pending, NextSeq::Is(next_seq), &mut recovered)?;
        if end.is_completed && end.last.map(|last| last.seq) == next_seq {
            recovered.goes_on_behind(name, end);
        }
    }
    recovered.look_behind_a_copy(directory)?;
    if let Some(day_file) = &mut recovered.day_file {
        let path = directory.path().join(day_file.name_text());
        let fail = |source| OpenError::DayFile { path: path.clone(), source };
        if let Some(first_seq) = first_line(day_file.file()).map_err(fail)?.seq() {
            day_file.begins_with(first_seq);
        }
        let head = read_range(day_file.file(), 0, day_file.len().min(512)).map_err(fail)?;
        day_file.set_head(head);
    }
    Ok(recovered)
}

/// The day files that matter.
#[derive(Debug, Default)]
struct Found {
    /// The newest one, with the number of its first record.
    newest: Option<(u64, DayFileName)>,
    /// Those that end in the middle of a line.
    torn: Vec<DayFileName>,
}

impl Found {
    fn look(directory: &dyn Directory, warnings: &mut Vec<String>) -> Result<Found, OpenError> {
        let fail = |source| OpenError::Directory { path: directory.path().to_owned(), source };
        let mut found = Found::default();
        for name in day_files(directory).map_err(fail)? {
            let path = directory.path().join(name.to_string());
            let fail = |source| OpenError::DayFile { path: path.clone(), source };
            let file = match directory.open_to_read(Folder::Days, &name.to_string()) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                    warnings.push(format!("{} is passed over: it is not a file", path.display()));
                    continue;
                }
                Err(error) => return Err(fail(error)),
            };
            let first = first_line(&*file).map_err(fail)?;
            // One that begins with a lost page is not somebody else's, either.
            let is_ours =
                !matches!(first, FirstLine::Other) || read_range(&*file, 0, 1).map_err(fail)? == [0];
            if is_ours && ends_torn(&*file).map_err(fail)? {
                found.torn.push(name);
            }
            match first {
                FirstLine::Record(stamp) => found.add(stamp.seq, name),
                // Somebody else's, as a rule; but if a record of ours stands near its end, only
                // its beginning is spoilt.
                FirstLine::Other => {
                    if let Some(stamp) = last_record(&*file).map_err(fail)? {
                        warnings.push(format!("the first line of {} is no record", path.display()));
                        found.add(stamp.seq, name);
                    }
                }
                FirstLine::Torn | FirstLine::Missing => {}
            }
        }
        Ok(found)
    }

    /// Of two that begin alike, the further one was written again: see `sync_failed`.
    fn add(&mut self, seq: u64, name: DayFileName) {
        self.newest = self.newest.max(Some((seq, name)));
    }
}

impl Recovered {
    /// Whether nothing was out of order.
    pub(crate) fn is_in_order(&self) -> bool {
        self.findings.is_empty() && self.holes.is_empty() && self.outlasts_its_copy.is_none()
    }

    fn goes_on_behind(&mut self, name: DayFileName, end: End) {
        (self.last, self.day_file, self.newest) = (end.last, end.day_file, Some(name));
    }

    /// The newest file may be a copy of another one, a further file of the same day, and not be
    /// whole.
    fn look_behind_a_copy(&mut self, directory: &dyn Directory) -> Result<(), OpenError> {
        let Some(newest) = self.newest else {
            return Ok(());
        };
        let fail = |source| OpenError::Directory { path: directory.path().to_owned(), source };
        let names = day_files(directory).map_err(fail)?;
        for name in names.into_iter().filter(|name| name.day == newest.day && *name < newest) {
            // One that can't be read has been told of.
            let Ok(file) = directory.open_to_read(Folder::Days, &name.to_string()) else {
                continue;
            };
            let fail = |source| OpenError::DayFile { path: directory.path().join(name.to_string()), source };
            if let Some(stamp) = last_record(&*file).map_err(fail)?
                && self.last.is_some_and(|last| last.seq < stamp.seq)
            {
                (self.last, self.day_file, self.outlasts_its_copy) = (Some(stamp), None, Some(name));
            }
        }
        Ok(())
    }
}

/// Whether it ends in the middle of a line.
fn ends_torn(file: &dyn LogFile) -> io::Result<bool> {
    let len = file.len()?;
    Ok(len > 0 && read_range(file, len - 1, len)? != b"\n")
}

/// The end of a file.
struct End {
    /// Its last record.
    last: Option<Stamp>,
    /// The file, if more may be appended to it.
    day_file: Option<DayFile>,
    /// Whether its last line was completed.
    is_completed: bool,
    /// Whether there is nothing in it any more.
    is_emptied: bool,
}

/// What the number of the record is that comes next in a file.
#[derive(Clone, Copy)]
enum NextSeq<'a> {
    /// The file tells; so much is known to be on disk.
    OfFile(Option<&'a Synced>),
    /// The file has no record: it is that behind all other files.
    Is(Option<u64>),
}

impl NextSeq<'_> {
    fn behind_others(self) -> Option<u64> {
        match self {
            NextSeq::OfFile(_) => None,
            NextSeq::Is(seq) => seq,
        }
    }
}

/// Puts the end of a file in order.
fn end_of(
    directory: &dyn Directory,
    name: DayFileName,
    pending: &[(u64, Vec<u8>)],
    next_seq: NextSeq<'_>,
    recovered: &mut Recovered,
) -> Result<End, OpenError> {
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
    let mut finding = Finding::of(name);
    let (mut is_completed, mut is_left) = (false, false);
    if let NextSeq::OfFile(synced) = next_seq
        && let Some(behind) = behind_a_hole(&*file, name, synced).map_err(fail)?
    {
        finding.torn_bytes = len - behind.from;
        match take_away(directory, &mut *file, name, behind.from..len, &mut finding) {
            Ok(()) => (len, finding.strays) = (behind.from, behind.strays),
            Err(error) => {
                (in_order, is_left) = (false, true);
                finding.torn_bytes = 0;
                recovered.holes = behind.holes;
                recovered.warnings.push(format!(
                    "what stands behind lost records in {} is left where it is: it could not be kept aside: {error}",
                    path.display()
                ));
            }
        }
    }
    let mut whole = line_end_before(&*file, len).map_err(fail)?;
    let (mut last, unreadable_lines) = last_record_before(&*file, whole, usize::MAX).map_err(fail)?;
    finding.unreadable_lines = unreadable_lines;
    in_order &= finding.unreadable_lines == 0;
    if whole < len
        && in_order
        && let Some(seq) = last.map(|last| last.seq + 1).or(next_seq.behind_others())
        && let Some((stamp, rest)) = rest_of_line(&*file, whole..len, seq, pending).map_err(fail)?
    {
        let mut torn = DayFile::new(name, file, len);
        match torn.append(rest, 1) {
            Ok(()) => {
                (whole, last, is_completed) = (len + rest.len() as u64, Some(stamp), true);
                finding.completed_bytes = rest.len() as u64;
            }
            Err(error) => {
                (in_order, is_left) = (false, true);
                recovered.warnings.push(format!(
                    "the torn line at the end of {} could not be completed: {error}",
                    path.display()
                ));
            }
        }
        file = torn.into_file();
    }
    if whole < len && !is_left {
        finding.torn_bytes = len - whole;
        match take_away(directory, &mut *file, name, whole..len, &mut finding) {
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
    in_order &= last.is_some();
    if finding.torn_bytes > 0 || finding.unreadable_lines > 0 || finding.completed_bytes > 0 {
        recovered.findings.push(finding);
    }
    let is_emptied = file.len().map_err(fail)? == 0;
    let day_file = in_order.then(|| DayFile::new(name, file, whole));
    Ok(End { last, day_file, is_completed, is_emptied })
}

/// What is missing of the torn line that stands there, if it is the beginning of the pending
/// one with this number.
fn rest_of_line<'a>(
    file: &dyn LogFile,
    torn: Range<u64>,
    seq: u64,
    pending: &'a [(u64, Vec<u8>)],
) -> io::Result<Option<(Stamp, &'a [u8])>> {
    let Some((_, line)) = pending.iter().find(|(number, _)| *number == seq) else {
        return Ok(None);
    };
    if torn.end - torn.start >= line.len() as u64 {
        return Ok(None);
    }
    let torn = read_range(file, torn.start, torn.end)?;
    let stamp = Stamp::of(line.strip_suffix(b"\n").unwrap_or(line)).ok();
    Ok(stamp.zip(line.strip_prefix(&torn[..])))
}

/// Keeps the rest of a file aside, and cuts it off.
fn take_away(
    directory: &dyn Directory,
    file: &mut dyn LogFile,
    name: DayFileName,
    rest: Range<u64>,
    finding: &mut Finding,
) -> io::Result<()> {
    let aside = format!("{name}.{}", rest.start);
    let bytes = read_range(file, rest.start, rest.end)?;
    if is_kept_aside(directory, &aside, &bytes)? {
        // Only the cut has failed the last time.
        finding.torn_bytes = 0;
        return cut(file, rest.start);
    }
    let sha256 = Sha256::digest(&bytes);
    finding.torn_sha256 = Some(hex(&sha256));
    finding.kept_in = Some(directory.quarantine(Folder::Torn, &aside, &bytes)?);
    cut(file, rest.start)
}

/// Cuts the rest off, safe against loss of power: what is written next would else stand before
/// what is left of it.
fn cut(file: &mut dyn LogFile, len: u64) -> io::Result<()> {
    file.cut(len)?;
    file.syncer()?()
}

/// Whether just these bytes are kept aside under that name.
fn is_kept_aside(directory: &dyn Directory, name: &str, bytes: &[u8]) -> io::Result<bool> {
    if !directory.names(Folder::Torn)?.iter().any(|there| there == name) {
        return Ok(false);
    }
    let kept = directory.open_to_read(Folder::Torn, name)?;
    Ok(kept.len()? == bytes.len() as u64 && read_range(&*kept, 0, bytes.len() as u64)? == bytes)
}
