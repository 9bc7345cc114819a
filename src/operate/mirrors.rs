//! The mirrors of a log.

use super::cursors::{SavedCursor, saved_cursors};
use super::error::OperateError;
use super::operator::{Operator, is_open, unreadable};
use crate::config::mirrors_of;
use crate::journal::storage::layout::{DeadLetterName, Folder, STATE};
use crate::read::{Reader, published};
use crate::record::Timestamp;
use std::collections::BTreeMap;

/// How far a mirror of a log has come: see [`Operator::mirrors`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MirrorState {
    /// Its name.
    pub name: String,
    /// Whether the log has it, by the settings in force. The cursor of another one is kept for a mirror of the same name.
    pub is_configured: bool,
    /// The number of the record that it gets next.
    pub next_seq: u64,
    /// How many records wait for it, as far as the day files tell.
    pub behind: u64,
    /// Since when nothing can be delivered.
    pub failing_since: Option<Timestamp>,
    /// Why not, if its process tells.
    pub last_error: Option<String>,
    /// How many records that its receiver has rejected are in `.state/dead_letters`.
    pub dead_letters: u64,
}

impl Operator {
    /// Returns how far each mirror has come, by its name: what `status.json` says while a process has the log open, or else the
    /// cursors.
    ///
    /// # Errors
    ///
    /// [`OperateError`]: only the log's account and root may read the cursors.
    pub fn mirrors(&self) -> Result<Vec<MirrorState>, OperateError> {
        let dir = &*self.dir;
        let fail = |source| OperateError::File { path: dir.join(STATE), source };
        let status = published(dir).filter(|status| !status.closed);
        let status = status.filter(|_| is_open(dir).unwrap_or(false));
        let next_seq = Reader::open(dir).and_then(|reader| reader.next_seq());
        let next_seq = next_seq.map_err(|error| unreadable(dir, error))?;
        let mut mirrors = BTreeMap::new();
        let in_force = self.in_force()?;
        for name in mirrors_of(in_force.as_ref()) {
            mirrors.insert(name.clone(), MirrorState::new(name, true));
        }
        for SavedCursor { mirror, next_seq, failing_since } in saved_cursors(dir).map_err(fail)? {
            let state = mirrors.entry(mirror.clone()).or_insert_with(|| MirrorState::new(mirror, false));
            (state.next_seq, state.failing_since) = (next_seq, failing_since);
        }
        for mirror in status.iter().flat_map(|status| &status.mirrors) {
            let name = mirror.name.clone();
            let state = mirrors.entry(name.clone()).or_insert_with(|| MirrorState::new(name, true));
            state.is_configured = true;
            // The cursor is saved a little later.
            state.next_seq = mirror.delivered_seq.map_or(0, |seq| seq + 1).max(state.next_seq);
            state.failing_since = mirror.failing_since;
            state.last_error = mirror.last_error.as_ref().map(|last| last.error.clone());
        }
        let letters = dir.join(Folder::DeadLetters.path_of(""));
        for entry in letters.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            if let Some(letter) = name.to_str().and_then(DeadLetterName::parse) {
                let name = letter.mirror.to_owned();
                mirrors.entry(name.clone()).or_insert_with(|| MirrorState::new(name, false)).dead_letters +=
                    1;
            }
        }
        let mut mirrors = mirrors.into_values().collect::<Vec<_>>();
        mirrors.iter_mut().for_each(|mirror| mirror.behind = next_seq.saturating_sub(mirror.next_seq));
        Ok(mirrors)
    }
}

impl MirrorState {
    fn new(name: String, is_configured: bool) -> MirrorState {
        MirrorState {
            name,
            is_configured,
            next_seq: 0,
            behind: 0,
            failing_since: None,
            last_error: None,
            dead_letters: 0,
        }
    }
}
