//! The thread that takes up requests.

use super::control::Control;
use super::take::{Act, Taker};
use crate::journal::{Folder, Subscription};
use std::time::Duration;

/// How often the folder is looked at where nothing tells of a change.
const STEP: Duration = Duration::from_secs(1);

/// How often it is tried to make a folder that can't be made.
const LONGEST_STEP: Duration = Duration::from_secs(60);

pub(super) fn run(control: &Control, journal: &Subscription, act: &Act) {
    let folder = journal.path().join(Folder::Requests.path_of(""));
    let mut taker = Taker::default();
    let mut step = STEP;
    while !control.is_ending() {
        let is_there = journal.directory().make_folder(Folder::Requests).is_ok();
        // Before it is looked at, so that nothing is missed.
        let watch = control.watch(&folder);
        if !taker.take_all(journal, act) {
            return;
        }
        journal.deliver_reports();
        match watch {
            Some(watch) => {
                if !watch.wait() {
                    control.is_unwatched();
                    // A program that removes the directory finds it empty.
                    control.pause(STEP);
                }
            }
            None => {
                step = if is_there { STEP } else { (step * 2).min(LONGEST_STEP) };
                control.pause(step);
            }
        }
    }
}
