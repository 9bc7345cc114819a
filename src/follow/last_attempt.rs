//! How often a mirror is tried while its log is closed.
//!
//! The log is closed within a timeout, which a receiver that is away must not use up: the records are
//! on disk, and are delivered when the log is opened again. So a mirror delivers as long as its receiver
//! takes records. One that was failing before gets one last attempt. One that fails only now gets another
//! one: its receiver may have refused a single connection, or need a smaller batch. But not after an
//! attempt that took long, unless the receiver has taken records just before.

use std::time::Duration;

/// The longest failed attempt after which there is another one.
const QUICK: Duration = Duration::from_secs(2);

/// The longest pause before that one.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The attempts that a mirror has while its log is closed.
#[derive(Debug, Default)]
pub(super) struct LastAttempts {
    /// The number of attempts that may fail.
    left: u32,
    /// Whether the last attempt failed.
    is_failing: bool,
    /// Whether the receiver has taken records at the last attempt.
    works: bool,
}

impl LastAttempts {
    /// Begins to count: the log is being closed.
    pub(super) fn begin(&mut self) {
        self.left = if self.is_failing { 1 } else { 2 };
    }

    /// Notes that the receiver has taken records.
    pub(super) fn delivered(&mut self) {
        *self = LastAttempts { left: 2, is_failing: false, works: true };
    }

    /// Notes that the receiver was reached, and did not answer in time. There is no further attempt,
    /// unless it has taken records just before.
    pub(super) fn timed_out(&mut self) {
        if !self.works {
            self.left = 0;
        }
    }

    /// Notes an attempt that failed after `took`, and returns whether there is another one after
    /// `pause`.
    pub(super) fn failed(&mut self, took: Duration, pause: Duration) -> bool {
        let works = std::mem::take(&mut self.works);
        self.is_failing = true;
        self.left = self.left.saturating_sub(1);
        self.left > 0 && (works || took <= QUICK) && pause <= LONGEST_PAUSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);
    const LATE: Duration = Duration::from_secs(3);

    #[test]
    fn a_mirror_that_was_failing_gets_one_attempt() {
        let mut attempts = LastAttempts::default();
        attempts.failed(SOON, SOON);
        attempts.begin();
        assert!(!attempts.failed(SOON, SOON));
    }

    #[test]
    fn a_mirror_that_fails_only_now_gets_two() {
        let mut attempts = LastAttempts::default();
        attempts.begin();
        assert!(attempts.failed(SOON, SOON));
        assert!(!attempts.failed(SOON, SOON));
    }

    #[test]
    fn a_delivery_in_between_counts() {
        let mut attempts = LastAttempts::default();
        attempts.failed(SOON, SOON);
        attempts.begin();
        for _ in 0..10 {
            attempts.delivered();
            assert!(attempts.failed(SOON, SOON));
        }
        assert!(!attempts.failed(SOON, SOON));
    }

    #[test]
    fn there_is_no_other_attempt_after_a_long_one_or_after_a_long_pause() {
        for (took, pause) in [(LATE, SOON), (SOON, LATE)] {
            let mut attempts = LastAttempts::default();
            attempts.begin();
            assert!(!attempts.failed(took, pause));
        }
        let mut attempts = LastAttempts::default();
        attempts.begin();
        attempts.timed_out();
        assert!(!attempts.failed(SOON, SOON));
    }

    #[test]
    fn a_receiver_that_works_may_be_too_slow_for_a_batch() {
        let mut attempts = LastAttempts::default();
        attempts.begin();
        for _ in 0..10 {
            attempts.delivered();
            attempts.timed_out();
            assert!(attempts.failed(LATE, SOON));
        }
        attempts.timed_out();
        assert!(!attempts.failed(LATE, SOON));
    }
}
