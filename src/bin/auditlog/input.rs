//! Files that commands read.

use crate::failure::Failure;
use crate::terminal::escape::shown;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::path::Path;

/// No text file of a log is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Reads a small text file that was named in an argument.
pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| unreadable(path, what, &error))
}

/// Reads a text file in the directory of a log, where anyone who may write to it can have put anything: what is not a file of at most
/// a megabyte is an error, a link is not followed, and a FIFO not waited for.
pub(crate) fn read_log_text(path: &Path, what: &str) -> Result<String, Failure> {
    let read = || {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
        }
        if !path.symlink_metadata()?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        let file = options.open(path)?;
        // Another may stand there by now.
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        let mut text = String::new();
        file.take(LONGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LONGEST {
            return Err(io::Error::other(format!("it has more than {LONGEST} bytes")));
        }
        Ok(text)
    };
    read().map_err(|error| unreadable(path, what, &error))
}

fn unreadable(path: &Path, what: &str, error: &io::Error) -> Failure {
    Failure::new(format!("can't read {what} in {}: {error}", shown(path)))
}
