//! Whether a rejected record is at fault, or the endpoint: a wrong URL, a gateway or a missing
//! permission rejects every record.
//!
//! A record is put aside only if the receiver accepts another one, at most a minute before or after. If
//! it has accepted none for a minute, the records behind the rejected one are sent, each alone, until
//! one is accepted. After ten rejected records in a row, no further one is put aside until the receiver
//! accepts the next one.

use std::time::{Duration, Instant};

/// How long the receiver counts as working after it has accepted a record.
const WINDOW: Duration = Duration::from_secs(60);

/// The number of records in a row that may be put aside.
const MOST_IN_A_ROW: usize = 10;

/// What happens to a rejected record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is put aside.
    PutAside,
    /// The next record is sent alone.
    Probe,
    /// It is kept: too many records were rejected in a row.
    Keep,
}

/// What is known about the receiver.
#[derive(Debug, Default)]
pub(in crate::follow) struct Rejections {
    /// Why the first records were rejected, while one behind them is sought that is accepted.
    reasons: Vec<String>,
    /// When the receiver accepted a record.
    accepted: Option<Instant>,
    /// The number of records put aside since then.
    in_a_row: usize,
}

impl Rejections {
    /// Returns the number of records that are skipped: the next one is sent alone. 0 for a usual
    /// batch.
    pub(in crate::follow) fn skipped(&self) -> usize {
        self.reasons.len()
    }

    /// Notes that the receiver has accepted a record.
    pub(in crate::follow) fn accepted(&mut self, now: Instant) {
        (self.accepted, self.in_a_row) = (Some(now), 0);
    }

    /// Notes that a record was rejected.
    pub(super) fn rejected(&mut self, now: Instant, why: &str) -> Verdict {
        let works = self.accepted.is_some_and(|accepted| now.saturating_duration_since(accepted) < WINDOW);
        if self.reasons.is_empty() && works && self.in_a_row < MOST_IN_A_ROW {
            self.in_a_row += 1;
            return Verdict::PutAside;
        }
        self.reasons.push(why.to_owned());
        if self.in_a_row + self.reasons.len() < MOST_IN_A_ROW {
            return Verdict::Probe;
        }
        self.reasons.clear();
        Verdict::Keep
    }

    /// Ends the search for an accepted record, and returns why each of the first records was rejected.
    pub(in crate::follow) fn take_reasons(&mut self) -> Vec<String> {
        std::mem::take(&mut self.reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_records_in_a_row_are_put_aside_by_a_receiver_that_works() {
        let (mut rejections, now) = (Rejections::default(), Instant::now());
        rejections.accepted(now);
        for _ in 0..10 {
            assert_eq!(rejections.rejected(now, "no"), Verdict::PutAside);
        }
        for _ in 0..3 {
            assert_eq!(rejections.rejected(now, "no"), Verdict::Keep);
            assert_eq!(rejections.skipped(), 0);
        }
        rejections.accepted(now);
        assert_eq!(rejections.rejected(now, "no"), Verdict::PutAside);
    }

    #[test]
    fn without_an_accepted_record_others_are_tried() {
        let (mut rejections, now) = (Rejections::default(), Instant::now());
        for n in 1..10 {
            assert_eq!(rejections.rejected(now, "no"), Verdict::Probe);
            assert_eq!(rejections.skipped(), n);
        }
        assert_eq!(rejections.rejected(now, "no"), Verdict::Keep);
        assert_eq!(rejections.skipped(), 0);
    }

    #[test]
    fn a_minute_later_the_receiver_is_tried_again() {
        let (mut rejections, now) = (Rejections::default(), Instant::now());
        rejections.accepted(now);
        assert_eq!(rejections.rejected(now + WINDOW - Duration::from_secs(1), "no"), Verdict::PutAside);
        assert_eq!(rejections.rejected(now + WINDOW, "first"), Verdict::Probe);
        assert_eq!(rejections.take_reasons(), ["first"]);
        assert_eq!(rejections.skipped(), 0);
    }
}
