//! [`assert_modes_paired`]: each `mode.start` has its `mode.stop`.

use crate::record::{Outcome, Record};
use std::fmt;

/// Asserts that `mode.start` and `mode.stop` pair up, as readers of the log expect:
///
/// - a successful `mode.start` is followed by a `mode.stop` of the same mode by the same actor
///   (user and session);
/// - a `mode.stop` is preceded by such a `mode.start`, which no other stop has ended;
/// - a failed `mode.start` needs no stop;
/// - a failed `mode.stop` counts as the counterpart, and further stops may follow until one
///   succeeds.
///
/// Other records are ignored.
///
/// # Panics
///
/// If they do not pair up, with each record that has no counterpart.
///
/// # Examples
///
/// ```
/// use tracing_audit::{audit, events::{ModeStart, ModeStop}, testing};
///
/// let records = testing::capture(|| {
///     audit!(ModeStart { mode: "dictation", requires: &["microphone"], error: None });
///     audit!(ModeStop { mode: "dictation", released: true, error: None });
/// });
/// testing::assert_modes_paired(&records);
/// ```
#[track_caller]
pub fn assert_modes_paired(records: &[Record]) {
    let unpaired = unpaired(records);
    assert!(unpaired.is_empty(), "modes are not paired:\n{}", unpaired.join("\n"));
}

/// A mode that was started and not stopped.
struct Running<'a> {
    mode: Mode<'a>,
    started: &'a Record,
    /// Whether a `mode.stop` has failed.
    stop_failed: bool,
}

#[derive(Clone, Copy, PartialEq)]
struct Mode<'a> {
    name: &'a str,
    user_sid: Option<&'a str>,
    session_id: Option<&'a str>,
}

impl Mode<'_> {
    fn of(record: &Record) -> Mode<'_> {
        Mode {
            name: record.resource["mode"].as_str().unwrap_or_default(),
            user_sid: record.actor.user_sid.as_deref().filter(|text| !text.is_empty()),
            session_id: record.actor.session_id.as_deref().filter(|text| !text.is_empty()),
        }
    }
}

impl fmt::Display for Mode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name)?;
        if let Some(user_sid) = self.user_sid {
            write!(f, " of user `{user_sid}`")?;
        }
        if let Some(session_id) = self.session_id {
            write!(f, " in session `{session_id}`")?;
        }
        Ok(())
    }
}

/// Returns a text for each record that has no counterpart.
fn unpaired(records: &[Record]) -> Vec<String> {
    let mut running: Vec<Running<'_>> = Vec::new();
    let mut faults = Vec::new();
    for record in records {
        let mode = Mode::of(record);
        match (record.event.as_str(), record.outcome) {
            ("mode.start", Outcome::Success) => {
                running.push(Running { mode, started: record, stop_failed: false });
            }
            ("mode.stop", outcome) => match running.iter().rposition(|running| running.mode == mode) {
                None => faults.push(format!("mode.stop without a start: mode {mode}: {record}")),
                Some(at) if outcome == Outcome::Failure => running[at].stop_failed = true,
                Some(at) => drop(running.remove(at)),
            },
            _ => {}
        }
    }
    for running in running.iter().filter(|running| !running.stop_failed) {
        faults.push(format!("mode.start without a stop: mode {}: {}", running.mode, running.started));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(mode: &str) -> Record {
        Record::new("mode.start").resource("mode", mode)
    }

    fn stop(mode: &str) -> Record {
        Record::new("mode.stop").resource("mode", mode).resource("released", true)
    }

    #[test]
    fn pairs_are_found_with_other_records_between_them() {
        let failed = Outcome::Failure;
        let good: [&[Record]; 7] = [
            &[],
            &[start("a"), stop("a")],
            &[start("a"), start("b"), Record::new("auth.failed"), stop("a"), stop("b")],
            &[start("a"), stop("a"), start("a"), stop("a")],
            &[start("a").outcome(failed), start("a"), stop("a")],
            &[start("a"), stop("a").outcome(failed)],
            &[
                start("a").session_id("1"),
                start("a").session_id("2"),
                stop("a").session_id("1"),
                stop("a").session_id("2"),
            ],
        ];
        for records in good {
            assert_eq!(unpaired(records), [""; 0]);
        }
        assert_modes_paired(&[start("a"), stop("a").outcome(failed), stop("a")]);
    }

    #[test]
    fn records_without_a_counterpart_are_named() {
        let failed = Outcome::Failure;
        let bad: [(&[Record], &str); 7] = [
            (&[start("a")], "mode.start without a stop: mode `a`: {"),
            (&[stop("a")], "mode.stop without a start: mode `a`: {"),
            (&[start("a"), stop("a"), stop("a")], "mode.stop without a start: mode `a`: {"),
            (&[start("a"), start("a"), stop("a")], "mode.start without a stop: mode `a`: {"),
            (&[start("a").outcome(failed), stop("a")], "mode.stop without a start: mode `a`: {"),
            (&[stop("a").outcome(failed)], "mode.stop without a start: mode `a`: {"),
            (
                &[
                    start("a").user_sid("u").session_id("1"),
                    stop("a").user_sid("u").session_id("1"),
                    stop("a").session_id("2"),
                ],
                "mode.stop without a start: mode `a` in session `2`: {",
            ),
        ];
        for (records, text) in bad {
            let faults = unpaired(records);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(text), "{faults:?}");
        }
        let crossed = [start("a"), stop("b")];
        assert_eq!(unpaired(&crossed).len(), 2);
        assert!(std::panic::catch_unwind(|| assert_modes_paired(&crossed)).is_err());
    }
}
