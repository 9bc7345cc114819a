//! Reading on in the day files of one directory.

use super::file::{FollowedFile, Opened};
use super::known::{Is, Known};
use super::said::Said;
use crate::journal::storage::layout::DayFileName;
use crate::read::query::{LONGEST_LINE, Match, OneLine, Search};
use crate::read::{Trouble, TroubleKind};
use crate::record::Stamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A last line that has no end for so long is torn.
const TORN: Duration = Duration::from_secs(10);

/// The day files of one directory, and how far they were read.
#[derive(Debug)]
pub(super) struct Reading {
    search: Arc<Search>,
    /// The journal's id, or the directory's path where that is not known.
    pub(super) journal: Arc<str>,
    pub(super) files: BTreeMap<DayFileName, FollowedFile>,
    /// Files that may have lines which were not read.
    pub(super) unread: BTreeSet<DayFileName>,
    /// Files that have a record ready, by its number.
    ready: BTreeSet<(Option<u64>, DayFileName)>,
    /// The file that is being read.
    opened: Option<Opened>,
    pub(super) known: Known,
    pub(super) troubles: VecDeque<Trouble>,
    pub(super) said: Said,
    one_line: OneLine,
}

impl Reading {
    pub(super) fn new(search: Arc<Search>, journal: Arc<str>) -> Reading {
        Reading {
            search,
            journal,
            files: BTreeMap::new(),
            unread: BTreeSet::new(),
            ready: BTreeSet::new(),
            opened: None,
            known: Known::default(),
            troubles: VecDeque::new(),
            said: Said::default(),
            one_line: OneLine::default(),
        }
    }

    /// Returns the next record with a number before this one, if there is one, or the next trouble; `None` if there is
    /// none yet.
    pub(super) fn next(&mut self, before: Option<u64>) -> Option<Result<Match, Trouble>> {
        loop {
            if let Some(trouble) = self.troubles.pop_front() {
                return Some(Err(trouble));
            }
            if let Some(name) = self.unread.first().copied() {
                self.read_on(name);
                continue;
            }
            let is_before = |seq: Option<u64>| before.is_none() || seq < before;
            let (seq, name) = self.ready.first().copied().filter(|(seq, _)| is_before(*seq))?;
            self.ready.pop_first();
            self.unread.insert(name);
            let Some(found) = self.files.get_mut(&name).and_then(|file| file.held.take()) else {
                continue;
            };
            let Some(seq) = seq else {
                return Some(Ok(found));
            };
            // Another file may have had it meanwhile.
            match self.known.of(seq, found.line()) {
                Is::Known => {}
                Is::New => {
                    self.known.add_line(seq, found.line());
                    return Some(Ok(found));
                }
                Is::Another => {
                    self.known.add_line(seq, found.line());
                    let trouble = Trouble {
                        path: found.path().to_owned(),
                        line: found.line_number().ok(),
                        byte: Some(found.byte()),
                        kind: TroubleKind::Another { seq },
                    };
                    self.troubles.push_back(trouble);
                    return Some(Ok(found));
                }
            }
        }
    }

    /// Begins with nothing known: another log has taken the place of the one that was read.
    pub(super) fn begin_anew(&mut self) {
        self.known = Known::default();
    }

    /// Reads on in a file, up to its next record.
    fn read_on(&mut self, name: DayFileName) {
        let Some(file) = self.files.get_mut(&name).filter(|file| file.held.is_none()) else {
            self.unread.remove(&name);
            return;
        };
        if self.opened.as_ref().is_none_or(|opened| opened.name != name) {
            match file.open() {
                Ok((opened, trouble)) => {
                    file.error = None;
                    self.opened = Some(opened);
                    self.troubles.extend(trouble);
                }
                Err(error) => {
                    self.unread.remove(&name);
                    self.unreadable(name, error);
                    return;
                }
            }
        }
        match self.read_lines(name) {
            Ok(true) => {}
            Ok(false) => {
                self.unread.remove(&name);
            }
            Err(error) => {
                (self.opened, _) = (None, self.unread.remove(&name));
                self.unreadable(name, error);
            }
        }
    }

    /// Says that a file can't be read, once. That it is gone is no trouble: the log says what became of it.
    fn unreadable(&mut self, name: DayFileName, error: io::Error) {
        let Some(file) = self.files.get_mut(&name) else {
            return;
        };
        file.forget_seen();
        if error.kind() != io::ErrorKind::NotFound
            && file.error.replace(error.to_string()) != Some(error.to_string())
        {
            self.troubles.push_back(Trouble::of(&file.path, TroubleKind::Unreadable(error)));
        }
    }

    /// Reads lines up to the next record, or the next trouble. Returns whether there may be more.
    fn read_lines(&mut self, name: DayFileName) -> io::Result<bool> {
        let (Some(file), Some(opened)) = (self.files.get_mut(&name), &mut self.opened) else {
            return Ok(false);
        };
        loop {
            let byte = file.offset;
            let Some(line) = opened.reader.next(&opened.file)? else {
                self.troubles.extend(file.bad.take());
                file.pause(&opened.reader, &opened.file)?;
                self.opened = None;
                return Ok(false);
            };
            // The rest of a line that is too long stands before this one.
            let byte = if line.is_too_long { byte } else { line.end - line.bytes.len() as u64 };
            let text = line.text();
            let seq = match Stamp::at_the_ends(text) {
                _ if line.is_too_long => None,
                Ok(stamp) => Some(stamp.seq),
                Err(_) => None,
            };
            let is = seq.map(|seq| self.known.of(seq, text));
            if is == Some(Is::Known) {
                file.next_seq = seq.and_then(|seq| seq.checked_add(1));
                self.troubles.extend(file.bad.take());
                file.pass(line.bytes, line.end, false);
                continue;
            }
            if is == Some(Is::Another) && byte == 0 {
                self.known = Known::default();
                self.troubles.push_back(Trouble::of(&file.path, TroubleKind::AnotherLog));
            }
            let kind = if line.is_too_long {
                Some(TroubleKind::TooLong { at_most: LONGEST_LINE as u64 })
            } else {
                None
            };
            let looked = if kind.is_none() { Some(self.one_line.search(text, &self.search)) } else { None };
            let (hit, fault) = looked.map_or((None, None), |looked| (looked.hit, looked.fault));
            let kind = kind.or_else(|| fault.and_then(|fault| self.said.kind(name, fault)));
            // A line that is no record has no number, whatever it looks like.
            let seq = seq.filter(|_| !matches!(kind, Some(TroubleKind::NotARecord { .. })));
            let trouble = kind.map(|kind| file.trouble(byte, kind));
            let line_number = file.lines.map(|lines| lines + 1);
            // Of a record that is another one, more need not be said.
            let jump = seq.and_then(|seq| jump(file, seq)).filter(|_| is != Some(Is::Another));
            let jump = jump.map(|kind| file.trouble(byte, kind));
            let found =
                hit.map(|(seq, ts)| Match::of_followed(&file.day_file, byte, line_number, text, seq, ts));
            file.pass(line.bytes, line.end, line.is_too_long);
            if let Some(trouble) = trouble {
                if !file.bad.as_mut().is_some_and(|bad| goes_on(bad, &trouble)) {
                    self.troubles.extend(file.bad.replace(trouble));
                }
            } else {
                self.troubles.extend(file.bad.take());
            }
            self.troubles.extend(jump);
            match found {
                Some(found) => {
                    self.troubles.extend(file.bad.take());
                    self.ready.insert((found.seq(), name));
                    file.held = Some(found);
                    self.unread.remove(&name);
                    return Ok(true);
                }
                None => {
                    if let Some(seq) = seq {
                        self.known.add_line(seq, text);
                    }
                }
            }
            if !self.troubles.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Says which last lines have had no end for long.
    pub(super) fn say_torn(&mut self) {
        let newest = self.files.keys().next_back().copied();
        for file in self.files.values_mut() {
            let Some((byte, _)) = file.torn.filter(|(_, since)| since.elapsed() > TORN) else {
                continue;
            };
            if !std::mem::replace(&mut file.is_torn_said, true) {
                let len = file.path.symlink_metadata().map_or(byte, |metadata| metadata.len());
                let is_newest = Some(file.name) == newest;
                let kind = TroubleKind::Torn { bytes: len.saturating_sub(byte), is_newest };
                self.troubles.push_back(file.trouble(byte, kind));
            }
        }
    }
}

/// Returns what is to be said of a number that does not follow the one before.
fn jump(file: &mut FollowedFile, seq: u64) -> Option<TroubleKind> {
    let expected = file.next_seq;
    if expected.is_none_or(|expected| expected == seq) {
        file.next_seq = seq.checked_add(1);
        return None;
    }
    if file.skipped_seq == Some(seq) {
        // The line before was the one that does not belong here.
        (file.next_seq, file.skipped_seq) = (seq.checked_add(1), None);
        return None;
    }
    file.skipped_seq = expected;
    file.next_seq = seq.checked_add(1);
    Some(TroubleKind::OutOfOrder { seq, expected: expected? })
}

/// Returns whether a faulty line is one more of those that stand before it, and counts it there.
fn goes_on(bad: &mut Trouble, next: &Trouble) -> bool {
    let (Some(line), Some(next_line)) = (bad.line, next.line) else {
        return false;
    };
    match (&mut bad.kind, &next.kind) {
        (TroubleKind::NotARecord { lines, .. }, TroubleKind::NotARecord { .. })
        | (TroubleKind::Altered { lines, .. }, TroubleKind::Altered { .. })
            if line + *lines == next_line =>
        {
            *lines += 1;
            true
        }
        _ => false,
    }
}
