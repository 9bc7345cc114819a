//! With `group`, log shippers that are not root may read the day files: they, and nobody
//! else.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use support::child::{NOBODY, child, child_argument, is_root, open_folder, said, say};
use support::{RuntimeLog, TestLog, day_files};
use tracing_audit::{AuditConfig, AuditLayer, OpenError, Record};
use tracing_subscriber::prelude::*;

/// A group that nobody here is in, but root may give.
const GROUP: u32 = 54_321;

fn mode_and_group(path: &Path) -> (u32, u32) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.mode() & 0o7777, metadata.gid())
}

/// Whether somebody with this group can read the file.
fn can_read(file: &Path, gid: u32) -> bool {
    let mut cat = Command::new("cat");
    cat.arg(file).uid(NOBODY).gid(gid);
    cat.output().unwrap().status.success()
}

#[test]
fn its_members_read_the_day_files_and_strangers_do_not() {
    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let runtime = RuntimeLog::default();
    let (layer, guard) = AuditLayer::builder(&dir).group(GROUP).open().unwrap();
    let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
    tracing::subscriber::with_default(subscriber, || {
        guard.handle().append(Record::new("auth.failed")).result().unwrap();
    });
    let file = day_files(&dir).remove(0);
    assert_eq!(mode_and_group(&dir), (0o750, GROUP));
    assert_eq!(mode_and_group(&file), (0o640, GROUP));
    assert_eq!(mode_and_group(&dir.join(".state")).0, 0o700);
    assert!(can_read(&file, GROUP));
    assert!(!can_read(&file, NOBODY));
    assert!(!can_read(&dir.join(".state/journal.json"), GROUP));
    drop(guard);
    assert_eq!(runtime.lines(), [""; 0], "that its group can read it is as it should be");
}

#[test]
fn a_directory_that_is_there_is_opened_for_it_and_nothing_else_of_its_mode_changes() {
    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let log = TestLog::new();
    drop(log.open());
    let file = day_files(&log.dir()).remove(0);
    assert_eq!((mode_and_group(&log.dir()).0, mode_and_group(&file).0), (0o700, 0o600));
    fs::set_permissions(log.dir(), PermissionsExt::from_mode(0o1701)).unwrap();
    drop(AuditLayer::builder(log.dir()).group(GROUP).open().unwrap());
    assert_eq!(mode_and_group(&log.dir()), (0o1751, GROUP));
    assert_eq!(mode_and_group(&file), (0o640, GROUP), "it is still appended to");
    // By configuration it is the same.
    let config: AuditConfig = toml::from_str(&format!("dir = {:?}\ngroup = {GROUP}", log.dir())).unwrap();
    drop(AuditLayer::from_config(&config).unwrap());
}

#[test]
fn a_group_that_cannot_be_given_is_named() {
    if let Some(dir) = child_argument() {
        let error = AuditLayer::builder(&dir).group(GROUP).open().unwrap_err();
        assert!(matches!(error, OpenError::Group { gid: GROUP, .. }), "{error:?}");
        say(error);
        return;
    }
    if !is_root() {
        eprintln!("skipped: only root can be somebody else");
        return;
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    fs::create_dir(&dir).unwrap();
    std::os::unix::fs::chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
    let mut child = child("a_group_that_cannot_be_given_is_named", folder.path(), &dir);
    let output = child.uid(NOBODY).gid(NOBODY).output().unwrap();
    let expected = format!("the audit log's directory {} can't be given to the group {GROUP}", dir.display());
    assert_eq!(said(&output), [expected]);
}
