//! What was said once, and is not said again.

use crate::journal::storage::layout::DayFileName;
use crate::read::TroubleKind;
use crate::read::query::{Fault, LONGEST_LINE};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// So many things are remembered.
const MOST: usize = 10_000;

/// What was said once, and is not said again.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// What concerns all lines of a file from one on.
    of_files: HashSet<(DayFileName, String)>,
    paths: HashSet<PathBuf>,
}

impl Said {
    /// Returns what is to be said of a faulty line.
    pub(super) fn kind(&mut self, name: DayFileName, fault: Fault) -> Option<TroubleKind> {
        let once = match &fault {
            Fault::OtherVersion(version) => Some(version.clone()),
            Fault::WithoutNumber => Some(String::new()),
            _ => None,
        };
        if let Some(once) = once
            && (self.of_files.len() >= MOST || !self.of_files.insert((name, once)))
        {
            return None;
        }
        Some(match fault {
            Fault::NotARecord(reason) => TroubleKind::NotARecord { lines: 1, reason },
            Fault::Altered(reason) => TroubleKind::Altered { lines: 1, reason },
            Fault::TooLong => TroubleKind::TooLong { at_most: LONGEST_LINE as u64 },
            Fault::Torn(bytes) => TroubleKind::Torn { bytes, is_newest: false },
            Fault::OtherVersion(version) => TroubleKind::OtherVersion { version },
            Fault::WithoutNumber => TroubleKind::WithoutNumber,
        })
    }

    /// Notes that something was said of a path. Returns whether it is the first time.
    pub(super) fn path(&mut self, path: &Path) -> bool {
        self.paths.len() < MOST && self.paths.insert(path.to_owned())
    }

    /// Forgets what was said of a path, which is not there any more.
    pub(super) fn keep_only(&mut self, is_there: impl Fn(&Path) -> bool) {
        self.paths.retain(|path| is_there(path));
    }
}
