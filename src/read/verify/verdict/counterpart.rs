//! The other side of a fork.

use serde::Serialize;
use std::path::PathBuf;

/// The other side of a `fork` that [`Verify::against`](crate::read::Verify::against) has found.
///
/// `file`, `line` and `byte` are those of the line at which the other history parts, or, where it does not have its lines any more,
/// of the signed statement in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counterpart {
    /// The other directory.
    pub dir: PathBuf,
    /// The file, as a path relative to that directory, with `/`.
    pub file: Option<String>,
    /// The number of the line in the file, from 1 on.
    pub line: Option<u64>,
    /// The offset of that line in the file, in bytes.
    pub byte: Option<u64>,
    /// How many records both histories have in common, as far as it could be told.
    pub common: u64,
    /// How many records are sealed in this log.
    pub own_size: u64,
    /// How many records are sealed in the other one.
    pub size: u64,
}
