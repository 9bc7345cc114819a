//! The values that `audit!` takes as `outcome`.

use crate::record::Outcome;

/// A value of `outcome` in `audit!`: an [`Outcome`], or its name. A name that is neither
/// `success` nor `failure` is recorded as a failure, with a violation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome",
    label = "expected an `Outcome`, \"success\" or \"failure\""
)]
pub trait IntoOutcome {
    /// Returns the outcome's name.
    fn outcome_name(&self) -> &str;
}

impl IntoOutcome for Outcome {
    fn outcome_name(&self) -> &str {
        self.as_str()
    }
}

impl IntoOutcome for str {
    fn outcome_name(&self) -> &str {
        self
    }
}

impl IntoOutcome for String {
    fn outcome_name(&self) -> &str {
        self
    }
}

impl<T: IntoOutcome + ?Sized> IntoOutcome for &T {
    fn outcome_name(&self) -> &str {
        T::outcome_name(self)
    }
}

/// Returns the name of an outcome.
pub fn outcome<T: IntoOutcome + ?Sized>(outcome: &T) -> &str {
    outcome.outcome_name()
}
