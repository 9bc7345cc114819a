//! A torn line that could not be moved aside when the log was opened, because the disk was full for
//! example, is moved aside at the next opening.
#![cfg(unix)]

mod support;

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use support::child::{NOBODY, child, child_argument, is_root, open_folder, said, say};
use support::day_files;
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
    let name = "a_torn_line_that_cannot_be_kept_aside_is_kept_aside_the_next_time";
    let mut command = child(name, folder.path(), &place.join("audit"));
    if is_root() {
        chown(&place, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    assert_eq!(said(&command.output().unwrap()), ["done"]);
}
