//! Sealing that lags behind the log.

use crate::follow::priority;
use crate::report::{Level, Reports};
use std::time::{Duration, Instant};

/// How long a record may be on disk without being sealed.
const LIMIT: Duration = Duration::from_secs(30);

/// How soon all that was on disk is sealed again when the sealer has caught up.
const CAUGHT_UP: Duration = Duration::from_secs(5);

/// Since when records wait for being sealed. If it is for too long, that is an alarm, and the thread gets the
/// usual priority until it has caught up.
#[derive(Debug)]
pub(super) struct Lag {
    low_priority: Option<bool>,
    /// When it began to seal what is on disk.
    begun: Instant,
    is_told: bool,
}

impl Lag {
    pub(super) fn new(low_priority: Option<bool>) -> Lag {
        Lag { low_priority, begun: Instant::now(), is_told: false }
    }

    /// Takes note that what is on disk now is going to be sealed.
    pub(super) fn begin(&mut self) {
        self.begun = Instant::now();
    }

    /// Looks at the time, while records from number `next_seq` on still wait.
    pub(super) fn look(&mut self, reports: &Reports, next_seq: u64, upto: u64) {
        self.look_at(self.begun.elapsed(), reports, next_seq, upto);
    }

    /// Takes note that all that was on disk is sealed.
    pub(super) fn end(&mut self, reports: &Reports) {
        self.end_after(self.begun.elapsed(), reports);
    }

    fn look_at(&mut self, time: Duration, reports: &Reports, next_seq: u64, upto: u64) {
        if self.is_told || time < LIMIT || next_seq >= upto {
            return;
        }
        self.is_told = true;
        priority::raise(self.low_priority);
        reports.post(Level::Warn, || {
            format!(
                "sealing lags behind the log: record {next_seq} and {} behind it are on disk for {} s and \
                 not sealed yet",
                upto - next_seq - 1,
                LIMIT.as_secs()
            )
        });
    }

    fn end_after(&mut self, time: Duration, reports: &Reports) {
        if !self.is_told || time > CAUGHT_UP {
            return;
        }
        self.is_told = false;
        priority::lower(self.low_priority);
        reports.post(Level::Info, || "sealing has caught up with the log".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_told_once_and_its_end_too() {
        let reports = Reports::new();
        let said = || format!("{reports:?}").matches("sealing").count();
        let second = Duration::from_secs(1);
        // The priority of the test's thread stays.
        let mut lag = Lag::new(Some(false));
        lag.end_after(60 * second, &reports);
        lag.look_at(29 * second, &reports, 5, 10);
        lag.look_at(31 * second, &reports, 10, 10);
        assert_eq!(said(), 0);
        lag.look_at(30 * second, &reports, 5, 10);
        lag.look_at(31 * second, &reports, 6, 10);
        assert_eq!(said(), 1, "{reports:?}");
        assert!(format!("{reports:?}").contains("record 5 and 4 behind it"), "{reports:?}");
        lag.end_after(6 * second, &reports);
        assert_eq!(said(), 1);
        lag.end_after(second, &reports);
        assert_eq!(said(), 2, "{reports:?}");
        lag.look_at(30 * second, &reports, 5, 10);
        assert_eq!(said(), 3);
    }
}
