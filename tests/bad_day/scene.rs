//! A place for an emitter, its log and its notes.

use super::emitter::{Orders, chain};
use super::judge::Case;
use crate::support::TEST_TYPES;
use crate::support::child::open_folder;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tracing_audit::AuditLayer;

const LONG: Duration = Duration::from_secs(60);

/// Opens the log as the next process would, and closes it.
pub(crate) fn reopen(dir: &Path) -> Vec<String> {
    match AuditLayer::builder(dir).catalog(TEST_TYPES).retention_days(36_500).disk_low_bytes(0).open() {
        Ok((layer, guard)) => {
            drop(layer);
            guard
                .shutdown(LONG)
                .err()
                .map(|error| format!("not shut down: {}", chain(&error)))
                .into_iter()
                .collect()
        }
        Err(error) => vec![format!("not opened: {}", chain(&error))],
    }
}

/// Sets or takes away a file's immutable attribute; returns whether that worked.
pub(crate) fn chattr(flag: &str, path: &Path) -> bool {
    Command::new("chattr").arg(flag).arg(path).output().is_ok_and(|output| output.status.success())
}

pub(crate) fn day_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect()
}

/// A place with an emitter's directory, notes, and room for what is moved away.
pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let folder = open_folder();
        fs::create_dir(folder.path().join("notes")).unwrap();
        Scene { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn orders(&self) -> Orders {
        Orders::new(&self.path("audit"), &self.path("notes"))
    }

    pub(crate) fn case(&self) -> Case {
        Case { notes: self.path("notes"), dir: self.path("audit"), ..Case::default() }
    }
}

/// Else `TempDir` could not remove it.
impl Drop for Scene {
    fn drop(&mut self) {
        for dir in ["audit", "moved"] {
            for file in day_files(&self.path(dir)) {
                chattr("-i", &file);
            }
        }
    }
}
