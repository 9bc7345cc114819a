//! On other systems: unknown.

/// Returns `None`.
pub(crate) fn host_name() -> Option<String> {
    None
}
