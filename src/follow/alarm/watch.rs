//! The watch over mirrors that hang.
//!
//! A mirror that does not return from a delivery raises no alarm itself, nor does a thread that waits for
//! a disk. So one more thread looks from time to time whether each mirror with undelivered records makes
//! progress.

use super::state::{AlarmAfter, failed_record};
use crate::follow::control::{Control, Hang};
use crate::journal::Subscription;
use crate::lock::lock;
use crate::record::Timestamp;
use crate::report::Level;
use crate::unwind::caught;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The number of looks in the time after which the alarm is raised.
const LOOKS: u32 = 8;

/// The shortest and the longest time between two looks.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(15);

/// The longest time that ending the watch takes.
const LAST_WAIT: Duration = Duration::from_millis(100);

/// The watch. It ends when this is dropped.
pub(in crate::follow) struct Watch(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    watched: Vec<Watched>,
    is_over: bool,
    has_ended: bool,
}

#[derive(Clone)]
struct Watched {
    name: String,
    control: Arc<Control>,
    /// The number of the next record at the last look, and since when it has stood still.
    stands: Option<(u64, Instant, Timestamp)>,
}

impl Watch {
    pub(in crate::follow) fn start(alarm_after: Arc<AlarmAfter>) -> io::Result<Watch> {
        let shared = Arc::new(Shared::default());
        let its = Arc::clone(&shared);
        std::thread::Builder::new().name("audit-watch".to_owned()).spawn(move || {
            // A panic would be a defect of this crate; the mirrors go on without the watch.
            caught(|| its.watch(&alarm_after)).unwrap_or(());
            lock(&its.state).has_ended = true;
            its.changed.notify_all();
        })?;
        Ok(Watch(shared))
    }

    pub(in crate::follow) fn add(&self, name: &str, control: &Arc<Control>) {
        let watched = Watched { name: name.to_owned(), control: Arc::clone(control), stands: None };
        lock(&self.0.state).watched.push(watched);
    }

    pub(in crate::follow) fn remove(&self, control: &Arc<Control>) {
        lock(&self.0.state).watched.retain(|watched| !Arc::ptr_eq(&watched.control, control));
    }

    /// Looks at once, since the time after which the alarm is raised has changed.
    pub(in crate::follow) fn look(&self) {
        self.0.changed.notify_all();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.is_over = true;
        state.watched.clear();
        self.0.changed.notify_all();
        let wait = self.0.changed.wait_timeout_while(state, LAST_WAIT, |state| !state.has_ended);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Shared {
    fn watch(&self, alarm_after: &AlarmAfter) {
        let mut state = lock(&self.state);
        while !state.is_over {
            let after = alarm_after.get();
            let mut watched = state.watched.clone();
            drop(state);
            watched.iter_mut().for_each(|it| it.look(after));
            state = lock(&self.state);
            for it in &mut state.watched {
                let same = watched.iter().find(|other| Arc::ptr_eq(&other.control, &it.control));
                it.stands = same.and_then(|same| same.stands);
            }
            if !state.is_over {
                let pause = (after / LOOKS).clamp(SHORTEST, LONGEST);
                (state, _) = self.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Watched {
    fn look(&mut self, after: Duration) {
        let control = Arc::clone(&self.control);
        control.with_journal(|journal| {
            let next_seq = control.status().next_seq;
            // A thread that sleeps raises the alarm itself.
            let busy = control.busy().filter(|_| next_seq < journal.synced());
            let Some(busy) = busy else {
                self.stands = None;
                return;
            };
            match self.stands.filter(|(seq, ..)| *seq == next_seq) {
                None => self.stands = Some((next_seq, Instant::now(), journal.now())),
                Some((_, begun, since)) if begun.elapsed().min(busy) >= after => {
                    self.raise(journal, next_seq, since);
                }
                Some(_) => {}
            }
        });
    }

    fn raise(&self, journal: &Subscription, next_seq: u64, since: Timestamp) {
        let error = "the mirror hangs: it has not returned from a delivery, or the disk does not answer";
        if !self.control.hangs(Hang { since, error: error.to_owned() }, journal.now()) {
            return;
        }
        let name = &self.name;
        journal.reports().post(Level::Error, || {
            format!("the mirror `{name}` has delivered no records since {since}: {error}")
        });
        journal.emit(failed_record(name, since, next_seq, error));
        journal.deliver_reports();
    }
}
