//! Waiting until other programs close a file.

use std::io;
use std::time::{Duration, Instant};

/// How long a call is tried again, and how often.
const LONGEST: Duration = Duration::from_millis(500);
const AGAIN: Duration = Duration::from_millis(10);

/// Calls `act` until it does not fail with one of `errors`, for at most half a second: virus
/// scanners and indexers open each new file for some milliseconds.
pub(super) fn retry_while_in_use<T>(errors: &[u32], mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let begun = Instant::now();
    let is_in_use =
        |error: &io::Error| error.raw_os_error().is_some_and(|code| errors.contains(&code.cast_unsigned()));
    loop {
        match act() {
            Err(error) if is_in_use(&error) && begun.elapsed() < LONGEST => std::thread::sleep(AGAIN),
            done => return done,
        }
    }
}
