//! A section whose lines do not make the signed tree: which of them is to blame.
//!
//! With the leaves that were sealed, that is told line by line. Without them, the numbers tell of lines that
//! are missing, moved or added; a line that is no record is one that was changed; for all others
//! the section is narrowed down by the checkpoints in it.

use super::super::verdict::finding::{Finding, FindingKind};
use super::super::walk::piece::stamp_of;
use super::super::walk::scan::{FileScan, Place};
use super::super::walk::section::{Files, Made, Section};
use super::align::{Item, Wrong, align};
use super::leaves::Leaves;
use super::narrow::narrow;
use super::words::{back, found, gone};
use crate::journal::LineReader;
use crate::journal::storage::layout::leaves_of;
use crate::read::regular_file;
use crate::record::{Record, hex};
use crate::seal::{Cover, Hash, KeyChain, TreeRange, leaf_hash};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

/// What is known besides the lines.
#[derive(Clone, Copy, Debug)]
pub(in crate::read) struct Known<'a> {
    pub(in crate::read) dir: &'a Path,
    pub(in crate::read) files: Files<'a>,
    pub(in crate::read) keys: &'a KeyChain,
    /// Signed roots, each with the size of its tree.
    pub(in crate::read) roots: &'a [(u64, Hash)],
    /// Numbers that some record, which may be forged, names as lost.
    pub(in crate::read) lost: &'a [Range<u64>],
    /// The number before which everything was pruned, as some record says, which may be forged.
    pub(in crate::read) kept_from: u64,
    /// Names of day files that are gone, but have leaves.
    pub(in crate::read) leaves_of: &'a [String],
}

/// Returns the SHA-256 of the first `bytes` bytes of a file, in hex digits; `None` if it is shorter or gone.
pub(in crate::read) fn sha256(path: &Path, bytes: u64) -> io::Result<Option<String>> {
    let file = match regular_file::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (mut sha256, mut left, mut buffer) = (Sha256::new(), bytes, vec![0; 256 * 1024]);
    while left > 0 {
        let len = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match (&file).read(&mut buffer[..len])? {
            0 => return Ok(None),
            read => {
                sha256.update(&buffer[..read]);
                left -= read as u64;
            }
        }
    }
    Ok(Some(hex(&sha256.finalize())))
}

impl Known<'_> {
    /// Returns what is wrong with the lines of a section. If nothing is but that some were pruned before their file
    /// had a seal, the tree at its end is returned, too.
    pub(in crate::read) fn suspect(
        &self,
        section: &Section<'_>,
        made: &Made,
    ) -> io::Result<(Vec<Finding>, Option<TreeRange>)> {
        let files = self.files;
        let last = made.sources.last().map(|source| files.list[source.file].name.clone());
        let sealed = section.seal.map(|seal| &seal.seal);
        let mut names = Vec::from_iter(sealed.map(|seal| seal.file.clone()).or(last));
        if sealed.is_none() {
            names.extend_from_slice(self.leaves_of);
        }
        let seqs_of_leaves = sealed.map_or(section.seqs.clone(), |seal| seal.seqs.clone());
        if let Some(before) = section.before.as_ref().filter(|_| seqs_of_leaves == section.seqs) {
            for name in &names {
                let leaves = Leaves::open(self.dir, name, section.seqs.clone(), before, section.root)?;
                if let Some(mut leaves) = leaves {
                    let findings = self.by_leaves(section, name, &mut leaves)?;
                    let is_whole = findings.iter().all(|finding| finding.kind == FindingKind::Pruned);
                    return Ok((findings, is_whole.then(|| leaves.into_tree())));
                }
            }
        }
        let Some(name) = names.first() else {
            let detail = "no file has any of these records, which the checkpoint is about";
            let finding = Finding::new(FindingKind::Truncated, detail).seqs(section.seqs.clone());
            return Ok((vec![finding], None));
        };
        let Some(file) = files.list.iter().position(|file| file.name == *name) else {
            return Ok((Vec::from_iter(gone(name, made.holes.clone(), section.seqs.clone())), None));
        };
        if let Some(seal) = sealed
            && sha256(&files.list[file].path, seal.bytes)?.as_ref() == Some(&seal.sha256)
        {
            return Ok((self.beside_an_intact_file(made, file, seal.seqs.clone()), None));
        }
        Ok((self.by_numbers(section, made, file)?, None))
    }

    /// The sealed file is as it was: the numbers that it does not have are missing, or other files have
    /// others in their place.
    fn beside_an_intact_file(&self, made: &Made, file: usize, seqs: Range<u64>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for hole in &made.holes {
            // Their seals are missing, which is a finding already.
            let hole = hole.start.max(self.kept_from.min(seqs.start))..hole.end;
            for missing in without(hole, self.lost) {
                let (kind, detail) = if missing.start < seqs.start {
                    (FindingKind::FileMissing, "a day file with these records and its seal are gone")
                } else {
                    (FindingKind::Missing, "no file has these records")
                };
                findings.push(Finding::new(kind, detail).seqs(missing));
            }
        }
        for source in
            made.sources.iter().filter(|source| source.file != file && seqs.contains(&source.seqs.start))
        {
            let detail = "these lines are not those that were sealed, or some of them are not";
            let name = &self.files.list[source.file].name;
            findings.push(Finding::new(FindingKind::Changed, detail).file(name).seqs(source.seqs.clone()));
        }
        findings
    }

    /// Compares each line with the leaf that was sealed.
    fn by_leaves(&self, section: &Section<'_>, name: &str, leaves: &mut Leaves) -> io::Result<Vec<Finding>> {
        let files = self.files;
        let mut findings = Vec::new();
        let mut elsewhere = Vec::<Range<u64>>::new();
        let main = files.list.iter().position(|file| file.name == name);
        let others = (0..files.list.len()).filter(|file| Some(*file) != main);
        let has_part = |scan: &FileScan| {
            scan.runs.iter().any(|run| run.seqs.start < section.seqs.end && section.seqs.start < run.seqs.end)
        };
        let mut wrong = Vec::new();
        for other in others.filter(|file| has_part(&files.scans[*file])) {
            for item in self.items(section, other, leaves)? {
                match item {
                    Item::Own { seqs, .. } => elsewhere.push(seqs),
                    Item::Stranger { claims: Some(seq), place } if section.seqs.contains(&seq) => {
                        wrong.push((other, seq, place));
                    }
                    Item::Stranger { .. } => {}
                }
            }
        }
        let lost = leaves.lost()?;
        let items = main.map(|file| self.items(section, file, leaves)).transpose()?.unwrap_or_default();
        let own = items.iter().filter_map(|item| match item {
            Item::Own { seqs, .. } => Some(seqs.clone()),
            Item::Stranger { .. } => None,
        });
        let pruned = section.seqs.start..self.kept_from.min(section.seqs.end);
        let pruned = without(pruned, &[&elsewhere[..], &lost, &own.collect::<Vec<_>>()].concat());
        if let (Some(first), Some(last)) = (pruned.first(), pruned.last()) {
            let detail = "these were pruned before their file had a seal, as a sealed record says";
            findings.push(Finding::new(FindingKind::Pruned, detail).seqs(first.start..last.end));
            elsewhere.extend(pruned);
        }
        match main {
            None => {
                let missing = without(section.seqs.clone(), &[&elsewhere[..], &lost].concat());
                findings.extend(gone(name, missing, section.seqs.clone()));
            }
            Some(_) => {
                for item in align(&items, leaves.seqs(), &lost) {
                    if matches!(item.kind, FindingKind::Missing | FindingKind::Truncated) {
                        let missing = without(item.seqs.clone(), &elsewhere).into_iter();
                        findings.extend(missing.map(|seqs| found(name, &Wrong { seqs, ..item.clone() })));
                    } else if item.kind != FindingKind::Inserted || !goes_on(section, &item.seqs) {
                        findings.push(found(name, &item));
                    }
                }
            }
        }
        for (other, seq, place) in wrong {
            let is_there = main.is_some()
                && !findings
                    .iter()
                    .any(|finding| finding.seqs.as_ref().is_some_and(|seqs| seqs.contains(&seq)));
            let kind = if is_there { FindingKind::Duplicated } else { FindingKind::Changed };
            let wrong = Wrong { kind, seqs: seq..seq + 1, place: Some(place), lines: 1 };
            findings.push(found(&files.list[other].name, &wrong));
        }
        Ok(findings)
    }

    /// Returns the lines of a file that are those of the leaves, and those that are not. Lines that belong to other
    /// sections are left out: they are compared there.
    fn items(&self, section: &Section<'_>, file: usize, leaves: &mut Leaves) -> io::Result<Vec<Item>> {
        let day_file = &self.files.list[file];
        let opened = regular_file::open(&day_file.path)?;
        let seqs = leaves.seqs();
        let sealed = section.seal.map(|seal| &seal.seal).filter(|seal| seal.file == day_file.name);
        let is_prefix = sealed.is_some_and(|seal| seal.cover != Cover::Whole);
        let (mut lines, mut number, mut byte) = (LineReader::default(), 0, 0);
        let mut items = Vec::<Item>::new();
        while let Some(line) = lines.next(&opened)? {
            number += 1;
            let place = Place { line: number, byte: std::mem::replace(&mut byte, line.end) };
            if line.end > day_file.len {
                break;
            }
            let claims = if line.is_too_long { None } else { stamp_of(line.text()).map(|(seq, _)| seq) };
            if let Some(seq) = claims
                && leaves.get(seq)? == Some(leaf_hash(line.text()))
            {
                match items.last_mut() {
                    Some(Item::Own { seqs, .. }) if seqs.end == seq => seqs.end += 1,
                    _ => items.push(Item::Own { seqs: seq..seq + 1, place }),
                }
                continue;
            }
            let is_before = |seq: u64| seq < seqs.start && self.is_in_long_run(file, seq);
            let has_ended = matches!(items.last(), Some(Item::Own { seqs: own, .. }) if own.end == seqs.end);
            // The file goes on: it is not sealed, or its last lines were written again elsewhere.
            let goes_on = has_ended && (section.seal.is_none() || is_prefix);
            let is_behind = |seq: u64| goes_on && seq >= seqs.end;
            let is_other = claims.map_or(goes_on && is_prefix, |seq| is_before(seq) || is_behind(seq));
            if !is_other {
                items.push(Item::Stranger { claims, place });
            }
        }
        Ok(items)
    }

    /// Returns whether a number stands among others that follow one another.
    fn is_in_long_run(&self, file: usize, seq: u64) -> bool {
        let mut runs = self.files.scans[file].runs.iter();
        runs.any(|run| run.seqs.contains(&seq) && run.seqs.end - run.seqs.start > 1)
    }

    /// Without leaves: what the numbers and the lines themselves tell.
    fn by_numbers(&self, section: &Section<'_>, made: &Made, file: usize) -> io::Result<Vec<Finding>> {
        let day_file = &self.files.list[file];
        let scan = &self.files.scans[file];
        let name = &day_file.name;
        let others = made.sources.iter().filter(|source| source.file != file);
        let elsewhere = others.map(|source| source.seqs.clone()).collect::<Vec<_>>();
        let mut findings = Vec::new();
        for item in align(&numbered(scan, &section.seqs, false), section.seqs.clone(), self.lost) {
            if matches!(item.kind, FindingKind::Missing | FindingKind::Truncated) {
                let missing = without(item.seqs.clone(), &elsewhere).into_iter();
                findings.extend(missing.map(|seqs| found(name, &Wrong { seqs, ..item.clone() })));
            } else {
                findings.push(found(name, &item));
            }
        }
        let is_told = |place: &Place, findings: &[Finding]| {
            findings.iter().any(|finding| finding.is_about(name, place.line))
        };
        for (place, seq) in no_records(&self.files, file)? {
            if !is_told(&place, &findings) {
                let wrong =
                    Wrong { kind: FindingKind::Changed, seqs: seq..seq + 1, place: Some(place), lines: 1 };
                findings.push(found(name, &wrong));
            }
        }
        if findings.is_empty() {
            for (place, seq) in &scan.back {
                findings.push(back(name, *place, *seq));
            }
        }
        if findings.is_empty() {
            let (among, checkpoints) = narrow(self.files, section, made, self.keys, self.roots)?;
            let known = match checkpoints {
                0 => "there is no checkpoint among these lines".to_owned(),
                count => format!("{count} checkpoints among the lines narrow it down to these"),
            };
            let is_lost = |hole: &&Range<u64>| hole.start < among.end && among.start < hole.end;
            let lost = match made.holes.iter().find(is_lost) {
                Some(hole) => format!(
                    ", or the records {} to {}, which are named as lost, were lost after they were sealed",
                    hole.start,
                    hole.end - 1
                ),
                None => String::new(),
            };
            let detail = format!(
                "at least one of these lines is not as it was sealed{lost}. It can't be told which: seal/{} is missing or not genuine, and {known}",
                leaves_of(name)
            );
            let run = scan.runs.iter().find(|run| run.seqs.contains(&among.start));
            let mut finding = Finding::new(FindingKind::Changed, detail).file(name).seqs(among.clone());
            if let Some(index) = run.and_then(|run| scan.runs.iter().position(|other| other.line == run.line))
                && let Some(line) = self.files.lines(file, index, among)?.next()?
            {
                finding = finding.at(line.place.line, line.place.byte).lines(0);
            }
            findings.push(finding);
        }
        Ok(findings)
    }
}

/// Returns whether a line belongs to what is behind a section in its file: the unsealed end, or lines that were
/// written again elsewhere.
fn goes_on(section: &Section<'_>, seqs: &Range<u64>) -> bool {
    let is_prefix = section.seal.is_none_or(|seal| seal.seal.cover != Cover::Whole);
    is_prefix && !seqs.is_empty() && seqs.start >= section.seqs.end
}

/// Returns the lines of a file that its numbers make out to be its own, and the others. `is_genuine`: the tree
/// has all these lines, whatever their order.
pub(in crate::read) fn numbered(scan: &FileScan, seqs: &Range<u64>, is_genuine: bool) -> Vec<Item> {
    let mut items = Vec::new();
    let mut next = seqs.start;
    for (at, run) in scan.runs.iter().enumerate() {
        let place = Place { line: run.line, byte: run.bytes.start };
        let (start, end) = (run.seqs.start.max(seqs.start), run.seqs.end.min(seqs.end));
        let behind = scan.runs.get(at + 1).map(|run| run.seqs.start);
        let is_single = run.seqs.end - run.seqs.start <= 1;
        // A single line with a wrong number in the place of the one that comes next.
        let stands_for_another =
            !is_genuine && is_single && run.seqs.start != next && behind == next.checked_add(1);
        if is_single && start >= end || stands_for_another {
            items.push(Item::Stranger { claims: Some(run.seqs.start), place });
        } else if start < end {
            // The lines before belong to another section.
            let skipped = start - run.seqs.start;
            let place =
                if skipped == 0 { place } else { Place { line: run.line + skipped, byte: run.bytes.start } };
            items.push(Item::Own { seqs: start..end, place });
            next = end;
        }
    }
    items.extend(scan.foreign.iter().map(|place| Item::Stranger { claims: None, place: *place }));
    items.sort_by_key(|item| match item {
        Item::Own { place, .. } | Item::Stranger { place, .. } => place.line,
    });
    items
}

/// Returns the numbered lines of a file that are no records.
fn no_records(files: &Files<'_>, file: usize) -> io::Result<Vec<(Place, u64)>> {
    let mut found = Vec::new();
    for (at, run) in files.scans[file].runs.iter().enumerate() {
        let mut lines = files.lines(file, at, run.seqs.clone())?;
        while let Some(line) = lines.next()? {
            if found.len() < 1000 && Record::from_newer_line(line.text).is_err() {
                found.push((line.place, line.seq));
            }
        }
    }
    Ok(found)
}

/// Returns what of a range is in none of the others.
pub(in crate::read) fn without(seqs: Range<u64>, others: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut others = others.to_vec();
    others.sort_by_key(|range| range.start);
    let (mut left, mut start) = (Vec::new(), seqs.start);
    for other in others.iter().filter(|other| other.start < seqs.end && other.end > seqs.start) {
        if other.start > start {
            left.push(start..other.start);
        }
        start = start.max(other.end);
    }
    if start < seqs.end {
        left.push(start..seqs.end);
    }
    left
}
