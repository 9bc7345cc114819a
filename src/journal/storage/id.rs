//! `.state/journal.json`: the journal's id.

use super::Handle;
use crate::error::OpenError;
use crate::journal::storage::layout::JOURNAL;
use crate::record::{hex, is_hex};
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _};
use std::path::Path;

/// What `.state/journal.json` says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalFile {
    version: u32,
    id: String,
}

/// The id of the journal that is there; else `id`, or a new one, which it is given.
pub(super) fn journal_id(state: &Handle, state_path: &Path, id: Option<&str>) -> Result<String, OpenError> {
    let path = state_path.join(JOURNAL);
    let fail = |source| OpenError::State { path: path.clone(), source };
    match state.open(JOURNAL) {
        Ok(mut file) => {
            let mut text = String::new();
            file.read_to_string(&mut text).and_then(|_| id_in(&text)).map_err(fail)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = id.map_or_else(|| new_id().map_err(fail), |id| Ok(id.to_owned()))?;
            let journal = JournalFile { version: 1, id };
            let text = serde_json::to_string(&journal).map_err(|error| fail(error.into()))?;
            state.replace(JOURNAL, format!("{text}\n").as_bytes()).map_err(fail)?;
            Ok(journal.id)
        }
        Err(error) => Err(fail(error)),
    }
}

/// The id that the file's text gives.
pub(crate) fn id_in(text: &str) -> io::Result<String> {
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let journal = serde_json::from_str::<JournalFile>(text).map_err(|error| invalid(error.to_string()))?;
    if journal.version != 1 {
        return Err(invalid(format!("version {} is not 1, the one that is known here", journal.version)));
    }
    if !is_hex(&journal.id, 32) {
        return Err(invalid(format!("the id `{}` is not 32 hex digits", journal.id)));
    }
    Ok(journal.id)
}

fn new_id() -> io::Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)?;
    Ok(hex(&random))
}
