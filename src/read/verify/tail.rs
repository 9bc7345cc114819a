//! The lines behind the newest signed state: they are not sealed.

use super::verdict::finding::{Finding, FindingKind};
use super::verdict::findings::Findings;
use super::walk::piece::{stamp_of, time_of};
use super::walk::scan::Place;
use super::walk::section::{Files, Source};
use crate::record::{Record, Timestamp};
use std::io;
use std::ops::Range;
use std::time::{Duration, SystemTime};

/// Lines that are this much younger than the newest sealed one are not sealed yet.
pub(super) const YOUNG: Duration = Duration::from_secs(10);

/// The end of a log.
#[derive(Debug)]
pub(super) struct Tail<'a> {
    pub(super) files: Files<'a>,
    pub(super) is_strict: bool,
    /// Whether anything is sealed.
    pub(super) is_sealed: bool,
    pub(super) now: SystemTime,
    /// The time of the newest sealed record.
    pub(super) newest: Option<Timestamp>,
}

/// What was found of the lines that follow one another.
#[derive(Default)]
struct Found {
    first: Option<(usize, Place)>,
    seqs: Range<u64>,
    is_young: bool,
    lines: u64,
}

impl Tail<'_> {
    /// Checks the lines that are not sealed. Returns them, in order.
    pub(super) fn check(&self, findings: &mut Findings) -> io::Result<Vec<Source>> {
        let end = self.files.plan.end;
        let mut parts = Vec::new();
        for (file, scan) in self.files.scans.iter().enumerate() {
            for (run, of_run) in scan.runs.iter().enumerate().filter(|(_, run)| run.seqs.end > end) {
                parts.push(Source { file, run, seqs: of_run.seqs.start.max(end)..of_run.seqs.end });
            }
        }
        parts.sort_by_key(|part| (part.seqs.start, std::cmp::Reverse(part.file)));
        let mut sources = Vec::<Source>::new();
        let mut found = Found { is_young: true, ..Found::default() };
        let mut next = if self.is_sealed { end } else { parts.first().map_or(0, |part| part.seqs.start) };
        let mut gap = None;
        for part in parts {
            if part.seqs.end <= next {
                continue;
            }
            let start = part.seqs.start.max(next);
            if part.seqs.start > next {
                let is_single = part.seqs.end - part.seqs.start <= 1;
                if is_single {
                    self.foreign(&part, "its number does not follow those before it", findings)?;
                    continue;
                }
                gap.get_or_insert(next..part.seqs.start);
            }
            let part = Source { seqs: start..part.seqs.end, ..part };
            next = part.seqs.end;
            self.lines(&part, &mut found, findings)?;
            sources.push(part);
        }
        if let (true, Some((file, place))) = (self.is_sealed, found.first) {
            let is_fine = found.is_young && !self.is_strict && gap.is_none();
            let kind = if is_fine { FindingKind::NotYetSealed } else { FindingKind::UnsealedTail };
            let mut detail = format!("{} records from here on are not sealed", found.lines);
            if let Some(gap) = gap {
                detail += &format!("; the records {} to {} among them are missing", gap.start, gap.end - 1);
            }
            let name = &self.files.list[file].name;
            findings.add(Finding::new(kind, detail).file(name).at(place.line, place.byte).seqs(found.seqs));
        }
        Ok(sources)
    }

    /// Adds a line that the log has not written, unless that is told already.
    fn foreign(&self, part: &Source, detail: &str, findings: &mut Findings) -> io::Result<()> {
        let name = &self.files.list[part.file].name;
        let mut lines = self.files.lines(part.file, part.run, part.seqs.clone())?;
        while let Some(line) = lines.next()? {
            let is_told = findings.has_told(name, line.place.line);
            if !is_told {
                let finding = Finding::new(FindingKind::ForeignLine, detail).file(name);
                findings.add(finding.at(line.place.line, line.place.byte).seqs(line.seq..line.seq + 1));
            }
        }
        Ok(())
    }

    fn lines(&self, part: &Source, found: &mut Found, findings: &mut Findings) -> io::Result<()> {
        let run = &self.files.scans[part.file].runs[part.run];
        if self.is_sealed && found.first.is_none() {
            let first =
                self.files.lines(part.file, part.run, part.seqs.clone())?.next()?.map(|line| line.place);
            found.first = first.map(|place| (part.file, place));
            found.seqs = part.seqs.clone();
        }
        found.seqs.end = part.seqs.end;
        found.lines += part.seqs.end - part.seqs.start;
        if !run.has_only_records {
            self.decode(part, found, findings)
        } else if self.is_sealed && found.is_young {
            found.is_young =
                time_of(&run.last_ts).is_some_and(|last| self.is_young(last)) && self.are_young(part)?;
            Ok(())
        } else {
            Ok(())
        }
    }

    /// Decodes lines that are not all records.
    fn decode(&self, part: &Source, found: &mut Found, findings: &mut Findings) -> io::Result<()> {
        let name = &self.files.list[part.file].name;
        let mut lines = self.files.lines(part.file, part.run, part.seqs.clone())?;
        while let Some(line) = lines.next()? {
            match Record::from_newer_line(line.text) {
                Ok(record) => found.is_young &= record.ts.is_some_and(|ts| self.is_young(ts)),
                Err(error) => {
                    let finding = Finding::new(FindingKind::ForeignLine, error.to_string()).file(name);
                    findings.add(finding.at(line.place.line, line.place.byte).seqs(line.seq..line.seq + 1));
                }
            }
        }
        Ok(())
    }

    /// Returns whether all lines of a part are young. It ends with the first one that is not.
    fn are_young(&self, part: &Source) -> io::Result<bool> {
        let mut lines = self.files.lines(part.file, part.run, part.seqs.clone())?;
        while let Some(line) = lines.next()? {
            let ts = stamp_of(line.text).and_then(|(_, ts)| time_of(&ts));
            if !ts.is_some_and(|ts| self.is_young(ts)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_young(&self, ts: Timestamp) -> bool {
        if self.newest.is_some_and(|newest| ts <= newest.saturating_add(YOUNG)) {
            return true;
        }
        let now = Timestamp::from(self.now);
        ts <= now.saturating_add(YOUNG) && now <= ts.saturating_add(YOUNG)
    }
}
