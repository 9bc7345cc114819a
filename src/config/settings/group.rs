//! The group that may read the day files.

use crate::error::OpenError;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The file in which a group's name is looked up.
const GROUPS: &str = "/etc/group";

/// The id that is no group's: `chown` takes it as "do not change the group".
pub(super) const NO_GROUP: u32 = u32::MAX;

/// A group of the system's users, by its id or by its name.
///
/// In a configuration, a number or a text: `group = 4` or `group = "adm"`. A name is looked up in
/// `/etc/group` when the log is opened. Give the id of a group that only a directory service such
/// as LDAP knows.
///
/// ```
/// use tracing_audit::Group;
///
/// assert_eq!(Group::from(4), Group::Id(4));
/// assert_eq!(Group::from("adm"), Group::Name("adm".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a group's id or its name")]
pub enum Group {
    /// The id (gid).
    Id(u32),
    /// The name, as in `/etc/group`.
    Name(String),
}

impl From<u32> for Group {
    fn from(id: u32) -> Group {
        Group::Id(id)
    }
}

impl From<&str> for Group {
    fn from(name: &str) -> Group {
        Group::Name(name.to_owned())
    }
}

impl From<String> for Group {
    fn from(name: String) -> Group {
        Group::Name(name)
    }
}

impl Group {
    /// Returns the group's id. Where there are no such groups, the setting has no effect, and
    /// the id of a name is 0.
    pub(in crate::config) fn id(&self) -> Result<u32, OpenError> {
        match self {
            Group::Id(id) => Ok(*id),
            Group::Name(_) if !cfg!(unix) => Ok(0),
            Group::Name(name) => id_in(Path::new(GROUPS), name).map_err(|source| OpenError::UnknownGroup {
                name: name.clone(),
                path: GROUPS.into(),
                source,
            }),
        }
    }
}

/// Returns the id of the group `name` in a file of lines `name:password:id:members`.
fn id_in(path: &Path, name: &str) -> io::Result<u32> {
    let text = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&text);
    let group = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
    let no_group = || io::Error::new(io::ErrorKind::NotFound, "there is no group of this name");
    let no_id = || io::Error::new(io::ErrorKind::InvalidData, "the id of the group is not that of a group");
    let id = group.ok_or_else(no_group)?.get(2).and_then(|id| id.parse().ok());
    id.filter(|id| *id != NO_GROUP).ok_or_else(no_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("group");
        std::fs::write(&path, b"root:x:0:\nadm:x:4:syslog,\xe4\nbroken:x:four:\nnone:x:4294967295:\nshort\n")
            .unwrap();
        assert_eq!(id_in(&path, "root").unwrap(), 0);
        assert_eq!(id_in(&path, "adm").unwrap(), 4);
        for (name, kind) in [
            ("ad", io::ErrorKind::NotFound),
            ("", io::ErrorKind::NotFound),
            ("syslog", io::ErrorKind::NotFound),
            ("broken", io::ErrorKind::InvalidData),
            ("none", io::ErrorKind::InvalidData),
            ("short", io::ErrorKind::InvalidData),
        ] {
            assert_eq!(id_in(&path, name).unwrap_err().kind(), kind, "{name}");
        }
        assert_eq!(id_in(&folder.path().join("none"), "adm").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
