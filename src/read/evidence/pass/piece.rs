//! The records of a piece of a file, taken where they are found.

use super::control::Control;
use super::numbers::{Numbers, widened};
use crate::read::evidence::period::Bounds;
use crate::read::query::{Found, Take};
use crate::read::stats::{Counter, Parts, Place};
use crate::record::Timestamp;

/// The records of one day file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::read::evidence) struct OfFile {
    pub(in crate::read::evidence) records: u64,
    pub(in crate::read::evidence) first: Option<(Option<u64>, Timestamp)>,
    pub(in crate::read::evidence) last: Option<(Option<u64>, Timestamp)>,
}

/// The records of a piece of a file, or those of it that were there at a certain moment.
#[derive(Debug, Default)]
pub(super) struct Piece {
    bounds: Bounds,
    /// The length that the file had.
    len: u64,
    /// Of the period.
    pub(super) counter: Counter,
    pub(super) without_number: u64,
    pub(super) seqs: Option<(u64, u64)>,
    pub(super) numbers: Numbers,
    pub(super) controls: Vec<Control>,
    pub(super) of_file: OfFile,
    pub(super) oldest: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
}

impl Piece {
    /// Takes records of a file that had this length.
    pub(super) fn begin(&mut self, bounds: Bounds, len: u64) {
        (self.bounds, self.len) = (bounds, len);
    }
}

impl Take for Piece {
    fn take(&mut self, found: &Found<'_>) {
        if found.byte >= self.len {
            return;
        }
        let Found { seq, ts, .. } = *found;
        let (place, parts) = (Place { ts, seq }, Parts::of(found));
        self.of_file.records += 1;
        self.of_file.first.get_or_insert((seq, ts));
        self.of_file.last = Some((seq, ts));
        if let Some(mut control) = Control::read(place, &parts) {
            control.before(self.newest);
            self.controls.push(control);
        }
        self.oldest.get_or_insert(ts);
        self.newest = Some(ts);
        if let Some(seq) = seq {
            self.numbers.add(seq, ts);
        }
        if self.bounds.has(ts) {
            self.counter.add(place, &parts);
            match seq {
                Some(seq) => self.seqs = widened(self.seqs, (seq, seq)),
                None => self.without_number += 1,
            }
        }
    }
}
