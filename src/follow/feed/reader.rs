//! The feed: reads the lines of the day files in the order of their numbers.
//!
//! The feed knows the number of the next record and searches the files for it as they are: a file may have
//! been rescued into a further one, quarantined, or removed. Of several files with a number the newest one
//! counts, since its copy was synced last. The files are listed again when one has begun since, and when a
//! number is in none of them. A mirror's feed continues behind a number that is in no file for a second; a
//! record of the log has the reason (`log.file_lost`, `log.pruned`). Another one leaves that to its owner.

use super::files::{KnownFiles, Newest, Search};
use super::sink::LineSink;
use crate::journal::{DayFileName, LineReader, LogFile, OwnRuns, Subscription};
use crate::record::Stamp;
use crate::report::Level;
use std::io;
use std::time::{Duration, Instant};

/// How long the feed searches for a number that is in no file.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a feed does when a number is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnMissing {
    /// It continues behind the missing numbers after a second, with a warning.
    PassOver,
    /// It waits until its owner says where to continue: see [`Feed::pass_to`].
    Wait,
}

/// A number that is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) seq: u64,
    /// The begin of the search.
    pub(crate) since: Instant,
    /// The lowest number behind it that is in a file, as far as that is known.
    pub(crate) behind: Option<u64>,
}

/// The position in a journal, and the open day file.
#[derive(Debug)]
pub(crate) struct Feed {
    next_seq: u64,
    /// Its position according to the cursor, until that is checked.
    position: Option<(DayFileName, u64)>,
    on_missing: OnMissing,
    files: KnownFiles,
    open: Option<OpenFile>,
    /// The lines of the open file.
    lines: LineReader,
    missing: Option<Missing>,
}

#[derive(Debug)]
struct OpenFile {
    name: DayFileName,
    file: Box<dyn LogFile>,
    /// The number for which the file is read from its beginning.
    sought: Option<u64>,
    /// The number from which on another file has the lines.
    until: Option<u64>,
    /// Which of its lines are the journal's, once that was in question.
    own: Option<OwnRuns>,
}

/// The reason why reading a file ended.
enum End {
    /// The sink is full, or the next record is not to be read yet.
    Enough,
    /// The next record is in another file.
    Elsewhere,
    /// The next record is not here; the next line, if there is one, has this number.
    Without(Option<u64>),
}

impl Feed {
    /// Creates a feed that continues with a number. That may be found at this offset of a file.
    pub(crate) fn new(next_seq: u64, position: Option<(DayFileName, u64)>, on_missing: OnMissing) -> Feed {
        let (files, lines) = (KnownFiles::default(), LineReader::default());
        Feed { next_seq, position, on_missing, files, open: None, lines, missing: None }
    }

    /// Returns the number of the next record.
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Returns the number of the next record, if the last [`read`](Feed::read) has found it in no file.
    pub(crate) fn missing(&self) -> Option<Missing> {
        self.missing.filter(|missing| missing.seq == self.next_seq)
    }

    /// Continues with this number, and passes over those before it.
    pub(crate) fn pass_to(&mut self, seq: u64) {
        if seq > self.next_seq {
            (self.next_seq, self.missing) = (seq, None);
        }
    }

    /// Reads lines of records before number `upto`, which must all be on disk. It may read fewer than there
    /// are: a record that is not found is searched for again later.
    pub(crate) fn read(
        &mut self,
        journal: &Subscription,
        upto: u64,
        sink: &mut impl LineSink,
    ) -> io::Result<()> {
        let mut search = Search::default();
        // Whether the files were listed since the call began.
        let mut is_listed = false;
        while self.next_seq < upto && !sink.is_full() {
            if self.files.are_outdated(journal) {
                self.files.renew(journal)?;
                is_listed = true;
                self.check_open(journal)?;
            }
            if self.open.is_none() {
                let is_found = self.find(journal, search.of(self.next_seq))?;
                if !is_found && !std::mem::replace(&mut is_listed, true) {
                    // A file may have been moved or added by another program.
                    self.files.renew(journal)?;
                    continue;
                }
                if !is_found && !self.is_missing(journal, search.of(self.next_seq).behind, upto) {
                    return Ok(());
                }
                if !is_found {
                    continue;
                }
            }
            match self.read_open(journal, upto, sink)? {
                End::Enough => {}
                // The file stays open: the next record is in it, as a rule.
                End::Without(None) if self.next_seq >= upto => {}
                End::Elsewhere => self.open = None,
                End::Without(seq) => {
                    let open = self.open.take();
                    // Otherwise it may be before the part that was read: the file may have been edited.
                    if let Some(open) = open.filter(|open| open.sought == Some(self.next_seq)) {
                        let search = search.of(self.next_seq);
                        search.without.push(open.name);
                        search.saw(seq);
                    }
                }
            }
        }
        Ok(())
    }

    /// Closes the open file if another one has the next record now.
    fn check_open(&mut self, journal: &Subscription) -> io::Result<()> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let mut search = Search { seq: self.next_seq, ..Search::default() };
        match self.files.newest_with(journal, &mut search)? {
            Some(newest) if newest.name == open.name => {
                let identity = newest.file.identity()?;
                if identity.is_some() && identity == open.file.identity()? {
                    open.until = newest.until;
                    self.open = Some(open);
                }
            }
            Some(_) => {}
            // It is not in the directory any more.
            None => {
                open.until = None;
                self.open = Some(open);
            }
        }
        Ok(())
    }

    /// Opens the file that contains the next record; returns whether there is one.
    fn find(&mut self, journal: &Subscription, search: &mut Search) -> io::Result<bool> {
        let Some(Newest { name, file, until }) = self.files.newest_with(journal, search)? else {
            return Ok(false);
        };
        let position = self.position.take().filter(|(at, _)| *at == name);
        let offset = match position {
            Some((_, offset)) if self.is_at(&*file, offset)? => Some(offset),
            _ => None,
        };
        self.lines.restart(offset.unwrap_or(0));
        let sought = if offset.is_some() { None } else { Some(self.next_seq) };
        self.open = Some(OpenFile { name, file, sought, until, own: None });
        Ok(true)
    }

    /// Returns whether the next record is at an offset of a file.
    fn is_at(&mut self, file: &dyn LogFile, offset: u64) -> io::Result<bool> {
        self.lines.restart(offset);
        let first = self.lines.next(file)?.and_then(|line| line.stamp());
        Ok(first.is_some_and(|stamp| stamp.seq == self.next_seq))
    }

    /// Takes note that the next number is in no file, and skips it, once the search has taken long enough, if
    /// the feed does that. Returns whether it has.
    fn is_missing(&mut self, journal: &Subscription, behind: Option<u64>, upto: u64) -> bool {
        if behind.is_none() && self.on_missing == OnMissing::PassOver {
            // There is nowhere to continue.
            return false;
        }
        let since = self.missing.filter(|missing| missing.seq == self.next_seq).map(|missing| missing.since);
        let missing = Missing { seq: self.next_seq, since: since.unwrap_or_else(Instant::now), behind };
        self.missing = Some(missing);
        let Some(behind) = behind.filter(|_| self.on_missing == OnMissing::PassOver) else {
            return false;
        };
        if missing.since.elapsed() < PATIENCE {
            return false;
        }
        let seq = behind.min(upto);
        journal.reports().post(Level::Warn, || {
            let (path, first) = (journal.path().display(), missing.seq);
            format!("records {first} to {} are missing in {path}; mirrors skip them", seq - 1)
        });
        (self.next_seq, self.missing) = (seq, None);
        true
    }

    /// Continues reading the open file.
    fn read_open(&mut self, journal: &Subscription, upto: u64, sink: &mut impl LineSink) -> io::Result<End> {
        let Some(open) = &mut self.open else {
            return Ok(End::Enough);
        };
        let until = open.until.unwrap_or(u64::MAX);
        if self.next_seq >= until {
            return Ok(End::Elsewhere);
        }
        while let Some(line) = self.lines.next(&*open.file)? {
            // Other lines are those of another program, or of the original product.
            if !line.is_too_long
                && let Ok(stamp) = Stamp::at_the_ends(line.text())
                && stamp.seq >= self.next_seq
            {
                if self.next_seq >= upto || sink.is_full() {
                    // The line is read again later, as it is then.
                    let start = line.end - line.bytes.len() as u64;
                    self.lines.restart(start);
                    return Ok(End::Enough);
                }
                if stamp.seq > self.next_seq {
                    let start = line.end - line.bytes.len() as u64;
                    let own = match open.own.take().filter(|own| start < own.end()) {
                        Some(own) => open.own.insert(own),
                        None => open.own.insert(journal.own_runs(&*open.file)?),
                    };
                    if own.may_be(start, stamp.seq) || own.others == 0 {
                        return Ok(End::Without(Some(stamp.seq)));
                    }
                    // It hides none of those behind it.
                    journal.is_altered(open.name, own);
                    continue;
                }
                sink.push(line.text(), stamp, open.name, line.end);
                self.next_seq += 1;
                if self.next_seq >= until {
                    return Ok(End::Elsewhere);
                }
            }
        }
        Ok(End::Without(None))
    }
}
