//! Why nothing can be sealed at present.

use std::fmt;

/// Why nothing can be sealed, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// At present: it is tried again.
    Passing(String),
    /// Until the log is opened again: the lines are not those that were signed.
    Mismatch(String),
}

pub(crate) type Outcome<T> = Result<T, Trouble>;

/// Returns what turns an error into trouble with `what`, such as a file's name.
pub(super) fn with<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Trouble {
    move |error| Trouble::Passing(format!("{what}: {error}"))
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Trouble::Passing(text) | Trouble::Mismatch(text)) = self;
        f.write_str(text)
    }
}
