//! The directory, its disk, the day files and the hold.

use super::check::Check;
use super::words::unreadable;
use crate::journal::storage::layout::{DayFileName, HOLD, STATE};
use crate::journal::storage::space_of;
use crate::published::{PublishedStatus, STATUS};
use crate::read::day_files::DayFiles;
use crate::read::regular_file;
use std::io;
use std::path::Path;

/// Returns whether the directory is that of a log, or the only check that there is.
pub(super) fn directory(dir: &Path) -> Result<Check, Check> {
    let fail = |error: io::Error| {
        let detail = format!("{} can't be read: {error}", dir.display());
        // Missing rights are of this process, and say nothing about the log.
        let is_gone = error.kind() == io::ErrorKind::NotFound;
        if is_gone { Check::critical("directory", detail) } else { Check::unknown("directory", detail) }
    };
    let names = std::fs::read_dir(dir).map_err(fail)?;
    let names = names.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>();
    let names = names.map_err(fail)?;
    let names = names.iter().filter_map(|name| name.to_str()).collect::<Vec<_>>();
    let is_day_file = |name: &&&str| DayFileName::parse(name).is_some();
    let days = names.iter().filter(is_day_file).count();
    if days == 0 && !names.contains(&STATUS) {
        let detail = format!("{} has neither day files nor a status.json: it is no audit log", dir.display());
        return Err(Check::critical("directory", detail));
    }
    if !names.contains(&STATE) {
        let detail = format!(
            "{} has {days} day files and no .state: it is a copy, or .state was removed",
            dir.display()
        );
        return Ok(Check::warning("directory", detail));
    }
    Ok(Check::ok("directory", format!("{} has {days} day files", dir.display())))
}

/// The defaults of `disk_low_bytes` and `disk_critical_bytes`, for a log that has published nothing.
const LIMITS: (u64, u64) = (512 << 20, 64 << 20);

/// Looks at the disk as it is now.
pub(super) fn disk(dir: &Path, status: Option<&PublishedStatus>) -> Check {
    let (free, is_read_only) = match space_of(dir) {
        Ok(space) => space,
        Err(error) => return Check::unknown("disk", format!("the free space can't be told: {error}")),
    };
    if is_read_only {
        return Check::critical("disk", "its file system is read-only: nothing can be recorded");
    }
    let level = status.filter(|status| !status.closed).map_or("fine", |status| status.disk_level.as_str());
    let Some(free) = free else {
        return Check::unknown("disk", "the free space is not known");
    };
    let detail = format!("{free} bytes are free");
    let (low, critical) = status.map_or(LIMITS, |status| (status.disk_low_bytes, status.disk_critical_bytes));
    match level {
        "full" => {
            Check::critical("disk", format!("{detail}, and a record could not be written for lack of space"))
        }
        _ if free < critical || level == "critical" => {
            Check::critical("disk", format!("{detail}, less than disk_critical_bytes, {critical}"))
        }
        _ if free < low || level == "low" => {
            Check::warning("disk", format!("{detail}, less than disk_low_bytes, {low}"))
        }
        _ => Check::ok("disk", detail),
    }
}

/// Looks whether the day files end where they should.
pub(super) fn day_files(dir: &Path, status: Option<&PublishedStatus>) -> Check {
    const NAME: &str = "day_files";
    let others = others(dir);
    if let Some(other) = others.first() {
        return Check::critical(NAME, other.clone());
    }
    let next = match DayFiles::list(dir).and_then(|files| files.next_seq()) {
        Ok(next) => next,
        Err(error) => return Check::unknown(NAME, unreadable(&error)),
    };
    let committed = status.and_then(|status| status.committed_seq).map_or(0, |last| last + 1);
    match next.checked_sub(1) {
        _ if next < committed => {
            let last = committed - 1;
            Check::critical(
                NAME,
                format!(
                    "the log has written records to number {last}, and the day files end before {next}: one was removed or cut"
                ),
            )
        }
        Some(last) => Check::ok(NAME, format!("they end with record {last}")),
        None => Check::ok(NAME, "they have no record yet"),
    }
}

/// Returns what stands in the place of a day file, and is none.
fn others(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let days = names.filter(|entry| entry.file_name().to_str().and_then(DayFileName::parse).is_some());
    let others = days.filter_map(|entry| match regular_file::open(&entry.path()) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Some(format!("{}: {error}", entry.file_name().to_string_lossy()))
        }
        _ => None,
    });
    others.collect()
}

pub(super) fn hold(dir: &Path) -> Check {
    match dir.join(HOLD).symlink_metadata() {
        Ok(_) => Check::warning(
            "hold",
            "there is a legal hold, the name HOLD: nothing is pruned until it is removed",
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Check::ok("hold", "there is no legal hold"),
        Err(error) => Check::unknown("hold", format!("whether there is a legal hold can't be told: {error}")),
    }
}

/// Looks who may read the log, and write to it.
#[cfg(unix)]
pub(super) fn access(dir: &Path) -> Check {
    use std::os::unix::fs::MetadataExt as _;
    let mode = match dir.metadata() {
        Ok(metadata) => metadata.mode() & 0o7777,
        Err(error) => return Check::unknown("access", format!("its mode can't be told: {error}")),
    };
    // With the sticky bit others can still add files, which the log does not expect.
    match mode {
        _ if mode & 0o002 != 0 => Check::critical(
            "access",
            format!("every account may write to the directory: its mode is {mode:04o}"),
        ),
        _ if mode & 0o005 != 0 => {
            Check::warning("access", format!("every account may read the directory: its mode is {mode:04o}"))
        }
        _ => Check::ok("access", format!("its mode is {mode:04o}")),
    }
}

/// Access lists are not looked at.
#[cfg(not(unix))]
pub(super) fn access(_: &Path) -> Check {
    Check::ok("access", "access lists are not looked at: see docs/windows.md")
}
