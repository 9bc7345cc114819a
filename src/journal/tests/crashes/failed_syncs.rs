//! Syncs fail one after the other, and copies find no space: nothing is said to be on disk that is
//! not, whichever way it ends.

use super::story::Act::{
    self, Append, AppendSynced, Close, Die, FailSync, FailSyncs, FillDisk, Follow, FollowToTheEnd, Open,
    Pass, Synced, SyncedAtLast,
};
use super::{Crash, DAY, Tale, both};

/// The sync of the copy fails, too, or that of its name, and once more.
const FAILED_SYNCS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    FailSyncs(3),
    Append(3),
    Synced,
    Follow,
    Append(2),
    Synced,
    Follow,
    SyncedAtLast,
    Follow,
    Append(1),
    Synced,
    FollowToTheEnd,
    Close,
];
/// The same where each caller waits for the disk.
const FAILED_SYNCS_WAITED_FOR: &[Act] = &[
    Open,
    AppendSynced(2),
    FailSyncs(2),
    AppendSynced(3),
    Follow,
    SyncedAtLast,
    AppendSynced(2),
    Follow,
    Close,
];
/// The copy has no space.
const FAILED_SYNC_ON_A_FULL_DISK: &[Act] = &[
    Open,
    Append(3),
    Synced,
    FailSync(0),
    FillDisk(4),
    Append(3),
    Synced,
    Follow,
    SyncedAtLast,
    Follow,
    Append(2),
    Synced,
    Follow,
    Close,
];
const FAILED_SYNC_ON_A_FULL_DISK_WAITED_FOR: &[Act] =
    &[Open, AppendSynced(2), FailSync(0), FillDisk(3), AppendSynced(1), Follow, SyncedAtLast, Follow, Close];
/// The day ends while the records of its file are not on disk, and can't be copied.
const FAILED_SYNCS_AT_A_CHANGE_OF_DAY: &[Act] = &[
    Open,
    Append(3),
    FailSyncs(2),
    FillDisk(2),
    Pass(DAY),
    Append(3),
    Synced,
    Follow,
    Append(1),
    Synced,
    Follow,
    SyncedAtLast,
    Follow,
    Die,
    Open,
    Append(2),
    Synced,
    Follow,
    Close,
];
/// The process ends before anything could be copied, and the next one goes on.
const FAILED_SYNCS_BEFORE_A_RESTART: &[Act] = &[
    Open,
    Append(3),
    Synced,
    FailSyncs(2),
    FillDisk(3),
    Append(3),
    Synced,
    Die,
    Open,
    Append(2),
    Synced,
    Follow,
    SyncedAtLast,
    Follow,
    Die,
    Open,
    Append(1),
    Synced,
    Close,
];
const FAILED_SYNCS_OF_ALL_KINDS: [&[Act]; 6] = [
    FAILED_SYNCS,
    FAILED_SYNCS_WAITED_FOR,
    FAILED_SYNC_ON_A_FULL_DISK,
    FAILED_SYNC_ON_A_FULL_DISK_WAITED_FOR,
    FAILED_SYNCS_AT_A_CHANGE_OF_DAY,
    FAILED_SYNCS_BEFORE_A_RESTART,
];

#[test]
fn a_process_that_dies_while_nothing_can_be_synced_loses_nothing() {
    for acts in FAILED_SYNCS_OF_ALL_KINDS {
        both(acts, Tale::outlives_the_process);
    }
}

#[test]
fn a_loss_of_power_while_nothing_can_be_synced_takes_nothing_that_was_synced() {
    for acts in FAILED_SYNCS_OF_ALL_KINDS {
        both(acts, Tale::outlives_the_power);
    }
}

#[test]
fn a_process_that_dies_again_after_failed_syncs_loses_nothing() {
    for acts in FAILED_SYNCS_OF_ALL_KINDS {
        both(acts, |tale| tale.outlives_a_second_crash(Crash::ProcessDied));
    }
}
