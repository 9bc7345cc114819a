//! What the sealer does at present, and what its hashes alone would take.

use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use tracing_audit::AuditHandle;

/// Waits until these records are sealed; without a sealer not at all.
pub(crate) fn wait(handle: &AuditHandle, last_seq: u64) -> crate::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(600);
    let begin = Instant::now();
    while let Some(seal) = handle.stats().seal {
        if seal.sealed_seq >= Some(last_seq) {
            break;
        }
        if seal.failing_since.is_some() || begin.elapsed() > PATIENCE {
            return Err(format!("record {last_seq} does not get sealed: {seal:?}").into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Returns the processor time of the sealer's thread, in nanoseconds, where it is known.
pub(crate) fn time() -> Option<f64> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    let is_sealer =
        |path: &PathBuf| fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "audit-seal");
    time_of(&threads.flatten().map(|entry| entry.path()).find(is_sealer)?)
}

fn time_of(thread: &Path) -> Option<f64> {
    let text = fs::read_to_string(thread.join("schedstat")).ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Returns the processor time of a loop that computes the hashes of a line and of a node of the tree, which is
/// what a line takes at least, in nanoseconds a line.
pub(crate) fn bare(dir: &Path) -> Option<f64> {
    const LINES: usize = 100_000;
    const AT_MOST: u64 = 64 * 1024 * 1024;
    let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "log");
    let path = fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path()).find(is_log)?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(AT_MOST).read_to_end(&mut bytes).ok()?;
    let lines = bytes.split(|byte| *byte == b'\n').take(LINES).collect::<Vec<_>>();
    let this = Path::new("/proc/thread-self");
    let begin = time_of(this)?;
    let mut node = [0; 32];
    for line in &lines {
        let leaf = Sha256::new().chain_update([0]).chain_update(line).finalize();
        node = Sha256::new().chain_update([1]).chain_update(node).chain_update(leaf).finalize().into();
    }
    black_box(node);
    // The kernel counts it when the thread gives the processor up.
    thread::sleep(Duration::from_millis(1));
    Some((time_of(this)? - begin) / lines.len() as f64)
}
