//! What is signed of the tree: its size and its root.

use super::error::SealFormatError;
use super::lines::{LONGEST, TextLines, exact, shown};
use super::tree::hash::Hash;
use super::tree::range::MOST_LEAVES;
use std::fmt;
use std::str::FromStr;

/// The size and the root of a log's tree, as a note has them: <https://c2sp.org/tlog-checkpoint>.
///
/// Lines behind the third one are extensions, which other logs may have; they are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = SealFormatError;

    fn from_str(text: &str) -> Result<Checkpoint, SealFormatError> {
        let mut lines = TextLines::of(text, LONGEST)?;
        let origin = lines.next("the origin")?;
        if origin.is_empty() {
            return Err(lines.wrong("the origin is empty"));
        }
        let size = lines.next("the size")?;
        let size = exact(size)
            .filter(|size| *size <= MOST_LEAVES)
            .ok_or_else(|| lines.wrong(format!("{} is no size of a tree", shown(size))))?;
        let root = lines.next("the root")?;
        let root = root.parse().map_err(|error: SealFormatError| lines.wrong(error.to_string()))?;
        while !lines.rest().is_empty() {
            if lines.next("an extension")?.is_empty() {
                return Err(lines.wrong("an extension is empty"));
            }
        }
        Ok(Checkpoint { origin: origin.to_owned(), size, root })
    }
}
