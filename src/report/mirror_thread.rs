//! Keeping what the HTTP and TLS libraries of a mirror trace out of the runtime log.
//!
//! A mirror's requests are no part of what the application does, at no level; and at TRACE these lines
//! show secrets: the URL, and the headers of each request. So a thread that delivers records has a mark,
//! and the audit layer removes the libraries' events on such a thread from its stack. The application's
//! own requests, on other threads, are traced as before.

use std::cell::Cell;

thread_local! {
    static IS_MARKED: Cell<bool> = const { Cell::new(false) };
}

/// The crates whose events are removed: the targets of their events are these, or paths in them.
const LIBRARIES: [&str; 3] = ["ureq", "ureq_proto", "rustls"];

/// Marks this thread until the mark is dropped.
pub(crate) fn mark_mirror_thread() -> MirrorThread {
    MirrorThread { before: IS_MARKED.try_with(|is_marked| is_marked.replace(true)).unwrap_or(false) }
}

/// The mark of a thread.
#[must_use = "the mark ends when this is dropped"]
#[derive(Debug)]
pub(crate) struct MirrorThread {
    before: bool,
}

impl Drop for MirrorThread {
    fn drop(&mut self) {
        // While the thread's locals are destroyed, nothing is traced any more.
        IS_MARKED.try_with(|is_marked| is_marked.set(self.before)).unwrap_or(());
    }
}

/// Returns whether a runtime event with this target, emitted on this thread now, is one of a mirror's
/// libraries.
pub(crate) fn is_of_a_mirror(target: &str) -> bool {
    is_of_a_library(target) && IS_MARKED.try_with(Cell::get).unwrap_or(false)
}

fn is_of_a_library(target: &str) -> bool {
    LIBRARIES.iter().any(|library| {
        target.strip_prefix(library).is_some_and(|path| path.is_empty() || path.starts_with("::"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_events_of_the_libraries_on_a_marked_thread_are_of_a_mirror() {
        assert!(!is_of_a_mirror("ureq"));
        let mark = mark_mirror_thread();
        for target in ["ureq", "ureq::run", "ureq_proto::client", "rustls", "rustls::client::hs"] {
            assert!(is_of_a_mirror(target), "{target}");
        }
        for target in ["", "ure", "ureqs", "ureq:run", "rustls_native_certs", "app::ureq", "log", "audit"] {
            assert!(!is_of_a_mirror(target), "{target}");
        }
        assert!(std::thread::spawn(|| !is_of_a_mirror("ureq")).join().unwrap());
        drop(mark_mirror_thread());
        assert!(is_of_a_mirror("ureq"), "the outer mark is still there");
        drop(mark);
        assert!(!is_of_a_mirror("ureq"));
    }
}
