//! Directories that are missing, not writable, foreign, linked, read-only, full or in use cause an error
//! that names the path, or a log that records what it lost.

#[cfg(unix)]
use crate::support::child::{NOBODY, is_root, on_a_tmpfs};
use crate::support::child::{child, child_argument, name_of, open_folder, said, say};
#[cfg(unix)]
use crate::support::{RuntimeLog, day_files};
use crate::support::{TestLog, all_records};
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown, symlink};
#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tracing_audit::{AuditConfig, AuditGuard, AuditLayer, OpenError, Record, audit};
use tracing_subscriber::prelude::*;

fn open(dir: &Path) -> Result<(AuditLayer, AuditGuard), OpenError> {
    AuditLayer::builder(dir).lock_wait(Duration::from_millis(50)).catalog(crate::support::TEST_TYPES).open()
}

fn refusal(dir: &Path) -> String {
    chain(&open(dir).expect_err("opening must fail"))
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(unix)]
#[test]
fn a_missing_directory_is_made_private_whatever_the_umask() {
    if let Some(dir) = child_argument() {
        for umask in [0o000, 0o777] {
            rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
            // The missing ones above it are as private.
            let above = [dir.join(format!("{umask:o}")), dir.join(format!("{umask:o}/b"))];
            let dir = above[1].join("audit");
            drop(open(&dir).unwrap());
            let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o7777;
            assert_eq!((mode(&dir), mode(&dir.join(".state"))), (0o700, 0o700));
            assert_eq!(above.each_ref().map(|above| mode(above)), [0o700; 2]);
            for file in
                day_files(&dir).into_iter().chain([dir.join(".state/lock"), dir.join(".state/journal.json")])
            {
                assert_eq!(mode(&file), 0o600, "{}", file.display());
            }
            say("private");
        }
        return;
    }
    let folder = open_folder();
    let name = name_of(a_missing_directory_is_made_private_whatever_the_umask);
    let output = child(name, folder.path(), &folder.path().join("deep")).output().unwrap();
    assert_eq!(said(&output), ["private", "private"]);
    if is_root() {
        // A directory to which the umask has left it no access keeps any other user out.
        let place = folder.path().join("another");
        std::fs::create_dir(&place).unwrap();
        chown(&place, Some(NOBODY), None).unwrap();
        let output = child(name, folder.path(), &place).uid(NOBODY).gid(NOBODY).output().unwrap();
        assert_eq!(said(&output), ["private", "private"]);
    }
}

/// Guards against a directory whose files others can remove or replace, whatever the modes of the
/// files.
#[cfg(unix)]
#[test]
fn a_directory_in_which_everybody_may_write_is_refused_unless_it_is_sticky() {
    let folder = open_folder();
    let set_mode =
        |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let refused = |path: &Path| {
        let path = path.display();
        format!(
            "the audit log's directory {path} can be written by everybody, who could replace its files; take that access away"
        )
    };
    for (mode, is_fine) in [(0o777, false), (0o702, false), (0o757, false), (0o1777, true)] {
        let dir = folder.path().join(format!("{mode:o}"));
        std::fs::create_dir(&dir).unwrap();
        set_mode(&dir, mode);
        if is_fine {
            drop(open(&dir).unwrap());
        } else {
            assert_eq!(refusal(&dir), refused(&dir), "{mode:o}");
            assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0, "nothing was created");
            // No setting allows it.
            assert!(AuditLayer::builder(&dir).allow_group_writable(true).open().is_err());
        }
        assert_eq!(std::fs::metadata(&dir).unwrap().mode() & 0o7777, mode);
    }
    // The state is no less worth.
    let log = TestLog::new();
    drop(log.open());
    set_mode(&log.dir().join(".state"), 0o777);
    assert_eq!(refusal(&log.dir()), refused(&log.dir().join(".state")));
}

#[cfg(unix)]
#[test]
fn a_directory_that_others_can_read_keeps_its_mode_and_is_warned_about() {
    let log = TestLog::new();
    std::fs::create_dir(log.dir()).unwrap();
    std::fs::set_permissions(log.dir(), PermissionsExt::from_mode(0o750)).unwrap();
    let runtime = RuntimeLog::default();
    let (layer, _guard) = log.open();
    let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    crate::support::eventually("a warning", || !runtime.lines().is_empty());
    let warning = &runtime.lines()[0];
    assert!(warning.starts_with("WARN tracing_audit"), "{warning}");
    assert!(warning.contains(log.dir().to_str().unwrap()) && warning.contains("its group"), "{warning}");
    assert_eq!(std::fs::metadata(log.dir()).unwrap().mode() & 0o777, 0o750);
}

#[cfg(unix)]
#[test]
fn an_unwritable_or_foreign_directory_is_named() {
    if let Some(dir) = child_argument() {
        say(refusal(&dir));
        say(refusal(&dir.join("missing")));
        return;
    }
    if !is_root() {
        eprintln!("skipped: only root can run as another user");
        return;
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    std::fs::create_dir(&dir).unwrap();
    std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o755)).unwrap();
    let name = name_of(an_unwritable_or_foreign_directory_is_named);
    let output = child(name, folder.path(), &dir).uid(NOBODY).gid(NOBODY).output().unwrap();
    assert_eq!(
        said(&output),
        [
            format!(
                "the audit log's directory {}/.state can't be used: Permission denied (os error 13)",
                dir.display()
            ),
            format!(
                "the audit log's directory {}/missing can't be used: Permission denied (os error 13)",
                dir.display()
            ),
        ]
    );
    chown(&dir, Some(NOBODY), None).unwrap();
    assert_eq!(
        refusal(&dir),
        format!("the audit log's directory {} belongs to another user (uid 65534)", dir.display())
    );
}

#[cfg(unix)]
#[test]
fn a_day_file_of_somebody_else_is_named() {
    if !is_root() {
        eprintln!("skipped: only root can change the owner of files");
        return;
    }
    let log = TestLog::new();
    drop(log.open());
    let file = day_files(&log.dir()).remove(0);
    chown(&file, Some(NOBODY), None).unwrap();
    assert_eq!(
        refusal(&log.dir()),
        format!("the day file {} can't be used: it belongs to another user (uid 65534)", file.display())
    );
}

#[cfg(unix)]
#[test]
fn a_file_or_a_link_is_no_directory() {
    let folder = open_folder();
    let place = |name: &str| folder.path().join(name);
    std::fs::write(place("file"), "").unwrap();
    std::fs::create_dir(place("directory")).unwrap();
    symlink(place("directory"), place("link")).unwrap();
    symlink(place("nowhere"), place("dangling")).unwrap();
    let shown = |name: &str| place(name).display().to_string();
    let no_directory = format!("the audit log's directory {} is not a directory", shown("file"));
    assert_eq!(refusal(&place("file")), no_directory);
    for name in ["link", "dangling"] {
        let a_link =
            format!("the audit log's directory {} is a link, and links are not followed", shown(name));
        assert_eq!(refusal(&place(name)), a_link);
        assert_eq!(refusal(&place(&format!("{name}/"))), a_link);
    }
    assert!(refusal(&place("file/below")).contains("Not a directory"));
    symlink(place("directory"), place("directory/.state")).unwrap();
    assert!(refusal(&place("directory")).contains(".state is a link"));
    assert_eq!(
        std::fs::read_dir(place("directory")).unwrap().count(),
        1,
        "nothing was created behind the link"
    );
}

#[cfg(unix)]
#[test]
fn a_day_file_that_is_a_link_is_named_and_one_that_is_a_directory_is_passed_over() {
    let log = TestLog::new();
    drop(log.open());
    let today = day_files(&log.dir()).remove(0);
    let elsewhere = log.dir().join("elsewhere");
    std::fs::rename(&today, &elsewhere).unwrap();
    symlink(&elsewhere, &today).unwrap();
    assert!(refusal(&log.dir()).starts_with(&format!("the day file {} can't be used", today.display())));
    std::fs::remove_file(&today).unwrap();
    std::fs::create_dir(&today).unwrap();
    let (_layer, guard) = open(&log.dir()).unwrap();
    guard.handle().append(Record::new("a.b")).result().unwrap();
    assert!(today.is_dir());
    assert_eq!(day_files(&log.dir()), [today.with_extension("1.log")]);
}

#[test]
fn a_state_that_makes_no_sense_is_named() {
    let log = TestLog::new();
    drop(log.open());
    let journal = log.dir().join(".state").join("journal.json");
    for (text, reason) in [
        ("", "EOF"),
        (r#"{"version":2,"id":"0123456789abcdef0123456789abcdef"}"#, "version 2 is not 1"),
        (r#"{"version":1,"id":"0123"}"#, "the id `0123` is not 32 hex digits"),
        (r#"{"version":1,"id":"0123456789abcdef0123456789abcdef","more":1}"#, "unknown field `more`"),
    ] {
        std::fs::write(&journal, text).unwrap();
        let error = refusal(&log.dir());
        assert!(error.contains(journal.to_str().unwrap()) && error.contains(reason), "{error}");
    }
}

#[test]
fn a_directory_has_one_writer_and_the_second_is_told_which() {
    if let Some(dir) = child_argument() {
        say(refusal(&dir));
        return;
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let opened = open(&dir).unwrap();
    let pid = std::process::id();
    let name = name_of(a_directory_has_one_writer_and_the_second_is_told_which);
    let output = child(name, folder.path(), &dir).output().unwrap();
    let in_use = |by: &str| format!("the audit log's directory {} is in use{by}; waited 50ms", dir.display());
    let [error] = &said(&output)[..] else { panic!("{output:?}") };
    // Windows does not let another process read the locked file, which names the owner.
    let is_named = *error == in_use(&format!(" by process {pid}")) || cfg!(windows) && *error == in_use("");
    assert!(is_named, "{error}");
    drop(opened);
    assert_eq!(events(&dir), ["log.opened", "log.closed"]);
}

/// Returns the types of all records.
fn events(dir: &Path) -> Vec<String> {
    all_records(dir).into_iter().map(|record| record.event).collect()
}

/// Guards against a program that hangs, and is then told of its own process id, because it opens its log
/// twice.
#[test]
fn a_second_log_of_this_process_is_refused_at_once_and_told_where_the_first_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audit");
    let config_of = |dir: &Path| {
        let mut config = AuditConfig::new(dir);
        config.lock_wait = Duration::from_secs(24 * 3600);
        config
    };
    let config = config_of(&dir);
    let open = [
        (|config| AuditLayer::builder_with(config).open(), line!()),
        (|config| AuditLayer::from_config(config), line!()),
    ] as [(fn(&AuditConfig) -> Result<(AuditLayer, AuditGuard), OpenError>, u32); 2];
    for (open_first, line) in open {
        let opened = open_first(&config).unwrap();
        let through_a_link = folder.path().join("link");
        #[cfg(unix)]
        if !through_a_link.exists() {
            symlink(folder.path(), &through_a_link).unwrap();
        }
        let paths = [&dir, &folder.path().join("./audit"), &through_a_link.join("audit")];
        for path in paths.into_iter().take(if cfg!(unix) { 3 } else { 2 }) {
            let errors = open.map(|(open, _)| open(&config_of(path)).unwrap_err());
            for error in errors.into_iter().chain([tracing_audit::recover(path).unwrap_err()]) {
                let OpenError::Locked { opened_at: Some(at), waited, .. } = &error else { panic!("{error}") };
                assert_eq!((at.file(), at.line()), (file!(), line));
                assert!(waited.is_zero());
                let by = format!("is in use by this process, which opened it at {}:{line}:", file!());
                assert!(error.to_string().contains(&by), "{error}");
            }
        }
        drop(opened);
        drop(open_first(&config).unwrap());
    }
}

/// Overlapping restarts: a log that is closing is waited for.
#[test]
fn a_second_log_of_this_process_waits_for_one_that_is_closing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audit");
    for is_shut_down in [true, false] {
        let (layer, guard) = open(&dir).unwrap();
        if is_shut_down {
            guard.shutdown(Duration::from_secs(60)).unwrap();
        } else {
            drop(guard);
        }
        let error = refusal(&dir);
        assert!(error.ends_with("and still holds its layer or a handle; waited 50ms"), "{error}");
        let successor = std::thread::spawn({
            let dir = dir.clone();
            move || AuditLayer::builder(&dir).lock_wait(Duration::from_secs(60)).open().map(drop)
        });
        drop(layer);
        successor.join().unwrap().unwrap();
    }
    assert_eq!(events(&dir), ["log.opened", "log.closed"].repeat(4));
}

#[test]
fn a_log_that_is_held_by_its_layer_alone_loses_nothing() {
    let log = TestLog::new();
    let (layer, _) = log.open();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("a.b").result().unwrap();
    });
    let events = log.all_records().into_iter().map(|record| record.event).collect::<Vec<_>>();
    assert_eq!(events, ["log.opened", "log.closed", "a.b"]);
}

#[test]
fn settings_that_can_t_be_are_named() {
    let refused = |text: &str| {
        let config = toml::from_str::<AuditConfig>(text).unwrap();
        chain(&AuditLayer::from_config(&config).expect_err(text))
    };
    assert_eq!(
        refused("dir = '/nowhere'\nmax_record_bytes = 1000"),
        "the setting `max_record_bytes` can't be 1000: it must be from 16384 to 4194304"
    );
    assert_eq!(refused("dir = ''"), "the setting `dir` can't be empty: it must name a directory");
    for dir in ["~", "~/audit", "~ada/audit"] {
        assert_eq!(
            refused(&format!("dir = '{dir}'")),
            format!(
                "the setting `dir` can't be {dir}: a leading `~` is not expanded; write the whole path, or `./~` for that name"
            )
        );
    }
    let error = toml::from_str::<AuditConfig>("dir = '/x'\nlock_wait = 5").unwrap_err().to_string();
    assert!(error.contains("expected a string"), "{error}");
    let error = toml::from_str::<AuditConfig>("dir = '/x'\nlock_wait = 'soon'").unwrap_err().to_string();
    assert!(error.contains("`soon` is not a duration such as `5s`, `250ms`"), "{error}");
    let error = toml::from_str::<AuditConfig>("dir = '/x'\ngroup = true").unwrap_err().to_string();
    assert!(error.contains("a group's id or its name"), "{error}");
    #[cfg(not(feature = "otlp"))]
    for setting in ["otlp_endpoint", "otlp_cert_file", "otlp_key_file", "otlp_ca_file"] {
        assert_eq!(
            refused(&format!("dir = '/nowhere'\n{setting} = 'x'")),
            format!(
                "the setting `{setting}` needs the OTLP mirror (feature `otlp`), which is not compiled in"
            )
        );
    }
    let error = toml::from_str::<AuditConfig>("dir = '/x'\nretain = 1").unwrap_err().to_string();
    assert!(error.contains("unknown field `retain`"), "{error}");
    let error = toml::from_str::<AuditConfig>("enabled = true").unwrap_err().to_string();
    assert!(error.contains("missing field `dir`"), "{error}");
    assert!(!Path::new("/nowhere").exists());
}

#[test]
fn a_configuration_has_the_defaults_of_the_documentation_and_the_event_log_is_a_no_op_off_windows() {
    let config = toml::from_str::<AuditConfig>("dir = '/x'").unwrap();
    assert_eq!(config, AuditConfig::new("/x"));
    assert_eq!(
        (config.enabled, config.lock_wait, config.max_record_bytes),
        (true, Duration::from_secs(5), 262_144)
    );
    assert!(!config.event_log_enabled);
    let text = toml::from_str::<toml::Table>("dir = '/x'\nlock_wait = '1s 250ms'").unwrap();
    assert_eq!(text.try_into::<AuditConfig>().unwrap().lock_wait, Duration::from_millis(1250));
    if cfg!(not(windows)) {
        let log = TestLog::new();
        drop(AuditLayer::builder(log.dir()).event_log("an application").open().unwrap());
    }
}

#[test]
fn a_relative_directory_is_resolved_once() {
    if let Some(place) = child_argument() {
        std::env::set_current_dir(&place).unwrap();
        let (_layer, guard) = open(Path::new("audit")).unwrap();
        std::env::set_current_dir("/").unwrap();
        say(guard.handle().directory().unwrap().display());
        guard.handle().append(Record::new("a.b")).result().unwrap();
        return;
    }
    let folder = open_folder();
    // On Windows this path is another spelling of the same.
    let place = if cfg!(windows) { folder.path().to_owned() } else { folder.path().canonicalize().unwrap() };
    let output = child(name_of(a_relative_directory_is_resolved_once), &place, &place).output().unwrap();
    assert_eq!(said(&output), [place.join("audit").display().to_string()]);
    let records = all_records(&place.join("audit"));
    assert_eq!(records.iter().filter(|record| record.event == "a.b").count(), 1);
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_nothing_is_glued_or_lost_that_was_acknowledged() {
    if let Some(mount) = child_argument() {
        let dir = mount.join("audit");
        std::fs::write(mount.join("ballast"), [0; 32 * 1024]).unwrap();
        let (layer, guard) = open(&dir).unwrap();
        let runtime = RuntimeLog::default();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        let emit =
            |n: u32| audit!("a.b", resource.n = n, resource.padding = "x".repeat(n as usize % 700)).result();
        let (mut kept, mut lost) = (Vec::new(), 0);
        tracing::subscriber::with_default(subscriber, || {
            for n in 0..1000 {
                match emit(n) {
                    Ok(seq) => kept.push((seq.unwrap(), n)),
                    Err(error) => {
                        assert!(chain(&error).contains("No space left on device"), "{}", chain(&error));
                        lost += 1;
                    }
                }
            }
            assert!(lost > 100 && kept.len() > 50, "{lost} lost, {} kept", kept.len());
            let (warnings, errors) = runtime
                .lines()
                .into_iter()
                .partition::<Vec<_>, _>(|line| line.starts_with("WARN tracing_audit"));
            assert!(errors.iter().all(|line| line.starts_with("ERROR tracing_audit")));
            assert!(warnings.iter().any(|line| line.contains("bytes left")), "{warnings:?}");
            assert!((1..50).contains(&runtime.lines().len()));
            std::fs::remove_file(mount.join("ballast")).unwrap();
            kept.push((emit(1000).unwrap().unwrap(), 1000));
        });
        let stats = guard.handle().stats();
        assert_eq!((stats.recorded, stats.refused), (kept.len() as u64, lost));
        drop(guard);
        let records = all_records(&dir);
        for (seq, record) in (0..).zip(&records) {
            assert_eq!(record.seq, Some(seq));
        }
        let found = records.iter().filter(|record| record.event == "a.b");
        let found = found.map(|record| (record.seq.unwrap(), record.resource["n"].as_u64().unwrap() as u32));
        assert_eq!(found.collect::<Vec<_>>(), kept);
        let gaps = records.iter().filter(|record| record.event == "log.gap");
        assert_eq!(gaps.map(|gap| gap.resource["count"].as_u64().unwrap()).sum::<u64>(), lost);
        say("told");
        return;
    }
    let folder = open_folder();
    let name = name_of(a_full_disk_is_told_and_nothing_is_glued_or_lost_that_was_acknowledged);
    if let Some(output) = on_a_tmpfs(name, folder.path(), "size=128k") {
        assert_eq!(said(&output), ["told"]);
    }
}

#[cfg(unix)]
#[test]
fn a_read_only_file_system_is_named() {
    if let Some(mount) = child_argument() {
        say(refusal(&mount.join("audit")));
        return;
    }
    let folder = open_folder();
    if let Some(output) = on_a_tmpfs(name_of(a_read_only_file_system_is_named), folder.path(), "ro,size=128k")
    {
        let dir = folder.path().join("full/audit");
        assert_eq!(
            said(&output),
            [format!(
                "the audit log's directory {} can't be used: Read-only file system (os error 30)",
                dir.display()
            )]
        );
    }
}

#[test]
fn what_a_receipt_has_acknowledged_survives_sigkill() {
    if let Some(dir) = child_argument() {
        let (layer, _guard) = open(&dir).unwrap();
        let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let dispatch = dispatch.clone();
                scope.spawn(move || {
                    tracing::dispatcher::with_default(&dispatch, || {
                        for n in 0_u64.. {
                            let receipt = audit!("a.b", resource.thread = thread, resource.n = n);
                            say(format_args!("{} {thread} {n}", receipt.result().unwrap().unwrap()));
                        }
                    });
                });
            }
        });
    }
    let folder = open_folder();
    let dir = folder.path().join("audit");
    let mut acknowledged = Vec::new();
    for round in 0..10 {
        let mut process =
            child(name_of(what_a_receipt_has_acknowledged_survives_sigkill), folder.path(), &dir)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
        let stdout = process.stdout.take().unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stdout));
        // Killed after some receipts; the reports in the pipe are read to the end.
        let enough = acknowledged.len() + 50 + 137 * round;
        while acknowledged.len() < enough {
            acknowledged.extend(receipt_in(&lines.next().unwrap().unwrap()));
        }
        process.kill().unwrap();
        process.wait().unwrap();
        acknowledged.extend(lines.map_while(Result::ok).filter_map(|line| receipt_in(&line)));
    }
    drop(open(&dir).unwrap());
    let records = all_records(&dir);
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, Some(seq));
    }
    assert!(acknowledged.len() > 5000);
    for (seq, thread, n) in acknowledged {
        let resource = &records[seq as usize].resource;
        assert_eq!((resource["thread"].as_u64(), resource["n"].as_u64()), (Some(thread), Some(n)));
    }
}

fn receipt_in(line: &str) -> Option<(u64, u64, u64)> {
    let (_, numbers) = line.split_once("child: ")?;
    let mut numbers = numbers.split(' ').map(|number| number.parse::<u64>().ok());
    let receipt = (numbers.next()??, numbers.next()??, numbers.next()??);
    Some(receipt)
}
