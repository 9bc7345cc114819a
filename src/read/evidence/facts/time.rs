//! Whether the times can be relied on.

use super::super::pass::Pass;
use super::super::period::Period;
use super::completeness::Said;
use crate::read::verify::{FindingKind, Verification};
use serde::Serialize;

/// What the log says about the clock. That the clock was right is not shown by this.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Time {
    /// The steps of the clock in the period.
    pub steps: Vec<Step>,
    /// The largest of them, in seconds, whichever way.
    pub largest_step_seconds: Option<f64>,
    /// How many lines have a time before that of the line before them in the same file.
    pub decreasing: u64,
}

/// A `log.clock_step`: the system's clock was set.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The record that says so.
    #[serde(flatten)]
    pub said: Said,
    /// How far the clock was set, in seconds; negative if back.
    pub step_seconds: f64,
}

impl Time {
    pub(in crate::read::evidence) fn of(pass: &Pass, period: &Period, verification: &Verification) -> Time {
        let steps = pass.controls.iter().filter(|control| control.is("log.clock_step"));
        let steps = steps.filter(|control| period.meets(control.ts, Some(control.ts))).map(|control| Step {
            said: Said::of(control),
            step_seconds: control.get("step_seconds").and_then(serde_json::Value::as_f64).unwrap_or_default(),
        });
        let steps = steps.collect::<Vec<_>>();
        Time {
            largest_step_seconds: steps.iter().map(|step| step.step_seconds.abs()).reduce(f64::max),
            steps,
            decreasing: verification.counts().get(&FindingKind::TsDecreasing).copied().unwrap_or_default(),
        }
    }
}
