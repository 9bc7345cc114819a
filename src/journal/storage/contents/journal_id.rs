//! `.state/journal.json`: the journal's id, 128 random bits that are made once.
//!
//! ```json
//! {"version":1,"id":"5f0c4d1be2f3470a9c7d8e6b1a2f3c4d"}
//! ```

use super::state_file::{self, Version, invalid};
use crate::error::OpenError;
use crate::journal::storage::layout::JOURNAL;
use crate::journal::storage::system::Handle;
use crate::record::{hex, is_hex};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The contents of `.state/journal.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalFile {
    version: Version,
    /// 32 lower-case hex digits.
    id: String,
}

/// Returns the id of the journal that is there. A directory without one is given `id`, which is not
/// synced, or a new one.
pub(in crate::journal::storage) fn journal_id(
    state: &Handle,
    state_path: &Path,
    id: Option<&str>,
) -> Result<String, OpenError> {
    let path = state_path.join(JOURNAL);
    let existing_or_new = || {
        if let Some(text) = state_file::read(state, JOURNAL)? {
            return id_in(&text);
        }
        let is_new = id.is_none();
        let id = id.map_or_else(new_id, |id| Ok(id.to_owned()))?;
        let journal = JournalFile { version: Version, id };
        state_file::replace(state, JOURNAL, &state_file::to_text(&journal)?, is_new)?;
        Ok(journal.id)
    };
    existing_or_new().map_err(|source| OpenError::State { path: path.clone(), source })
}

/// Returns the id in the contents of a `journal.json`.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidData`], with what is wrong.
pub(crate) fn id_in(text: &[u8]) -> io::Result<String> {
    let journal = state_file::parse::<JournalFile>(text)?;
    if !is_hex(&journal.id, 32) {
        return Err(invalid(format!("the id `{}` is not 32 hex digits", journal.id)));
    }
    Ok(journal.id)
}

/// Returns the 16 bytes of a journal's id.
pub(crate) fn id_bytes(id: &str) -> [u8; 16] {
    u128::from_str_radix(id, 16).unwrap_or_default().to_be_bytes()
}

fn new_id() -> io::Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)?;
    Ok(hex(&random))
}
