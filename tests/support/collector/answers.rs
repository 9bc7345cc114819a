//! What a collector answers, as it is told to.

use super::super::dice::Dice;
use super::Arrival;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What becomes of a request's records, and what its sender is told.
#[derive(Clone, Debug)]
pub enum Answer {
    /// All are stored, and it says so.
    Ok,
    /// Nothing is stored; this status, with a line of text.
    Status(u16),
    /// The same, with so many seconds in `Retry-After`.
    RetryAfter(u16, u64),
    /// Nothing is stored; the connection is closed without an answer.
    Drop,
    /// All are stored; the connection is closed without an answer.
    DropAfterStoring,
    /// Nothing is stored; after so long, or when the collector is stopped, the connection is
    /// closed without an answer.
    Hang(Duration),
    /// Nothing is stored; this status and another path, where a request is told that all is
    /// well, and is a fault.
    Redirect(u16),
    /// Nothing is stored; 200 and a page, as of a gateway's.
    Html,
    /// All are stored, and this status denies it.
    StoredThenError(u16),
    /// All but so many at the end are stored; those are said to be thrown away.
    Partial(usize),
    /// 413 to more records than this, else as `Ok`.
    TooLarge(usize),
    /// 400 to a request with such a record in it, else as `Ok`.
    BadRequest(Which),
}

impl Answer {
    /// [`Answer::BadRequest`], of records for which this holds.
    pub fn bad_request(which: impl Fn(&Arrival) -> bool + Send + Sync + 'static) -> Answer {
        Answer::BadRequest(Which(Arc::new(which)))
    }
}

/// Some of all records.
#[derive(Clone)]
pub struct Which(Arc<dyn Fn(&Arrival) -> bool + Send + Sync>);

impl Which {
    pub fn has(&self, record: &Arrival) -> bool {
        (self.0)(record)
    }
}

impl fmt::Debug for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Which")
    }
}

/// What decides on each request, from the records in it.
pub type Script = Box<dyn FnMut(&[Arrival]) -> Answer + Send>;

/// The same to all.
pub fn always(answer: Answer) -> Script {
    Box::new(move |_| answer.clone())
}

/// One after the other, and then `Ok`.
pub fn in_turn(answers: impl IntoIterator<Item = Answer>) -> Script {
    let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
    Box::new(move |_| answers.next().unwrap_or(Answer::Ok))
}

/// Trouble for so many of a hundred requests, of every kind after which a sender has to send
/// again, unless it is set to put records aside. So no `Partial` that throws any away, and no
/// `BadRequest`, after which records are missing by rights.
pub fn mixed(seed: u64, percent: usize) -> Script {
    let mut dice = Dice::new(seed);
    let mut troubles = Vec::new();
    for status in [400, 401, 403, 404, 429, 500, 502, 503, 504] {
        troubles.push(Answer::Status(status));
    }
    for status in [302, 307] {
        troubles.push(Answer::Redirect(status));
    }
    for status in [500, 503] {
        troubles.push(Answer::StoredThenError(status));
    }
    for status in [429, 503] {
        troubles.push(Answer::RetryAfter(status, 0));
    }
    troubles.extend([
        Answer::Drop,
        Answer::DropAfterStoring,
        Answer::Hang(Duration::from_millis(20)),
        Answer::Html,
        Answer::TooLarge(1),
        // It has something to say, and has thrown nothing away.
        Answer::Partial(0),
    ]);
    Box::new(move |_| if dice.roll(100) < percent { dice.pick(&troubles) } else { Answer::Ok })
}
