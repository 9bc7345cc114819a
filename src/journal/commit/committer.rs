//! The thread that moves lines from the intake into the day files.
//!
//! It appends the lines that are there with large writes, straight from the intake, and frees their space. Each
//! line is checked right before its write: another program may have written over it. When there are no more
//! lines, it naps a few times, so that callers need not wake it for each event; then it
//! sleeps until a caller wakes it.
//!
//! What can't be written stays in the intake and is tried again. Callers that find no room
//! meanwhile are the sequencer's concern.

use crate::error::{AppendError, Chain};
use crate::journal::clock::Clock;
use crate::journal::commit::placement::Placement;
use crate::journal::days::files::{DayFiles, Run};
use crate::journal::intake::{Consumer, Mapped};
use crate::journal::progress::Progress;
use crate::journal::prune::background::BackgroundPruner;
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::schedule::Schedule;
use crate::journal::storage::system::read_size_limit;
use crate::lock::lock;
use crate::record::Timestamp;
use crate::record::encode::TsText;
use crate::report::{Level, Reports};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How much is moved at once, in bytes.
const BATCH: usize = 256 * 1024;

/// How long the committer naps, and how often, before it sleeps.
const NAP: Duration = Duration::from_micros(500);
const NAPS: u32 = 4;

/// The time between two attempts to write, or to free space.
const RETRY: Duration = Duration::from_millis(50);

/// How often it is checked in that time that the lines that are held back are where they should be.
const CHECKS: u32 = 3;

/// How long after the last line the day files are checked once more.
const LAST_CHECK: Duration = Duration::from_millis(250);

/// Moves lines from the intake into the day files.
pub(in crate::journal) struct Committer {
    intake: Consumer<Mapped>,
    files: Arc<Mutex<DayFiles>>,
    progress: &'static Progress,
    appender: Arc<Appender>,
    placement: Placement,
    pruner: Arc<BackgroundPruner>,
    reports: Arc<Reports>,
    clock: Arc<dyn Clock>,
    schedule: Schedule,
    /// Whether lines were written since the last check.
    is_unchecked: bool,
}

impl Committer {
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(in crate::journal) fn new(
        intake: Consumer<Mapped>,
        files: Arc<Mutex<DayFiles>>,
        progress: &'static Progress,
        appender: Arc<Appender>,
        placement: Placement,
        pruner: Arc<BackgroundPruner>,
        reports: Arc<Reports>,
        clock: Arc<dyn Clock>,
    ) -> Committer {
        let schedule = Schedule::new(clock.now());
        Committer {
            intake,
            files,
            progress,
            appender,
            placement,
            pruner,
            reports,
            clock,
            schedule,
            is_unchecked: false,
        }
    }

    /// Starts the thread.
    pub(in crate::journal) fn start(mut self) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("audit-commit".to_owned()).spawn(move || {
            self.progress.set_committer(std::thread::current());
            self.run();
        })
    }

    fn run(&mut self) {
        let progress = self.progress;
        let mut naps = 0;
        loop {
            let is_over = progress.is_over();
            match self.commit() {
                // After a full batch there are more lines.
                Committed::Batch => {
                    naps = 0;
                    continue;
                }
                Committed::Lines => naps = 0,
                Committed::Nothing if is_over || self.intake.is_left() => return,
                Committed::Nothing => {}
                Committed::GivenUp => return,
            }
            self.appender.emit_queued_if_free();
            if progress.is_sync_wanted() && !self.intake.is_empty() {
                continue;
            }
            if naps < NAPS {
                naps += 1;
                // A caller that waits for the disk ends it.
                std::thread::park_timeout(NAP);
            } else if self.is_unchecked {
                let intake = &self.intake;
                progress.rest(Some(LAST_CHECK), || intake.is_empty());
                if self.intake.is_empty() {
                    self.check(self.clock.now());
                }
            } else {
                let intake = &self.intake;
                // Space that could not be freed is freed later.
                let is_done = intake.is_released() && !self.placement.is_suspended();
                let at_most = if is_done { None } else { Some(RETRY) };
                progress.rest(at_most, || intake.is_empty());
                naps = 0;
            }
        }
    }

    /// Moves the lines that are there, a batch of them at most. Lines that can't be written are tried again until
    /// they can be; once, when the journal ends.
    fn commit(&mut self) -> Committed {
        if self.has_work()
            && let Err(error) = self.placement.check(&mut self.intake)
        {
            return self.held_up(&error);
        }
        if self.intake.is_empty() {
            self.release();
            return Committed::Nothing;
        }
        self.check_mapping();
        self.intake.prepare_ahead();
        read_size_limit();
        let (mut moved, mut is_behind) = (0, false);
        while moved < BATCH && !self.intake.is_empty() {
            let error = match self.move_run(BATCH - moved) {
                Ok(bytes) => {
                    moved += bytes;
                    continue;
                }
                Err(error) => error,
            };
            self.progress.committed_to(self.intake.next_seq());
            if !std::mem::replace(&mut is_behind, true) {
                self.reports.post(Level::Error, || {
                    format!("could not write to the day file, records wait in the intake: {}", Chain(&error))
                });
                self.reports.deliver_if_heard();
            }
            self.appender.set_commit_error(Some(error));
            self.placement.note_accepted(self.appender.next_seq());
            if self.progress.is_over() {
                // What is not released is there when the journal is opened again.
                return Committed::GivenUp;
            }
            for _ in 0..CHECKS {
                std::thread::sleep(RETRY / CHECKS);
                if let Err(error @ AppendError::LockLost { .. }) = self.placement.check(&mut self.intake) {
                    return self.held_up(&error);
                }
            }
            // The file may have been removed.
            lock(&self.files).check();
        }
        if is_behind {
            self.appender.set_commit_error(None);
        }
        self.progress.committed_to(self.intake.next_seq());
        self.check_mapping();
        self.release();
        self.pruner.prune_if_begun();
        let now = self.clock.now();
        if self.schedule.is_due(now) {
            self.check(now);
        } else {
            self.schedule.appended(now);
            self.is_unchecked = true;
        }
        if moved < BATCH { Committed::Lines } else { Committed::Batch }
    }

    /// Appends the next lines of one day to its day file, about so many bytes of them, with one write. Returns how
    /// many bytes were moved: none if what is there is not a line, which is passed over.
    fn move_run(&mut self, enough: usize) -> Result<usize, AppendError> {
        let mut times = None;
        let (lines, end) = self.intake.next_lines(enough, |line| {
            let Some(ts) = time_of(line) else {
                return false;
            };
            let (first, last) = times.get_or_insert((ts, ts));
            let is_next = ts >= *last && ts.is_of(first.day());
            *last = if is_next { ts } else { *last };
            is_next
        });
        let Some((first_ts, last_ts)) = times.filter(|_| !lines.is_empty()) else {
            drop(lines);
            self.pass_over_spoilt();
            return Ok(0);
        };
        let (first_seq, bytes) = (self.intake.next_seq(), lines.len());
        lock(&self.files).append(Run {
            lines: &lines,
            first_ts: &first_ts,
            last_ts: &last_ts,
            first_seq,
            next_seq: end.seq,
        })?;
        drop(lines);
        self.intake.take(end);
        Ok(bytes)
    }

    /// Passes over what another program has written over in the intake.
    fn pass_over_spoilt(&mut self) {
        let sequencer = self.appender.lock();
        let spoilt = self.intake.pass_over_spoilt(sequencer.next_seq());
        drop(sequencer);
        lock(&self.files).lost_in_intake(spoilt.seqs, &spoilt.bytes);
    }

    /// Returns whether there are lines, or none may come at present.
    fn has_work(&self) -> bool {
        !self.intake.is_empty() || self.placement.is_suspended()
    }

    /// Waits while lines can't be written since the directory is gone; not if that is for good.
    fn held_up(&self, error: &AppendError) -> Committed {
        if self.progress.is_over() || matches!(error, AppendError::LockLost { .. }) {
            return Committed::GivenUp;
        }
        std::thread::sleep(RETRY / CHECKS);
        Committed::Nothing
    }

    /// Checks whether stores into the intake are still safe.
    fn check_mapping(&self) {
        let directory = Arc::clone(lock(&self.files).directory());
        if self.intake.memory().check_writable(directory.is_immutable()) {
            let path = directory.path().display();
            self.reports.post(Level::Error, || {
                format!("{path} became immutable, or its disk read-only, while in use; events are refused until it can be written")
            });
        }
    }

    /// Frees the space of lines that are in day files, or later if the disk is full at present.
    fn release(&mut self) {
        if !self.intake.is_released() && self.intake.release().is_ok() {
            self.progress.freed();
        }
    }

    /// Checks the day files and the disk.
    fn check(&mut self, now: Timestamp) {
        // A failure is met again with the next batch.
        self.placement.check(&mut self.intake).unwrap_or(());
        let mut files = lock(&self.files);
        files.check();
        if self.schedule.is_due_for_space(now) {
            files.check_space();
        }
        drop(files);
        self.schedule.checked(now);
        self.is_unchecked = false;
    }
}

/// What became of the lines in the intake.
enum Committed {
    /// They are in day files.
    Lines,
    /// The same, and there may be more.
    Batch,
    /// There were none.
    Nothing,
    /// They could not be written, and the journal ends.
    GivenUp,
}

/// Returns the time of a line; `None` if it has not the shape of one.
fn time_of(line: &[u8]) -> Option<TsText> {
    let is_one = memchr::memchr(b'\n', line) == Some(line.len() - 1);
    TsText::in_line(line).filter(|_| is_one && line.starts_with(b"{") && line.ends_with(b"}\n"))
}
