//! On Unix: the node name of `uname`.

/// Returns the machine's name, or that of the container; `None` if it has none.
pub(crate) fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}
