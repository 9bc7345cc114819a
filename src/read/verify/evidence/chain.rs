//! The order of the seals: each names the one before.

use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::keys::SEAL;
use crate::journal::storage::layout::seal_of;
use crate::seal::{DaySeal, verify_consistency};

/// A valid seal.
#[derive(Clone, Debug)]
pub(in crate::read) struct SealFile {
    pub(in crate::read) seal: DaySeal,
    /// The SHA-256 of its file, in hex digits.
    pub(in crate::read) sha256: String,
    /// Whether it follows the one before it in the list. If not, seals between them are gone or not valid.
    pub(in crate::read) follows: bool,
}

impl SealFile {
    fn path(&self) -> String {
        format!("{SEAL}/{}", seal_of(&self.seal.file))
    }
}

/// Returns the seals in order. `is_explained`: seals that are not valid may be those that are missing.
pub(super) fn ordered(
    mut seals: Vec<SealFile>,
    is_explained: bool,
    findings: &mut Findings,
) -> Vec<SealFile> {
    seals.sort_by_key(|file| (file.seal.seqs.end, file.seal.seqs.start));
    let mut order = Vec::<SealFile>::new();
    while !seals.is_empty() {
        let last = order.last().map(|file| file.sha256.clone());
        let mut next = seals.iter().enumerate().filter(|(_, file)| file.seal.prev == last).map(|(at, _)| at);
        let (first, second) = (next.next(), next.next());
        if let Some(second) = second {
            let other = seals.remove(second);
            let detail =
                format!("it follows the same seal as that of {}", seals[first.unwrap_or(0)].seal.file);
            findings.add(
                Finding::new(FindingKind::Fork, detail).file(other.path()).seqs(other.seal.seqs.clone()),
            );
            continue;
        }
        let mut file = seals.remove(first.unwrap_or(0));
        let end = order.last().map(|file| file.seal.seqs.end);
        file.follows = first.is_some();
        if let Some(reason) = breach(&file, order.last()) {
            findings.add(Finding::new(FindingKind::SealInvalid, reason).file(file.path()));
            continue;
        }
        if !file.follows && !is_explained {
            let before = file.seal.prev.as_deref().unwrap_or("none");
            let detail =
                format!("the seal before that of {}, with the SHA-256 {before}, is gone", file.seal.file);
            let from = end.unwrap_or(file.seal.base);
            findings.add(
                Finding::new(FindingKind::SealMissing, detail).file(SEAL).seqs(from..file.seal.seqs.start),
            );
        }
        order.push(file);
    }
    order
}

/// Returns what of a seal contradicts the one before it.
fn breach(file: &SealFile, before: Option<&SealFile>) -> Option<String> {
    let (seal, before) = (&file.seal, before.map(|before| &before.seal));
    if let Some(before) = before {
        if seal.base != before.base {
            return Some(format!("its base is {}, that of the seals before is {}", seal.base, before.base));
        }
        let is_next = seal.seqs.start == before.seqs.end;
        if seal.seqs.start < before.seqs.end || file.follows && !is_next {
            let (start, end) = (seal.seqs.start, before.seqs.end);
            return Some(format!("its records begin at {start}, those of the seal before end at {end}"));
        }
        let leaves = seal.leaves();
        if is_next
            && !verify_consistency(
                leaves.start,
                before.tree.root(),
                leaves.end,
                seal.tree.root(),
                &seal.consistency,
            )
        {
            return Some(
                "its proof does not show that the tree of the seal before is the begin of its own".into(),
            );
        }
    } else if file.follows && seal.seqs.start != seal.base {
        return Some(format!(
            "it is the first seal, but its records begin at {}, not {}",
            seal.seqs.start, seal.base
        ));
    }
    None
}
