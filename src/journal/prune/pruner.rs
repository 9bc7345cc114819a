//! Removes old files, each with a `log.pruned` record.

use crate::error::{Chain, PruneError};
use crate::journal::about::hold::Hold;
use crate::journal::about::log_opened::InForce;
use crate::journal::days::lines::for_each_piece;
use crate::journal::days::own::ends::own_ends;
use crate::journal::not_synced::NotSynced;
use crate::journal::progress::Progress;
use crate::journal::prune::how::How;
use crate::journal::prune::keeper::Keeper;
use crate::journal::prune::kept::Kept;
use crate::journal::prune::put_back::put_back;
use crate::journal::prune::retention::{Candidate, Retention, Undelivered};
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::sequencer::Sequencer;
use crate::journal::settings::LiveSettings;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::state::pruned::{Pruned, name_on_its_way};
use crate::journal::storage::layout::{Folder, HOLD, leaves_of, seal_of};
use crate::journal::storage::{Directory, LogFile};
use crate::lock::lock;
use crate::record::encode::Draft;
use crate::record::{Day, Record, Value, hex};
use crate::report::{Level, Reports};
use sha2::{Digest, Sha256};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Removes old files. It takes the sequencer's lock for single steps only: no event waits for a
/// file to be read.
#[derive(Debug)]
pub(in crate::journal) struct Pruner {
    directory: Arc<dyn Directory>,
    retention: Retention,
    in_force: Arc<InForce>,
    appender: Arc<Appender>,
    checkpoint: Arc<CheckpointWriter>,
    progress: &'static Progress,
    reports: Arc<Reports>,
    /// Held by the thread that removes files.
    removing: Mutex<()>,
    /// Whether the rest should be left for the next time.
    is_stopping: AtomicBool,
}

impl Pruner {
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        settings: Arc<LiveSettings>,
        keeper: Arc<dyn Keeper>,
        hold: Arc<Hold>,
        in_force: Arc<InForce>,
        appender: Arc<Appender>,
        checkpoint: Arc<CheckpointWriter>,
        progress: &'static Progress,
        reports: Arc<Reports>,
    ) -> Pruner {
        Pruner {
            directory: Arc::clone(&directory),
            retention: Retention { directory, settings, keeper, hold },
            in_force,
            appender,
            checkpoint,
            progress,
            reports,
            removing: Mutex::default(),
            is_stopping: AtomicBool::new(false),
        }
    }

    pub(super) fn reports(&self) -> &Reports {
        &self.reports
    }

    /// Has the thread that removes files leave the rest for the next time, or no longer.
    pub(super) fn set_stopping(&self, is_stopping: bool) {
        self.is_stopping.store(is_stopping, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Excludes other threads from removing files.
    pub(in crate::journal) fn lock(&self) -> MutexGuard<'_, ()> {
        lock(&self.removing)
    }

    /// Returns an error if there is a legal hold.
    pub(in crate::journal) fn check_hold(&self) -> Result<(), PruneError> {
        if self.is_held()? {
            return Err(PruneError::Held { path: self.directory.path().join(HOLD) });
        }
        Ok(())
    }

    /// Returns whether there is a legal hold, and appends what has changed since the last look.
    fn is_held(&self) -> Result<bool, PruneError> {
        let is_held = self.retention.is_held();
        // The committer may be at rest.
        self.appender.emit_queued();
        is_held
    }

    fn candidates(&self, how: How) -> Result<Vec<Candidate>, PruneError> {
        let cutoff = self.retention.cutoff(&self.appender.lock(), how.more_days);
        cutoff.map_or(Ok(Vec::new()), |cutoff| self.retention.candidates(cutoff))
    }

    /// Returns whether there may be files to remove.
    pub(super) fn has_old_files(&self) -> bool {
        self.candidates(How::default()).map_or(true, |candidates| !candidates.is_empty())
    }

    /// Removes old files, and reports which could not be removed.
    pub(super) fn prune_and_report(&self) {
        let _alone = self.lock();
        for error in self.prune(How::default()).1 {
            self.reports.post(Level::Warn, || Chain(&error).to_string());
        }
    }

    /// Removes old files, for the thread that holds the lock. Returns the paths of what was
    /// removed, and the errors of what could not be.
    pub(in crate::journal) fn prune(&self, how: How) -> (Vec<String>, Vec<PruneError>) {
        let (mut removed, mut failures) = (Vec::new(), Vec::new());
        put_back(&*self.directory, &self.reports).into_iter().for_each(|record| self.appender.emit(record));
        match self.candidates(how) {
            Ok(candidates) => {
                let mut kept = None;
                for candidate in candidates {
                    if self.is_stopping() {
                        break;
                    }
                    match self.remove(&candidate, how, &mut kept) {
                        Ok(true) => removed.push(candidate.path()),
                        Ok(false) => {}
                        Err(error) => failures.push(error),
                    }
                }
            }
            Err(error) => failures.push(error),
        }
        let kept_from = self.checkpoint.pruned().kept_from;
        if !removed.is_empty()
            && let Some(settings) = self.in_force.say_again(kept_from, self.appender.next_seq())
        {
            self.appender.emit(settings);
        }
        (removed, failures)
    }

    /// Removes a file, if it may be removed now; returns whether it was. `kept` are the ends of the day
    /// files, once they are known.
    fn remove(&self, candidate: &Candidate, how: How, kept: &mut Option<Kept>) -> Result<bool, PruneError> {
        if self.is_held()? {
            return Ok(false);
        }
        let path = self.directory.path().join(candidate.path());
        let read = |source| PruneError::Read { path: path.clone(), source };
        let file = match self.directory.open_to_read(candidate.folder, &candidate.name) {
            Ok(file) => file,
            // A directory, or removed meanwhile: not a file of the journal.
            Err(error) if matches!(error.kind(), io::ErrorKind::IsADirectory | io::ErrorKind::NotFound) => {
                return Ok(false);
            }
            Err(error) => return Err(read(error)),
        };
        let ends = own_ends(&*file, Some(self.progress.committed())).map_err(read)?;
        let (first_seq, last) = (ends.map(|(first, _)| first.seq), ends.map(|(_, last)| last));
        let last_seq = last.map(|last| last.seq);
        let mut undelivered = self.retention.undelivered(candidate.folder, first_seq, last_seq);
        let more_days = how.more_days.saturating_add(self.retention.more_days(&undelivered));
        let cutoff = self.retention.cutoff(&self.appender.lock(), more_days);
        if cutoff.is_none_or(|cutoff| candidate.day >= cutoff) {
            return Ok(false);
        }
        let is_unsealed = undelivered.iter().any(Undelivered::is_of_seals);
        undelivered.retain(|undelivered| !undelivered.is_of_seals());
        let Some(sha256) = self.digest(&*file).map_err(read)? else {
            return Ok(false);
        };
        drop(file);
        let mut changed = None;
        if candidate.folder == Folder::Days {
            changed = self.retention.keeper.change_of(&candidate.name, &sha256);
        }
        if let Some(reason) = changed.clone().filter(|_| !how.even_changed) {
            return Err(PruneError::Changed { path, reason });
        }
        // A file that was renamed to an older day is as young as its records.
        if let Some(last) = last.filter(|last| last.ts.day() > candidate.day) {
            self.reports.post(Level::Warn, || {
                format!(
                    "{} is named after an older day than its records: it is kept by the day of the last one, {}",
                    path.display(),
                    last.ts
                )
            });
        }
        let day = last.map_or(candidate.day, |last| last.ts.day().max(candidate.day));
        let on_its_way = name_on_its_way(&candidate.name, &sha256);
        let mut so_far = self.checkpoint.pruned();
        so_far.add(&on_its_way, &sha256);
        if candidate.folder == Folder::Days
            && let Some(seqs) = first_seq.zip(last_seq)
        {
            self.mark_pruned(&mut so_far, &candidate.name, seqs, kept)?;
        }
        let pruned = Record::new("log.pruned")
            .resource("file", candidate.path())
            .resource("from_seq", first_seq)
            .resource("to_seq", last_seq)
            .resource("sha256", &sha256)
            .resource("changed", changed)
            .resource("unsealed", is_unsealed.then_some(true))
            .resource("undelivered", (!undelivered.is_empty()).then_some(&undelivered));
        let pruned = so_far.describe(pruned);
        // A file that has ended stays open until it is synced, and Windows moves no open file.
        let synced = self.wait_synced();
        if self.is_stopping() {
            return Ok(false);
        }
        synced.map_err(|unsynced| PruneError::Sync { source: unsynced.into_io_error() })?;
        if !self.move_and_record(candidate, &on_its_way, day, more_days, &pruned, last_seq)? {
            return Ok(false);
        }
        if let Some(kept) = kept {
            kept.remove(&candidate.name);
        }
        if is_unsealed {
            self.reports
                .post(Level::Error, || format!("{} was removed before it was sealed", path.display()));
        }
        for Undelivered { mirror, from_seq, to_seq } in undelivered {
            self.reports.post(Level::Error, || {
                format!(
                    "{} was removed before the mirror `{mirror}` had got its records {from_seq} to {to_seq}",
                    path.display()
                )
            });
        }
        self.progress.published();
        let synced = self.wait_synced();
        // Not before: another writer of the checkpoint would say it of a file that comes back if the record is lost.
        self.checkpoint.set_pruned(so_far);
        synced.map_err(|unsynced| PruneError::Sync { source: unsynced.into_io_error() })?;
        // If the file is put back after a crash, it is not counted a second time.
        self.checkpoint.write();
        let fail = |source| PruneError::Remove { path: path.clone(), source };
        if self.is_held()? {
            let Candidate { folder, name, .. } = candidate;
            self.directory.move_file(Folder::Pruned, &on_its_way, *folder, name).map_err(fail)?;
            self.reports.post(Level::Warn, || {
                format!("{} was put back, since a legal hold was set while it was pruned", path.display())
            });
            return Ok(false);
        }
        self.directory.remove(Folder::Pruned, &on_its_way).map_err(fail)?;
        // The leaves are a cache that the seal outlives. Without a seal, the next file's is signed over them.
        let has_seal = || self.directory.read_in(Folder::Seal, &seal_of(&candidate.name));
        if candidate.folder == Folder::Days && has_seal().is_ok_and(|seal| seal.is_some()) {
            self.directory.remove(Folder::Seal, &leaves_of(&candidate.name)).unwrap_or(());
        }
        Ok(true)
    }

    /// Takes note in `so_far` that the records of a day file are pruned, and has those named as lost that
    /// are in no day file, and that no record names.
    fn mark_pruned(
        &self,
        so_far: &mut Pruned,
        name: &str,
        seqs: (u64, u64),
        kept: &mut Option<Kept>,
    ) -> Result<(), PruneError> {
        let fail = |source| PruneError::Directory { path: self.directory.path().to_owned(), source };
        let kept = match kept {
            Some(kept) => kept,
            None => kept.insert(Kept::of(&*self.directory, self.progress.committed()).map_err(fail)?),
        };
        for lost in kept.prune(&*self.directory, so_far, name, seqs).map_err(fail)? {
            self.reports.post(Level::Error, || {
                let number = |key: &str| lost.resource.get(key).and_then(Value::as_u64).unwrap_or(0);
                let (from, to) = (number("from_seq"), number("to_seq"));
                format!(
                    "records {from} to {to} are lost: no day file in {} has them, and none that was pruned had them",
                    self.directory.path().display()
                )
            });
            self.appender.emit(lost);
        }
        Ok(())
    }

    /// Returns the SHA-256 of a file in hex digits; `None` if the pruner is stopped meanwhile.
    fn digest(&self, file: &dyn LogFile) -> io::Result<Option<String>> {
        let mut sha256 = Sha256::new();
        let read = for_each_piece(file, |piece| {
            sha256.update(piece);
            if self.is_stopping() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        });
        if self.is_stopping() {
            return Ok(None);
        }
        read?;
        Ok(Some(hex(&sha256.finalize())))
    }

    /// Moves a file to `.state/pruned`, where it has the name `on_its_way`, and records it: both or none.
    /// The move may wait for the disk, so no lock is held meanwhile.
    fn move_and_record(
        &self,
        candidate: &Candidate,
        on_its_way: &str,
        day: Day,
        more_days: u32,
        pruned: &Record,
        last_seq: Option<u64>,
    ) -> Result<bool, PruneError> {
        let Candidate { folder, name, .. } = candidate;
        let path = || self.directory.path().join(candidate.path());
        let fail = |source| PruneError::Remove { path: path(), source };
        let may_go = |sequencer: &Sequencer| {
            let newest = self.checkpoint.newest().map(|name| name.to_string());
            self.retention.cutoff(sequencer, more_days).is_some_and(|cutoff| day < cutoff)
                && !(*folder == Folder::Days && newest.as_deref() == Some(name))
        };
        let may_go_now = may_go(&self.appender.lock());
        if !may_go_now || self.is_held()? {
            return Ok(false);
        }
        if let Some(last_seq) = last_seq {
            // Before the move, so that a check of the ended files does not miss this one.
            self.checkpoint.pruned_before(last_seq.saturating_add(1));
        }
        self.directory.move_file(*folder, name, Folder::Pruned, on_its_way).map_err(fail)?;
        let mut sequencer = self.appender.lock();
        // The clock may have been set meanwhile.
        let recorded = may_go(&sequencer).then(|| sequencer.append(&mut Draft::of(pruned)));
        drop(sequencer);
        let move_back = || self.directory.move_file(Folder::Pruned, on_its_way, *folder, name).map_err(fail);
        match recorded {
            Some(Ok(_)) => Ok(true),
            Some(Err(stop)) => {
                move_back()?;
                Err(PruneError::Record { path: path(), source: stop.into_error() })
            }
            None => {
                move_back()?;
                Ok(false)
            }
        }
    }

    /// Waits until all records are on disk, unless that takes too long or the pruner is stopped.
    fn wait_synced(&self) -> Result<(), NotSynced> {
        const LONGEST: Duration = Duration::from_secs(30);
        const STEP: Duration = Duration::from_millis(50);
        let last = self.appender.next_seq().saturating_sub(1);
        let begun = Instant::now();
        loop {
            let outcome = self.progress.wait_synced(last, STEP);
            let goes_on = !self.is_stopping() && begun.elapsed() < LONGEST;
            if !(goes_on && matches!(outcome, Err(NotSynced::NotYet))) {
                return outcome;
            }
        }
    }
}
