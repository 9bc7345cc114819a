//! Paths as Windows takes them.

use crate::error::OpenError;
use crate::journal::storage::windows_names::fault;
use std::path::{Component, Path, PathBuf, Prefix};

/// Refuses a path that Windows takes for another one than it says.
pub(crate) fn check_path(path: &Path) -> Result<(), OpenError> {
    let faults = path.components().filter_map(|part| match part {
        Component::Normal(name) => fault(&name.to_string_lossy()),
        _ => None,
    });
    match faults.into_iter().next() {
        None => Ok(()),
        Some(reason) => Err(OpenError::Setting { setting: "dir", value: path.display().to_string(), reason }),
    }
}

/// Returns an absolute path in the verbatim form, in which it may be long. The standard library does
/// this by itself, but not all calls here go through it.
pub(super) fn verbatim(path: &Path) -> PathBuf {
    let mut parts = path.components();
    let Some(Component::Prefix(prefix)) = parts.next() else {
        return path.to_owned();
    };
    let mut verbatim = std::ffi::OsString::from(r"\\?\");
    match prefix.kind() {
        Prefix::Disk(_) => verbatim.push(prefix.as_os_str()),
        Prefix::UNC(server, share) => {
            verbatim.push(r"UNC\");
            verbatim.push(server);
            verbatim.push(r"\");
            verbatim.push(share);
        }
        _ => return path.to_owned(),
    }
    verbatim.push(parts.as_path());
    verbatim.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_verbatim_so_that_it_may_be_long() {
        for (path, written) in [
            (r"C:\audit\log", r"\\?\C:\audit\log"),
            (r"\\server\share\audit", r"\\?\UNC\server\share\audit"),
            (r"\\?\C:\audit", r"\\?\C:\audit"),
        ] {
            assert_eq!(verbatim(Path::new(path)), Path::new(written));
        }
    }
}
