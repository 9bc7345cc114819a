//! The world stops at each step of what a journal does, and the journal keeps what it has
//! promised: to those whose process died, and to those who have lost power.
//!
//! As in redb's `crash_consistency.rs`. By default some of the steps are tried;
//! `CRASH_ALL=1` has all of them tried, each with several outcomes, and `CRASH_SEED` other
//! ones. Threads take turns as they like: the same seed does not always give the same steps,
//! so a failure shows those that were done.

mod beside;
#[allow(unreachable_pub, reason = "it is shared with the tests outside")]
#[path = "../../../../tests/support/dice.rs"]
mod dice;
mod disk;
mod failed_syncs;
mod lost_intake;
mod promise;
mod removed_files;
#[cfg(feature = "seal")]
mod sealed;
#[cfg(feature = "seal")]
mod signed;
mod story;
mod world;

use Act::{
    Append, AppendSynced, AppendTooLong, Close, Die, FailSync, FailSyncs, Follow, FollowToTheEnd, LosePower,
    Open, Pass, Prune, RemoveDayFiles, Seal, SealAndRecord, Synced, SyncedAtLast,
};
use dice::Dice;
use promise::{Crash, check};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use story::{Act, INTAKE, Setting, Story};

use super::DAY;

/// How many are tried at a time: most of it is waiting.
const AT_ONCE: usize = 8;

/// How many steps are tried by default.
const SAMPLE: usize = 12;

/// How many outcomes a loss of power has, by default and of all.
const OUTCOMES: usize = 2;
const ALL_OUTCOMES: usize = 12;

fn number_in(variable: &str) -> usize {
    std::env::var(variable).ok().map_or(0, |text| text.parse().unwrap())
}

fn is_all() -> bool {
    number_in("CRASH_ALL") > 0
}

/// A step to stop at, and the seed of all that is random then.
#[derive(Clone, Copy)]
struct Stop {
    step: usize,
    seed: usize,
}

/// Stops to be tried of so many steps.
fn stops(steps: usize) -> Vec<Stop> {
    let mut dice = Dice::new(number_in("CRASH_SEED") as u64);
    let mut stop = |step| Stop { step, seed: dice.roll(1 << 31) };
    if is_all() {
        // Beyond the end, too: it does not always take as many.
        (1..=steps + 3).map(stop).collect()
    } else {
        let shift = stop(0).seed % steps;
        (0..SAMPLE).map(|number| stop(1 + (shift + number * steps / SAMPLE) % steps)).collect()
    }
}

/// Tries all of them, some at a time.
fn each(stops: &[Stop], attempt: impl Fn(Stop) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(stop) = stops.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = attempt(*stop) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let (tried, seed) = (stops.len(), number_in("CRASH_SEED"));
    let titles = failures.iter().filter_map(|failure| failure.lines().next()).collect::<Vec<_>>().join("\n");
    let first = failures.first().map_or("", |failure| failure);
    assert!(failures.is_empty(), "of {tried}, with CRASH_SEED={seed}:\n{titles}\n\nthe first one:\n{first}");
}

/// The acts of a story, and what it is set in.
struct Tale {
    setting: Setting,
    acts: &'static [Act],
}

impl Tale {
    /// How many steps it takes if nothing happens.
    fn steps(&self) -> usize {
        let mut story = Story::new(self.setting, 0, 1);
        story.run(self.acts).unwrap();
        story.steps().len()
    }

    fn told(&self, stop: Stop) -> Result<Story, String> {
        let mut story = Story::new(self.setting, stop.step, stop.seed);
        story.run(self.acts).map_err(|error| described(stop, &story, &error))?;
        Ok(story)
    }

    /// A process that dies at any step loses nothing.
    fn outlives_the_process(&self) {
        each(&stops(self.steps()), |stop| {
            let story = self.told(stop)?;
            for (disk, known) in [story.world.at_stop(), story.world.at_end()] {
                self.check(Crash::ProcessDied, disk, &known, &story, stop)?;
            }
            Ok(())
        });
    }

    /// A loss of power at any step takes nothing that was said to be on disk.
    fn outlives_the_power(&self) {
        each(&stops(self.steps()), |stop| {
            let story = self.told(stop)?;
            let (disk, known) = story.world.at_stop();
            let mut dice = Dice::new(stop.seed as u64);
            for _ in 0..if is_all() { ALL_OUTCOMES } else { OUTCOMES } {
                let left = disk.after_power_loss(&mut dice);
                self.check(Crash::PowerLost, left, &known.after_power_loss(), &story, stop)?;
            }
            Ok(())
        });
    }

    /// It crashes at any step, is opened again, and crashes at any step of that.
    fn outlives_a_second_crash(&self, first: Crash) {
        const AGAIN: &[Act] = &[Open, Append(2), Synced, Append(1), Close];
        each(&stops(self.steps()), |stop| {
            let story = self.told(stop)?;
            let mut dice = Dice::new(stop.seed as u64);
            let (disk, known) = story.world.at_stop();
            let mut step = if is_all() { 1 } else { 1 + dice.roll(30) };
            loop {
                let (disk, known) = match first {
                    Crash::ProcessDied => (disk.clone(), known.clone()),
                    Crash::PowerLost => (disk.after_power_loss(&mut dice), known.after_power_loss()),
                };
                let clock = match first {
                    Crash::ProcessDied => story.clock.clone(),
                    Crash::PowerLost => story.clock.booted_again(),
                };
                let seed = dice.roll(1 << 31);
                let mut again = Story::behind(disk, known, clock, self.setting, step, seed);
                let told = again.run(AGAIN);
                told.map_err(|error| {
                    described(stop, &story, &described(Stop { step, seed }, &again, &error))
                })?;
                let (disk, known) = again.world.at_stop();
                let checked = match dice.pick(&[Crash::ProcessDied, Crash::PowerLost]) {
                    // What a loss of power has spoilt before is still so.
                    Crash::ProcessDied => self.check(first, disk, &known, &again, Stop { step, seed }),
                    Crash::PowerLost => {
                        let (disk, known) = (disk.after_power_loss(&mut dice), known.after_power_loss());
                        self.check(Crash::PowerLost, disk, &known, &again, Stop { step, seed })
                    }
                };
                checked.map_err(|error| described(stop, &story, &error))?;
                if !is_all() || again.steps().len() < step {
                    return Ok(());
                }
                step += 1;
            }
        });
    }

    fn check(
        &self,
        crash: Crash,
        disk: disk::Disk,
        known: &world::Known,
        story: &Story,
        stop: Stop,
    ) -> Result<(), String> {
        let intake_bytes = if stop.seed.is_multiple_of(4) {
            INTAKE - self.setting.intake_bytes
        } else {
            self.setting.intake_bytes
        };
        let clock = match crash {
            Crash::ProcessDied => story.clock.clone(),
            Crash::PowerLost => story.clock.booted_again(),
        };
        check(crash, disk, known, &clock, intake_bytes)
            .map_err(|error| described(stop, story, &format!("{crash:?}: {error}\nknown: {known:?}")))
    }
}

fn described(stop: Stop, story: &Story, error: &str) -> String {
    let mut text = format!("stopped at step {}, seed {}: {error}\n", stop.step, stop.seed);
    for (number, step) in story.steps().iter().enumerate() {
        text += &format!("{:4} {step}\n", number + 1);
    }
    text
}

/// Each event is written on its own, or goes through an intake; files are kept for a day.
const DIRECT: Setting = Setting { intake_bytes: 0, retention_days: 1, has_signer: false };
const BUFFERED: Setting = Setting { intake_bytes: INTAKE, ..DIRECT };

const APPENDING: &[Act] = &[Open, Append(3), Synced, Append(3), Close];
const REFUSING: &[Act] =
    &[Open, Append(2), AppendTooLong, Synced, AppendTooLong, Pass(DAY), Append(2), AppendTooLong, Close];
const WAITING: &[Act] = &[Open, AppendSynced(4), Close];
const DAYS: &[Act] = &[Open, Append(3), Pass(DAY), Append(3), Synced, Pass(DAY), Append(2), Close];
const OLD_FILES: &[Act] =
    &[Open, Append(2), Pass(DAY), Append(2), Synced, Pass(5 * DAY), Append(2), Prune, Append(1), Close];
const RESTARTS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Append(2),
    Die,
    Open,
    Append(2),
    Synced,
    Close,
    Pass(DAY),
    Open,
    Append(2),
    Synced,
    Close,
];
const POWER_CUTS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Append(4),
    LosePower,
    Open,
    Append(2),
    Synced,
    Append(4),
    LosePower,
    Open,
    Append(1),
    Close,
];
const FOLLOWED: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Follow,
    Append(3),
    Follow,
    Pass(DAY),
    Append(2),
    Synced,
    Follow,
    Die,
    Open,
    FailSync(0),
    Append(2),
    Synced,
    Follow,
    Append(1),
    Synced,
    Follow,
    FollowToTheEnd,
    Close,
];
const FOLLOWED_THROUGH_POWER_CUTS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    FollowToTheEnd,
    Append(4),
    LosePower,
    Open,
    Append(2),
    Follow,
    Synced,
    Follow,
    Append(4),
    LosePower,
    Open,
    Follow,
    Append(1),
    Synced,
    Follow,
    FollowToTheEnd,
    Close,
];
const FAILED_SYNC: &[Act] =
    &[Open, Append(3), Synced, FailSync(0), Append(3), Synced, Append(2), Synced, Append(1), Close];
const FAILED_SYNC_OF_A_DAY: &[Act] =
    &[Open, Append(3), FailSync(0), Pass(DAY), Append(3), Synced, Append(2), Synced, Append(1), Close];

fn both(acts: &'static [Act], attempt: impl Fn(&Tale)) {
    for setting in [DIRECT, BUFFERED] {
        attempt(&Tale { setting, acts });
    }
}

#[test]
fn a_process_that_dies_while_it_appends_loses_nothing() {
    both(APPENDING, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_tells_of_what_it_has_refused() {
    both(REFUSING, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_at_a_change_of_day_loses_nothing() {
    both(DAYS, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_while_old_files_are_removed_loses_nothing_else() {
    both(OLD_FILES, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_after_a_restart_loses_nothing() {
    both(RESTARTS, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_after_a_sync_has_failed_loses_nothing() {
    both(FAILED_SYNC, Tale::outlives_the_process);
    both(FAILED_SYNC_OF_A_DAY, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_while_it_is_followed_loses_nothing() {
    both(FOLLOWED, Tale::outlives_the_process);
}

#[test]
fn a_process_that_dies_and_dies_again_in_recovery_loses_nothing() {
    both(APPENDING, |tale| tale.outlives_a_second_crash(Crash::ProcessDied));
    both(DAYS, |tale| tale.outlives_a_second_crash(Crash::ProcessDied));
}

#[test]
fn a_loss_of_power_takes_nothing_that_was_waited_for() {
    both(WAITING, Tale::outlives_the_power);
    both(APPENDING, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_while_there_is_a_gap_to_tell_of_takes_nothing_that_was_synced() {
    both(REFUSING, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_at_a_change_of_day_takes_nothing_that_was_synced() {
    both(DAYS, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_while_old_files_are_removed_takes_no_others() {
    both(OLD_FILES, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_after_a_restart_takes_nothing_that_was_synced() {
    both(RESTARTS, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_after_another_one_takes_nothing_that_was_synced() {
    both(POWER_CUTS, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_takes_nothing_that_was_delivered() {
    both(FOLLOWED, Tale::outlives_the_power);
    both(FOLLOWED_THROUGH_POWER_CUTS, Tale::outlives_the_power);
    both(FOLLOWED, |tale| tale.outlives_a_second_crash(Crash::PowerLost));
}

#[test]
fn a_loss_of_power_after_a_sync_has_failed_takes_nothing_that_was_synced() {
    both(FAILED_SYNC, Tale::outlives_the_power);
    both(FAILED_SYNC_OF_A_DAY, Tale::outlives_the_power);
}

#[test]
fn a_loss_of_power_and_a_crash_in_recovery_take_nothing_that_was_synced() {
    both(APPENDING, |tale| tale.outlives_a_second_crash(Crash::PowerLost));
    both(DAYS, |tale| tale.outlives_a_second_crash(Crash::PowerLost));
}
