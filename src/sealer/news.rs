//! The log's records about its seals.

use crate::journal::{Directory, Folder};
use crate::record::{Object, Outcome, Record};
use crate::seal::{Checkpoint, SignedNote};
use crate::sealer::state::start::{self, CHECKPOINT};

/// The longest cause in a control record, in bytes: the record must fit into a slot of the intake.
pub(super) const LONGEST: usize = 400;

/// Returns what `log.opened` says of the seals: what was sealed before.
pub(super) fn opened(directory: &dyn Directory) -> Object {
    let mut said = Object::new();
    let note = directory.read_in(Folder::Seal, CHECKPOINT).ok().flatten();
    let note = note.and_then(|contents| String::from_utf8(contents).ok());
    let checkpoint = note.as_ref().and_then(|note| note.parse::<SignedNote>().ok());
    let Some(Ok(checkpoint)) = checkpoint.map(|note| note.text().parse::<Checkpoint>()) else {
        return said;
    };
    said.insert("origin", checkpoint.origin.as_str());
    if let Ok(Some(head)) = start::head(directory) {
        said.insert("base", head.base);
        said.insert("sealed_until", head.base.saturating_add(checkpoint.size));
    }
    if let Some(note) = note {
        said.insert("checkpoint", note);
    }
    said
}

/// Returns the record of a new origin, with the last checkpoint of the old one.
pub(super) fn log_seal_restarted(
    reason: String,
    origin: String,
    old_origin: String,
    last: Option<String>,
) -> Record {
    Record::new("log.seal_restarted")
        .outcome(Outcome::Failure)
        .resource("reason", reason)
        .resource("origin", origin)
        .resource("old_origin", old_origin)
        .resource("checkpoint", last)
}

/// Returns the record with a checkpoint, for those who keep it elsewhere.
pub(super) fn log_checkpoint(note: &SignedNote, checkpoint: &Checkpoint) -> Record {
    Record::new("log.checkpoint")
        .resource("checkpoint", note.to_string())
        .resource("size", checkpoint.size)
        .resource("origin", checkpoint.origin.as_str())
}
