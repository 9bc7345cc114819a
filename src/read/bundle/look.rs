//! A log as it is at one moment.

use crate::journal::DayFileName;
use crate::read::archive::is_seal;
use crate::read::regular_file;
use crate::read::verify::{Listing, SEAL, VerifyError, names, small_file};
use crate::seal::{DaySeal, SignedNote};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// A log as it is at one moment. The checkpoint is read first: what it is about is on disk by then, and so is what a
/// seal is about when the day files are listed.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) checkpoint: Option<String>,
    /// The small files in `seal`, by their names: all but the leaves.
    pub(super) small: BTreeMap<String, String>,
    /// The names of files with leaves.
    pub(super) leaves: Vec<String>,
    pub(super) seals: Vec<DaySeal>,
    pub(super) listing: Listing,
    /// Day files that are pruned soon, opened.
    pub(super) held: BTreeMap<String, File>,
}

impl Look {
    pub(super) fn at(dir: &Path) -> Result<Look, VerifyError> {
        let folder = dir.join(SEAL);
        let checkpoint = small_file(&folder.join("checkpoint"))?;
        let (mut small, mut leaves, mut seals) = (BTreeMap::new(), Vec::new(), Vec::new());
        for name in names(&folder)?.into_iter().filter(|name| is_seal(name)) {
            if name.ends_with(".leaf") {
                leaves.push(name);
            } else if name != "checkpoint"
                && let Some(text) = small_file(&folder.join(&name))?
            {
                if name.ends_with(".seal") {
                    let note = text.parse::<SignedNote>().ok();
                    seals.extend(note.and_then(|note| note.text().parse::<DaySeal>().ok()));
                }
                small.insert(name, text);
            }
        }
        let listing = Listing::of(dir)?;
        if listing.files.is_empty() && listing.others.is_empty() && small.is_empty() && checkpoint.is_none() {
            return Err(VerifyError::NoLog { path: dir.to_owned() });
        }
        Ok(Look { checkpoint, small, leaves, seals, listing, held: BTreeMap::new() })
    }

    /// Returns the names of sealed day files that are not there.
    pub(super) fn absent(&self) -> Vec<&str> {
        let is_there = |name: &str| self.listing.files.iter().any(|file| file.name == name);
        let sealed = self.seals.iter().filter(|seal| !seal.seqs.is_empty());
        let sealed = sealed.map(|seal| seal.file.as_str());
        sealed.filter(|name| !is_there(name) && DayFileName::parse(name).is_some()).collect()
    }

    /// Opens the oldest files: one that is pruned from now on can still be read.
    pub(super) fn hold(&mut self, most: usize) {
        for file in self.listing.files.iter().take(most) {
            if let Ok(open) = regular_file::open(&file.path) {
                self.held.insert(file.name.clone(), open);
            }
        }
    }
}
