//! The sealer's thread, and the orders that it gets.

use crate::follow::priority::spawn_at_low_priority;
use crate::journal::Subscription;
use crate::sealer::control::{Control, Order, State};
use crate::sealer::face::keeper::SealedUntil;
use crate::sealer::face::settings::Settings;
use crate::sealer::face::stats::SealStats;
use crate::sealer::signer::given::GivenSigner;
use crate::sealer::signer::signatures::Signatures;
use crate::sealer::turns::Turns;
use crate::unwind::caught;
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the end of the log waits for the thread at least, if the time for closing the log is over.
const GRACE: Duration = Duration::from_millis(100);

/// How long the end of the log waits for the thread at most.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The sealer of an open log.
#[derive(Debug)]
pub(crate) struct Sealer {
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

impl Sealer {
    /// Starts the sealer. What it can't do is an alarm, never an error.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    pub(super) fn start(
        journal: Subscription,
        settings: Settings,
        signer: GivenSigner,
        keeper: SealedUntil,
    ) -> io::Result<Sealer> {
        let signatures = Signatures::start(signer)?;
        let low_priority = settings.low_priority;
        let state = State { journal: Some(journal), settings: Some(settings), ..State::default() };
        let control =
            Arc::new(Control { state: Mutex::new(state), changed: Condvar::new(), sealed_until: keeper });
        let for_thread = Arc::clone(&control);
        let run = move || {
            let _ends = EndsOnDrop(&for_thread);
            run(&for_thread, signatures);
        };
        let thread = spawn_at_low_priority("audit-seal", low_priority, run)?;
        Ok(Sealer { control, thread: Some(thread) })
    }

    /// Learns until when the log is to be closed. Its end waits no longer than that for the thread.
    pub(crate) fn closes(&self, deadline: Instant) {
        self.control.state().closing = Some(deadline);
    }

    /// Seals what is on disk now, until the deadline; records the checkpoint if that is wanted.
    pub(crate) fn seal_now(&self, and_record: bool, deadline: Instant) {
        self.control.give(Order::Seal { and_record });
        self.control.wait(deadline, |state| !matches!(state.order, Order::Seal { .. }) || state.has_ended);
    }

    /// Returns what shows how sealing is doing.
    pub(crate) fn figures(&self) -> Figures {
        Figures(Arc::clone(&self.control))
    }

    /// Changes the intervals.
    pub(crate) fn set_intervals(&self, change: impl FnOnce(&mut Settings)) {
        let mut state = self.control.state();
        if let Some(settings) = &mut state.settings {
            change(settings);
        }
        state.wake();
    }

    /// Forgets the thread, in a forked child, which does not have it.
    pub(crate) fn forget(&mut self) {
        std::mem::forget(self.thread.take());
    }
}

/// How sealing is doing, for who has no access to the sealer.
#[derive(Debug)]
pub(crate) struct Figures(Arc<Control>);

impl Figures {
    pub(crate) fn stats(&self) -> SealStats {
        self.0.state().stats.clone()
    }
}

/// Seals what is on disk, and ends the thread. One that does not end in time is abandoned.
impl Drop for Sealer {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        self.control.give(Order::End);
        let now = Instant::now();
        let closing = self.control.state().closing;
        let deadline = closing.map_or(now + LAST_WAIT, |end| end.clamp(now + GRACE, now + LAST_WAIT));
        let has_ended = self.control.wait(deadline, |state| state.has_ended);
        let mut state = self.control.state();
        if let (Some(journal), Some((number, _))) = (state.journal.take(), &state.thread) {
            journal.remove_follower(*number);
        }
        drop(state);
        if has_ended {
            // The panic hook has reported a panic of the thread.
            thread.join().unwrap_or(());
        }
    }
}

/// Reports that the thread has ended, also after a panic.
struct EndsOnDrop<'a>(&'a Control);

impl Drop for EndsOnDrop<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let (Some(journal), Some((number, _))) = (state.journal.take(), state.thread.take()) {
            journal.remove_follower(number);
        }
        state.has_ended = true;
        drop(state);
        self.0.changed.notify_all();
    }
}

fn run(control: &Control, signatures: Signatures) {
    let Some(journal) = control.state().journal.clone() else {
        return;
    };
    let number = journal.add_follower(std::thread::current());
    control.state().thread = Some((number, std::thread::current()));
    let mut turns = Turns::new(journal.next_seq(), signatures);
    drop(journal);
    loop {
        let (order, journal, settings) = {
            let state = control.state();
            turns.closes(state.closing);
            (state.order, state.journal.clone(), state.settings.clone())
        };
        let (Some(journal), Some(settings)) = (journal, settings) else {
            return;
        };
        if turns.is_due(&journal, order, &settings) {
            let outcome = caught(|| turns.turn(&journal, order, &settings));
            turns.has_turned(control, &journal, order, &settings, outcome);
            journal.deliver_reports();
        }
        match order {
            Order::End => return,
            Order::Seal { .. } => control.done(order),
            Order::Follow => {
                let pause = turns.pause(&journal, &settings);
                let waits_for_records = turns.waits_for_records(&journal);
                drop(journal);
                if waits_for_records {
                    std::thread::park_timeout(pause);
                } else {
                    // The next sync need not wake the thread, as under `Durability::PowerLoss` thousands a second
                    // would.
                    control.wait(Instant::now() + pause, |state| state.order != Order::Follow);
                }
            }
        }
    }
}
