//! Records with their proofs, as files.

use crate::failure::Failure;
use crate::input::read_log_text;
use crate::output::new_file;
use std::path::{Path, PathBuf};
use tracing_audit::read::{keys, prove_lines};

/// Writes the lines, the proofs and the keys. No file that is there is replaced. Returns the paths of the proofs.
pub(crate) fn write_all(dir: &Path, seqs: &[u64], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let chain = keys(dir)?;
    let certificates =
        chain.epochs().iter().skip(1).map(|epoch| read_log_text(&dir.join(epoch.file()), "a key"));
    let certificates = certificates.collect::<Result<String, Failure>>()?;
    let proven = prove_lines(dir, seqs)?;
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("can't make the folder {}: {error}", folder.display())))?;
    let mut paths = Vec::new();
    for record in &proven {
        let mut line = record.line.clone();
        line.push(b'\n');
        new_file(&folder.join(format!("{}.json", record.seq)), &line)?;
        let path = folder.join(format!("{}.tlog-proof", record.seq));
        new_file(&path, record.proof.to_string().as_bytes())?;
        paths.push(path);
    }
    let path = folder.join("keys.chain");
    if !std::fs::read(&path).is_ok_and(|known| known == certificates.as_bytes()) {
        new_file(&path, certificates.as_bytes())?;
    }
    Ok(paths)
}
