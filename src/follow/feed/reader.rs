//! The feed: reads the lines of the day files in the order of their numbers.
//!
//! The feed knows the number of the next record and searches the files for it as they are now: a
//! file may have been rescued into a further one, quarantined, or removed. A number that is in no
//! file for a second is missing, and the feed continues behind it; a record of the log has the
//! reason (`log.file_lost`, `log.pruned`).

use super::held::{HeldLines, Limits};
use crate::journal::{DayFileName, LineReader, LogFile, OwnRuns, Subscription};
use crate::record::Stamp;
use crate::report::Level;
use std::io;
use std::time::{Duration, Instant};

/// How long the feed searches for a number that is in no file.
const PATIENCE: Duration = Duration::from_secs(1);

/// The position in a journal, and the open day file.
#[derive(Debug)]
pub(crate) struct Feed {
    next_seq: u64,
    /// Its position according to the cursor, until that is checked.
    position: Option<(DayFileName, u64)>,
    open: Option<OpenFile>,
    /// The lines of the open file.
    lines: LineReader,
    /// The number that is in no file, and the begin of the search.
    missing: Option<(u64, Instant)>,
}

#[derive(Debug)]
struct OpenFile {
    name: DayFileName,
    file: Box<dyn LogFile>,
    /// The number for which the file is read from its beginning.
    sought: Option<u64>,
    /// Which of its lines are the journal's, once that was in question.
    own: Option<OwnRuns>,
}

/// The reason why reading a file ended.
enum End {
    /// The limits are reached.
    Enough,
    /// The next record is not here; the next line, if there is one, has this number.
    Without(Option<u64>),
}

/// What is known about the files in which a number is not.
#[derive(Default)]
struct Search {
    seq: u64,
    /// Files that were read from their beginning and do not contain it.
    without: Vec<DayFileName>,
    /// The lowest number behind it that was seen.
    behind: Option<u64>,
}

impl Search {
    /// Returns what is known about a number.
    fn of(&mut self, seq: u64) -> &mut Search {
        if self.seq != seq {
            *self = Search { seq, ..Search::default() };
        }
        self
    }

    fn saw(&mut self, seq: Option<u64>) {
        self.behind = [self.behind, seq].into_iter().flatten().min();
    }
}

impl Feed {
    pub(crate) fn new(next_seq: u64, position: Option<(DayFileName, u64)>) -> Feed {
        Feed { next_seq, position, open: None, lines: LineReader::default(), missing: None }
    }

    /// Returns the number of the next record.
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Reads lines of records before number `upto`. It may read fewer than there are: a record that
    /// is not found is searched for again later.
    pub(crate) fn read(
        &mut self,
        journal: &Subscription,
        upto: u64,
        limits: Limits,
        held: &mut HeldLines,
    ) -> io::Result<()> {
        let mut search = Search::default();
        while self.next_seq < upto && !held.is_full(limits) {
            if self.open.is_none() && !self.find(journal, upto, search.of(self.next_seq))? {
                return Ok(());
            }
            match self.read_open(journal, upto, limits, held)? {
                End::Enough => {}
                // The file stays open: the next record is in it, as a rule.
                End::Without(None) if self.next_seq >= upto => {}
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

    /// Opens the file that may contain the next record, or skips missing records. Returns whether
    /// there is something to read.
    fn find(&mut self, journal: &Subscription, upto: u64, search: &mut Search) -> io::Result<bool> {
        if let Some((name, offset)) = self.position.take()
            && let Some(open) = self.open_at(journal, name, offset)?
        {
            self.open = Some(open);
            return Ok(true);
        }
        // The newest file that contains it: a rescued file is more likely to stay.
        for (first, name) in journal.day_files()?.into_iter().rev() {
            if first > Some(self.next_seq) {
                search.saw(first);
                continue;
            }
            if search.without.contains(&name) {
                continue;
            }
            let file = match journal.open(name) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let last = journal.last_seq(&*file)?;
            // Without a number at either end, it is a file of the original product.
            if last.map_or(first.is_some(), |last| last >= self.next_seq) {
                let sought = Some(self.next_seq);
                self.lines.restart(0);
                self.open = Some(OpenFile { name, file, sought, own: None });
                return Ok(true);
            }
        }
        Ok(search.behind.is_some_and(|behind| self.pass_over(journal, behind.min(upto))))
    }

    /// Opens a file at an offset, if the next record is there.
    fn open_at(
        &mut self,
        journal: &Subscription,
        name: DayFileName,
        offset: u64,
    ) -> io::Result<Option<OpenFile>> {
        let file = match journal.open(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        self.lines.restart(offset);
        let first = self.lines.next(&*file)?.and_then(|line| line.stamp());
        self.lines.restart(offset);
        let is_there = first.is_some_and(|stamp| stamp.seq == self.next_seq);
        Ok(is_there.then_some(OpenFile { name, file, sought: None, own: None }))
    }

    /// Skips numbers that are in no file, once the search has taken long enough.
    fn pass_over(&mut self, journal: &Subscription, seq: u64) -> bool {
        let (missing, since) = self
            .missing
            .filter(|(missing, _)| *missing == self.next_seq)
            .unwrap_or_else(|| (self.next_seq, Instant::now()));
        if since.elapsed() < PATIENCE {
            self.missing = Some((missing, since));
            return false;
        }
        self.missing = None;
        journal.reports().post(Level::Warn, || {
            let path = journal.path().display();
            format!("records {missing} to {} are missing in {path}; mirrors skip them", seq - 1)
        });
        self.next_seq = seq;
        true
    }

    /// Continues reading the open file.
    fn read_open(
        &mut self,
        journal: &Subscription,
        upto: u64,
        limits: Limits,
        held: &mut HeldLines,
    ) -> io::Result<End> {
        let Some(open) = &mut self.open else {
            return Ok(End::Enough);
        };
        while let Some(line) = self.lines.next(&*open.file)? {
            // Other lines are those of another program, or of the original product.
            if !line.is_too_long
                && let Ok(stamp) = Stamp::at_the_ends(line.text())
                && stamp.seq >= self.next_seq
            {
                if self.next_seq >= upto || held.is_full(limits) {
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
                held.push(line.text(), stamp, open.name, line.end);
                self.next_seq += 1;
            }
        }
        Ok(End::Without(None))
    }
}
