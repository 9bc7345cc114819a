//! What the ends of a day file tell.

use super::super::trouble::{Trouble, TroubleKind};
use crate::journal::plausible_ends;
use crate::journal::storage::layout::DayFileName;
use crate::read::regular_file;
use crate::record::Stamp;
use std::io;
use std::path::PathBuf;

/// A day file whose ends were read.
#[derive(Clone, Debug)]
pub(super) struct Examined {
    pub(super) name: DayFileName,
    pub(super) path: PathBuf,
    /// Its length in bytes.
    pub(super) len: u64,
    /// Its first and its last record, if both ends look as the log has written them.
    pub(super) ends: Option<(Stamp, Stamp)>,
}

impl Examined {
    pub(super) fn first_seq(&self) -> Option<u64> {
        self.ends.map(|(first, _)| first.seq)
    }
}

/// Reads the ends of a file. Returns `None` for an empty file.
pub(super) fn examine(name: DayFileName, path: &PathBuf) -> Result<Option<Examined>, Trouble> {
    let open = || {
        let file = regular_file::open(path)?;
        let len = file.metadata()?.len();
        if len == 0 {
            return Ok(None);
        }
        let ends =
            plausible_ends(&file)?.filter(|(first, last)| first.ts <= last.ts && first.seq <= last.seq);
        Ok(Some(Examined { name, path: path.clone(), len, ends }))
    };
    open().map_err(|error: io::Error| Trouble::of(path, TroubleKind::Unreadable(error)))
}
