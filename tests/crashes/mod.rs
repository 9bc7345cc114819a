//! Processes that emit and are killed, what they have said of it, and a judge who compares
//! that with the day files: for `a_killed_process_loses_nothing` and `.ci/faults`.
//!
//! An emitter says a line on its standard output as soon as `audit!` has returned:
//!
//! ```text
//! child: opening
//! child: opened
//! child: 3 0 17 recorded 412          of child 3, thread 0, the 17th event has seq 412
//! child: 3 1 20 refused No space left on device
//! child: flushed 1779960600.25        when; or: not flushed: why
//! child: closing
//! child: closed 1779960600.5          or: not closed: why
//! ```
//!
//! It all goes through the public API. Nobody looks at a day file while an emitter lives,
//! nor before the log was opened again: where a record is in between is the crate's affair.

pub(crate) mod clock;
pub(crate) mod emitter;
pub(crate) mod judge;
pub(crate) mod victim;
pub(crate) mod witness;

use crate::support::dice::Dice;
use tracing_audit::Record;

/// Which event of which emitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) child: u64,
    pub(crate) thread: u64,
    pub(crate) n: u64,
}

impl Id {
    /// What the record says, if it is an emitter's.
    pub(crate) fn of(record: &Record) -> Option<Id> {
        let number = |key: &str| record.resource[key].as_u64().unwrap();
        (record.event == "a.b").then(|| Id {
            child: number("child"),
            thread: number("thread"),
            n: number("n"),
        })
    }

    /// Text that only this event has. Every 37th is up to `longest` bytes long: so long a
    /// line is written in pieces, and the others are not delayed by it too often.
    pub(crate) fn padding(self, longest: usize) -> String {
        let mut dice = Dice::new(self.child << 40 ^ self.thread << 32 ^ self.n);
        let len = if dice.roll(37) == 0 { dice.roll(longest) } else { dice.roll(300) };
        let letter = |dice: &mut Dice| char::from(b'a' + dice.roll(26) as u8);
        let word: String = (0..13).map(|_| letter(&mut dice)).collect();
        word.chars().cycle().take(len).collect()
    }
}
