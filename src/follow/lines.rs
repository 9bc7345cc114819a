//! Reading the synced lines of the day files in order.
//!
//! A reader knows the number of the record that comes next, and looks for it in the files as
//! they are: a file may have been written again into a further one, moved aside, or removed. A
//! number that is in none of them, for a while, is gone, and the reader goes on behind it: what
//! became of it, the log itself tells (`log.file_lost`, `log.pruned`).

use crate::journal::{DayFileName, LogFile, Tap};
use crate::record::{Stamp, Timestamp};
use crate::report::Level;
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// How much is read at a time, in bytes.
const CHUNK: usize = 256 * 1024;

/// A line longer than this is no record, in bytes.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// How long a number is looked for that is in no file.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines that were read and are not delivered yet.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    lines: VecDeque<HeldLine>,
}

/// A line, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldLine {
    pub(super) seq: u64,
    pub(super) ts: Timestamp,
    pub(super) file: DayFileName,
    /// Where it ends in its file, behind the `\n`.
    pub(super) end_offset: u64,
    start: usize,
    end: usize,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn lines(&self) -> impl ExactSizeIterator<Item = &HeldLine> {
        self.lines.iter()
    }

    /// The text of a line, without its `\n`.
    pub(super) fn text(&self, line: &HeldLine) -> &str {
        // It was made so.
        std::str::from_utf8(&self.bytes[line.start..line.end]).unwrap_or_default()
    }

    /// Forgets the first lines; gives the last of them.
    pub(super) fn drop_first(&mut self, count: usize) -> Option<HeldLine> {
        let last = self.lines.drain(..count).next_back();
        if self.lines.is_empty() {
            self.bytes.clear();
        }
        last
    }

    fn push(&mut self, line: &[u8], stamp: Stamp, file: DayFileName, end_offset: u64) {
        let start = self.bytes.len();
        // Somebody may have written into the file.
        self.bytes.extend_from_slice(String::from_utf8_lossy(line).as_bytes());
        let end = self.bytes.len();
        self.lines.push_back(HeldLine { seq: stamp.seq, ts: stamp.ts, file, end_offset, start, end });
    }

    fn is_full(&self, limits: Limits) -> bool {
        self.lines.len() >= limits.records || self.bytes.len() >= limits.bytes
    }
}

/// How much is held: so many records, or so many bytes, unless a single one is longer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) records: usize,
    pub(super) bytes: usize,
}

/// A reader of the lines of a journal.
#[derive(Debug)]
pub(super) struct Reader {
    next_seq: u64,
    /// Where that stood, by the cursor.
    place: Option<(DayFileName, u64)>,
    open: Option<OpenFile>,
    buffer: Vec<u8>,
    /// A number that is in no file, and since when it is looked for.
    missing: Option<(u64, Instant)>,
}

#[derive(Debug)]
struct OpenFile {
    name: DayFileName,
    file: Box<dyn LogFile>,
    offset: u64,
    /// The number that it is read for from its beginning on.
    sought: Option<u64>,
}

/// Why reading a file has ended.
enum End {
    /// There is as much as was asked for.
    Enough,
    /// The next record does not follow here; what does, if anything, has this number.
    Without(Option<u64>),
}

/// What is known of where a number is not.
#[derive(Default)]
struct Search {
    seq: u64,
    /// Files that were read from their beginning and have not got it.
    without: Vec<DayFileName>,
    /// The least number behind it that was seen there.
    behind: Option<u64>,
}

impl Search {
    /// What is known of this number.
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

impl Reader {
    pub(super) fn new(next_seq: u64, place: Option<(DayFileName, u64)>) -> Reader {
        Reader { next_seq, place, open: None, buffer: Vec::new(), missing: None }
    }

    /// The number of the record that is read next.
    pub(super) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Reads lines of records before number `upto`. Less than there are may be read: what is
    /// not there yet is looked for later.
    pub(super) fn read(&mut self, tap: &Tap, upto: u64, limits: Limits, held: &mut Held) -> io::Result<()> {
        let mut search = Search::default();
        while self.next_seq < upto && !held.is_full(limits) {
            if self.open.is_none() && !self.find(tap, upto, search.of(self.next_seq))? {
                return Ok(());
            }
            if let End::Without(seq) = self.read_open(upto, limits, held)?
                && let Some(open) = self.open.take()
                && open.sought == Some(self.next_seq)
            {
                // Else it may stand before what was read: somebody may have edited the file.
                let search = search.of(self.next_seq);
                search.without.push(open.name);
                search.saw(seq);
            }
        }
        Ok(())
    }

    /// Opens the file that may have the next record, or goes on behind it; says whether there is
    /// anything to be read.
    fn find(&mut self, tap: &Tap, upto: u64, search: &mut Search) -> io::Result<bool> {
        if let Some((name, offset)) = self.place.take()
            && let Some(open) = self.open_at(tap, name, offset)?
        {
            self.open = Some(open);
            return Ok(true);
        }
        // The newest that has it: a file that was written again is more likely to stay.
        for (first, name) in tap.day_files()?.into_iter().rev() {
            if first > Some(self.next_seq) {
                search.saw(first);
                continue;
            }
            if search.without.contains(&name) {
                continue;
            }
            let file = match tap.open(name) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let last = tap.last_seq(&*file)?;
            // Where neither end tells, it is the product's before.
            if last.map_or(first.is_some(), |last| last >= self.next_seq) {
                let sought = Some(self.next_seq);
                self.open = Some(OpenFile { name, file, offset: 0, sought });
                return Ok(true);
            }
        }
        Ok(search.behind.is_some_and(|behind| self.pass_over(tap, behind.min(upto))))
    }

    /// A file at an offset, if the next record stands there.
    fn open_at(&mut self, tap: &Tap, name: DayFileName, offset: u64) -> io::Result<Option<OpenFile>> {
        let file = match tap.open(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut open = OpenFile { name, file, offset, sought: None };
        if !open.fill(&mut self.buffer)? {
            return Ok(None);
        }
        let first = self.buffer.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_there = Stamp::of(first).is_ok_and(|stamp| stamp.seq == self.next_seq);
        Ok(is_there.then_some(open))
    }

    /// Goes on behind numbers that are nowhere, if they were looked for long enough.
    fn pass_over(&mut self, tap: &Tap, seq: u64) -> bool {
        let (missing, since) = self
            .missing
            .filter(|(missing, _)| *missing == self.next_seq)
            .unwrap_or_else(|| (self.next_seq, Instant::now()));
        if since.elapsed() < PATIENCE {
            self.missing = Some((missing, since));
            return false;
        }
        self.missing = None;
        tap.reports().post(Level::Warn, || {
            let path = tap.path().display();
            format!("no mirror gets the records {missing} to {} any more: they are not in {path}", seq - 1)
        });
        self.next_seq = seq;
        true
    }

    /// Reads on in the open file.
    fn read_open(&mut self, upto: u64, limits: Limits, held: &mut Held) -> io::Result<End> {
        let Some(open) = &mut self.open else {
            return Ok(End::Enough);
        };
        loop {
            if !open.fill(&mut self.buffer)? {
                return Ok(End::Without(None));
            }
            let mut start = 0;
            while let Some(len) = memchr::memchr(b'\n', &self.buffer[start..]) {
                let line = &self.buffer[start..start + len];
                // What is no record was put there by others, or by the product before.
                if let Ok(stamp) = Stamp::at_the_ends(line)
                    && stamp.seq >= self.next_seq
                {
                    if self.next_seq >= upto || held.is_full(limits) {
                        return Ok(End::Enough);
                    }
                    if stamp.seq > self.next_seq {
                        return Ok(End::Without(Some(stamp.seq)));
                    }
                    held.push(line, stamp, open.name, open.offset + len as u64 + 1);
                    self.next_seq += 1;
                }
                start += len + 1;
                open.offset += len as u64 + 1;
            }
        }
    }
}

impl OpenFile {
    /// Reads on, until there is at least one whole line; says whether there is. What is too long
    /// for a line is passed over.
    fn fill(&mut self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        buffer.clear();
        let mut is_too_long = false;
        loop {
            let len = buffer.len();
            buffer.resize(len + CHUNK, 0);
            let read = match self.file.read_at(&mut buffer[len..], self.offset + len as u64) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    buffer.truncate(len);
                    continue;
                }
                read => read?,
            };
            buffer.truncate(len + read);
            let end = buffer[len..].iter().position(|byte| *byte == b'\n').map(|at| len + at + 1);
            match end {
                Some(end) if is_too_long => {
                    // Its last piece; what follows it is read again.
                    self.offset += end as u64;
                    buffer.clear();
                    is_too_long = false;
                }
                Some(_) => return Ok(true),
                None if read == 0 => return Ok(false),
                None if buffer.len() > LONGEST_LINE => {
                    self.offset += buffer.len() as u64;
                    buffer.clear();
                    is_too_long = true;
                }
                None => {}
            }
        }
    }
}
