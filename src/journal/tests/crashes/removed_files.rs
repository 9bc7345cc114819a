//! Another program removes the day files while a journal is open, and the disk fails or fills up just then:
//! each record is in another file, or named, whichever way it ends.
//!
//! A copy whose sync has failed is no place for a record, also if the record was on disk in the file that
//! was removed. Records that were not on disk, and are in the removed file alone when the process dies, are
//! lost with it; without an intake that may be each record of the last interval. With an intake they are named
//! all the same, and without one from the moment on in which the journal has seen that the file is gone. From that
//! moment on a loss of power leaves none unnamed, either: the checkpoint on disk has their number.

use super::dice::Dice;
use super::story::Act::{
    self, Append, AppendSynced, Close, Committed, Die, FailSync, FailSyncs, FillDisk, LosePower, Open, Pass,
    RemoveDayFiles, Synced, SyncedAtLast,
};
use super::{BUFFERED, Crash, DAY, Stop, Story, Tale, both};

const REMOVED: &[Act] =
    &[Open, Append(3), Synced, Append(2), RemoveDayFiles, Append(2), Synced, Append(1), Close];
const REMOVED_WHILE_SYNCS_FAIL: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Append(2),
    RemoveDayFiles,
    FailSyncs(2),
    Append(2),
    Synced,
    SyncedAtLast,
    Append(1),
    Close,
];
const REMOVED_WHILE_SYNCS_FAIL_WAITED_FOR: &[Act] = &[
    Open,
    AppendSynced(2),
    RemoveDayFiles,
    FailSync(0),
    AppendSynced(1),
    SyncedAtLast,
    AppendSynced(1),
    Close,
];
const REMOVED_ON_A_FULL_DISK: &[Act] = &[
    Open,
    Append(3),
    Synced,
    RemoveDayFiles,
    FillDisk(2),
    FailSync(1),
    Append(2),
    SyncedAtLast,
    Append(1),
    Close,
];
const REMOVED_BEFORE_A_RESTART: &[Act] = &[
    Open,
    Append(3),
    Synced,
    RemoveDayFiles,
    FailSyncs(3),
    Append(2),
    Synced,
    Die,
    Open,
    Append(2),
    Synced,
    LosePower,
    Open,
    Append(1),
    Synced,
    Close,
];
const REMOVED_AT_MIDNIGHT: &[Act] =
    &[Open, Append(3), Synced, Append(2), RemoveDayFiles, Pass(DAY), Append(2), Synced, Append(1), Close];
const REMOVED_WITH_THE_FILE_OF_THE_DAY_BEFORE: &[Act] = &[
    Open,
    Append(2),
    Synced,
    Append(2),
    Pass(DAY),
    Append(2),
    RemoveDayFiles,
    Append(3),
    Synced,
    Append(1),
    Close,
];
const ALL: [&[Act]; 7] = [
    REMOVED,
    REMOVED_AT_MIDNIGHT,
    REMOVED_WITH_THE_FILE_OF_THE_DAY_BEFORE,
    REMOVED_WHILE_SYNCS_FAIL,
    REMOVED_WHILE_SYNCS_FAIL_WAITED_FOR,
    REMOVED_ON_A_FULL_DISK,
    REMOVED_BEFORE_A_RESTART,
];

#[test]
fn a_process_that_dies_after_its_files_were_removed_names_what_is_gone() {
    ALL.into_iter().for_each(|acts| Tale { setting: BUFFERED, acts }.outlives_the_process());
}

#[test]
fn a_loss_of_power_after_files_were_removed_takes_nothing_that_was_synced_unnamed() {
    ALL.into_iter().for_each(|acts| both(acts, Tale::outlives_the_power));
}

#[test]
fn a_process_that_dies_again_after_its_files_were_removed_names_what_is_gone() {
    for acts in [REMOVED_WHILE_SYNCS_FAIL, REMOVED_WITH_THE_FILE_OF_THE_DAY_BEFORE] {
        let tale = Tale { setting: BUFFERED, acts };
        tale.outlives_a_second_crash(Crash::ProcessDied);
        tale.outlives_a_second_crash(Crash::PowerLost);
    }
}

/// Tells the story until it stops before such a step with this text; returns how many records were lost with the
/// removed file.
fn lost_in(tale: &Tale, stops_before: (&'static str, usize)) -> usize {
    let mut story = Story::new(tale.setting, 0, 1);
    story.world.stop_before(stops_before);
    story.run(tale.acts).unwrap();
    let (disk, known) = story.world.at_stop();
    let lost = known.removed.range(known.synced..).count();
    tale.check(Crash::ProcessDied, disk, &known, &story, Stop { step: 0, seed: 1 }).unwrap();
    lost
}

/// The removed file is the only place of records that were not on disk, and its copy is still empty.
#[test]
fn a_process_that_dies_while_it_copies_a_removed_file_names_what_was_not_copied() {
    both(&[Open, Append(3), Synced, RemoveDayFiles, Append(4), Close], |tale| {
        let lost = lost_in(tale, ("to audit-2026-05-28.1.log", 1));
        assert!(lost > 0 || tale.setting.intake_bytes > 0);
    });
}

/// The checkpoint on disk has their numbers before the first of them is copied.
#[test]
fn a_loss_of_power_while_a_removed_file_is_copied_takes_no_record_unnamed() {
    both(&[Open, Append(3), Synced, RemoveDayFiles, Append(4), Close], |tale| {
        let mut story = Story::new(tale.setting, 0, 1);
        story.world.stop_before(("create In(Days)/audit-2026-05-28.1.log", 1));
        story.run(tale.acts).unwrap();
        let (disk, known) = story.world.at_stop();
        let (last, _) = story.world.removed_lines().pop_last().unwrap();
        assert!(last >= 3 && known.noted > last, "{last}, {}", known.noted);
        for seed in 0..20 {
            let left = disk.after_power_loss(&mut Dice::new(seed as u64));
            let known = known.after_power_loss();
            tale.check(Crash::PowerLost, left, &known, &story, Stop { step: 0, seed }).unwrap();
        }
    });
}

/// Where a sync of the removed file fails first, that file is not checked any more, but copied all the same.
#[test]
fn a_process_that_dies_while_it_copies_a_removed_file_that_could_not_be_synced_names_what_was_not_copied() {
    both(
        &[Open, Append(3), Synced, RemoveDayFiles, FailSync(0), Append(1), Committed, Synced, Close],
        |tale| {
            lost_in(tale, ("to audit-2026-05-28.1.log", 1));
        },
    );
}

/// The copy of the open file ends where the journal does, as in a log that was closed; what is missing before it
/// is noted nowhere yet.
#[test]
fn a_process_that_dies_once_it_has_copied_one_of_two_removed_files_names_the_records_of_the_other_one() {
    both(REMOVED_WITH_THE_FILE_OF_THE_DAY_BEFORE, |tale| {
        lost_in(tale, ("create In(Days)/audit-2026-05-29.log", 2));
    });
}

/// The intake knows the number of each record that went through it, also of those whose space is free.
#[test]
fn a_process_that_dies_before_it_sees_that_a_file_was_removed_names_what_was_in_it() {
    // The space of the first one is free once the second one is in the file.
    let acts = &[Open, Append(3), Synced, RemoveDayFiles, Append(1), Committed, Append(1), Committed];
    lost_in(&Tale { setting: BUFFERED, acts }, ("no such step", 1));
}

/// The copy of the removed file could not be synced, nor could the file behind it, which has the name of the
/// removed one: the next process writes the records of both again, in whatever order their names are.
#[test]
fn a_loss_of_power_takes_nothing_that_was_written_again_after_its_files_were_removed() {
    let acts = &[
        Open,
        Append(3),
        Synced,
        RemoveDayFiles,
        FailSyncs(2),
        Append(4),
        Synced,
        Die,
        Open,
        Append(1),
        SyncedAtLast,
    ];
    both(acts, |tale| {
        let mut story = Story::new(tale.setting, 0, 1);
        story.run(acts).unwrap();
        let (disk, mut known) = story.world.at_stop();
        known.records.append(&mut known.removed);
        for seed in 0..20 {
            let left = disk.after_power_loss(&mut Dice::new(seed as u64));
            let known = known.after_power_loss();
            tale.check(Crash::PowerLost, left, &known, &story, Stop { step: 0, seed }).unwrap();
        }
    });
}

/// The records that were on disk in the removed file are on disk in its copy only once a sync of that has not
/// failed: the next process writes them again, too.
#[test]
fn a_loss_of_power_takes_nothing_that_was_on_disk_before_its_copy_could_not_be_synced() {
    let acts = &[
        Open,
        Append(3),
        Synced,
        RemoveDayFiles,
        FailSync(0),
        Append(4),
        Committed,
        Die,
        Open,
        Append(1),
        SyncedAtLast,
    ];
    both(acts, |tale| {
        let mut story = Story::new(tale.setting, 0, 1);
        story.run(acts).unwrap();
        let (disk, mut known) = story.world.at_stop();
        known.records.append(&mut known.removed);
        for seed in 0..20 {
            let left = disk.after_power_loss(&mut Dice::new(seed as u64));
            let known = known.after_power_loss();
            tale.check(Crash::PowerLost, left, &known, &story, Stop { step: 0, seed }).unwrap();
        }
    });
}

/// Also those that were on disk before the sync failed: the removed file is still open.
#[test]
fn a_removed_file_that_could_not_be_synced_loses_nothing() {
    let acts = &[
        Open,
        Append(3),
        Synced,
        RemoveDayFiles,
        FailSync(0),
        Append(1),
        Synced,
        SyncedAtLast,
        Append(1),
        Close,
    ];
    both(acts, |tale| {
        let mut story = Story::new(tale.setting, 0, 1);
        story.run(acts).unwrap();
        let (disk, mut known) = story.world.at_stop();
        known.records.append(&mut known.removed);
        tale.check(Crash::ProcessDied, disk, &known, &story, Stop { step: 0, seed: 1 }).unwrap();
    });
}
