//! What happens to a journal, act by act, until the world stops.

use super::super::*;
use super::dice::Dice;
use super::signed;
use super::world::{Disk, Known, World};
use crate::journal::prune::keeper::Keeper;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::Folder;
use crate::sealer::{self, GivenSigner, Prepared, SignedWorker};

/// The smallest intake there is, in bytes.
pub(super) const INTAKE: usize = 64 * 1024;

const CURSOR: &str = "test.json";

/// The name of the log in its seals.
pub(super) const ORIGIN: &str = "crashes/test";

const ID: &str = "0123456789abcdef0123456789abcdef";

/// How long is waited for the disk before it is looked whether the world has stopped.
const LOOK: Duration = Duration::from_millis(20);

/// How often; then the disk is said to hang. On a busy machine there are long pauses between attempts.
const LOOKS: u32 = 15_000;

/// How long is waited until old files are gone, or left for the next time.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long an event waits for room. What is refused is told: a busy machine does no harm.
const DEADLINE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Open,
    /// So many events.
    Append(usize),
    /// Waits until all that was appended is in day files.
    Committed,
    /// Waits until all that was appended is on disk.
    Synced,
    /// So many events, each of which waits for the disk.
    AppendSynced(usize),
    /// One that is too long for an intake.
    AppendTooLong,
    Close,
    /// So many milliseconds pass.
    Pass(i64),
    /// Waits until old files are gone.
    Prune,
    /// Delivers the records that are on disk, and saves the cursor, as a follower does.
    Follow,
    /// The same when the log is closed: the cursor is synced.
    FollowToTheEnd,
    /// One sync fails, after so many that go well.
    FailSync(usize),
    /// So many syncs fail, one after the other.
    FailSyncs(usize),
    /// So many appends to further files of a day find no space.
    FillDisk(usize),
    /// Another program removes all day files.
    RemoveDayFiles,
    /// Waits until all is on disk, however many attempts that takes.
    SyncedAtLast,
    /// Seals what is on disk.
    Seal,
    /// The same, with a `log.checkpoint`.
    SealAndRecord,
    Die,
    LosePower,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) intake_bytes: usize,
    pub(super) retention_days: u32,
    pub(super) has_signer: bool,
}

/// A clock that is never set: only time passes, and a loss of power begins another boot.
#[derive(Clone, Debug, Default)]
pub(super) struct SteadyClock {
    clock: SetClock,
    boot: u32,
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn monotonic(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.clock.0.load(Ordering::Relaxed).unsigned_abs()))
    }

    fn boot_id(&self) -> Option<String> {
        Some(self.boot.to_string())
    }
}

impl SteadyClock {
    fn pass(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::Relaxed);
    }

    /// The clock after a loss of power.
    pub(super) fn booted_again(&self) -> SteadyClock {
        SteadyClock { boot: self.boot + 1, ..self.clone() }
    }
}

pub(super) fn open(world: &World, clock: &SteadyClock, setting: Setting) -> Result<Journal, String> {
    let settings =
        Settings { retention_days: setting.retention_days, append_deadline: DEADLINE, ..settings() };
    let (directory, clock) = (Arc::new(world.clone()), Arc::new(clock.clone()));
    let with = with(settings, setting.intake_bytes);
    let keeper = keeper(Arc::clone(&directory) as _);
    Journal::open(directory, ID, clock, Reports::new(), with, keeper)
        .map_err(|error| format!("it can't be opened: {}", Chain(&error)))
}

/// What knows of the records that were sealed: their numbers are never assigned again.
fn keeper(directory: Arc<dyn Directory>) -> Arc<dyn Keeper> {
    let settings = sealer::Settings {
        key: None,
        origin: ORIGIN.to_owned(),
        checkpoint_interval: Duration::ZERO,
        heartbeat_interval: Duration::ZERO,
        verify_interval: Duration::ZERO,
        alarm_after: Duration::MAX,
        low_priority: None,
    };
    let prepared = Prepared::new(settings, GivenSigner::default(), directory, Arc::new(()));
    prepared.map_or_else(|| Arc::new(()) as _, |prepared| prepared.keeper())
}

/// Returns the number in a follower's cursor; 0 if there is no cursor, or a torn one. As in the real
/// format, a part of it is not valid.
pub(super) fn cursor(world: &World) -> Result<u64, String> {
    let contents = world.read_in(Folder::Cursors, CURSOR).map_err(|error| error.to_string())?;
    let text = contents.map(|contents| String::from_utf8_lossy(&contents).into_owned());
    let number = text.as_deref().and_then(|text| text.strip_suffix('\n'));
    Ok(number.and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// An event that is told from all others, with so much more in it.
pub(super) fn append_event(journal: &Journal, event: u64, more: usize) -> Result<u64, AppendError> {
    let record = Record::new("a.b").resource("event", event).resource("more", "x".repeat(more));
    journal.append(&mut Draft::of(&record)).map(|appended| appended.seq)
}

/// The same, however busy the machine is.
pub(super) fn append_at_last(journal: &Journal, event: u64) -> Result<u64, String> {
    for _ in 0..LOOKS {
        match append_event(journal, event, 0) {
            Err(AppendError::Backlogged { .. }) => std::thread::sleep(LOOK),
            appended => return appended.map_err(|error| Chain(&error).to_string()),
        }
    }
    Err("there is no room for an event".to_owned())
}

pub(super) struct Story {
    pub(super) world: World,
    pub(super) clock: SteadyClock,
    setting: Setting,
    dice: Dice,
    stop_at: usize,
    /// Those of earlier lives.
    steps: Vec<String>,
    journal: Option<Journal>,
    worker: Option<SignedWorker>,
}

impl Story {
    pub(super) fn new(setting: Setting, stop_at: usize, seed: usize) -> Story {
        let clock = SteadyClock::default();
        Story::behind(Disk::default(), Known::default(), clock, setting, stop_at, seed)
    }

    /// Goes on with a disk that is there.
    pub(super) fn behind(
        disk: Disk,
        known: Known,
        clock: SteadyClock,
        setting: Setting,
        stop_at: usize,
        seed: usize,
    ) -> Story {
        let mut dice = Dice::new(seed as u64);
        let world = World::new(disk, known, stop_at, dice.roll(usize::MAX));
        Story { world, clock, setting, dice, stop_at, steps: Vec::new(), journal: None, worker: None }
    }

    /// Until the world stops: at the latest, at the end.
    pub(super) fn run(&mut self, acts: &[Act]) -> Result<(), String> {
        for act in acts {
            let done = self.act(*act);
            if self.world.is_stopped() {
                break;
            }
            done.map_err(|error| format!("{act:?}: {error}"))?;
        }
        self.world.stop();
        self.journal = None;
        Ok(())
    }

    /// Goes through these acts.
    pub(super) fn tell(&mut self, acts: &[Act]) -> Result<(), String> {
        acts.iter().try_for_each(|act| self.act(*act).map_err(|error| format!("{act:?}: {error}")))
    }

    /// What was done, in order.
    pub(super) fn steps(&self) -> Vec<String> {
        let mut steps = self.steps.clone();
        steps.extend(self.world.steps());
        steps
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::Open => self.journal = Some(open(&self.world, &self.clock, self.setting)?),
            Act::Append(count) => (0..count).try_for_each(|_| self.append().map(drop))?,
            Act::AppendSynced(count) => (0..count).try_for_each(|_| match self.append()? {
                Some(seq) => self.wait_synced(seq),
                None => Ok(()),
            })?,
            Act::AppendTooLong => self.append_too_long()?,
            Act::Committed => {
                let last = self.journal().status().last_seq.unwrap();
                self.journal().progress().wait_committed(last, Instant::now() + LOOK * LOOKS);
            }
            Act::Synced => {
                let last = self.journal().status().last_seq.unwrap();
                self.wait_synced(last)?;
            }
            Act::Close => {
                match self.journal().close(PATIENCE) {
                    // On a busy machine there may be no room for `log.closed` in time, and in a world that
                    // has stopped there is none.
                    Ok(()) | Err(AppendError::Backlogged { .. }) => self.journal = None,
                    Err(error) => return Err(Chain(&error).to_string()),
                }
            }
            Act::Pass(millis) => self.clock.pass(millis),
            Act::Prune => self.journal().background.end(PATIENCE),
            Act::Follow => self.follow(false)?,
            Act::FollowToTheEnd => self.follow(true)?,
            Act::FailSync(after) => self.world.fail_syncs(after, 1),
            Act::FailSyncs(count) => self.world.fail_syncs(0, count),
            Act::FillDisk(appends) => self.world.fill_disk(appends),
            Act::RemoveDayFiles => self.world.remove_day_files(),
            Act::SyncedAtLast => {
                let last = self.journal().status().last_seq.unwrap();
                self.wait_synced_at_last(last)?;
            }
            Act::Seal => self.seal(false)?,
            Act::SealAndRecord => self.seal(true)?,
            Act::Die => {
                let (disk, known) = self.end();
                self.live_again(disk, known);
            }
            Act::LosePower => {
                let (disk, known) = self.end();
                let disk = disk.after_power_loss(&mut self.dice);
                self.clock = self.clock.booted_again();
                self.live_again(disk, known.after_power_loss());
            }
        }
        Ok(())
    }

    fn journal(&self) -> &Journal {
        self.journal.as_ref().unwrap()
    }

    /// Returns the number of the record; `None` if there was no space for it, which its caller is told.
    fn append(&mut self) -> Result<Option<u64>, String> {
        if self.world.is_stopped() {
            return Err("the world has stopped".to_owned());
        }
        self.clock.pass(100);
        let event = self.dice.roll(usize::MAX) as u64;
        let more = self.dice.pick(&[0, 10, 500, 3000]);
        self.world.tries(event);
        match append_event(self.journal(), event, more) {
            Ok(seq) => {
                self.world.acknowledged(seq, event);
                Ok(Some(seq))
            }
            Err(AppendError::Write { source, .. }) if source.kind() == io::ErrorKind::StorageFull => {
                self.world.refused();
                Ok(None)
            }
            Err(AppendError::Backlogged { .. }) => {
                self.world.refused();
                Ok(None)
            }
            Err(error) => Err(Chain(&error).to_string()),
        }
    }

    fn append_too_long(&mut self) -> Result<(), String> {
        let event = self.dice.roll(usize::MAX) as u64;
        self.world.tries(event);
        match append_event(self.journal(), event, INTAKE) {
            Ok(seq) => self.world.acknowledged(seq, event),
            Err(AppendError::TooLong { .. } | AppendError::Backlogged { .. }) => self.world.refused(),
            Err(error) => return Err(Chain(&error).to_string()),
        }
        Ok(())
    }

    /// A sync that fails is no acknowledgement, and no fault of the journal.
    fn wait_synced(&self, seq: u64) -> Result<(), String> {
        for _ in 0..LOOKS {
            match self.journal().progress().wait_synced(seq, LOOK) {
                Ok(()) => {
                    self.world.acknowledged_synced(seq + 1);
                    return Ok(());
                }
                Err(NotSynced::Failed(_)) => return Ok(()),
                Err(NotSynced::NotYet) if self.world.is_stopped() => return Ok(()),
                Err(NotSynced::NotYet) => {}
            }
        }
        Err(format!("the record {seq} does not come to disk"))
    }

    fn wait_synced_at_last(&self, seq: u64) -> Result<(), String> {
        for _ in 0..LOOKS {
            match self.journal().progress().wait_synced(seq, LOOK) {
                Ok(()) => {
                    self.world.acknowledged_synced(seq + 1);
                    return Ok(());
                }
                Err(_) if self.world.is_stopped() => return Ok(()),
                Err(NotSynced::NotYet) => {}
                Err(NotSynced::Failed(_)) => std::thread::sleep(LOOK),
            }
        }
        Err(format!("the record {seq} does not come to disk"))
    }

    fn follow(&self, is_synced: bool) -> Result<(), String> {
        let tap = self.journal().subscribe();
        let next_seq = tap.synced();
        // A follower has got it and must never get another record of the same number.
        self.world.acknowledged_synced(next_seq);
        self.world.delivered(next_seq);
        // After a loss of power the journal may know of less than it had said.
        let before = cursor(&self.world)?;
        if next_seq > before || is_synced {
            let next_seq = next_seq.max(before);
            self.world.replaces_cursor();
            let written = tap.write_cursor(CURSOR, format!("{next_seq}\n").as_bytes(), is_synced);
            written.map_err(|error| format!("could not write the cursor: {error}"))?;
            self.world.acknowledged_cursor(next_seq, is_synced);
        }
        Ok(())
    }

    /// As the sealer's thread does it, of which each life has one.
    fn seal(&mut self, and_record: bool) -> Result<(), String> {
        let tap = self.journal().subscribe();
        let worker = match self.worker.take() {
            Some(worker) => Ok(worker),
            None => SignedWorker::start(&tap, ORIGIN, self.signer()),
        };
        let mut worker = match worker {
            Ok(worker) => worker,
            Err(_) if self.world.is_stopped() => return Ok(()),
            Err(trouble) => return Err(trouble.to_string()),
        };
        let sealed = worker.seal(&tap, and_record);
        self.worker = Some(worker);
        match sealed {
            Err(trouble) if !self.world.is_stopped() => Err(trouble.to_string()),
            _ => Ok(()),
        }
    }

    fn signer(&mut self) -> GivenSigner {
        if self.setting.has_signer { signed::signer(self.dice.roll(1 << 20)) } else { GivenSigner::default() }
    }

    fn end(&mut self) -> (Disk, Known) {
        let at_stop = self.dice.roll(2) == 0;
        self.world.stop();
        (self.journal, self.worker) = (None, None);
        self.steps.extend(self.world.steps());
        if at_stop { self.world.at_stop() } else { self.world.at_end() }
    }

    fn live_again(&mut self, disk: Disk, known: Known) {
        let stop_at = self.stop_at.saturating_sub(self.steps.len());
        self.world = World::new(disk, known, stop_at, self.dice.roll(usize::MAX));
    }
}
