//! The publisher's thread.

use super::control::Control;
use super::status::Unchanging;
use crate::handle::stats::Sources;
use crate::journal::{Folder, state_file};
use crate::lock::lock;
use crate::published::{PublishedStatus, STATUS};
use crate::report::Level;
use std::io;
use std::time::{Duration, Instant};

/// The shortest time between two states that are published.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(control: &Control, sources: &Sources, unchanging: &Unchanging) {
    let journal = &sources.journal;
    let number = journal.add_follower(std::thread::current());
    journal.reports().recent().watch(Some(std::thread::current()));
    let _stops = StopsOnDrop { sources, number };
    let mut last = None::<PublishedStatus>;
    let mut is_failing = false;
    loop {
        let (is_closed, is_ending) = {
            let state = lock(&control.state);
            (state.is_closed, state.is_ending)
        };
        let status = unchanging.status(sources, is_closed);
        let is_settled = is_settled(&status);
        if last.as_ref().is_none_or(|last| differs(last, &status)) {
            match publish(sources, &status) {
                Ok(()) => (last, is_failing) = (Some(status), false),
                Err(error) => {
                    last = None;
                    if !is_failing {
                        is_failing = true;
                        let path = journal.path().join(STATUS);
                        journal.reports().post(Level::Warn, || {
                            format!(
                                "{} can't be written, which tells the log's state: {error}",
                                path.display()
                            )
                        });
                    }
                }
            }
        }
        let mut state = lock(&control.state);
        if is_closed && !state.is_closed_published {
            state.is_closed_published = true;
            control.changed.notify_all();
        }
        drop(state);
        if is_ending {
            return;
        }
        let until = Instant::now() + PAUSE;
        let has_order = || {
            let state = lock(&control.state);
            state.is_ending || state.is_closed && !is_closed
        };
        while !has_order() {
            match until.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                _ => break,
            }
        }
        if is_settled && last.is_some() && !has_order() {
            std::thread::park();
        }
    }
}

fn publish(sources: &Sources, status: &PublishedStatus) -> io::Result<()> {
    let text = state_file::to_text(status)?;
    sources.journal.directory().replace_in(Folder::Days, STATUS, &text, false)
}

/// Returns whether a state is worth being published after another one.
fn differs(before: &PublishedStatus, now: &PublishedStatus) -> bool {
    let as_before = PublishedStatus { written: before.written, disk_free: before.disk_free, ..now.clone() };
    as_before != *before
}

/// Returns whether nothing changes in this state unless something else happens, of which the thread is told.
fn is_settled(status: &PublishedStatus) -> bool {
    let last = status.last_seq;
    let is_sealed = status.seal.as_ref().is_none_or(|seal| seal.sealed_seq >= last);
    let are_mirrors_settled = status.mirrors.iter().all(|mirror| mirror.behind_records == 0);
    status.synced_seq >= last && is_sealed && are_mirrors_settled
}

/// Ends that the thread is told of changes.
struct StopsOnDrop<'a> {
    sources: &'a Sources,
    number: u64,
}

impl Drop for StopsOnDrop<'_> {
    fn drop(&mut self) {
        self.sources.journal.reports().recent().watch(None);
        self.sources.journal.remove_follower(self.number);
    }
}
