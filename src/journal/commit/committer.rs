//! The one thread that moves lines from the intake into the day files.
//!
//! It takes all that is published, appends it with large writes, and frees the space. When
//! there is no more, it waits a little, so that callers need not wake it for each event, and
//! when nothing has come for a while it rests, and costs nothing, until somebody does.
//!
//! What can't be written stays in the intake, and is tried again; that callers have to wait
//! then, and are refused in the end, is the sequencer's business.

use crate::error::AppendError;
use crate::journal::clock::Clock;
use crate::journal::days::files::{DayFiles, Run};
use crate::journal::intake::{Consumer, Mapped};
use crate::journal::sequence::schedule::Watch;
use crate::journal::{Chain, Shared};
use crate::record::Timestamp;
use crate::record::encode::TsText;
use crate::report::Level;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

/// How much is taken at once, in bytes.
const BATCH: usize = 256 * 1024;

/// How long it waits for more, and how often, before it rests.
const NAP: Duration = Duration::from_micros(500);
const NAPS: u32 = 4;

/// How long what could not be written is not tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// How long after the last line somebody looks whether all is as it should be, so that what
/// comes last is looked after, too.
const LAST_LOOK: Duration = Duration::from_millis(250);

pub(in crate::journal) struct Committer {
    shared: Arc<Shared>,
    intake: Consumer<Mapped>,
    batch: Vec<u8>,
    clock: Arc<dyn Clock>,
    watch: Watch,
    /// Whether something was written since the last look.
    is_unseen: bool,
}

impl Committer {
    /// Begins the thread.
    pub(in crate::journal) fn begin(
        shared: Arc<Shared>,
        intake: Consumer<Mapped>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<JoinHandle<()>> {
        let batch = Vec::with_capacity(BATCH + BATCH / 4);
        let watch = Watch::new(clock.now());
        let mut committer = Committer { shared, intake, batch, clock, watch, is_unseen: false };
        std::thread::Builder::new().name("audit-commit".to_owned()).spawn(move || {
            committer.shared.progress.commits(std::thread::current());
            committer.run();
        })
    }

    fn run(&mut self) {
        let progress = self.shared.progress;
        let mut naps = 0;
        loop {
            let is_over = progress.is_over();
            match self.commit() {
                Committed::Something => {
                    naps = 0;
                    // A batch that is full is followed by more.
                    if self.batch.len() >= BATCH {
                        continue;
                    }
                }
                Committed::Nothing if is_over => return,
                Committed::Nothing => {}
                Committed::GivenUp => return,
            }
            self.tell_news();
            if progress.is_wanted() && !self.intake.is_empty() {
                continue;
            }
            if naps < NAPS {
                naps += 1;
                // Whoever waits for the disk ends it.
                std::thread::park_timeout(NAP);
            } else if self.is_unseen {
                let intake = &self.intake;
                progress.rest(Some(LAST_LOOK), || intake.is_empty());
                if self.intake.is_empty() {
                    self.look(self.clock.now());
                }
            } else {
                let intake = &self.intake;
                // What could not be freed is tried again.
                let at_most = if intake.is_released() { None } else { Some(AGAIN) };
                progress.rest(at_most, || intake.is_empty());
                naps = 0;
            }
        }
    }

    /// Moves what there is into the day files. What can't be written is tried again until it can;
    /// at the end, once.
    fn commit(&mut self) -> Committed {
        let shared = Arc::clone(&self.shared);
        self.batch.clear();
        let first_seq = self.intake.next_seq();
        if self.intake.take(&mut self.batch, BATCH) == 0 {
            self.release();
            return Committed::Nothing;
        }
        self.intake.prepare_ahead();
        let (mut done, mut seq) = (0, first_seq);
        let mut is_behind = false;
        loop {
            let appended = append(&mut shared.files(), &self.batch, &mut done, &mut seq);
            let Err(error) = appended else {
                break;
            };
            shared.progress.came_to(seq);
            if !std::mem::replace(&mut is_behind, true) {
                shared.reports.post(Level::Error, || {
                    format!("the audit log is behind with its disk: {}", Chain(&error))
                });
                shared.reports.deliver_if_heard();
            }
            shared.note_commit_error(Some(error));
            if shared.progress.is_over() {
                // What is not released is there when the journal is opened again.
                return Committed::GivenUp;
            }
            std::thread::sleep(AGAIN);
            // Somebody may have taken away what it is to be written to.
            shared.files().look();
        }
        if is_behind {
            shared.note_commit_error(None);
        }
        shared.progress.came_to(self.intake.next_seq());
        self.release();
        shared.prune_if_begun();
        let now = self.clock.now();
        if self.watch.is_due(now) {
            self.look(now);
        } else {
            self.watch.appended(now);
            self.is_unseen = true;
        }
        Committed::Something
    }

    /// Frees the space of what is in the day files. Where that can't be done just now, for lack
    /// of space on the disk, it is done later.
    fn release(&mut self) {
        if !self.intake.is_released() && self.intake.release().is_ok() {
            self.shared.progress.freed();
        }
    }

    /// Looks whether the day files and the disk are as they should be.
    fn look(&mut self, now: Timestamp) {
        let mut files = self.shared.files();
        files.look();
        if self.watch.is_due_for_space(now) {
            files.check_space();
        }
        drop(files);
        self.watch.looked(now);
        self.is_unseen = false;
    }

    /// Has the log tell what was found out, unless somebody is about to do that.
    fn tell_news(&self) {
        if self.shared.news.any() || self.shared.owes.load(Ordering::Relaxed) {
            if let Ok(mut sequencer) = self.shared.sequencer.try_lock() {
                sequencer.take_news();
                // What there is no room for is told later.
                sequencer.tell().unwrap_or(());
                self.shared.owes.store(sequencer.owes(), Ordering::Relaxed);
            }
            self.shared.reports.deliver_if_heard();
        }
    }
}

/// What was done with what is in the intake.
enum Committed {
    Something,
    /// There was nothing.
    Nothing,
    /// It could not be written, and it is over: nothing behind it may be, either.
    GivenUp,
}

/// Appends the lines of a batch from `done` on, those that belong together at once, and
/// counts on `done` and `seq` as far as it comes.
fn append(files: &mut DayFiles, batch: &[u8], done: &mut usize, seq: &mut u64) -> Result<(), AppendError> {
    while *done < batch.len() {
        let rest = &batch[*done..];
        let Some(first_ts) = TsText::in_line(rest) else {
            debug_assert!(false, "the sequencer has stamped it");
            return Ok(());
        };
        let (mut len, mut count, mut last_ts) = (0, 0, first_ts);
        for end in memchr::memchr_iter(b'\n', rest) {
            let ts = TsText::in_line(&rest[len..]).unwrap_or(last_ts);
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
