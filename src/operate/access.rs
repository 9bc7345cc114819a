//! Recording that someone reads records.

use crate::record::{Object, Value};
use std::path::{Path, PathBuf};

/// Who reads records of a log, and which: for [`record_access`](super::Operator::record_access).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let (dir, journal) = (folder.path().join("audit"), folder.path().join("access"));
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// # drop(tracing_audit::AuditLayer::builder(&journal).open()?);
/// use tracing_audit::operate::{Access, Operator};
/// use tracing_audit::read::Query;
///
/// let records = Query::new([&dir]).event("auth.*").count(|_| {})?;
/// let access = Access::new("my-report").argument("auth.*").directory(&dir).records(records);
/// Operator::new(&journal).record_access(access)?;
/// // From here on, the records may be shown.
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "it is recorded by `Operator::record_access`"]
pub struct Access {
    command: String,
    user: Option<String>,
    arguments: Vec<String>,
    directories: Vec<PathBuf>,
    records: Option<u64>,
}

impl Access {
    /// Begins with the command that reads, such as `query`.
    pub fn new(command: impl Into<String>) -> Access {
        Access { command: command.into(), ..Access::default() }
    }

    /// Sets the name of the account that reads. Default: none.
    pub fn user(mut self, name: impl Into<String>) -> Access {
        self.user = Some(name.into());
        self
    }

    /// Adds an argument: what is searched for. May be called more than once.
    pub fn argument(mut self, argument: impl Into<String>) -> Access {
        self.arguments.push(argument.into());
        self
    }

    /// Adds a directory that is read. May be called more than once.
    pub fn directory(mut self, dir: impl AsRef<Path>) -> Access {
        let dir = dir.as_ref();
        self.directories.push(std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
        self
    }

    /// Sets how many records are found. Default: not said.
    pub fn records(mut self, records: u64) -> Access {
        self.records = Some(records);
        self
    }

    /// Returns the fields of `log.read`.
    pub(super) fn resource(self, uid: Option<u32>) -> Object {
        let mut resource = Object::new();
        if let Some(uid) = uid {
            resource.insert("uid", uid);
        }
        if let Some(user) = self.user {
            resource.insert("user", user);
        }
        resource.insert("command", self.command);
        resource.insert("arguments", Value::Array(self.arguments.into_iter().map(Value::from).collect()));
        let directories = self.directories.iter().map(|dir| Value::from(dir.display().to_string()));
        resource.insert("directories", Value::Array(directories.collect()));
        if let Some(records) = self.records {
            resource.insert("records", records);
        }
        resource
    }
}
