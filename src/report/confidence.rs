//! Keeping what libraries trace about secrets out of the runtime log.

use std::cell::Cell;

thread_local! {
    static CONFIDENTIAL: Cell<&'static [&'static str]> = const { Cell::new(&[]) };
}

/// Runs `work`, and keeps what libraries trace on this thread meanwhile out of the runtime log
/// where the target begins with one of these: it may contain secrets.
#[cfg(feature = "otlp")]
pub(crate) fn in_confidence<T>(targets: &'static [&'static str], work: impl FnOnce() -> T) -> T {
    struct Ends;

    impl Drop for Ends {
        fn drop(&mut self) {
            CONFIDENTIAL.with(|confidential| confidential.set(&[]));
        }
    }

    CONFIDENTIAL.with(|confidential| confidential.set(targets));
    let _ends = Ends;
    work()
}

/// Returns whether a runtime event with this target, emitted on this thread now, is to be kept
/// out of the runtime log.
pub(crate) fn is_confidential(target: &str) -> bool {
    let targets = CONFIDENTIAL.try_with(Cell::get).unwrap_or_default();
    targets.iter().any(|prefix| target.starts_with(prefix))
}
