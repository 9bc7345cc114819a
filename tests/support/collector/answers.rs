//! The scripted answers of a collector.

use super::super::dice::Dice;
use super::Arrival;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What the collector does with the records of a request, and what it answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Stores all records, and answers so.
    Ok,
    /// Stores nothing, and answers with this status and a line of text.
    Status(u16),
    /// The same, with this number of seconds in `Retry-After`.
    RetryAfter(u16, u64),
    /// Stores nothing, and closes the connection without an answer.
    Drop,
    /// Stores all records, and closes the connection without an answer.
    DropAfterStoring,
    /// Stores nothing, and closes the connection without an answer after this time, or when the
    /// collector is stopped.
    Hang(Duration),
    /// Stores nothing, and redirects with this status to another path, which answers with success; a
    /// request there is a fault.
    Redirect(u16),
    /// Stores nothing, and answers 200 with an HTML page, like a gateway.
    Html,
    /// Stores all records, and answers with this status as if it had not.
    StoredThenError(u16),
    /// Stores all but this number of records at the end, and answers that it discarded those.
    Partial(usize),
    /// Answers 413 to more records than this, else as `Ok`.
    TooLarge(usize),
    /// Stores nothing of a request with more records than this, and hangs as `Hang`; else as `Ok`.
    TooSlow(usize, Duration),
    /// Stores nothing, and answers with this status, content type and body.
    Page(u16, &'static str, &'static str),
    /// Answers 400 to a request with such a record, else as `Ok`.
    BadRequest(Which),
}

impl Answer {
    /// Returns [`Answer::BadRequest`] for the records that match.
    pub fn bad_request(which: impl Fn(&Arrival) -> bool + Send + Sync + 'static) -> Answer {
        Answer::BadRequest(Which(Arc::new(which)))
    }
}

/// A predicate for records.
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

/// Decides the answer to each request by its records.
pub type Script = Box<dyn FnMut(&[Arrival]) -> Answer + Send>;

/// Answers all requests in the same way.
pub fn always(answer: Answer) -> Script {
    Box::new(move |_| answer.clone())
}

/// Answers in this order, and then with `Ok`.
pub fn in_turn(answers: impl IntoIterator<Item = Answer>) -> Script {
    let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
    Box::new(move |_| answers.next().unwrap_or(Answer::Ok))
}

/// Fails this number of a hundred requests, in every way after which a sender must send the records
/// again. So neither a `Partial` with discarded records nor a `BadRequest`, after which records may
/// be missing.
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
        // A message without discarded records.
        Answer::Partial(0),
    ]);
    Box::new(move |_| if dice.roll(100) < percent { dice.pick(&troubles) } else { Answer::Ok })
}
