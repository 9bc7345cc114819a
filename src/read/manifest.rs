//! `manifest.json` of a bundle: what it has, and what was left out of it.
//!
//! ```json
//! {"version":1,"made":"2026-05-29T08:00:00.000000000Z","journal":"0123…","origin":"host7/app/0123…",
//!  "checkpoint":"host7/app/0123…\n…","from":"2026-05-01","to":null,
//!  "files":[{"path":"audit-2026-05-28.log","bytes":2048,"sha256":"…","first_seq":120,"last_seq":129},
//!           {"path":"seal/log.vkey","bytes":96,"sha256":"…"}],
//!  "left_out":[{"file":"audit-2026-04-30.log","bytes":24580,"sha256":"…","first_seq":0,"last_seq":119}],
//!  "not_copied":[]}
//! ```
//!
//! Readers ignore keys that they don't know; another version means that they can't read it. It is not signed: what is in it is
//! for people, and for those who compare files. A verification believes it in one thing, that a file was left out on purpose: then
//! the file is not said to be missing but to be left out, and the log to be incomplete.

use serde::{Deserialize, Serialize};
use std::path::Path;

use super::regular_file;

/// Its name.
pub(super) const MANIFEST: &str = "manifest.json";

/// The longest one that is read, in bytes.
const LONGEST: u64 = 16 << 20;

const VERSION: u64 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: u64,
    /// When the bundle was made.
    pub(super) made: String,
    /// The journal's id, 32 hex digits.
    pub(super) journal: Option<String>,
    pub(super) origin: Option<String>,
    /// The newest checkpoint, a signed note.
    pub(super) checkpoint: Option<String>,
    /// The first and the last day of which there are day files.
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) files: Vec<FileEntry>,
    pub(super) left_out: Vec<LeftOut>,
    /// Names in the log that are no regular files.
    pub(super) not_copied: Vec<NotCopied>,
}

/// A file of the bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FileEntry {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_seq: Option<u64>,
}

/// A day file outside of the days that were asked for; what its seal says of it, if it has one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LeftOut {
    pub(super) file: String,
    pub(super) bytes: Option<u64>,
    pub(super) sha256: Option<String>,
    pub(super) first_seq: Option<u64>,
    pub(super) last_seq: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NotCopied {
    pub(super) file: String,
    pub(super) reason: String,
}

impl Default for Manifest {
    fn default() -> Manifest {
        Manifest {
            version: VERSION,
            made: String::new(),
            journal: None,
            origin: None,
            checkpoint: None,
            from: None,
            to: None,
            files: Vec::new(),
            left_out: Vec::new(),
            not_copied: Vec::new(),
        }
    }
}

/// Returns the names of the day files that were left out of the bundle in `dir`; none if there is no manifest that can be read.
pub(super) fn left_out(dir: &Path) -> Vec<String> {
    let contents = regular_file::contents(&dir.join(MANIFEST), LONGEST).ok();
    let manifest = contents.and_then(|contents| serde_json::from_slice::<Manifest>(&contents).ok());
    let manifest = manifest.filter(|manifest| manifest.version == VERSION);
    manifest.map_or(Vec::new(), |manifest| manifest.left_out.into_iter().map(|file| file.file).collect())
}
