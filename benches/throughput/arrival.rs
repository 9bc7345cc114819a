//! Detects when all lines are in the file.
//!
//! No contender is asked to flush, because that means different things: waiting for a thread, or for the
//! disk. Instead the length of the files is polled, in the same way for all; the lines had arrived when
//! it last grew.

use crate::Result;
use crate::contenders::EVENT;
use std::fs::{self, DirEntry, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The time between two polls: short compared with a run, and long enough to leave the processor to the
/// writers.
const AGAIN: Duration = Duration::from_micros(200);

/// The time without growth after which lines are counted for the first time.
const STILL: Duration = Duration::from_millis(2);

/// The time without growth after which absent lines count as missing.
const GIVEN_UP: Duration = Duration::from_secs(5);

pub(crate) struct Arrival {
    /// The time of the last growth.
    pub(crate) at: Instant,
    pub(crate) lines: Lines,
}

/// Waits until this many lines are there, or no more arrive.
pub(crate) fn wait_for(lines: usize, folder: &Path) -> Result<Arrival> {
    let mut still = STILL;
    loop {
        let at = wait_until_still(folder, still)?;
        let found = Lines::read(folder)?;
        if found.count >= lines as u64 || still >= GIVEN_UP {
            return Ok(Arrival { at, lines: found });
        }
        still *= 2;
    }
}

/// Waits until nothing was written for this long. Returns the time of the last growth.
pub(crate) fn wait_until_still(folder: &Path, still: Duration) -> Result<Instant> {
    let mut length = length(folder)?;
    let mut at = Instant::now();
    while at.elapsed() < still {
        thread::sleep(AGAIN);
        let now = self::length(folder)?;
        if now != length {
            (length, at) = (now, Instant::now());
        }
    }
    Ok(at)
}

/// Brings all log files of a folder to disk.
pub(crate) fn sync_all(folder: &Path) -> Result<()> {
    each_file(folder, &mut |file| Ok(File::open(file.path())?.sync_data()?))
}

/// Returns the length of all log files in a folder, in bytes.
fn length(folder: &Path) -> Result<u64> {
    let mut length = 0;
    each_file(folder, &mut |file| {
        length += file.metadata()?.len();
        Ok(())
    })?;
    Ok(length)
}

/// Returns the lines of the event in all files of a folder.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) count: u64,
    /// In bytes, with the `\n`.
    pub(crate) longest: u64,
}

impl Lines {
    fn read(folder: &Path) -> Result<Lines> {
        let mut lines = Lines::default();
        let mut line = String::new();
        each_file(folder, &mut |file| {
            let mut reader = BufReader::with_capacity(64 * 1024, File::open(file.path())?);
            while reader.read_line(&mut line)? > 0 {
                if is_whole(&line) {
                    lines.count += 1;
                    lines.longest = lines.longest.max(line.len() as u64);
                }
                line.clear();
            }
            Ok(())
        })?;
        Ok(lines)
    }
}

fn is_whole(line: &str) -> bool {
    line.starts_with('{') && line.contains(EVENT) && line.ends_with("}\n")
}

/// Hidden folders hold internal state, and `seal` what is signed of the lines: no lines.
fn each_file(folder: &Path, visit: &mut dyn FnMut(&DirEntry) -> Result<()>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") || name == "seal" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            each_file(&entry.path(), visit)?;
        } else {
            visit(&entry)?;
        }
    }
    Ok(())
}
