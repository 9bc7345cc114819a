//! A look at a log at which each file that was pruned is explained by a sealed record.
//!
//! The log moves a file to `.state/pruned`, appends `log.pruned`, syncs that and removes the file; the record is sealed
//! within about a second. A bundle from in between would have a file missing that nothing explains. So where a file was pruned
//! just now, all others are opened, and the next checkpoint is waited for. It is also waited for if lines that were written just now
//! are not sealed: in a bundle they would stay so.

use super::copy::last_seq;
use super::look::Look;
use crate::journal::DayFileName;
use crate::journal::storage::layout::{Folder, STATE};
use crate::read::regular_file;
use crate::read::verify::{DayFile, SEAL, VerifyError, names, small_file};
use crate::seal::{Checkpoint, SignedNote};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// How long ago a directory was changed in which a file may just have been pruned.
const YOUNG: Duration = Duration::from_secs(10);

/// How long is waited.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long is waited for a checkpoint: one comes each second in which something is recorded, unless the log is not sealed any more.
const NO_CHECKPOINT: Duration = Duration::from_secs(3);

/// How long a file is on its way where `.state` can't be looked at.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_millis(10);

/// The most day files that are held open.
const MOST_HELD: usize = 200;

/// How often it is begun again, if files were pruned of which nothing is known.
const ATTEMPTS: usize = 5;

/// Looks at the log in `dir`.
pub(super) fn settled(dir: &Path) -> Result<Look, VerifyError> {
    let mut attempt = 1;
    loop {
        let (look, known) = once(dir)?;
        let is_known = |name: &str| known.iter().any(|known| known == name);
        if attempt == ATTEMPTS || look.absent().into_iter().all(is_known) {
            return Ok(look);
        }
        attempt += 1;
    }
}

/// Looks at it when no file is taken away at the same time: one that is sealed and pruned in between would be in neither list.
fn undisturbed(dir: &Path) -> Result<Look, VerifyError> {
    let days = || {
        names(dir).map(|names| {
            names.into_iter().filter(|name| DayFileName::parse(name).is_some()).collect::<Vec<_>>()
        })
    };
    for _ in 1..ATTEMPTS {
        let before = days()?;
        let look = Look::at(dir)?;
        let now = days()?;
        if before.iter().all(|name| now.contains(name)) {
            return Ok(look);
        }
    }
    Look::at(dir)
}

/// Looks at it once, and returns the names of absent files that are explained.
fn once(dir: &Path) -> Result<(Look, Vec<String>), VerifyError> {
    let mut look = undisturbed(dir)?;
    let known = look.absent().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let was_pruned = !look.absent().is_empty() && is_young(dir);
    let is_written = look.checkpoint.is_some()
        && look.listing.files.last().is_some_and(|file| is_young(&file.path))
        && size(dir, &look)? <= newest(&look)?;
    if !was_pruned && !is_written {
        return Ok((look, known));
    }
    let begun = Instant::now();
    // What is pruned from now on is told of too late for the checkpoint that is waited for.
    look.hold(MOST_HELD);
    // Files that are on their way now are told of before they are gone.
    while was_pruned && begun.elapsed() < PATIENCE {
        match on_their_way(dir) {
            Some(0) => break,
            None if begun.elapsed() >= ON_ITS_WAY => break,
            _ => std::thread::sleep(PAUSE),
        }
    }
    let wanted = newest(&Look::at(dir)?)?;
    let mut newest = (None, Instant::now());
    while begun.elapsed() < PATIENCE && newest.1.elapsed() < NO_CHECKPOINT {
        let size = size(dir, &look)?;
        if size > wanted {
            break;
        }
        if size != newest.0 {
            newest = (size, Instant::now());
        }
        std::thread::sleep(PAUSE);
    }
    let mut settled = undisturbed(dir)?;
    let sealed_until = settled.seals.iter().map(|seal| seal.seqs.end).max().unwrap_or(0);
    // What was pruned meanwhile is still there: the record may not be sealed yet.
    for file in &look.listing.files {
        let is_there = settled.listing.files.iter().any(|other| other.name == file.name);
        // One that had to go without a seal, and whose records another seal is about, may not be in the tree: its numbers count as lost.
        let is_sealed = settled.seals.iter().any(|seal| seal.file == file.name);
        let may_be_lost = !is_sealed && file.first_seq < Some(sealed_until);
        if let (false, false, Some(held)) = (is_there, may_be_lost, look.held.get(&file.name)) {
            // It may have been the newest one until then.
            let len = held.metadata().map_or(file.len, |metadata| metadata.len());
            settled.listing.files.push(DayFile { len, ..file.clone() });
        }
    }
    settled.listing.files.sort_by_key(|file| file.first_seq);
    settled.held = look.held;
    settled.leaves.extend(look.leaves);
    settled.leaves.sort();
    settled.leaves.dedup();
    Ok((settled, known))
}

/// Returns the number of the newest record.
fn newest(look: &Look) -> Result<Option<u64>, VerifyError> {
    let mut newest = None;
    for file in &look.listing.files {
        let last = regular_file::open(&file.path).and_then(|open| last_seq(&open, file.len));
        // It may have been pruned by now.
        newest = newest.max(last.unwrap_or(None));
    }
    Ok(newest)
}

/// Returns how many files are being pruned; `None` if that can't be seen.
fn on_their_way(dir: &Path) -> Option<usize> {
    dir.join(STATE).read_dir().ok()?;
    names(&dir.join(Folder::Pruned.path_of(""))).ok().map(|names| names.len())
}

/// Returns the number behind those that the newest checkpoint is about.
fn size(dir: &Path, look: &Look) -> Result<Option<u64>, VerifyError> {
    let text = small_file(&dir.join(SEAL).join("checkpoint"))?;
    let note = text.and_then(|text| text.parse::<SignedNote>().ok());
    let size = note.and_then(|note| note.text().parse::<Checkpoint>().ok()).map(|checkpoint| checkpoint.size);
    let base = look.seals.first().map_or(0, |seal| seal.base);
    Ok(size.map(|size| base.saturating_add(size)))
}

fn is_young(dir: &Path) -> bool {
    let modified = dir.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    age.is_none_or(|age| age <= YOUNG)
}
