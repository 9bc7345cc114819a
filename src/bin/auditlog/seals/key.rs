//! `auditlog key`

use super::checkpoint::trust;
use super::given;
use crate::failure::Failure;
use crate::output::new_file;
use crate::terminal::escape::shown;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_audit::read::keys;
use tracing_audit::seal::{KeyChain, VerifierKey};

/// Shows and keeps the public keys of a log
///
/// A log begins with one key, and goes on with a new one each day, which the one before has signed. Who keeps the first key where
/// the log's machine can't reach it can verify all of the log.
#[derive(Debug, clap::Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the log's keys, and from which record on each has signed
    Show {
        /// The directory of the log
        dir: PathBuf,

        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the fingerprint of a key, to be compared on the telephone: the SHA-256 of its name, a newline and its 33 bytes
    Fingerprint {
        /// The directory of a log, whose first key is meant, or a key: a file, or the text NAME+HASH+KEY
        #[arg(value_name = "DIR|KEY")]
        of: String,
    },
    /// Copy the first key to a file of yours, or say whether it is still the same
    Pin {
        /// The directory of the log
        dir: PathBuf,

        /// The file, outside of the log's directory. If it is there, the key in it is compared
        file: PathBuf,
    },
}

/// A key as `show --json` prints it.
#[derive(serde::Serialize)]
struct Json<'a> {
    number: u64,
    key: String,
    fingerprint: String,
    from_size: u64,
    file: String,
    restarted: &'a Option<String>,
}

impl Key {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Show { dir, json } => show(&keys(dir)?, json)?,
            Command::Fingerprint { of } => {
                let key = if Path::new(&of).is_dir() { first(&keys(&of)?)? } else { given::key(&of)? };
                writeln!(std::io::stdout(), "{}", key.fingerprint())?;
            }
            Command::Pin { dir, file } => pin(&dir, &file)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn first(keys: &KeyChain) -> Result<VerifierKey, Failure> {
    keys.keys().next().cloned().ok_or_else(|| Failure::new("the log has no key"))
}

fn show(keys: &KeyChain, is_json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if is_json {
        let keys = keys.epochs().iter().map(|epoch| Json {
            number: epoch.number,
            key: epoch.key.to_string(),
            fingerprint: epoch.key.fingerprint(),
            from_size: epoch.from,
            file: epoch.file(),
            restarted: &epoch.restarted,
        });
        let json = serde_json::json!({ "version": 1, "keys": keys.collect::<Vec<_>>() });
        serde_json::to_writer_pretty(&mut out, &json).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    for epoch in keys.epochs() {
        let (number, key) = (epoch.number, &epoch.key);
        match (&epoch.restarted, number) {
            (Some(reason), _) => writeln!(
                out,
                "key {number}, a new beginning after {} records: the key before was lost ({reason})",
                epoch.from
            )?,
            (None, 1) => writeln!(out, "key {number}, the first one")?,
            (None, _) => {
                writeln!(out, "key {number}, signed by key {}, after {} records", number - 1, epoch.from)?
            }
        }
        writeln!(out, "  {key}\n  fingerprint {}", key.fingerprint())?;
    }
    Ok(())
}

fn pin(dir: &Path, file: &Path) -> Result<(), Failure> {
    let chain = keys(dir)?;
    let key = first(&chain)?;
    let mut out = std::io::stdout().lock();
    if file.exists() {
        trust(&chain, &file.to_string_lossy())?;
        writeln!(out, "the same: {} has the log's first key", shown(file))?;
        return Ok(writeln!(out, "fingerprint {}", key.fingerprint())?);
    }
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if absolute(folder).starts_with(absolute(dir)) {
        let failure = Failure::new(format!("{} is in the log's own directory", file.display()));
        return Err(failure.hint(
            "An attacker who can change the log could change it too. Choose a place on another machine.",
        ));
    }
    new_file(file, format!("{key}\n").as_bytes())?;
    writeln!(out, "{}", shown(file))?;
    writeln!(out, "fingerprint {}", key.fingerprint())?;
    Ok(())
}
