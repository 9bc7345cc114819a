//! The file system of the files, on which the cost of a sync depends.

use crate::Result;
use std::fs;
use std::path::Path;

/// Returns the file system of a folder, such as `ext4`, or `unknown`.
pub(crate) fn file_system(folder: &Path) -> Result<String> {
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else {
        return Ok("unknown".to_owned());
    };
    let folder = fs::canonicalize(folder)?;
    // The last of the longest matches: a later mount covers an earlier one.
    let mount = mounts.lines().filter_map(Mount::of).filter(|mount| folder.starts_with(&mount.point));
    let mount = mount.max_by_key(|mount| mount.point.len());
    Ok(mount.map_or_else(|| "unknown".to_owned(), |mount| mount.kind.to_owned()))
}

/// Returns whether the file system is in memory.
pub(crate) fn is_in_memory(file_system: &str) -> bool {
    ["tmpfs", "ramfs"].contains(&file_system)
}

struct Mount<'a> {
    point: String,
    kind: &'a str,
}

impl<'a> Mount<'a> {
    /// `proc(5)`: the mount point is the fifth field, the kind the first behind a lone hyphen.
    fn of(line: &'a str) -> Option<Mount<'a>> {
        let (front, back) = line.split_once(" - ")?;
        let point = front.split(' ').nth(4)?.replace("\\040", " ");
        Some(Mount { point, kind: back.split(' ').next()? })
    }
}
