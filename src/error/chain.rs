//! An error with its causes, on one line.
//!
//! The error may be a mirror's or that of an application's value: it may have causes without end,
//! and it may panic where it is displayed.

use crate::unwind::caught;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::iter;

/// The number of causes of an error that are displayed or recorded, at most. An error can be its
/// own cause.
const MAX_CAUSES: usize = 32;

/// The longest text of one error, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// Returns the causes of an error, at most 32.
pub(crate) fn causes<'a>(error: &'a (dyn Error + 'a)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    all_causes(error).take(MAX_CAUSES)
}

fn all_causes<'a>(error: &'a (dyn Error + 'a)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(source(error), |cause| source(*cause))
}

fn source<'a>(error: &'a (dyn Error + 'a)) -> Option<&'a (dyn Error + 'static)> {
    caught(|| error.source()).ok().flatten()
}

/// Displays an error and each of its causes once: `what failed: why: why`. An ellipsis stands for the
/// causes beyond the 32nd. An error that can't be displayed, because that fails or panics, is
/// displayed as just that.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(self.0))?;
        for (index, cause) in all_causes(self.0).enumerate() {
            if index == MAX_CAUSES {
                return f.write_str(": …");
            }
            write!(f, ": {}", text_of(cause))?;
        }
        Ok(())
    }
}

fn text_of(error: &dyn Error) -> String {
    let mut text = Bounded(String::new());
    match caught(|| write!(text, "{error}")) {
        Ok(Ok(())) => text.0,
        // The text is full, or the error's own formatting failed.
        Ok(Err(fmt::Error)) if !text.0.is_empty() => text.0 + "…",
        Ok(Err(fmt::Error)) => "(an error that can't be displayed)".to_owned(),
        Err(panic) => format!("(an error that can't be displayed: it panicked: {panic})"),
    }
}

/// Takes text up to [`MAX_BYTES`].
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut fits = text.len().min(MAX_BYTES - self.0.len());
        while !text.is_char_boundary(fits) {
            fits -= 1;
        }
        self.0.push_str(&text[..fits]);
        if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error that is its own cause, and does as told where it is displayed.
    #[derive(Debug)]
    struct Circle(fn(&mut fmt::Formatter<'_>) -> fmt::Result);

    impl fmt::Display for Circle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (self.0)(f)
        }
    }

    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    #[test]
    fn an_error_that_is_its_own_cause_is_displayed_with_an_end() {
        let error = Circle(|f| f.write_str("round"));
        assert_eq!(Chain(&error).to_string(), format!("round{}: …", ": round".repeat(MAX_CAUSES)));
        assert_eq!(causes(&error).count(), MAX_CAUSES);
    }

    #[test]
    fn an_error_that_can_t_be_displayed_is_displayed_as_that() {
        let panics = Circle(|_| panic!("no text"));
        let fails = Circle(|_| Err(fmt::Error));
        let endless = Circle(|f| {
            loop {
                f.write_str("é")?;
            }
        });
        assert!(
            Chain(&panics)
                .to_string()
                .starts_with("(an error that can't be displayed: it panicked: no text): ")
        );
        assert!(Chain(&fails).to_string().starts_with("(an error that can't be displayed): "));
        assert!(Chain(&endless).to_string().len() <= (MAX_CAUSES + 1) * (MAX_BYTES + 5) + 5);
    }
}
