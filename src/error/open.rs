//! The errors of opening a log.

use super::catalog::CatalogError;
use super::debug::debug_for_people;
use std::io;
use std::panic::Location;
use std::path::PathBuf;
use std::time::Duration;

/// An audit log could not be opened.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A setting has a value that is not allowed.
    #[error("the setting `{setting}` can't be {value}: {reason}")]
    Setting {
        /// The name of the setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// Why the value is not allowed.
        reason: &'static str,
    },
    /// The catalog can't be used.
    #[error("the catalog of event types can't be used")]
    Catalog {
        /// What is wrong with it.
        source: CatalogError,
    },
    /// A mirror's name is not allowed. It is also the name of a file.
    #[error("a mirror can't be named `{name}`: {reason}")]
    MirrorName {
        /// The name.
        name: String,
        /// Why the name is not allowed.
        reason: &'static str,
    },
    /// A setting needs something that is not compiled in.
    #[error("the setting `{setting}` needs {what}, which is not compiled in")]
    NotCompiledIn {
        /// The name of the setting.
        setting: &'static str,
        /// What it needs, with the crate's feature that provides it.
        what: &'static str,
    },
    /// The directory, one above it, or one in it could not be created, opened or read.
    #[error("the audit log's directory {} can't be used", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why it can't be used.
        source: io::Error,
    },
    /// The path of the directory is that of something else.
    #[error("the audit log's directory {} is not a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The path of the directory is that of a link. Links are not followed, since the owner of
    /// the link could redirect the log.
    #[error("the audit log's directory {} is a link, and links are not followed", path.display())]
    Link {
        /// The path.
        path: PathBuf,
    },
    /// The directory belongs neither to this process's user nor to root. Its owner could change
    /// the files in it.
    #[error("the audit log's directory {} belongs to another user (uid {owner})", path.display())]
    ForeignOwner {
        /// The directory.
        path: PathBuf,
        /// The uid of its owner.
        owner: u32,
    },
    /// Others may write in the directory, and so remove or replace the files in it: everybody, unless
    /// the directory has the sticky bit; or a group that this process is not in. On Windows,
    /// Everyone, Users or another large group.
    #[error("the audit log's directory {} can be written by {who}, who could replace its files; take that access away{}", path.display(), or_set(*setting))]
    Writable {
        /// The directory.
        path: PathBuf,
        /// Who may write in it.
        who: String,
        /// The setting that allows it, if there is one.
        setting: Option<&'static str>,
    },
    /// Another log writes to the directory, in this process or in another one.
    #[error("the audit log's directory {} is in use{}", directory.display(), in_use(*holder, *opened_at, *waited))]
    Locked {
        /// The directory.
        directory: PathBuf,
        /// The id of the process that uses it, if that is known.
        holder: Option<u32>,
        /// Where in the code the log was opened that uses it, if that is a log of this process.
        opened_at: Option<&'static Location<'static>>,
        /// How long `open` waited for it: not at all for a log of this process that is not closing.
        waited: Duration,
    },
    /// The setting `group` names a group whose id could not be found.
    #[error("the setting `group` can't be `{name}`: could not look the group up in {}", path.display())]
    UnknownGroup {
        /// The name of the group.
        name: String,
        /// The file that was searched, `/etc/group`.
        path: PathBuf,
        /// Why the group was not found.
        source: io::Error,
    },
    /// The directory can't be given to the group that is to read it.
    #[error("the audit log's directory {} can't be given to the group {gid}", path.display())]
    Group {
        /// The directory.
        path: PathBuf,
        /// The id of the group.
        gid: u32,
        /// Why it can't be given to the group.
        source: io::Error,
    },
    /// A file of the log's state could not be read or written, or its content is not valid.
    #[error("the audit log's file {} can't be used", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why it can't be used.
        source: io::Error,
    },
    /// The log's threads could not be started.
    #[error("the audit log's threads could not be started")]
    Thread {
        /// Why not.
        source: io::Error,
    },
    /// A day file could not be read, or not be recovered after a crash.
    #[error("the day file {} can't be used", path.display())]
    DayFile {
        /// The file.
        path: PathBuf,
        /// Why it can't be used.
        source: io::Error,
    },
}

debug_for_people!(OpenError {
    Setting { setting, value, reason },
    Catalog { source },
    MirrorName { name, reason },
    NotCompiledIn { setting, what },
    Directory { path, source },
    NotADirectory { path },
    Link { path },
    ForeignOwner { path, owner },
    Writable { path, who, setting },
    Locked { directory, holder, opened_at, waited },
    UnknownGroup { name, path, source },
    Group { path, gid, source },
    State { path, source },
    Thread { source },
    DayFile { path, source },
});

fn in_use(holder: Option<u32>, opened_at: Option<&Location<'_>>, waited: Duration) -> String {
    let time = humantime::format_duration(waited);
    match (opened_at, holder) {
        (Some(at), _) if waited.is_zero() => format!(
            " by this process, which opened it at {at}; shut down or drop that log's guard first, or use its `AuditHandle`"
        ),
        (Some(at), _) => {
            format!(
                " by this process, which opened it at {at} and still holds its layer or a handle; waited {time}"
            )
        }
        (None, Some(pid)) if pid == std::process::id() => {
            format!(" by this process (id {pid}); waited {time}")
        }
        (None, Some(pid)) => format!(" by process {pid}; waited {time}"),
        (None, None) => format!("; waited {time}"),
    }
}

fn or_set(setting: Option<&str>) -> String {
    setting.map_or_else(String::new, |setting| format!(", or set `{setting}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_the_message_with_its_causes_and_its_alternate_form_has_the_fields() {
        let source = io::Error::new(io::ErrorKind::PermissionDenied, "not yours");
        let error = OpenError::Directory { path: PathBuf::from("/var/log/audit"), source };
        assert_eq!(format!("{error:?}"), "the audit log's directory /var/log/audit can't be used: not yours");
        let structure = format!("{error:#?}");
        assert!(structure.starts_with("Directory {\n    path: \"/var/log/audit\",\n"), "{structure}");
        assert!(structure.contains("PermissionDenied"), "{structure}");
    }
}
