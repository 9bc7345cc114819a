//! Keeping what libraries trace about secrets out of the runtime log.

use std::cell::Cell;

thread_local! {
    static CONFIDENTIAL: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Runs `work`, and keeps what libraries trace on this thread meanwhile out of the runtime log
/// where the target begins with `target_prefix`: it may contain secrets.
#[cfg(feature = "otlp")]
pub(crate) fn in_confidence<T>(target_prefix: &'static str, work: impl FnOnce() -> T) -> T {
    struct Ends;

    impl Drop for Ends {
        fn drop(&mut self) {
            CONFIDENTIAL.with(|confidential| confidential.set(None));
        }
    }

    CONFIDENTIAL.with(|confidential| confidential.set(Some(target_prefix)));
    let _ends = Ends;
    work()
}

/// Returns whether a runtime event with this target, emitted on this thread now, is to be kept
/// out of the runtime log.
pub(crate) fn is_confidential(target: &str) -> bool {
    CONFIDENTIAL.try_with(Cell::get).ok().flatten().is_some_and(|prefix| target.starts_with(prefix))
}
