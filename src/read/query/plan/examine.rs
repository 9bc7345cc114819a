//! What the ends of a day file tell.

use super::super::trouble::{Trouble, TroubleKind};
use crate::journal::storage::layout::DayFileName;
use crate::journal::{own_ends, plausible_ends};
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
    /// Its first and its last record.
    pub(super) ends: Option<(Stamp, Stamp)>,
    /// Whether both ends look as the log has written them. Else nothing is known of what is between them.
    pub(super) is_plain: bool,
}

impl Examined {
    pub(super) fn first_seq(&self) -> Option<u64> {
        self.ends.map(|(first, _)| first.seq)
    }
}

/// Reads the ends of a file; one that does not look as the log has written it is read whole. The number before which there
/// were records may be known. Returns `None` for an empty file.
pub(super) fn examine(
    name: DayFileName,
    path: &PathBuf,
    reached: Option<u64>,
) -> Result<Option<Examined>, Trouble> {
    let open = || {
        let file = regular_file::open(path)?;
        let len = file.metadata()?.len();
        if len == 0 {
            return Ok(None);
        }
        let is_in_order = |(first, last): &(Stamp, Stamp)| first.ts <= last.ts && first.seq <= last.seq;
        let plain = plausible_ends(&file)?.filter(is_in_order);
        let ends = match plain {
            Some(ends) => Some(ends),
            None => own_ends(&file, reached)?.filter(is_in_order),
        };
        Ok(Some(Examined { name, path: path.clone(), len, ends, is_plain: plain.is_some() }))
    };
    open().map_err(|error: io::Error| Trouble::of(path, TroubleKind::Unreadable(error)))
}
