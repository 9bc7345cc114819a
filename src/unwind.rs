//! Panics of foreign code.
//!
//! The log calls code that is not its own: the formatting of values and errors, mirrors, the layers
//! of the runtime log. A panic there neither unwinds into the caller of `audit!` nor ends a thread
//! of the log.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs foreign code, and returns what it returns, or the message of its panic.
///
/// A result that could panic when it is dropped has to be used up inside of `code`.
#[inline]
pub(crate) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(code)).map_err(message)
}

/// Returns the message of a panic, and drops the payload, which may panic again.
#[cold]
fn message(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<String>() {
        Ok(text) => return *text,
        Err(payload) => payload,
    };
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // It may panic when it is dropped, too, and so may the payload of that panic.
        std::mem::forget(second);
    }
    "with a payload that is not text".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::panic_any;

    /// A payload that panics when it is dropped, with another one like it.
    struct Hydra;

    impl Drop for Hydra {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic_any(Hydra);
            }
        }
    }

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(caught(|| 1), Ok(1));
        assert_eq!(caught(|| panic!("one")), Err::<(), _>("one".to_owned()));
        assert_eq!(caught(|| panic!("{}", 2)), Err::<(), _>("2".to_owned()));
        assert_eq!(caught(|| panic_any(Hydra)), Err::<(), _>("with a payload that is not text".to_owned()));
    }
}
