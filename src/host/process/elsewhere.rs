//! On other systems: nothing is known of processes.

/// Returns `None`.
pub(super) fn exists(_: u32) -> Option<bool> {
    None
}

/// Returns `None`.
pub(super) fn started(_: u32) -> Option<u64> {
    None
}

/// Returns `None`.
pub(super) fn boot() -> Option<String> {
    None
}

/// Returns `None`.
pub(super) fn namespace() -> Option<String> {
    None
}
