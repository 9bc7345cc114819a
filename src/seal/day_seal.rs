//! The seal of a day file.

use super::certificate::{digest_or_none, size};
use super::error::SealFormatError;
use super::lines::{LONGEST, TextLines, exact, shown};
use super::note::key_text::is_key_name;
use super::tree::hash::Hash;
use super::tree::range::{MOST_LEAVES, TreeRange};
use super::tree::verify::MOST_HASHES;
use crate::record::is_hex;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The first line of a seal.
const HEAD: &str = "audit-seal/v1";

/// What is signed of a day file when it has ended: its bytes, and the tree at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DaySeal {
    pub(crate) origin: String,
    /// The name of the day file.
    pub(crate) file: String,
    /// How many of its bytes are hashed.
    pub(crate) bytes: u64,
    /// The SHA-256 of these, in hex digits.
    pub(crate) sha256: String,
    pub(crate) cover: Cover,
    /// The number of the record that is the first leaf of the tree.
    pub(crate) base: u64,
    /// The numbers that were sealed with this file: from the end of the seal before on. A file that has
    /// gone, and has no seal of its own, has some of them.
    pub(crate) seqs: Range<u64>,
    /// The SHA-256 of the file of the seal before, in hex digits, if there is one.
    pub(crate) prev: Option<String>,
    /// The tree at the end of the range.
    pub(crate) tree: TreeRange,
    /// The proof that the tree at the begin of the range is the begin of this one.
    pub(crate) consistency: Vec<Hash>,
}

/// How much of a file its seal is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    Whole,
    /// The file goes on, but could not be synced there: these records were written again to the
    /// file of this name, if they were.
    Prefix {
        superseded_by: Option<String>,
    },
}

impl DaySeal {
    /// Returns the indices of the leaves that it is about.
    pub(crate) fn leaves(&self) -> Range<u64> {
        self.seqs.start - self.base..self.seqs.end - self.base
    }
}

impl fmt::Display for DaySeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DaySeal { origin, file, bytes, sha256, cover, base, seqs, prev, tree, consistency } = self;
        writeln!(f, "{HEAD}\norigin {origin}\nfile {file}\nbytes {bytes}")?;
        match cover {
            // As `sha256sum --tag` prints it, so that `sha256sum -c` reads it.
            Cover::Whole => writeln!(f, "SHA256 ({file}) = {sha256}")?,
            Cover::Prefix { superseded_by } => {
                writeln!(f, "SHA256-PREFIX ({file}) = {sha256}")?;
                if let Some(other) = superseded_by {
                    writeln!(f, "superseded-by {other}")?;
                }
            }
        }
        writeln!(f, "base {base}\nrange {} {}\nroot {}", seqs.start, seqs.end, tree.root())?;
        writeln!(f, "prev {}", prev.as_deref().unwrap_or("none"))?;
        tree.hashes().iter().try_for_each(|hash| writeln!(f, "frontier {hash}"))?;
        consistency.iter().try_for_each(|hash| writeln!(f, "consistency {hash}"))
    }
}

impl FromStr for DaySeal {
    type Err = SealFormatError;

    fn from_str(text: &str) -> Result<DaySeal, SealFormatError> {
        let mut lines = TextLines::of(text, LONGEST)?;
        lines.head(HEAD)?;
        let origin = lines.value("origin")?.to_owned();
        if !is_key_name(&origin) {
            return Err(lines.wrong("the origin can't be the name of a key"));
        }
        let file = lines.value("file")?;
        let file = file_name(&lines, file)?;
        let bytes = lines.parsed("bytes")?;
        let digest = lines.next("the SHA-256")?;
        let of_tag = |tag: &str| digest.strip_prefix(tag)?.strip_prefix(&format!(" ({file}) = "));
        let (sha256, is_whole) = match (of_tag("SHA256"), of_tag("SHA256-PREFIX")) {
            (Some(sha256), _) => (sha256, true),
            (None, Some(sha256)) => (sha256, false),
            (None, None) => return Err(lines.wrong(format!("{} is no SHA-256 of {file}", shown(digest)))),
        };
        if !is_hex(sha256, 64) {
            return Err(lines.wrong(format!("{} is not 64 hex digits", shown(sha256))));
        }
        let cover = if is_whole {
            Cover::Whole
        } else {
            let other = lines.value_if("superseded-by")?;
            Cover::Prefix { superseded_by: other.map(|name| file_name(&lines, name)).transpose()? }
        };
        let base = size(&mut lines, "base")?;
        let range = lines.value("range")?;
        let seqs = range.split_once(' ').and_then(|(start, end)| Some(exact(start)?..exact(end)?));
        let is_range =
            |seqs: &Range<u64>| base <= seqs.start && seqs.start <= seqs.end && seqs.end <= MOST_LEAVES;
        let seqs = seqs
            .filter(is_range)
            .ok_or_else(|| lines.wrong(format!("{} is no range of numbers from {base} on", shown(range))))?;
        let root = lines.parsed::<Hash>("root")?;
        let prev = digest_or_none(&mut lines, "prev")?;
        let frontier = lines.all("frontier")?;
        let tree =
            TreeRange::of_tree(seqs.end - base, frontier).map_err(|error| lines.wrong(error.to_string()))?;
        if tree.root() != root {
            return Err(lines.wrong("the root is not that of the frontier"));
        }
        let consistency = lines.all("consistency")?;
        if consistency.len() > MOST_HASHES {
            return Err(lines.wrong(format!("a proof has at most {MOST_HASHES} hashes")));
        }
        lines.end()?;
        let sha256 = sha256.to_owned();
        Ok(DaySeal { origin, file, bytes, sha256, cover, base, seqs, prev, tree, consistency })
    }
}

/// Checks that this is the name of a file in the log's own directory.
fn file_name(lines: &TextLines, name: &str) -> Result<String, SealFormatError> {
    let stem = name.strip_prefix("audit-").and_then(|name| name.strip_suffix(".log"));
    let is_name = stem.is_some_and(|stem| stem.starts_with(|c: char| c.is_ascii_digit()))
        && stem.is_some_and(|stem| stem.bytes().all(|c| matches!(c, b'0'..=b'9' | b'-' | b'.')));
    if !is_name {
        return Err(lines.wrong(format!("{} is no name of a day file", shown(name))));
    }
    Ok(name.to_owned())
}
