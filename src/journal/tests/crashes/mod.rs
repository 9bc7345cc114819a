//! The world stops at each step of what a journal does, and the journal keeps what it has
//! promised: to those whose process died, and to those who have lost power.
//!
//! As in redb's `crash_consistency.rs`. By default some of the steps are tried;
//! `CRASH_ALL=1` has all of them tried, each with several outcomes, and `CRASH_SEED` other
//! ones. Threads take turns as they like: the same seed does not always give the same steps,
//! so a failure shows those that were done.

#[allow(unreachable_pub, reason = "it is shared with the tests outside")]
#[path = "../../../../tests/support/dice.rs"]
mod dice;
mod failed_syncs;
mod lost_directory;
mod lost_intake;
mod promise;
mod removed_files;
#[cfg(feature = "seal")]
mod sealed;
#[cfg_attr(not(feature = "seal"), path = "unsigned.rs")]
mod signed;
mod story;
mod tale;
mod world;

use Act::{
    Append, AppendSynced, AppendTooLong, Close, Committed, Die, FailSync, FailSyncs, Follow, FollowToTheEnd,
    LosePower, Open, Pass, Prune, RemoveDayFiles, Seal, SealAndRecord, Synced, SyncedAtLast,
};
use dice::Dice;
use promise::Crash;
use story::{Act, INTAKE, Setting, Story};
use tale::{Stop, Tale, described, each, is_all, stops};

use super::DAY;

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
const CLOSED: &[Act] = &[Open, Append(2), Close, Open, Append(2), Synced, Close];
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
fn a_process_that_dies_between_two_orderly_ends_loses_nothing() {
    both(CLOSED, Tale::outlives_the_process);
    both(CLOSED, |tale| tale.outlives_a_second_crash(Crash::ProcessDied));
}

/// Guards against an intake that is said to be lost, or to have records, since it was removed at the end.
#[test]
fn a_crash_between_the_last_checkpoint_and_the_removal_of_the_intake_takes_nothing() {
    for removal in 1..=2 {
        let tale = Tale { setting: BUFFERED, acts: CLOSED };
        let mut story = Story::new(tale.setting, 0, 1);
        story.world.stop_before(("remove State/intake", removal));
        story.run(tale.acts).unwrap();
        assert!(
            story.steps().iter().any(|step| step.contains("rename State/mark.json")),
            "{:?}",
            story.steps()
        );
        let stop = Stop { step: 0, seed: 1 };
        let (disk, known) = story.world.at_stop();
        for seed in 0..20 {
            let left = disk.after_power_loss(&mut Dice::new(seed));
            tale.check(Crash::PowerLost, left, &known.after_power_loss(), &story, stop).unwrap();
        }
        tale.check(Crash::ProcessDied, disk, &known, &story, stop).unwrap();
    }
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
fn a_loss_of_power_between_two_orderly_ends_takes_nothing_that_was_synced() {
    both(CLOSED, Tale::outlives_the_power);
    both(CLOSED, |tale| tale.outlives_a_second_crash(Crash::PowerLost));
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
