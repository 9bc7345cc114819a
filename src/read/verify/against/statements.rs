//! What is signed of a log's tree, and where that stands.

use super::super::error::VerifyError;
use super::super::evidence::claims::Evidence;
use super::super::evidence::keys::SEAL;
use super::super::evidence::listing::Listing;
use super::super::evidence::{anchors, state};
use super::super::live::snapshot::Snapshot;
use crate::journal::LineReader;
use crate::journal::storage::layout::{STATE, seal_of};
use crate::read::regular_file;
use crate::record::is_line_of_the_log;
use crate::seal::{Checkpoint, Hash, KeyChain, SignedNote};
use std::io;
use std::path::Path;

/// So many checkpoints in lines are looked at.
const MOST: usize = 200_000;

/// A statement about the tree.
#[derive(Clone, Debug)]
pub(in crate::read) struct Statement {
    pub(in crate::read) size: u64,
    pub(in crate::read) root: Hash,
    /// The file, as a path relative to the log's directory.
    pub(in crate::read) file: String,
    /// The line in a day file, from 1 on, and its offset in bytes.
    pub(in crate::read) place: Option<(u64, u64)>,
    /// The note, if its signature has not been checked yet.
    unchecked: Option<SignedNote>,
}

impl Statement {
    fn new(size: u64, root: Hash, file: String) -> Statement {
        Statement { size, root, file, place: None, unchecked: None }
    }

    /// Returns whether it stands in a line of a day file. Its signature was not checked then.
    pub(super) fn is_in_line(&self) -> bool {
        self.place.is_some()
    }

    /// Returns whether one of these keys has signed it.
    pub(super) fn is_signed(&self, keys: &KeyChain) -> bool {
        self.unchecked.as_ref().is_none_or(|note| keys.checkpoint(note).is_ok())
    }
}

/// Returns what is signed of the tree of the log in `dir`.
pub(in crate::read) fn statements(
    dir: &Path,
    snapshot: &Snapshot,
    evidence: &Evidence,
    listing: &Listing,
) -> Result<Vec<Statement>, VerifyError> {
    let keys = &evidence.keys;
    let newest = snapshot.checkpoint.as_ref().and_then(|text| text.parse::<SignedNote>().ok());
    let newest = newest.map(|note| (note, format!("{SEAL}/checkpoint")));
    let head = state::head(dir).map(|head| (head.checkpoint, format!("{STATE}/{}", state::HEAD)));
    let mut statements = Vec::new();
    for (note, file) in newest.into_iter().chain(head) {
        if let Ok(Checkpoint { size, root, .. }) = keys.checkpoint(&note) {
            statements.push(Statement::new(size, root, file));
        }
    }
    for seal in evidence.seals.iter().map(|seal| &seal.seal) {
        let file = format!("{SEAL}/{}", seal_of(&seal.file));
        statements.push(Statement::new(seal.leaves().end, seal.tree.root(), file));
    }
    for epoch in keys.epochs() {
        statements.extend(epoch.root.map(|root| Statement::new(epoch.from, root, epoch.file())));
    }
    in_lines(listing, &mut statements)?;
    Ok(statements)
}

/// Adds the checkpoints that stand in the log's lines.
fn in_lines(listing: &Listing, statements: &mut Vec<Statement>) -> Result<(), VerifyError> {
    for day_file in &listing.files {
        let fail = |source| VerifyError::unreadable(&day_file.path, source);
        let file = match regular_file::open(&day_file.path) {
            Ok(file) => file,
            // It was pruned just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(fail(error)),
        };
        let (mut lines, mut number, mut byte) = (LineReader::default(), 0, 0);
        while let Some(line) = lines.next(&file).map_err(fail)? {
            number += 1;
            let place = (number, std::mem::replace(&mut byte, line.end));
            let may_be = !line.is_too_long
                && is_line_of_the_log(line.text())
                && memchr::memmem::find(line.text(), br#""checkpoint":""#).is_some();
            if !may_be || statements.len() > MOST {
                continue;
            }
            for note in anchors::notes(&String::from_utf8_lossy(line.text())) {
                if let Ok(Checkpoint { size, root, .. }) = note.text().parse() {
                    statements.push(Statement {
                        place: Some(place),
                        unchecked: Some(note),
                        ..Statement::new(size, root, day_file.name.clone())
                    });
                }
            }
        }
    }
    Ok(())
}
