//! Processes that emit and are killed, their reports, and a judge that compares these with the day
//! files: for `a_killed_process_loses_nothing` and `.ci/faults`.
//!
//! An emitter prints a line on its standard output as soon as `audit!` has returned:
//!
//! ```text
//! child: opening
//! child: opened
//! child: 3 0 17 recorded 412          of child 3, thread 0, the 17th event has seq 412
//! child: 3 1 20 refused No space left on device
//! child: flushed 1779960600.25        the time; or: not flushed: the reason
//! child: closing
//! child: closed 1779960600.5          or: not closed: the reason
//! ```
//!
//! Everything goes through the public API. Day files are read only while no emitter lives and after the
//! log was opened again: where a record is in between is an implementation detail.

pub(crate) mod clock;
pub(crate) mod emitter;
pub(crate) mod judge;
pub(crate) mod victim;
pub(crate) mod witness;

use crate::support::dice::Dice;
use tracing_audit::Record;

/// The identity of an event: its emitter and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) child: u64,
    pub(crate) thread: u64,
    pub(crate) n: u64,
}

impl Id {
    /// Reads the identity from an emitter's record.
    pub(crate) fn of(record: &Record) -> Option<Id> {
        let number = |key: &str| record.resource[key].as_u64().unwrap();
        (record.event == "a.b").then(|| Id {
            child: number("child"),
            thread: number("thread"),
            n: number("n"),
        })
    }

    /// Returns text that is unique to this event. Every 37th is up to `longest` bytes long: such a line is
    /// written in pieces, and does not delay the others too often.
    pub(crate) fn padding(self, longest: usize) -> String {
        let mut dice = Dice::new(self.child << 40 ^ self.thread << 32 ^ self.n);
        let len = if dice.roll(37) == 0 { dice.roll(longest) } else { dice.roll(300) };
        let letter = |dice: &mut Dice| char::from(b'a' + dice.roll(26) as u8);
        let word: String = (0..13).map(|_| letter(&mut dice)).collect();
        word.chars().cycle().take(len).collect()
    }
}
