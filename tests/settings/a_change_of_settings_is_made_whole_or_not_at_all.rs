//! A change of settings that fails at a mirror has changed nothing.
//!
//! The bug it guards against: where no thread could be started for the new mirror, all other settings
//! were changed by then, `log.config_changed` said so of the mirror as well, and the old mirror was
//! gone.
#![cfg(all(target_os = "linux", feature = "otlp"))]
#![allow(unsafe_code)] // The limit of threads.

use crate::support::child::{NOBODY, child, child_argument, is_root, name_of, open_folder, said, say};
use crate::support::collector::Collector;
use crate::support::{all_records, eventually};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AuditConfig, AuditLayer, OpenError, ReconfigureError, Record};

/// Sets how many threads the user may have. The threads that there are count, of all processes.
fn limit_threads(limit: u64) {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit outlives both calls.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NPROC, &raw mut now), 0);
        now.rlim_cur = limit.min(now.rlim_max);
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const now), 0);
    }
}

/// As a user for whom the limit holds: it does not for root.
fn run(test: &str) {
    let folder = open_folder();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let mut command = child(test, folder.path(), &folder.path().join("audit"));
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    assert_eq!(said(&command.output().unwrap()), ["done"]);
}

fn changes(dir: &Path) -> Vec<Record> {
    all_records(dir).into_iter().filter(|record| record.event == "log.config_changed").collect()
}

#[test]
fn without_a_thread_for_the_new_mirror_the_old_one_stays_with_all_settings() {
    let Some(dir) = child_argument() else {
        return run(name_of(without_a_thread_for_the_new_mirror_the_old_one_stays_with_all_settings));
    };
    let (before, after) = (Collector::start(), Collector::start());
    let mut config = AuditConfig::new(&dir);
    config.sync_interval = Duration::from_millis(20);
    config.otlp_endpoint = Some(before.address().to_string());
    let (_layer, guard) = AuditLayer::from_config(&config).unwrap();
    let handle = guard.handle();
    let append = || handle.append(Record::new("settings.changed")).result().unwrap();
    append();
    eventually("the first mirror delivers", || before.state().arrivals.len() == 2);

    let mut changed = config.clone();
    changed.otlp_endpoint = Some(after.address().to_string());
    changed.retention_days = 7;
    changed.strict = true;
    changed.alarm_after = Duration::from_secs(1);
    limit_threads(1);
    let error = handle.reconfigure(&changed).unwrap_err();
    assert!(matches!(error, ReconfigureError::Mirror { mirror: "otlp", .. }), "{error:?}");
    limit_threads(u64::MAX);
    // Not strict: the event is unknown.
    assert!(handle.append(Record::new("unknown.type")).result().is_ok());
    eventually("the first mirror still delivers", || before.state().arrivals.len() == 3);
    handle.flush(Duration::from_secs(10)).unwrap();
    assert_eq!(changes(&dir).len(), 0);

    handle.reconfigure(&changed).unwrap();
    append();
    eventually("the new mirror delivers", || after.state().arrivals.iter().any(|arrival| arrival.seq == 4));
    handle.flush(Duration::from_secs(10)).unwrap();
    let changes = changes(&dir);
    assert_eq!(changes.len(), 1);
    for setting in ["otlp_endpoint", "retention_days", "strict", "alarm_after"] {
        assert!(changes[0].resource.get(setting).is_some(), "{setting}: {}", changes[0]);
    }
    drop(guard);
    say("done");
}

#[test]
fn without_a_thread_for_a_mirror_no_log_is_opened() {
    let Some(dir) = child_argument() else {
        return run(name_of(without_a_thread_for_a_mirror_no_log_is_opened));
    };
    let mut config = AuditConfig::new(&dir);
    config.otlp_endpoint = Some("127.0.0.1:9".to_owned());
    limit_threads(1);
    let error = AuditLayer::from_config(&config).unwrap_err();
    assert!(matches!(error, OpenError::Thread { .. }), "{error:?}");
    assert_eq!(
        std::fs::read_dir(&dir).unwrap().filter(|entry| !entry.as_ref().unwrap().path().is_dir()).count(),
        0
    );
    limit_threads(u64::MAX);
    drop(AuditLayer::from_config(&config).unwrap());
    say("done");
}
