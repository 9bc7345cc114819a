//! The thread that moves lines from the intake into the day files.
//!
//! It takes all lines that are there, appends them with large writes, and frees their space. When
//! there are no more, it naps a few times, so that callers need not wake it for each event; then it
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
    batch: Vec<u8>,
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
        let batch = Vec::with_capacity(BATCH + BATCH / 4);
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
            batch,
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
                Committed::Lines => {
                    naps = 0;
                    // After a full batch there are more lines.
                    if self.batch.len() >= BATCH {
                        continue;
                    }
                }
                Committed::Spoilt => continue,
                Committed::Nothing if is_over => return,
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

    /// Moves the lines that are there. Lines that can't be written are tried again until they
    /// can be; once, when the journal ends.
    fn commit(&mut self) -> Committed {
        self.batch.clear();
        if self.has_work()
            && let Err(error) = self.placement.check(&mut self.intake)
        {
            return self.held_up(&error);
        }
        let first_seq = self.intake.next_seq();
        // Before they are taken: a line may be appended at any time.
        let has_lines = !self.intake.is_empty();
        if self.intake.take(&mut self.batch, BATCH) == 0 {
            if has_lines {
                self.pass_over_spoilt();
                return Committed::Spoilt;
            }
            self.release();
            return Committed::Nothing;
        }
        self.check_mapping();
        self.intake.prepare_ahead();
        read_size_limit();
        let (mut done, mut seq, next_seq) = (0, first_seq, self.intake.next_seq());
        let mut is_behind = false;
        loop {
            let appended = append(&mut lock(&self.files), &self.batch, &mut done, &mut seq, next_seq);
            let Err(error) = appended else {
                break;
            };
            self.progress.committed_to(seq);
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
        Committed::Lines
    }

    /// Passes over what another program has written over in the intake.
    fn pass_over_spoilt(&mut self) {
        let sequencer = self.appender.lock();
        let spoilt = self.intake.pass_over_spoilt(sequencer.next_seq());
        drop(sequencer);
        lock(&self.files).lost_in_intake(spoilt.seqs, &spoilt.bytes);
        self.progress.committed_to(self.intake.next_seq());
        self.release();
        self.is_unchecked = true;
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
    /// There were none.
    Nothing,
    /// What was there was not lines, and was passed over.
    Spoilt,
    /// They could not be written, and the journal ends.
    GivenUp,
}

/// Appends the lines of a batch from the byte `done` on, each run of one day at once, and moves
/// `done` and `seq` behind what was appended. What is not a line with a time is lost, and named.
fn append(
    files: &mut DayFiles,
    batch: &[u8],
    done: &mut usize,
    seq: &mut u64,
    next_seq: u64,
) -> Result<(), AppendError> {
    while *done < batch.len() {
        let rest = &batch[*done..];
        let Some(first_len) = memchr::memchr(b'\n', rest).map(|at| at + 1) else {
            files.lost_in_intake(*seq..next_seq, rest);
            (*done, *seq) = (batch.len(), next_seq);
            break;
        };
        let Some(first_ts) = TsText::in_line(&rest[..first_len]) else {
            files.lost_in_intake(*seq..*seq + 1, &rest[..first_len]);
            (*done, *seq) = (*done + first_len, *seq + 1);
            continue;
        };
        let (mut len, mut count, mut last_ts) = (0, 0, first_ts);
        for end in memchr::memchr_iter(b'\n', rest) {
            let Some(ts) = TsText::in_line(&rest[len..=end]) else {
                break;
            };
            if ts < last_ts || !ts.is_of(first_ts.day()) {
                break;
            }
            (len, count, last_ts) = (end + 1, count + 1, ts);
        }
        let run = Run {
            lines: &rest[..len],
            first_ts: &first_ts,
            last_ts: &last_ts,
            first_seq: *seq,
            next_seq: *seq + count,
        };
        files.append(run)?;
        *done += len;
        *seq += count;
    }
    Ok(())
}
