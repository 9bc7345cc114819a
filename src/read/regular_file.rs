//! Opening a file of a log to read it, whatever stands under its name.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file to read it. Links are not followed, and a FIFO is not waited for.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`], with what there is, if it is not a regular file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = path.symlink_metadata()?.file_type();
    let what = if kind.is_symlink() {
        "a link"
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_file() {
        // Another may stand there by now.
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
        }
        let file = options.open(path)?;
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        "something else"
    } else {
        "a FIFO, a socket or a device"
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file")))
}

/// Returns the contents of a file that is no longer than `at_most` bytes.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidData`] if it is longer: it is not read.
pub(crate) fn contents(path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let file = open(path)?;
    let len = file.metadata()?.len();
    if len > at_most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it has {len} bytes")));
    }
    let mut contents = Vec::new();
    file.take(at_most).read_to_end(&mut contents)?;
    Ok(contents)
}
