//! Telling that a mirror gets nothing any more, and that it does again (PCI DSS 4.0, 10.7: a
//! failure of a security control is noticed and recorded with its beginning, its end and its
//! cause).

use crate::record::{Outcome, Record, Timestamp, prefix};
use std::time::{Duration, Instant};

/// How much is said of a cause, in bytes: a control record has to fit a note in the intake.
const LONGEST: usize = 512;

/// What has failed since the last delivery.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    failing: Option<Failing>,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    begun: Instant,
    error: String,
    is_told: bool,
}

impl Alarm {
    /// Goes on with a failure that began in another process, or with other settings.
    pub(super) fn new(failing_since: Option<Timestamp>, is_told: bool, now: Timestamp) -> Alarm {
        let failing = |since: Timestamp| {
            let begun = Instant::now().checked_sub(between(since, now)).unwrap_or_else(Instant::now);
            Failing { since, begun, error: String::new(), is_told }
        };
        Alarm { failing: failing_since.map(failing) }
    }

    pub(super) fn failed(&mut self, now: Timestamp, error: String) {
        let fresh = || Failing { since: now, begun: Instant::now(), error: String::new(), is_told: false };
        self.failing.get_or_insert_with(fresh).error = error;
    }

    /// The time of the first attempt that failed.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.failing.as_ref().map(|failing| failing.since)
    }

    /// Whether the log has told of it.
    pub(super) fn is_told(&self) -> bool {
        self.failing.as_ref().is_some_and(|failing| failing.is_told)
    }

    /// How long it is until it is to be told, if it is.
    pub(super) fn due(&self, after: Duration) -> Option<Duration> {
        let failing =
            self.failing.as_ref().filter(|failing| !failing.is_told && !failing.error.is_empty())?;
        Some(after.saturating_sub(failing.begun.elapsed()))
    }

    /// `log.mirror_failed`, if it is time, once.
    pub(super) fn tell(&mut self, mirror: &str, after: Duration, next_seq: u64) -> Option<Record> {
        let failing = self.failing.as_mut()?;
        // What began in a process before is told once it is seen to go on.
        if failing.is_told || failing.error.is_empty() || failing.begun.elapsed() < after {
            return None;
        }
        failing.is_told = true;
        let record = Record::new("log.mirror_failed")
            .resource("mirror", mirror)
            .resource("since", failing.since.to_string())
            .resource("from_seq", next_seq)
            .resource("error", prefix(&failing.error, LONGEST))
            .outcome(Outcome::Failure);
        Some(record)
    }

    /// It works again; gives `log.mirror_restored`, if the log has told that it did not.
    pub(super) fn delivered(
        &mut self,
        mirror: &str,
        now: Timestamp,
        from_seq: u64,
        behind: u64,
    ) -> Option<Record> {
        let failing = self.failing.take().filter(|failing| failing.is_told)?;
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

/// By the clock that may have been set, for a process before may have begun it.
fn between(since: Timestamp, now: Timestamp) -> Duration {
    Duration::from_nanos(u64::try_from(now.unix_nanos() - since.unix_nanos()).unwrap_or(0))
}

/// As much of a text as a control record says.
pub(super) fn brief(text: &str) -> &str {
    prefix(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u32) -> Timestamp {
        format!("2026-05-28T09:30:{second:02}.000000000Z").parse().unwrap()
    }

    #[test]
    fn it_is_told_once_and_so_is_its_end() {
        let mut alarm = Alarm::default();
        assert!(alarm.tell("otlp", Duration::ZERO, 5).is_none());
        alarm.failed(at(1), "first".to_owned());
        alarm.failed(at(2), "second".to_owned());
        assert!(alarm.tell("otlp", Duration::MAX, 5).is_none());
        assert_eq!((alarm.since(), alarm.is_told()), (Some(at(1)), false));
        let told = alarm.tell("otlp", Duration::ZERO, 5).unwrap();
        assert_eq!(told.resource["since"], at(1).to_string().as_str());
        assert_eq!(told.resource["error"], "second");
        assert_eq!(told.resource["from_seq"], 5);
        alarm.failed(at(3), "third".to_owned());
        assert!(alarm.tell("otlp", Duration::ZERO, 5).is_none());
        let restored = alarm.delivered("otlp", at(9), 5, 7).unwrap();
        assert_eq!(restored.resource["seconds"], 8.0);
        assert_eq!(restored.resource["behind"], 7);
        assert!(alarm.delivered("otlp", at(9), 5, 7).is_none());
    }

    #[test]
    fn what_began_in_a_process_before_counts() {
        let (soon, late) = (Duration::from_secs(3), Duration::from_secs(10));
        let mut alarm = Alarm::new(Some(at(1)), false, at(5));
        assert!(alarm.tell("otlp", soon, 0).is_none(), "it may be over");
        alarm.failed(at(5), "still away".to_owned());
        assert!(alarm.tell("otlp", late, 0).is_none());
        assert_eq!(alarm.tell("otlp", soon, 0).unwrap().resource["since"], at(1).to_string().as_str());
    }

    #[test]
    fn what_was_not_told_has_no_end() {
        let mut alarm = Alarm::default();
        alarm.failed(at(1), "away".to_owned());
        assert!(alarm.delivered("otlp", at(2), 0, 0).is_none());
    }

    #[test]
    fn the_process_before_may_have_told_of_it() {
        let mut alarm = Alarm::new(Some(at(1)), true, at(5));
        alarm.failed(at(5), "still away".to_owned());
        assert!(alarm.tell("otlp", Duration::ZERO, 0).is_none());
        assert_eq!(alarm.delivered("otlp", at(6), 0, 3).unwrap().resource["seconds"], 5.0);
    }
}
