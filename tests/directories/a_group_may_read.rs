//! The setting `group`: its members, and no other users, may list the directory and read its day files, and may access
//! nothing else.
#![cfg(unix)]

use crate::support::child::{NOBODY, child, child_argument, is_root, name_of, open_folder, said, say};
use crate::support::{RuntimeLog, TEST_TYPES, TestLog, day_files};
use std::error::Error as _;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AuditConfig, AuditGuard, AuditLayer, OpenError, ReconfigureError, Record};
use tracing_subscriber::prelude::*;

/// A group that root may set, which needs no name.
const GROUP: u32 = 54_321;
/// A user in this group and in no other relevant group.
const READER: u32 = 54_322;

fn open(dir: &Path, gid: u32) -> Result<(AuditLayer, AuditGuard), OpenError> {
    AuditLayer::builder(dir).catalog(TEST_TYPES).group(gid).open()
}

/// Returns a group to which this user may give files.
fn group() -> u32 {
    if is_root() { GROUP } else { rustix::process::getegid().as_raw() }
}

/// Returns the mode and the group.
fn rights(path: &Path) -> (u32, u32) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.mode() & 0o7777, metadata.gid())
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn append(guard: &AuditGuard) {
    guard.handle().append(Record::new("a.b")).result().unwrap();
}

/// Asserts that the state is private to the log.
fn assert_state_is_private(dir: &Path) {
    let state = dir.join(".state");
    assert_eq!(rights(&state).0, 0o700);
    for entry in fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(rights(&path).0 & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_new_directory_and_its_files_are_the_groups_to_read() {
    if let Some(dir) = child_argument() {
        for umask in [0o000, 0o022, 0o777] {
            let dir = dir.join(format!("{umask:o}"));
            rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
            let (_layer, guard) = open(&dir, group()).unwrap();
            append(&guard);
            assert_eq!(rights(&dir), (0o750, group()));
            assert_eq!(day_files(&dir).len(), 1);
            assert_eq!(rights(&day_files(&dir)[0]), (0o640, group()));
            assert_state_is_private(&dir);
            say("private except for the group");
        }
        return;
    }
    let folder = open_folder();
    let name = name_of(a_new_directory_and_its_files_are_the_groups_to_read);
    let output = child(name, folder.path(), folder.path()).output().unwrap();
    assert_eq!(said(&output), ["private except for the group"; 3]);
}

#[test]
fn further_files_are_the_groups_too() {
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let (_layer, guard) = open(&dir, group()).unwrap();
    append(&guard);
    // The file is copied, and a further one is started.
    fs::remove_file(&day_files(&dir)[0]).unwrap();
    guard.handle().flush(Duration::from_secs(60)).unwrap();
    append(&guard);
    assert_eq!(day_files(&dir).len(), 2);
    for file in day_files(&dir) {
        assert_eq!(rights(&file), (0o640, group()), "{}", file.display());
    }
    // A directory that is created again has the group as well.
    // The log may just be writing its state there.
    while fs::remove_dir_all(&dir).is_err() {}
    guard.handle().flush(Duration::from_secs(60)).unwrap();
    append(&guard);
    assert_eq!(rights(&dir), (0o750, group()));
    for file in day_files(&dir) {
        assert_eq!(rights(&file), (0o640, group()), "{}", file.display());
    }
    assert_state_is_private(&dir);
}

#[test]
fn of_an_existing_directory_only_the_groups_right_to_read_changes() {
    for (before, after) in [
        (0o700, 0o750),
        (0o750, 0o750),
        (0o711, 0o751),
        (0o705, 0o755),
        (0o770, 0o770),
        (0o2700, 0o2750),
        (0o1700, 0o1750),
    ] {
        let folder = open_folder();
        let dir = folder.path().join("audit");
        fs::create_dir(&dir).unwrap();
        set_mode(&dir, before);
        drop(open(&dir, group()).unwrap());
        let owner = fs::metadata(&dir).unwrap().uid();
        assert_eq!(owner, rustix::process::geteuid().as_raw());
        assert_eq!(rights(&dir), (after, group()), "{before:o}");
        assert_state_is_private(&dir);
        // A second run changes nothing.
        drop(open(&dir, group()).unwrap());
        assert_eq!(rights(&dir), (after, group()), "{before:o}");
    }
}

#[test]
fn a_day_file_from_before_is_the_groups_once_it_is_appended_to() {
    let folder = open_folder();
    let dir = folder.path().join("audit");
    drop(AuditLayer::builder(&dir).open().unwrap());
    let file = day_files(&dir).remove(0);
    assert_eq!((rights(&dir).0, rights(&file).0), (0o700, 0o600));
    let (_layer, guard) = open(&dir, group()).unwrap();
    append(&guard);
    for file in day_files(&dir) {
        assert_eq!(rights(&file), (0o640, group()), "{}", file.display());
    }
}

#[test]
fn without_the_setting_nobody_else_may_read() {
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let (_layer, guard) = AuditLayer::builder(&dir).catalog(TEST_TYPES).open().unwrap();
    append(&guard);
    assert_eq!((rights(&dir).0, rights(&day_files(&dir)[0]).0), (0o700, 0o600));
}

/// Returns the warnings of the runtime log when the log is opened and used.
fn warnings(dir: &Path, group: Option<u32>) -> Vec<String> {
    let runtime = RuntimeLog::default();
    let mut builder = AuditLayer::builder(dir).catalog(TEST_TYPES);
    if let Some(gid) = group {
        builder = builder.group(gid);
    }
    let (layer, guard) = builder.open().unwrap();
    let _default =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(layer).with(runtime.clone()));
    append(&guard);
    // Delivers the pending reports.
    guard.shutdown(Duration::from_secs(60)).unwrap();
    runtime.lines()
}

#[test]
fn the_group_that_is_meant_to_read_is_not_warned_about() {
    let folder = open_folder();
    let dir = folder.path().join("audit");
    assert_eq!(warnings(&dir, Some(group())), [""; 0], "created by this opening");
    assert_eq!(warnings(&dir, Some(group())), [""; 0], "existed before");
}

#[test]
fn a_group_that_may_write_and_everybody_are_warned_about_all_the_same() {
    let folder = open_folder();
    let by_group = "can be written by its group";
    for (mode, who) in
        [(0o770, by_group), (0o755, "can be read by everybody"), (0o751, "can be read by everybody")]
    {
        let dir = folder.path().join(format!("{mode:o}"));
        fs::create_dir(&dir).unwrap();
        set_mode(&dir, mode);
        crate::support::eventually(who, || {
            let lines = warnings(&dir, Some(group()));
            lines.iter().any(|line| line.starts_with("WARN tracing_audit") && line.contains(who))
        });
    }
}

/// Guards against a group whose members can remove or replace the log's files. A group that the
/// process is in is usual in containers (`fsGroup`).
#[test]
fn a_group_that_may_write_is_refused_unless_it_is_the_processs_own_or_a_setting_allows_it() {
    if !is_root() {
        eprintln!("skipped: only root can give directories to any group");
        return;
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    fs::create_dir(&dir).unwrap();
    let warns = |lines: &[String]| {
        lines.iter().any(|line| line.starts_with("WARN tracing_audit") && line.contains("can be written by"))
    };
    for (mode, gid, is_fine) in
        [(0o2770, 0, true), (0o770, GROUP, false), (0o720, GROUP, false), (0o1770, GROUP, true)]
    {
        chown(&dir, None, Some(gid)).unwrap();
        set_mode(&dir, mode);
        let opened = AuditLayer::builder(&dir).open().map(drop);
        if is_fine {
            opened.unwrap();
            // With the sticky bit, each account may replace its own files alone.
            assert_eq!(warns(&warnings(&dir, None)), mode & 0o1000 == 0, "{mode:o}");
        } else {
            let message = opened.unwrap_err().to_string();
            assert_eq!(
                message,
                format!(
                    "the audit log's directory {} can be written by the group with the id {GROUP}, who could replace its files; take that access away, or set `allow_group_writable`",
                    dir.display()
                )
            );
            drop(AuditLayer::builder(&dir).allow_group_writable(true).open().unwrap());
            // It is the one that may read.
            drop(open(&dir, GROUP).unwrap());
        }
    }
}

/// Guards against the same where such a directory takes the place of the one that is open.
#[cfg(target_os = "linux")]
#[test]
fn a_log_does_not_go_on_in_a_directory_in_which_everybody_may_write() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let folder = open_folder();
    let [dir, other] = ["audit", "other"].map(|name| folder.path().join(name));
    let (_layer, guard) = AuditLayer::builder(&dir).catalog(TEST_TYPES).open().unwrap();
    append(&guard);
    fs::create_dir(&other).unwrap();
    set_mode(&other, 0o777);
    let exchange = || renameat_with(CWD, &dir, CWD, &other, RenameFlags::EXCHANGE).unwrap();
    exchange();
    guard.handle().append(Record::new("a.b"));
    guard.handle().flush(Duration::from_secs(1)).unwrap_err();
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
    exchange();
    guard.handle().flush(Duration::from_secs(60)).unwrap();
}

#[test]
fn the_missing_directories_above_it_are_the_groups_too() {
    let folder = open_folder();
    let above = [folder.path().join("a"), folder.path().join("a/b")];
    drop(open(&above[1].join("audit"), group()).unwrap());
    for path in above {
        assert_eq!(rights(&path), (0o750, group()), "{}", path.display());
    }
    assert_eq!(rights(folder.path()).0, 0o755);
}

/// Guards against the id that the system takes as "do not change the group": the setting would have
/// no effect, without a word.
#[test]
fn the_id_that_is_no_groups_is_refused() {
    let log = TestLog::new();
    let message =
        "the setting `group` can't be 4294967295: to the system, this id means that a file keeps its group";
    assert_eq!(open(&log.dir(), u32::MAX).unwrap_err().to_string(), message);
    let config = format!("dir = '{}'\ngroup = 4294967295", log.dir().display());
    let error = AuditLayer::from_config(&toml::from_str(&config).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert!(!log.dir().exists());
}

/// Returns the name and the id of a group to which this user may give files.
fn named_group() -> Option<(String, u32)> {
    let is_mine = |id: u32| is_root() || id == group();
    fs::read_to_string("/etc/group").ok()?.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?.parse().ok()?);
        (is_mine(id) && !name.is_empty()).then(|| (name.to_owned(), id))
    })
}

#[test]
fn a_group_may_be_given_by_its_name_in_a_configuration_too() {
    let Some((name, id)) = named_group() else {
        eprintln!("skipped: this user's group has no name in /etc/group");
        return;
    };
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let config = |group: &str| {
        toml::from_str::<AuditConfig>(&format!("dir = '{}'\ngroup = {group}", dir.display())).unwrap()
    };
    let (_layer, guard) = AuditLayer::from_config(&config(&format!("'{name}'"))).unwrap();
    append(&guard);
    assert_eq!(rights(&dir), (0o750, id));
    assert_eq!(rights(&day_files(&dir)[0]), (0o640, id));
    // The name and the id denote the same group.
    guard.handle().reconfigure(&config(&id.to_string())).unwrap();
    let error = guard.handle().reconfigure(&config(&(id + 1).to_string())).unwrap_err();
    assert!(matches!(error, ReconfigureError::Fixed { setting: "group", .. }), "{error}");
}

#[test]
fn a_group_of_no_such_name_is_named() {
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let error = AuditLayer::builder(&dir).group("no such group").open().unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "the setting `group` can't be `no such group`: could not look the group up in /etc/group: \
         there is no group of this name"
    );
    assert!(!dir.exists());
}

#[test]
fn a_group_that_this_user_may_not_give_is_named_with_the_directory() {
    if let Some(dir) = child_argument() {
        let error = open(&dir, GROUP).expect_err("this user is not in the group");
        match &error {
            OpenError::Group { path, gid, source, .. } => {
                assert_eq!((path.as_path(), *gid), (dir.as_path(), GROUP));
                assert_eq!(source.kind(), ErrorKind::PermissionDenied);
            }
            other => panic!("another error: {other}"),
        }
        assert!(error.source().is_some());
        say(&error);
        return;
    }
    if !is_root() {
        eprintln!("skipped: only root can run as another user");
        return;
    }
    let folder = open_folder();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
    let name = name_of(a_group_that_this_user_may_not_give_is_named_with_the_directory);
    let existing = home.join("existing");
    fs::create_dir(&existing).unwrap();
    chown(&existing, Some(NOBODY), Some(NOBODY)).unwrap();
    set_mode(&existing, 0o700);
    for dir in [existing.clone(), home.join("new")] {
        let mut command = child(name, folder.path(), &dir);
        let output = command.uid(NOBODY).gid(NOBODY).output().unwrap();
        let message = said(&output).remove(0);
        assert!(message.contains(dir.to_str().unwrap()) && message.contains("54321"), "{message}");
    }
    assert_eq!(rights(&existing), (0o700, NOBODY), "the directory is unchanged");
    assert_eq!(fs::read_dir(&existing).unwrap().count(), 0, "nothing was created in it");
}

#[test]
fn a_member_reads_the_day_files_and_a_stranger_does_not() {
    if let Some(dir) = child_argument() {
        match fs::read_dir(&dir) {
            Ok(_) => say("lists the directory"),
            Err(error) => say(format_args!("directory: {:?}", error.kind())),
        }
        let name = std::env::var_os("AUDIT_FILE").unwrap();
        match fs::read_to_string(dir.join(&name)) {
            Ok(text) => say(format_args!("reads {} lines", text.lines().count())),
            Err(error) => say(format_args!("file: {:?}", error.kind())),
        }
        let mut writable = fs::OpenOptions::new();
        let attempts = [
            writable.append(true).open(dir.join(&name)).map(drop),
            fs::write(dir.join("new"), ""),
            fs::remove_file(dir.join(&name)),
            fs::read_dir(dir.join(".state")).map(drop),
        ];
        for attempt in attempts {
            assert_eq!(attempt.unwrap_err().kind(), ErrorKind::PermissionDenied);
        }
        return;
    }
    if !is_root() {
        eprintln!("skipped: only root can run as another user");
        return;
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let (_layer, guard) = open(&dir, GROUP).unwrap();
    append(&guard);
    let file = day_files(&dir).remove(0);
    let name = name_of(a_member_reads_the_day_files_and_a_stranger_does_not);
    let run = |gid| {
        let mut command = child(name, folder.path(), &dir);
        command.env("AUDIT_FILE", file.file_name().unwrap());
        said(&command.uid(READER).gid(gid).output().unwrap())
    };
    assert_eq!(run(GROUP), ["lists the directory", "reads 2 lines"]);
    assert_eq!(run(NOBODY), ["directory: PermissionDenied", "file: PermissionDenied"]);
}
