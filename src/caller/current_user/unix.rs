//! By its number.

pub(super) fn user() -> Option<String> {
    Some(rustix::process::getuid().as_raw().to_string())
}
