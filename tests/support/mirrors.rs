//! A mirror in memory with scripted answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tracing_audit::mirror::{Batch, Delivered, DeliveryError, OnRejected};
use tracing_audit::{Mirror, Record};

/// Decides the answer to a batch by the numbers of its records.
type Behaviour = Box<dyn FnMut(&[u64]) -> Answer + Send>;

pub enum Answer {
    Take,
    /// Takes the batch, and answers that it was not delivered.
    TakeAndFail,
    Fail,
    FailAndWait(std::time::Duration),
    Refuse,
    TimeOut,
    /// Takes this number of records, from the first one on, says so, and fails.
    FailAfter(usize),
    /// Takes this number of records, from the first one on, says so, and rejects the next one.
    RefuseAfter(usize),
    /// Takes all but this number of records at the end, and answers that it discarded those.
    TakeBut(u64),
    Panic,
}

/// The mirror. Clones share their state.
#[derive(Clone)]
pub struct TestMirror {
    inner: Arc<Mutex<Inner>>,
    on_rejected: OnRejected,
}

struct Inner {
    behaviour: Behaviour,
    /// The numbers of the records, in the order of their first arrival.
    first: Vec<u64>,
    lines: HashMap<u64, String>,
    repeats: usize,
    calls: usize,
    largest: usize,
}

impl TestMirror {
    pub fn new() -> TestMirror {
        let inner = Inner {
            behaviour: Box::new(|_| Answer::Take),
            first: Vec::new(),
            lines: HashMap::new(),
            repeats: 0,
            calls: 0,
            largest: 0,
        };
        TestMirror { inner: Arc::new(Mutex::new(inner)), on_rejected: OnRejected::Keep }
    }

    pub fn dead_letters(self) -> TestMirror {
        TestMirror { on_rejected: OnRejected::DeadLetter, ..self }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn behaves(&self, behaviour: impl FnMut(&[u64]) -> Answer + Send + 'static) {
        self.inner().behaviour = Box::new(behaviour);
    }

    /// Returns the numbers of the records, in the order of their first arrival.
    pub fn seqs(&self) -> Vec<u64> {
        self.inner().first.clone()
    }

    pub fn count(&self) -> usize {
        self.inner().first.len()
    }

    /// Returns the number of repeated records.
    pub fn repeats(&self) -> usize {
        self.inner().repeats
    }

    pub fn calls(&self) -> usize {
        self.inner().calls
    }

    pub fn largest(&self) -> usize {
        self.inner().largest
    }

    pub fn records(&self) -> Vec<Record> {
        let inner = self.inner();
        inner.first.iter().map(|seq| Record::from_line(inner.lines[seq].as_bytes()).unwrap()).collect()
    }
}

impl Mirror for TestMirror {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let mut inner = self.inner();
        inner.calls += 1;
        inner.largest = inner.largest.max(batch.lines().len());
        let seqs = batch.lines().iter().map(|line| line.seq()).collect::<Vec<_>>();
        assert!(seqs.is_sorted() && !seqs.is_empty());
        let answer = (inner.behaviour)(&seqs);
        let taken = match answer {
            Answer::Take | Answer::TakeAndFail => seqs.len(),
            Answer::TakeBut(count) => seqs.len() - count as usize,
            Answer::FailAfter(count) | Answer::RefuseAfter(count) => count.min(seqs.len()),
            Answer::Fail | Answer::FailAndWait(_) | Answer::Refuse | Answer::TimeOut | Answer::Panic => 0,
        };
        for line in &batch.lines()[..taken] {
            assert!(line.uid().starts_with(&format!("{}-{}-", batch.journal(), line.seq())));
            match inner.lines.insert(line.seq(), line.text().to_owned()) {
                None => inner.first.push(line.seq()),
                Some(before) => {
                    assert_eq!(before, line.text(), "a repeat is identical");
                    inner.repeats += 1;
                }
            }
        }
        match answer {
            Answer::Take => Ok(Delivered::all()),
            Answer::TakeBut(count) => Ok(Delivered::partial(count, "too many of them")),
            Answer::Fail | Answer::TakeAndFail => Err(DeliveryError::retry("the receiver is away")),
            Answer::FailAndWait(time) => Err(DeliveryError::retry("not just now").with_retry_after(time)),
            Answer::TimeOut => Err(DeliveryError::timed_out("no answer in time")),
            Answer::Refuse => Err(DeliveryError::rejected("not to my liking")),
            Answer::FailAfter(count) => {
                Err(DeliveryError::retry("the receiver went away").with_delivered(count))
            }
            Answer::RefuseAfter(count) => {
                Err(DeliveryError::rejected("not to my liking").with_delivered(count))
            }
            Answer::Panic => panic!("the mirror panics"),
        }
    }

    fn on_rejected(&self) -> OnRejected {
        self.on_rejected
    }
}
