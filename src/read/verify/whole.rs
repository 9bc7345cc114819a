//! Files as a whole: the order of their lines, bytes that are no lines of the log, files from the time
//! before the log was sealed.

use super::evidence::chain::SealFile;
use super::evidence::keys::SEAL;
use super::locate::align::align;
use super::locate::suspect::{numbered, sha256};
use super::locate::words::{back, found};
use super::tail::YOUNG;
use super::verdict::finding::{Finding, FindingKind};
use super::verdict::findings::Findings;
use super::walk::control::{Control, Said};
use super::walk::piece::Run;
use super::walk::scan::{FileScan, Place};
use super::walk::section::Files;
use crate::journal::storage::layout::seal_of;
use crate::seal::Cover;
use std::io;
use std::ops::Range;
use std::time::SystemTime;

/// What is known of the files.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) files: Files<'a>,
    pub(super) seals: &'a [SealFile],
    /// What sealed records say.
    pub(super) controls: &'a [&'a Control],
    /// Numbers that were sealed as lost.
    pub(super) lost: &'a [Range<u64>],
    pub(super) now: SystemTime,
}

/// Checks all files but those in `bad`, which have findings already.
pub(super) fn check(context: &Context<'_>, bad: &[usize], findings: &mut Findings) -> io::Result<()> {
    let newest = newest(context);
    for file in 0..context.files.list.len() {
        let scan = &context.files.scans[file];
        if scan.records() == 0 && scan.original_lines > 0 && scan.foreign_lines == 0 {
            context.original(file, findings)?;
            continue;
        }
        let last = scan.runs.iter().map(|run| run.seqs.end).max().unwrap_or(0);
        if scan.records() > 0 && last <= context.files.plan.base {
            context.before_sealing(file, findings)?;
        }
        if bad.contains(&file) {
            context.torn(file, newest == Some(file), findings);
            continue;
        }
        match context.seals.iter().find(|seal| seal.seal.file == context.name(file)) {
            Some(seal) => context.sealed(file, seal, findings)?,
            None => context.unsealed(file, newest, findings),
        }
        // Lines that were moved or added are no further findings for their times.
        if !findings.has_in(context.name(file)) {
            findings.extend(scan.back.iter().map(|(place, seq)| back(context.name(file), *place, *seq)));
        }
    }
    Ok(())
}

/// Returns the file with the greatest number.
fn newest(context: &Context<'_>) -> Option<usize> {
    let ends = context.files.scans.iter().enumerate().filter_map(|(file, scan)| {
        let end = scan.runs.iter().filter(|run| is_long(run)).map(|run| run.seqs.end).max();
        Some((end.or(scan.runs.last().map(|run| run.seqs.end))?, file))
    });
    ends.max().map(|(_, file)| file)
}

/// Returns whether a run is more than a line that may have been forged.
fn is_long(run: &Run) -> bool {
    run.seqs.end - run.seqs.start > 1
}

/// Returns the number at which a file begins, or `start` if that is smaller.
fn begin(scan: &FileScan, start: u64) -> u64 {
    scan.runs.iter().filter(|run| is_long(run)).map(|run| run.seqs.start).min().unwrap_or(start).min(start)
}

impl Context<'_> {
    fn name(&self, file: usize) -> &str {
        &self.files.list[file].name
    }

    fn is_told(&self, file: usize, place: Place, findings: &Findings) -> bool {
        findings.has_told(self.name(file), place.line)
    }

    fn original(&self, file: usize, findings: &mut Findings) -> io::Result<()> {
        let lines = self.files.scans[file].original_lines;
        let detail =
            format!("{lines} lines without numbers, of the product that this crate replaces: not sealed");
        self.frozen(file, Finding::new(FindingKind::Original, detail), findings)
    }

    fn before_sealing(&self, file: usize, findings: &mut Findings) -> io::Result<()> {
        let detail = "the file is older than the seals: not sealed";
        self.frozen(file, Finding::new(FindingKind::BeforeSealing, detail), findings)
    }

    /// A file from the time before the log was sealed: a record may have its hash.
    fn frozen(&self, file: usize, note: Finding, findings: &mut Findings) -> io::Result<()> {
        let name = self.name(file);
        let adopted = self.controls.iter().rev().find_map(|control| match &control.said {
            Said::Adopted { file, bytes, sha256 } if file == name => Some((*bytes, sha256, control.seq)),
            _ => None,
        });
        let finding = match adopted {
            None => note,
            Some((bytes, hash, seq)) => {
                let day_file = &self.files.list[file];
                if day_file.len == bytes && sha256(&day_file.path, bytes)?.as_ref() == Some(hash) {
                    let detail = format!("not sealed, and unchanged since record {seq}");
                    Finding::new(FindingKind::Adopted, detail)
                } else {
                    let detail =
                        format!("the file is not as it was when sealing began: record {seq} has its SHA-256");
                    Finding::new(FindingKind::FileChanged, detail)
                }
            }
        };
        findings.add(finding.file(name));
        Ok(())
    }

    /// A file with a seal, all lines of which are there. Its bytes are what was sealed if it has nothing else.
    fn sealed(&self, file: usize, seal: &SealFile, findings: &mut Findings) -> io::Result<()> {
        let (day_file, scan, seal) = (&self.files.list[file], &self.files.scans[file], &seal.seal);
        if scan.is_regular() && day_file.len == seal.bytes {
            return Ok(());
        }
        let name = self.name(file);
        let is_intact = sha256(&day_file.path, seal.bytes)?.as_ref() == Some(&seal.sha256);
        let mut wrong = Vec::new();
        if is_intact {
            if scan.foreign.iter().any(|place| place.byte < seal.bytes) {
                let detail = "lines that are no records were there when the file was sealed";
                findings.add(Finding::new(FindingKind::SetAside, detail).file(name));
            }
        } else {
            let expected = begin(scan, seal.seqs.start)..seal.seqs.end;
            wrong = align(&numbered(scan, &expected, true), expected, self.lost);
            findings.extend(wrong.iter().map(|wrong| found(name, wrong)));
        }
        if is_intact && day_file.len > seal.bytes {
            match &seal.cover {
                Cover::Whole => self.added(file, seal.bytes, findings),
                Cover::Prefix { superseded_by } => {
                    let other = superseded_by.as_deref().unwrap_or("no other file");
                    let bytes = day_file.len - seal.bytes;
                    let detail = format!(
                        "the last {bytes} bytes could not be synced, and were written again to {other}"
                    );
                    findings.add(Finding::new(FindingKind::SetAside, detail).file(name));
                }
            }
        } else if !is_intact && wrong.is_empty() {
            let detail = if day_file.len != seal.bytes {
                format!("the file has {} bytes; {} were sealed", day_file.len, seal.bytes)
            } else {
                "the file's SHA-256 is not the one that was sealed".to_owned()
            };
            findings.add(Finding::new(FindingKind::FileChanged, detail).file(name));
        }
        Ok(())
    }

    /// The lines behind those that were sealed with a file.
    fn added(&self, file: usize, bytes: u64, findings: &mut Findings) {
        let scan = &self.files.scans[file];
        let name = self.name(file);
        let detail = "the file was sealed before this line was added to it";
        for run in scan.runs.iter().filter(|run| run.bytes.end > bytes) {
            // A run that goes on from sealed lines has no place of its own.
            let is_whole = run.bytes.start >= bytes;
            let seqs = if is_whole { run.seqs.clone() } else { run.seqs.end - 1..run.seqs.end };
            let place = Place { line: run.line, byte: run.bytes.start };
            if !is_whole || !self.is_told(file, place, findings) {
                let is_again = |other: &&Run| other.bytes.start < bytes && other.seqs.contains(&seqs.start);
                let finding = if is_whole && scan.runs.iter().any(|other| is_again(&other)) {
                    let detail =
                        "the number is there before, and the file was sealed before this line was added";
                    Finding::new(FindingKind::Duplicated, detail)
                } else {
                    Finding::new(FindingKind::Inserted, detail)
                };
                let finding = finding.file(name).seqs(seqs);
                findings.add(if is_whole { finding.at(place.line, place.byte) } else { finding });
            }
        }
        for place in scan.foreign.iter().filter(|place| place.byte >= bytes) {
            if !self.is_told(file, *place, findings) {
                findings
                    .add(Finding::new(FindingKind::Inserted, detail).file(name).at(place.line, place.byte));
            }
        }
        self.torn(file, false, findings);
    }

    fn unsealed(&self, file: usize, newest: Option<usize>, findings: &mut Findings) {
        let scan = &self.files.scans[file];
        let name = self.name(file);
        let is_newest = newest == Some(file);
        let last_sealed = self.seals.last().map_or(self.files.plan.base, |seal| seal.seal.seqs.end);
        if !scan.is_in_order() {
            let ends = scan.runs.iter().filter(|run| is_long(run)).map(|run| run.seqs.end);
            let end = ends.max().unwrap_or(0).max(self.files.plan.end);
            let own =
                scan.runs.iter().map(|run| run.seqs.start).filter(|start| (last_sealed..end).contains(start));
            let start = begin(scan, own.min().unwrap_or(end));
            let wrong = align(&numbered(scan, &(start..end), true), start..end, self.lost);
            let in_order = |kind| matches!(kind, FindingKind::Missing | FindingKind::Truncated);
            findings
                .extend(wrong.iter().filter(|wrong| !in_order(wrong.kind)).map(|wrong| found(name, wrong)));
        }
        self.foreign(file, findings);
        self.torn(file, is_newest, findings);
        let end = self.files.plan.end;
        let is_sealed = |scan: &FileScan| scan.runs.iter().any(|run| run.seqs.start < end);
        let has_own = scan.runs.iter().any(|run| run.seqs.end > last_sealed && run.seqs.start < end);
        if let (true, Some(newest)) = (has_own && !is_newest && end > self.files.plan.base, newest) {
            let of_newest = &self.files.scans[newest].runs;
            // Its lines were written again there, or nothing behind them is sealed.
            let begins = of_newest.iter().map(|run| run.seqs.start).min().unwrap_or(0);
            let is_ended = is_sealed(&self.files.scans[newest]);
            let seal = format!("{SEAL}/{}", seal_of(name));
            if is_ended
                && !findings.has_in(&seal)
                && scan.runs.iter().any(|run| run.seqs.end > last_sealed && run.seqs.start < begins)
            {
                let detail = "the file has ended, and its seal is not there";
                findings.add(Finding::new(FindingKind::FileUnsealed, detail).file(name));
            }
        }
    }

    /// The lines of an unsealed file that are no records.
    fn foreign(&self, file: usize, findings: &mut Findings) {
        let scan = &self.files.scans[file];
        let name = self.name(file);
        let is_known = self
            .controls
            .iter()
            .any(|control| matches!(&control.said, Said::Altered { file } if file == name));
        if is_known && scan.foreign_lines > 0 {
            let detail =
                format!("{} lines are no records, as the log itself has recorded", scan.foreign_lines);
            findings.add(Finding::new(FindingKind::SetAside, detail).file(name));
            return;
        }
        for place in scan.foreign.iter().chain(&scan.original) {
            if !self.is_told(file, *place, findings) {
                let sealed = scan.runs.iter().filter(|run| run.seqs.start < self.files.plan.end);
                let (kind, detail) = if sealed.map(|run| run.bytes.start).any(|byte| byte > place.byte) {
                    (FindingKind::Inserted, "the line was added later: it is not a record")
                } else {
                    (FindingKind::ForeignLine, "the line is not a record that the log writes")
                };
                let finding = Finding::new(kind, detail).file(name);
                findings.add(finding.at(place.line, place.byte));
            }
        }
    }

    /// The bytes at the end of a file that are no whole line. While the newest one is written, that is
    /// nothing.
    fn torn(&self, file: usize, is_newest: bool, findings: &mut Findings) {
        let scan = &self.files.scans[file];
        if scan.torn == 0 {
            return;
        }
        let modified = self.files.list[file].path.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().map(|modified| self.now.duration_since(modified).unwrap_or_default());
        if is_newest && age.is_some_and(|age| age <= YOUNG) {
            return;
        }
        let detail = format!("the last {} bytes are not a whole line", scan.torn);
        let finding = Finding::new(FindingKind::Torn, detail).file(self.name(file));
        findings.add(finding.at(scan.lines + 1, scan.bytes.saturating_sub(scan.torn)));
    }
}
