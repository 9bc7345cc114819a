//! A torn line that could not be moved aside when the log was opened, because the disk was full for
//! example, is moved aside at the next opening.
#![cfg(unix)]

use crate::support::child::{NOBODY, child, child_argument, is_root, name_of, open_folder, said, say};
use crate::support::day_files;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use tracing_audit::AuditLayer;

#[test]
fn a_torn_line_that_cannot_be_kept_aside_is_kept_aside_the_next_time() {
    if let Some(dir) = child_argument() {
        let open_and_close = || drop(AuditLayer::builder(&dir).open().unwrap());
        open_and_close();
        let first = day_files(&dir).remove(0);
        File::options().append(true).open(&first).unwrap().write_all(b"{\"_schema").unwrap();
        // No file can be created there.
        let state = dir.join(".state");
        fs::set_permissions(&state, PermissionsExt::from_mode(0o500)).unwrap();
        open_and_close();
        fs::set_permissions(&state, PermissionsExt::from_mode(0o700)).unwrap();
        open_and_close();
        assert!(fs::read(&first).unwrap().ends_with(b"\n"), "the file ends with a torn line");
        say("done");
        return;
    }
    // Permissions do not restrict root.
    let folder = open_folder();
    let place = folder.path().join("place");
    fs::create_dir(&place).unwrap();
    let name = name_of(a_torn_line_that_cannot_be_kept_aside_is_kept_aside_the_next_time);
    let mut command = child(name, folder.path(), &place.join("audit"));
    if is_root() {
        chown(&place, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    assert_eq!(said(&command.output().unwrap()), ["done"]);
}

/// The most memory that the process has used, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Guards against reading all of a torn end into memory, of which there may be less.
#[test]
#[cfg(target_os = "linux")]
fn a_torn_end_that_is_longer_than_memory_is_moved_piece_by_piece() {
    let name = name_of(a_torn_end_that_is_longer_than_memory_is_moved_piece_by_piece);
    const TORN: u64 = 200 << 20;
    if let Some(dir) = child_argument() {
        drop(AuditLayer::builder(&dir).open().unwrap());
        let file = day_files(&dir).remove(0);
        let whole = fs::metadata(&file).unwrap().len();
        let mut torn = File::options().append(true).open(&file).unwrap();
        torn.write_all(b"{\"_schema").unwrap();
        torn.set_len(whole + TORN).unwrap();
        let before = peak_memory();
        drop(AuditLayer::builder(&dir).open().unwrap());
        let used = peak_memory() - before;
        let name = format!(".state/torn/{}.{whole}", file.file_name().unwrap().to_str().unwrap());
        assert_eq!(fs::metadata(dir.join(name)).unwrap().len(), TORN);
        assert!(used < 150 << 10, "{used} KiB");
        say("done");
        return;
    }
    let folder = open_folder();
    let output = child(name, folder.path(), &folder.path().join("audit")).output().unwrap();
    assert_eq!(said(&output), ["done"]);
}
