//! The end of a day file, and its repair.
//!
//! A torn last line is completed, if it is the beginning of a line in the intake; otherwise it is
//! moved to `.state/torn/`. Where a loss of power has taken records out of the middle, of what was
//! not known to be on disk, the rest of the file is moved there, too: otherwise its numbers would
//! have to be assigned twice, or never. No other whole line is removed, whatever is in it. Where the
//! end is not a record, or can't be repaired, the file is left as it is.

use crate::error::OpenError;
use crate::journal::days::file::DayFile;
use crate::journal::days::lines::{RangeReader, is_copy, read_range};
use crate::journal::days::own::ends::own_ends;
use crate::journal::days::scan::{last_record_before, line_end_before};
use crate::journal::open::finding::Finding;
use crate::journal::open::holes::behind_a_hole;
use crate::journal::state::synced::Synced;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, LogFile};
use crate::record::Stamp;
use std::io;
use std::ops::{Range, RangeInclusive};

/// The end of a file after its repair.
pub(super) struct FileEnd {
    /// The last record.
    pub(super) last: Option<Stamp>,
    /// The file, if more may be appended to it.
    pub(super) day_file: Option<DayFile>,
    /// Whether the last line was completed.
    pub(super) is_completed: bool,
    /// Whether the file is empty now.
    pub(super) is_emptied: bool,
    pub(super) finding: Finding,
    /// The numbers that are missing in the file, if what is behind them could not be quarantined.
    pub(super) holes: Vec<RangeInclusive<u64>>,
    /// Warnings for the runtime log.
    pub(super) warnings: Vec<String>,
}

/// How the number of the next record of a file is known.
#[derive(Clone, Copy)]
pub(super) enum NextSeq<'a> {
    /// By the file; so much is known to be on disk.
    OfFile(Option<&'a Synced>),
    /// The file has no record: by the other files.
    OfOthers(Option<u64>),
}

/// The state of a repair.
struct Repair<'a> {
    directory: &'a dyn Directory,
    name: DayFileName,
    file: Box<dyn LogFile>,
    len: u64,
    /// Whether more may be appended to the file.
    in_order: bool,
    finding: Finding,
    holes: Vec<RangeInclusive<u64>>,
    warnings: Vec<String>,
}

/// Repairs the end of a file. `pending` are the lines of the leftover intake, each with its number.
pub(super) fn repair(
    directory: &dyn Directory,
    name: DayFileName,
    pending: &[(u64, Vec<u8>)],
    next_seq: NextSeq<'_>,
    reached: Option<u64>,
) -> Result<FileEnd, OpenError> {
    let fail = |source| OpenError::DayFile { path: directory.path().join(name.to_string()), source };
    Repair::open(directory, name).and_then(|repair| repair.run(pending, next_seq, reached)).map_err(fail)
}

impl<'a> Repair<'a> {
    fn open(directory: &'a dyn Directory, name: DayFileName) -> io::Result<Repair<'a>> {
        let mut warnings = Vec::new();
        let file = match directory.open(&name.to_string()) {
            Ok(file) => file,
            // Made read-only, as evidence may be: the journal continues in another file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let path = directory.path().join(name.to_string());
                warnings.push(format!("could not open {} to append to it: {error}", path.display()));
                directory.open_to_read(Folder::Days, &name.to_string())?
            }
            Err(error) => return Err(error),
        };
        Ok(Repair {
            directory,
            name,
            len: file.len()?,
            file,
            in_order: warnings.is_empty(),
            finding: Finding::of(name),
            holes: Vec::new(),
            warnings,
        })
    }

    fn run(
        mut self,
        pending: &[(u64, Vec<u8>)],
        next_seq: NextSeq<'_>,
        reached: Option<u64>,
    ) -> io::Result<FileEnd> {
        let mut is_left = match next_seq {
            NextSeq::OfFile(synced) => self.cut_behind_a_hole(synced)?,
            NextSeq::OfOthers(_) => false,
        };
        let mut whole = line_end_before(&*self.file, self.len)?;
        let (mut last, unreadable_lines) = last_record_before(&*self.file, whole, usize::MAX)?;
        self.finding.unreadable_lines = unreadable_lines;
        self.in_order &= unreadable_lines == 0;
        let own = own_ends(&*self.file, reached)?.map(|(_, own)| own);
        if own != last {
            // The last line is not the log's: it stays there, and the journal goes on in another file.
            (last, self.in_order) = (own, false);
        }
        let others_next = match next_seq {
            NextSeq::OfFile(_) => None,
            NextSeq::OfOthers(seq) => seq,
        };
        let mut is_completed = false;
        if whole < self.len
            && self.in_order
            && let Some(seq) = last.map(|last| last.seq.saturating_add(1)).or(others_next)
            && let Some((stamp, rest)) = rest_of_line(&*self.file, whole..self.len, seq, pending)?
        {
            let mut torn = DayFile::new(self.name, self.file, self.len);
            let completed = torn.append(rest, 1);
            self.file = torn.into_file();
            match completed {
                Ok(()) => {
                    (whole, last, is_completed) = (self.len + rest.len() as u64, Some(stamp), true);
                    self.finding.completed_bytes = rest.len() as u64;
                }
                Err(error) => {
                    is_left = true;
                    self.warn_left("could not complete the torn line at the end of", &error);
                }
            }
        }
        if whole < self.len && !is_left {
            self.finding.torn_bytes = self.len - whole;
            if let Err(error) = self.quarantine(whole..self.len) {
                self.warn_left("could not quarantine the torn line at the end of", &error);
            }
        }
        self.in_order &= last.is_some();
        let is_emptied = self.file.len()? == 0;
        let day_file = self.in_order.then(|| DayFile::new(self.name, self.file, whole));
        let (finding, holes, warnings) = (self.finding, self.holes, self.warnings);
        Ok(FileEnd { last, day_file, is_completed, is_emptied, finding, holes, warnings })
    }

    /// Warns of an end that is left as it is.
    fn warn_left(&mut self, what: &str, error: &io::Error) {
        self.in_order = false;
        let path = self.directory.path().join(self.name.to_string());
        self.warnings.push(format!("{what} {}: {error}", path.display()));
    }

    /// Quarantines what is behind lost records; returns whether it is left as it is.
    fn cut_behind_a_hole(&mut self, synced: Option<&Synced>) -> io::Result<bool> {
        let Some(behind) = behind_a_hole(&*self.file, self.name, synced)? else {
            return Ok(false);
        };
        self.finding.torn_bytes = self.len - behind.from;
        if let Err(error) = self.quarantine(behind.from..self.len) {
            self.finding.torn_bytes = 0;
            self.holes = behind.holes;
            self.warn_left("could not quarantine what is behind lost records in", &error);
            return Ok(true);
        }
        (self.len, self.finding.strays) = (behind.from, behind.strays);
        Ok(false)
    }

    /// Moves the rest of the file to the quarantine.
    fn quarantine(&mut self, rest: Range<u64>) -> io::Result<()> {
        let name = format!("{}.{}", self.name, rest.start);
        if is_quarantined(self.directory, &name, &*self.file, rest.clone())? {
            // The last time only the cut has failed.
            self.finding.torn_bytes = 0;
        } else {
            let mut contents = RangeReader::new(&*self.file, rest.clone());
            self.finding.kept_in = Some(self.directory.quarantine(Folder::Torn, &name, &mut contents)?);
            self.finding.torn_sha256 = Some(contents.sha256());
        }
        // The cut is synced: otherwise what is written next could be in front of the old rest after
        // a loss of power.
        self.file.cut(rest.start)?;
        self.file.syncer()?()
    }
}

/// Returns the missing rest of a torn line, if it is the beginning of the pending line with this
/// number, and the stamp of that line.
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

/// Returns whether exactly this range of a file is in the quarantine under that name.
fn is_quarantined(
    directory: &dyn Directory,
    name: &str,
    file: &dyn LogFile,
    range: Range<u64>,
) -> io::Result<bool> {
    if !directory.names(Folder::Torn)?.iter().any(|there| there == name) {
        return Ok(false);
    }
    is_copy(file, range, &*directory.open_to_read(Folder::Torn, name)?)
}
