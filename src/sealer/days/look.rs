//! Looking at the files that were sealed before, when a log is opened.

use crate::journal::{DayFileName, Subscription};
use crate::record::Record;
use crate::report::Level;
use crate::seal::VerifierKey;
use crate::sealer::state::start::{KnownSeal, seals};
use crate::sealer::trouble::{Outcome, with};
use std::io;

/// Has each sealed day file named that is missing or shorter than its seal says, unless it was pruned or a
/// record names it already. The files are looked at by name and size, not read.
pub(in crate::sealer) fn look(journal: &Subscription, chain: &[VerifierKey]) -> Outcome<()> {
    let kept_from = journal.kept_from();
    let (seals, damaged) = seals(&**journal.directory(), chain)?;
    for name in damaged {
        journal.reports().post(Level::Error, || {
            format!(
                "{} is no seal that this log has signed",
                journal.path().join("seal").join(name).display()
            )
        });
    }
    for KnownSeal { seal, .. } in seals.into_iter().filter(|known| known.seal.seqs.end > kept_from) {
        let Some(name) = DayFileName::parse(&seal.file).filter(|_| !seal.seqs.is_empty()) else {
            continue;
        };
        let path = journal.path().join(&seal.file);
        let len = match journal.open(name).and_then(|file| file.len()) {
            Ok(len) => Some(len),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
                None
            }
            Err(error) => return Err(with(path.display())(error)),
        };
        // It may have been pruned meanwhile.
        let kept_from = journal.kept_from();
        if len.is_some_and(|len| len >= seal.bytes) || seal.seqs.end <= kept_from {
            continue;
        }
        let from_seq = seal.seqs.start.max(kept_from);
        if journal.declared_lost(from_seq).map_err(with(path.display()))?.is_some() {
            continue;
        }
        journal.reports().post(Level::Error, || match len {
            None => format!("{} is sealed and missing", path.display()),
            Some(len) => format!("{} has {len} bytes, its seal is about {}", path.display(), seal.bytes),
        });
        journal.emit(
            Record::new("log.file_lost")
                .resource("file", seal.file.as_str())
                .resource("from_seq", from_seq)
                .resource("to_seq", seal.seqs.end - 1),
        );
    }
    Ok(())
}
