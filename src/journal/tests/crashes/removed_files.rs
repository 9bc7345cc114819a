//! Another program removes the day files while a journal is open, and the disk fails or fills up just then:
//! each record is in another file, or named, whichever way it ends.
//!
//! A copy whose sync has failed is no place for a record, also if the record was on disk in the file that
//! was removed. Records that were not on disk, and are in the removed file alone when the process dies, are
//! lost with it; without an intake that may be each record of the last interval.

use super::story::Act::{
    self, Append, AppendSynced, Close, Die, FailSync, FailSyncs, FillDisk, LosePower, Open, RemoveDayFiles,
    Synced, SyncedAtLast,
};
use super::{BUFFERED, Crash, Tale, both};

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
const ALL: [&[Act]; 5] = [
    REMOVED,
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
    let tale = Tale { setting: BUFFERED, acts: REMOVED_WHILE_SYNCS_FAIL };
    tale.outlives_a_second_crash(Crash::ProcessDied);
    tale.outlives_a_second_crash(Crash::PowerLost);
}
