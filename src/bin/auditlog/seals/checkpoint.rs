//! `auditlog checkpoint`

use super::given;
use crate::failure::Failure;
use crate::input::read_log_text;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::read::keys;
use tracing_audit::seal::{KeyChain, SignedNote};

/// Prints the newest signed checkpoint of a log
///
/// It states how many records are sealed, and the root of the tree over them. Kept where the log's machine can't reach it, it
/// is an anchor: `auditlog verify --anchor` shows later that no record up to then has changed. That a key of the log has signed it
/// is checked, the records are not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 done; 3 there is no valid checkpoint.")]
pub(crate) struct Checkpoint {
    /// The directory of the log
    dir: PathBuf,

    /// The first key of the log, as you keep it elsewhere. Default: that of the directory
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// Print it as JSON: the origin, the size, the root and the note
    #[arg(long)]
    json: bool,
}

/// A checkpoint as `--json` prints it.
#[derive(serde::Serialize)]
struct Json<'a> {
    version: u64,
    origin: &'a str,
    size: u64,
    root: String,
    key: usize,
    key_fingerprint: Option<String>,
    note: String,
}

impl Checkpoint {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let keys = keys(&self.dir)?;
        if let Some(key) = &self.key {
            trust(&keys, key)?;
        }
        let path = self.dir.join("seal/checkpoint");
        let wrong = |reason: String| {
            Failure::new(format!("{} is not a checkpoint of this log: {reason}", path.display()))
                .hint("`auditlog verify` tells whether the log was changed.")
        };
        let text = read_log_text(&path, "the checkpoint")?;
        let note = text.parse::<SignedNote>().map_err(|error| wrong(error.to_string()))?;
        let checkpoint = keys.checkpoint(&note).map_err(|error| wrong(error.to_string()))?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let json = Json {
                version: 1,
                origin: &checkpoint.origin,
                size: checkpoint.size,
                root: checkpoint.root.to_string(),
                key: keys.keys().len(),
                key_fingerprint: keys.keys().next().map(|key| key.fingerprint()),
                note: note.to_string(),
            };
            serde_json::to_writer_pretty(&mut out, &json).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else {
            write!(out, "{note}")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Fails if the first key of a log, or one for which none before it vouches, is not this one.
pub(super) fn trust(keys: &KeyChain, given: &str) -> Result<(), Failure> {
    let trusted = given::key(given)?;
    let hint = "Find out why before you trust anything in this directory: `auditlog key show` has the keys.";
    if keys.keys().next() != Some(&trusted) {
        return Err(Failure::new(format!("the first key of the log is not {trusted}")).hint(hint));
    }
    match keys.epochs().iter().find_map(|epoch| epoch.restarted.as_ref().map(|reason| (epoch, reason))) {
        None => Ok(()),
        Some((epoch, reason)) => {
            let number = epoch.number;
            Err(Failure::new(format!(
                "key {number} of the log is a new beginning: the one before was lost ({reason})"
            ))
            .hint(hint))
        }
    }
}
