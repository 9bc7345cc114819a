//! The thread on which a signer signs, one text after another. It may block there as long as it likes.

use super::given::Given;
use crate::error::Chain;
use crate::lock::{lock, wait_until};
use crate::seal::{NoteSignature, Signer, VerifierKey};
use crate::unwind::caught;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

/// How long the end of the log waits for a signer that has nothing to sign.
const GRACE: Duration = Duration::from_millis(100);

/// A signature, or why there is none.
pub(super) type Answer = Result<NoteSignature, String>;

/// The thread, and what it is asked to sign.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) key: VerifierKey,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    next: u64,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The texts to sign, each with the number of its request.
    asked: VecDeque<(u64, String)>,
    /// The request that is being signed, unless it was withdrawn.
    signing: Option<u64>,
    /// Whether the signer is at work.
    is_busy: bool,
    answers: Vec<(u64, Answer)>,
    /// The thread that is woken when there is an answer.
    asker: Option<Thread>,
    is_over: bool,
    has_ended: bool,
}

impl Desk {
    /// Starts the thread, at the priority of the caller: it does little, and has a deadline.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    pub(super) fn start(given: Given) -> io::Result<Desk> {
        let Given { key, signer, .. } = given;
        let shared = Arc::new(Shared::default());
        let (for_thread, its_key) = (Arc::clone(&shared), key.clone());
        let builder = std::thread::Builder::new().name("audit-sign".to_owned());
        let thread = builder.spawn(move || run(&for_thread, signer, &its_key))?;
        Ok(Desk { key, shared, thread: Some(thread), next: 0 })
    }

    /// Asks for a signature of a text. Returns the number of the request. The current thread is woken when it is
    /// answered.
    pub(super) fn ask(&mut self, text: &str) -> u64 {
        self.next += 1;
        let mut state = lock(&self.shared.state);
        state.asker.get_or_insert_with(std::thread::current);
        state.asked.push_back((self.next, text.to_owned()));
        drop(state);
        self.shared.changed.notify_all();
        self.next
    }

    /// Returns whether there is an answer that was not taken.
    pub(super) fn has_answers(&self) -> bool {
        !lock(&self.shared.state).answers.is_empty()
    }

    /// Takes the answer of a request, if there is one.
    pub(super) fn take(&self, number: u64) -> Option<Answer> {
        let mut state = lock(&self.shared.state);
        let at = state.answers.iter().position(|(answered, _)| *answered == number)?;
        Some(state.answers.swap_remove(at).1)
    }

    /// Waits for the answer of a request.
    pub(super) fn wait(&self, number: u64, until: Instant) -> Option<Answer> {
        let is_answered = |state: &State| state.answers.iter().any(|(answered, _)| *answered == number);
        wait_until(&self.shared.state, &self.shared.changed, until, is_answered);
        self.take(number)
    }

    /// Forgets a request: its answer is of no use any more.
    pub(super) fn withdraw(&self, number: u64) {
        let mut state = lock(&self.shared.state);
        state.asked.retain(|(asked, _)| *asked != number);
        state.answers.retain(|(answered, _)| *answered != number);
        state.signing.take_if(|signing| *signing == number);
    }
}

/// Ends the thread, unless the signer is busy: then it is abandoned.
impl Drop for Desk {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.is_over = true;
        state.asked.clear();
        let until = Instant::now() + if state.is_busy { Duration::ZERO } else { GRACE };
        drop(state);
        self.shared.changed.notify_all();
        let has_ended = wait_until(&self.shared.state, &self.shared.changed, until, |state| state.has_ended);
        if let (true, Some(thread)) = (has_ended, self.thread.take()) {
            // What the signer has panicked with was reported by the panic hook.
            thread.join().unwrap_or(());
        }
    }
}

fn run(shared: &Shared, mut signer: Box<dyn Signer>, key: &VerifierKey) {
    while let Some((number, text)) = next(shared) {
        let answer = caught(|| {
            let signed = signer.sign(text.as_bytes());
            signed.map_err(|error| Chain(&*error).to_string())
        });
        let answer = match answer {
            Ok(Ok(signature)) => NoteSignature::of(&text, key, &signature)
                .ok_or_else(|| "its signature is not valid for its verifier key".to_owned()),
            Ok(Err(reason)) => Err(reason),
            Err(panic) => Err(format!("it panicked: {panic}")),
        };
        let mut state = lock(&shared.state);
        state.is_busy = false;
        if state.signing.take() == Some(number) {
            state.answers.push((number, answer));
            if let Some(asker) = &state.asker {
                asker.unpark();
            }
        }
        drop(state);
        shared.changed.notify_all();
    }
    // The panic hook has reported it, if it panics.
    caught(|| drop(signer)).unwrap_or(());
    lock(&shared.state).has_ended = true;
    shared.changed.notify_all();
}

/// Waits for a request; `None` once there are none any more.
fn next(shared: &Shared) -> Option<(u64, String)> {
    let mut state = lock(&shared.state);
    loop {
        if state.is_over {
            return None;
        }
        if let Some((number, text)) = state.asked.pop_front() {
            (state.signing, state.is_busy) = (Some(number), true);
            return Some((number, text));
        }
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}
