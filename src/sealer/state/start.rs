//! Where the tree goes on when a log is opened.
//!
//! The position in `.state/head` and the newest seal are believed as far as their roots are signed. What
//! else is signed of larger trees is a claim: the tree must have that root when it gets that
//! size, before anything is signed again. So an attacker who can write to the directory, but does not
//! have the key, gets no changed line signed by restoring an older `head`.

use crate::journal::slots;
use crate::journal::storage::layout::seal_of;
use crate::journal::{Directory, Folder, LAST_SEQ};
use crate::record::hex;
use crate::seal::{Checkpoint, DaySeal, Hash, SealFormatError, SignedNote, TreeRange, VerifierKey};
use crate::sealer::keys::place::KeyPlace;
use crate::sealer::state::position::{HEAD, Head, Position};
use crate::sealer::trouble::{Outcome, Trouble, with};
use sha2::{Digest as _, Sha256};
use std::io;

/// The name of the file with the newest checkpoint.
pub(in crate::sealer) const CHECKPOINT: &str = "checkpoint";

/// What is signed of a tree that is not reached yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sealer) struct Claim {
    pub(in crate::sealer) size: u64,
    pub(in crate::sealer) root: Hash,
    /// Which file says so.
    pub(in crate::sealer) by: String,
}

/// Where the tree goes on.
#[derive(Debug)]
pub(in crate::sealer) struct Start {
    pub(in crate::sealer) position: Position,
    /// The claims about larger trees, the smallest first.
    pub(in crate::sealer) claims: Vec<Claim>,
    /// The turn of the slots that were written last.
    pub(in crate::sealer) turn: u64,
    /// Whether nothing was sealed before.
    pub(in crate::sealer) is_first: bool,
}

/// A seal, with the SHA-256 of its file.
#[derive(Debug)]
pub(in crate::sealer) struct KnownSeal {
    pub(in crate::sealer) seal: DaySeal,
    pub(in crate::sealer) sha256: String,
}

/// Reads `.state/head`.
pub(in crate::sealer) fn head(directory: &dyn Directory) -> io::Result<Option<Head>> {
    let head: Option<Head> = directory.read_state(HEAD)?.and_then(|contents| slots::decode(&contents));
    // A number that no record can have is not believed.
    Ok(head.filter(|head| head.next_seq() < LAST_SEQ))
}

/// Returns the seals of day files that one of the keys has signed, by their ranges, and the names of
/// the other files that should be seals.
pub(in crate::sealer) fn seals(
    directory: &dyn Directory,
    chain: &[VerifierKey],
) -> Outcome<(Vec<KnownSeal>, Vec<String>)> {
    let path = || directory.path().join(Folder::Seal.path_of("")).display().to_string();
    let names = directory.names(Folder::Seal).map_err(with(path()))?;
    let (mut seals, mut others) = (Vec::new(), Vec::new());
    for name in names.into_iter().filter(|name| name.ends_with(".seal")) {
        let contents = directory.read_in(Folder::Seal, &name).map_err(with(path()))?.unwrap_or_default();
        let seal = seal(&contents, chain).ok().filter(|seal| seal_of(&seal.file) == name);
        match seal {
            Some(seal) => seals.push(KnownSeal { seal, sha256: hex(&Sha256::digest(&contents)) }),
            None => others.push(name),
        }
    }
    seals.sort_by_key(|known| (known.seal.seqs.end, known.seal.seqs.start));
    Ok((seals, others))
}

/// Returns the seal that one of the keys has signed.
pub(in crate::sealer) fn seal(contents: &[u8], chain: &[VerifierKey]) -> Result<DaySeal, String> {
    let note = std::str::from_utf8(contents).map_err(|error| error.to_string())?;
    let note = note.parse::<SignedNote>().map_err(|error| error.to_string())?;
    note.verify(chain).map_err(|error| error.to_string())?;
    note.text().parse().map_err(|error: SealFormatError| error.to_string())
}

/// Returns a signed checkpoint, if it is whole.
pub(in crate::sealer) fn checkpoint(note: &str, chain: &[VerifierKey]) -> Result<Checkpoint, String> {
    let note = note.parse::<SignedNote>().map_err(|error| error.to_string())?;
    note.verify(chain).map_err(|error| error.to_string())?;
    note.text().parse().map_err(|error: SealFormatError| error.to_string())
}

/// Finds where the tree goes on. `base` returns its first number, where neither a position nor a seal has it.
pub(in crate::sealer) fn start(
    directory: &dyn Directory,
    chain: &[VerifierKey],
    place: &KeyPlace,
    base: impl FnOnce() -> Outcome<u64>,
) -> Outcome<Start> {
    let head = head(directory).map_err(with(".state/head"))?;
    let guard = place.guard().map_err(with("the guard beside the key"))?;
    let (mut seals, _) = seals(directory, chain)?;
    let newest = seals.pop();
    let mut claims = Vec::new();
    let turn = [head.as_ref().map(slots::Slot::turn), guard.as_ref().map(slots::Slot::turn)];
    let turn = turn.into_iter().flatten().max().unwrap_or(0);
    let known_head = head.as_ref().and_then(|head| of_head(head, chain));
    let behind_seal = newest
        .as_ref()
        .map(|known| Position::behind(known.seal.base, known.seal.tree.clone(), Some(known.sha256.clone())));
    let is_first = head.is_none() && newest.is_none();
    let position = match (known_head, behind_seal) {
        // A seal that is newer than the position was written just before a crash.
        (Some(head), Some(seal))
            if seal.sealed.end() > head.size() || head.newest_seal != seal.newest_seal =>
        {
            seal
        }
        (Some(head), _) => head,
        (None, Some(seal)) => seal,
        (None, None) => Position::behind(base()?, TreeRange::at(0), None),
    };
    if let Some(head) = head
        && let Ok(Checkpoint { size, root, .. }) = checkpoint(&head.checkpoint, chain)
    {
        claims.push(Claim { size, root, by: ".state/head".to_owned() });
    }
    if let Some(guard) = guard {
        claims.push(Claim { size: guard.size, root: guard.root, by: "the guard beside the key".to_owned() });
    }
    let published = directory.read_in(Folder::Seal, CHECKPOINT).map_err(with("seal/checkpoint"))?;
    let published = published.and_then(|contents| String::from_utf8(contents).ok());
    if let Some(Ok(Checkpoint { size, root, .. })) = published.map(|text| checkpoint(&text, chain)) {
        claims.push(Claim { size, root, by: "seal/checkpoint".to_owned() });
    }
    if let Some(KnownSeal { seal, .. }) = newest {
        claims.push(Claim { size: seal.tree.end(), root: seal.tree.root(), by: seal_of(&seal.file) });
    }
    let tree = position.tree();
    if let Some(claim) = claims.iter().find(|claim| claim.size == tree.end() && claim.root != tree.root()) {
        return Err(mismatch(claim));
    }
    claims.retain(|claim| claim.size > tree.end());
    claims.sort_by_key(|claim| claim.size);
    Ok(Start { position, claims, turn, is_first })
}

/// Returns what is wrong if the tree does not have the root that a claim says.
pub(in crate::sealer) fn mismatch(claim: &Claim) -> Trouble {
    Trouble::Mismatch(format!(
        "the {} records up to there do not have the root that {} says",
        claim.size, claim.by
    ))
}

/// Returns the position of a head, if its root is signed.
fn of_head(head: &Head, chain: &[VerifierKey]) -> Option<Position> {
    let position = head.position().ok()?;
    let Checkpoint { size, root, .. } = checkpoint(&head.checkpoint, chain).ok()?;
    let tree = position.tree();
    (tree.end() == size && tree.root() == root).then_some(position)
}
