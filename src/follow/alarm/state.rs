//! The alarm: `log.mirror_failed` if nothing was delivered for some time, and `log.mirror_restored`
//! afterwards (PCI DSS 4.0, 10.7: a failure of a security control is detected, and recorded with its
//! begin, its end and its cause).

use crate::record::{Outcome, Record, Timestamp, prefix};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The longest cause in a control record, in bytes: the record must fit into a slot of the intake.
const LONGEST: usize = 512;

/// The time without a delivery after which the log records `log.mirror_failed`. It can be changed
/// while the log is open.
#[derive(Debug)]
pub(in crate::follow) struct AlarmAfter(AtomicU64);

impl AlarmAfter {
    pub(in crate::follow) fn new(time: Duration) -> AlarmAfter {
        let after = AlarmAfter(AtomicU64::default());
        after.set(time);
        after
    }

    pub(in crate::follow) fn get(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    pub(in crate::follow) fn set(&self, time: Duration) {
        self.0.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// The failure since the last delivery, if there is one.
#[derive(Debug, Default)]
pub(in crate::follow) struct Alarm {
    failing: Option<Failing>,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    begun: Instant,
    error: String,
    is_reported: bool,
}

impl Alarm {
    /// Continues with a failure that began in a previous process, or with previous settings.
    pub(in crate::follow) fn new(
        failing_since: Option<Timestamp>,
        is_reported: bool,
        now: Timestamp,
    ) -> Alarm {
        let failing = |since: Timestamp| {
            let begun = Instant::now().checked_sub(between(since, now)).unwrap_or_else(Instant::now);
            Failing { since, begun, error: String::new(), is_reported }
        };
        Alarm { failing: failing_since.map(failing) }
    }

    /// Notes that an attempt failed.
    pub(in crate::follow) fn failed(&mut self, now: Timestamp, error: String) {
        let fresh =
            || Failing { since: now, begun: Instant::now(), error: String::new(), is_reported: false };
        self.failing.get_or_insert_with(fresh).error = error;
    }

    /// Notes a failure that the log has recorded already.
    pub(in crate::follow) fn is_raised(&mut self, since: Timestamp, error: String) {
        let fresh = || Failing { since, begun: Instant::now(), error, is_reported: true };
        self.failing.get_or_insert_with(fresh).is_reported = true;
    }

    /// Returns the time of the first attempt that failed.
    pub(in crate::follow) fn since(&self) -> Option<Timestamp> {
        self.failing.as_ref().map(|failing| failing.since)
    }

    /// Returns whether the log has recorded the failure.
    pub(in crate::follow) fn is_reported(&self) -> bool {
        self.failing.as_ref().is_some_and(|failing| failing.is_reported)
    }

    /// Returns the time until the failure is to be recorded, if it is.
    pub(in crate::follow) fn due(&self, after: Duration) -> Option<Duration> {
        let failing =
            self.failing.as_ref().filter(|failing| !failing.is_reported && !failing.error.is_empty())?;
        Some(after.saturating_sub(failing.begun.elapsed()))
    }

    /// Returns `log.mirror_failed` once, when its time has come.
    pub(in crate::follow) fn take_report(
        &mut self,
        mirror: &str,
        after: Duration,
        next_seq: u64,
    ) -> Option<Record> {
        let failing = self.failing.as_mut()?;
        // A failure that began in a previous process is recorded once it is seen to continue.
        if failing.is_reported || failing.error.is_empty() || failing.begun.elapsed() < after {
            return None;
        }
        failing.is_reported = true;
        Some(failed_record(mirror, failing.since, next_seq, &failing.error))
    }

    /// Ends the failure. Returns `log.mirror_restored` if the log has recorded the failure.
    pub(in crate::follow) fn delivered(
        &mut self,
        mirror: &str,
        now: Timestamp,
        from_seq: u64,
        behind: u64,
    ) -> Option<Record> {
        let failing = self.failing.take().filter(|failing| failing.is_reported)?;
        let seconds = between(failing.since, now).as_secs_f64();
        let record = Record::new("log.mirror_restored")
            .resource("mirror", mirror)
            .resource("since", failing.since.to_string())
            .resource("seconds", (seconds * 1000.0).round() / 1000.0)
            .resource("from_seq", from_seq)
            .resource("behind", behind);
        Some(record)
    }
}

/// Returns `log.mirror_failed`.
pub(super) fn failed_record(mirror: &str, since: Timestamp, next_seq: u64, error: &str) -> Record {
    Record::new("log.mirror_failed")
        .resource("mirror", mirror)
        .resource("since", since.to_string())
        .resource("from_seq", next_seq)
        .resource("error", prefix(error, LONGEST))
        .outcome(Outcome::Failure)
}

/// Returns the time between the two by the wall clock, since a previous process may have seen the
/// first one.
fn between(since: Timestamp, now: Timestamp) -> Duration {
    Duration::from_nanos(u64::try_from(now.unix_nanos() - since.unix_nanos()).unwrap_or(0))
}

/// Returns as much of a text as a control record contains.
pub(in crate::follow) fn brief(text: &str) -> &str {
    prefix(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u32) -> Timestamp {
        format!("2026-05-28T09:30:{second:02}.000000000Z").parse().unwrap()
    }

    #[test]
    fn a_failure_is_recorded_once_and_so_is_its_end() {
        let mut alarm = Alarm::default();
        assert!(alarm.take_report("otlp", Duration::ZERO, 5).is_none());
        alarm.failed(at(1), "first".to_owned());
        alarm.failed(at(2), "second".to_owned());
        assert!(alarm.take_report("otlp", Duration::MAX, 5).is_none());
        assert_eq!((alarm.since(), alarm.is_reported()), (Some(at(1)), false));
        let told = alarm.take_report("otlp", Duration::ZERO, 5).unwrap();
        assert_eq!(told.resource["since"], at(1).to_string().as_str());
        assert_eq!(told.resource["error"], "second");
        assert_eq!(told.resource["from_seq"], 5);
        alarm.failed(at(3), "third".to_owned());
        assert!(alarm.take_report("otlp", Duration::ZERO, 5).is_none());
        let restored = alarm.delivered("otlp", at(9), 5, 7).unwrap();
        assert_eq!(restored.resource["seconds"], 8.0);
        assert_eq!(restored.resource["behind"], 7);
        assert!(alarm.delivered("otlp", at(9), 5, 7).is_none());
    }

    #[test]
    fn a_failure_of_a_previous_process_counts() {
        let (soon, late) = (Duration::from_secs(3), Duration::from_secs(10));
        let mut alarm = Alarm::new(Some(at(1)), false, at(5));
        assert!(alarm.take_report("otlp", soon, 0).is_none(), "the failure may be over");
        alarm.failed(at(5), "still away".to_owned());
        assert!(alarm.take_report("otlp", late, 0).is_none());
        assert_eq!(alarm.take_report("otlp", soon, 0).unwrap().resource["since"], at(1).to_string().as_str());
    }

    #[test]
    fn a_failure_that_was_not_recorded_has_no_end() {
        let mut alarm = Alarm::default();
        alarm.failed(at(1), "away".to_owned());
        assert!(alarm.delivered("otlp", at(2), 0, 0).is_none());
    }

    #[test]
    fn a_previous_process_may_have_recorded_the_failure() {
        let mut alarm = Alarm::new(Some(at(1)), true, at(5));
        alarm.failed(at(5), "still away".to_owned());
        assert!(alarm.take_report("otlp", Duration::ZERO, 0).is_none());
        assert_eq!(alarm.delivered("otlp", at(6), 0, 3).unwrap().resource["seconds"], 5.0);
    }
}
