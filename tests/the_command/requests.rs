//! What commands ask of a process that has the log open, and what else is put where they ask.

use crate::support::{TestLog, all_records};
use crate::{LONG, run};
use std::path::Path;
use std::time::{Duration, Instant};

fn text(dir: &Path) -> &str {
    dir.to_str().unwrap()
}

/// Waits until the folder of requests is as it should be.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let names = folder.read_dir().into_iter().flatten();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_process_that_has_the_log_open_does_what_is_asked_and_records_who_has_asked() {
    let log = TestLog::new();
    let dir = log.dir();
    let (_layer, guard) = log.open_patiently();
    for n in 0..20 {
        let ran = run(["append", text(&dir), "a.b", &format!("n={n}"), "--actor", "ada", "--wait", "60s"]);
        assert_eq!(ran.status, Some(0), "{ran:?}");
        let seq = ran.out.trim_end().parse::<u64>().unwrap();
        let records = all_records(&dir);
        let record = records.iter().find(|record| record.seq == Some(seq)).unwrap();
        assert_eq!((record.event.as_str(), &record.resource["n"]), ("a.b", &n.into()));
        assert_eq!(record.actor.user_id.as_deref(), Some("ada"));
        // The application's catalog counts.
        assert!(record.resource.get("_violations").is_none() && ran.err.is_empty(), "{ran:?}");
        let asked = records.iter().find(|record| record.seq == Some(seq - 1)).unwrap();
        assert_eq!((asked.event.as_str(), &asked.resource["request"]), ("log.requested", &"append".into()));
        assert_eq!(asked.resource["id"].as_str().unwrap().len(), 32);
        #[cfg(unix)]
        assert_eq!(asked.resource["uid"], rustix::process::getuid().as_raw());
    }
    assert_eq!(names(&dir.join(".state/requests")), [""; 0]);
    let ran = run(["prune", text(&dir), "--wait", "1000000000years"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "nothing was to be removed\n"), "{ran:?}");
    let ran = run(["prune", text(&dir), "--older-than", "30", "--wait", "60s"]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    guard.shutdown(LONG).unwrap();
}

#[test]
fn what_is_asked_in_vain_is_done_by_the_next_process() {
    let log = TestLog::new();
    let dir = log.dir();
    let (layer, guard) = log.open_patiently();
    // The log is held open, and nothing is taken up any more.
    guard.shutdown(LONG).unwrap();
    let ran = run(["append", text(&dir), "a.b", "n=7", "--wait", "300ms"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("asked, not yet done"), "{ran:?}");
    drop(layer);
    let (_layer, guard) = log.open_patiently();
    until("it is recorded", || all_records(&dir).iter().any(|record| record.event == "a.b"));
    guard.shutdown(LONG).unwrap();
}

#[test]
fn commands_that_come_at_once_wait_for_one_another() {
    let log = TestLog::new();
    let dir = log.dir();
    drop(log.open_patiently());
    std::thread::scope(|scope| {
        let runs = (0..6).map(|n| {
            let dir = dir.clone();
            scope.spawn(move || {
                run(["append", text(&dir), "settings.changed", &format!("n={n}"), "--wait", "60s"])
            })
        });
        for ran in runs.collect::<Vec<_>>() {
            let ran = ran.join().unwrap();
            assert_eq!(ran.status, Some(0), "{ran:?}");
        }
    });
    let records = all_records(&dir);
    let mut recorded = records
        .iter()
        .filter(|it| it.event == "settings.changed")
        .map(|it| it.resource["n"].as_u64().unwrap());
    let mut all = recorded.by_ref().collect::<Vec<_>>();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3, 4, 5]);
}

/// A request as a command writes it.
fn request(n: u32) -> String {
    format!("{{\"version\":1,\"what\":{{\"append\":{{\"event\":\"a.b\",\"resource\":{{\"n\":{n}}}}}}}}}\n")
}

#[cfg(unix)]
#[test]
fn whatever_else_is_put_there_is_refused_said_and_removed() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    let log = TestLog::new();
    let dir = log.dir();
    let (_layer, guard) = log.open_patiently();
    let folder = dir.join(".state/requests");
    until("the folder is there", || folder.exists());
    let elsewhere = dir.parent().unwrap().join("elsewhere");
    let made = |name: &str, text: &str| {
        let path = dir.parent().unwrap().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let id = |n: u32| folder.join(format!("{n:032x}.request"));
    std::fs::write(&elsewhere, request(1)).unwrap();
    symlink(&elsewhere, id(1)).unwrap();
    std::fs::hard_link(&elsewhere, id(2)).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, id(3), rustix::fs::Mode::RUSR).unwrap_or(());
    let loose = made("loose", &request(4));
    std::fs::set_permissions(&loose, std::fs::Permissions::from_mode(0o666)).unwrap();
    std::fs::rename(loose, id(4)).unwrap();
    let mut bad = vec![
        ("version", "{\"version\":2,\"what\":{}}\n".to_owned()),
        ("empty", String::new()),
        ("torn", request(5)[..20].to_owned()),
        ("behind", request(5) + &request(6)),
        ("large", " ".repeat(2 << 20) + &request(5)),
        ("unknown", "{\"version\":1,\"what\":{\"erase\":{}}}\n".to_owned()),
        (
            "path",
            "{\"version\":1,\"what\":{\"replay\":{\"mirror\":\"../../x\",\"from_seq\":0}}}\n".to_owned(),
        ),
    ];
    for (at, (name, text)) in bad.drain(..).enumerate() {
        std::fs::rename(made(name, &text), id(10 + at as u32)).unwrap();
    }
    if crate::support::child::is_root() {
        let foreign = made("foreign", &request(8));
        chown(&foreign, Some(crate::support::child::NOBODY), None).unwrap();
        std::fs::rename(foreign, id(8)).unwrap();
    }
    std::fs::rename(made("other", &request(9)), folder.join("notes.txt")).unwrap();
    // One that is right is done all the same.
    std::fs::rename(made("right", &request(42)), id(99)).unwrap();
    let is_request = |name: &String| name.ends_with(".request") || name == "notes.txt";
    until("all are removed", || !names(&folder).iter().any(is_request));
    until("the right one is done", || all_records(&dir).iter().any(|record| record.event == "a.b"));
    let appended = all_records(&dir).into_iter().filter(|record| record.event == "a.b").collect::<Vec<_>>();
    assert_eq!(appended.len(), 1, "{appended:?}");
    assert_eq!(appended[0].resource["n"], 42);
    assert_eq!(
        std::fs::read_to_string(&elsewhere).unwrap(),
        request(1),
        "what a link leads to is left alone"
    );
    until("it is said", || {
        let status = std::fs::read_to_string(dir.join("status.json")).unwrap_or_default();
        status.contains("is refused: ")
    });
    // A directory can't be removed so. It holds up nothing.
    std::fs::create_dir(id(100)).unwrap();
    let ran = run(["append", text(&dir), "a.b", "n=43", "--wait", "60s"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    // The folder may go away.
    std::fs::remove_dir_all(&folder).unwrap();
    let ran = run(["append", text(&dir), "a.b", "n=44", "--wait", "60s"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    guard.shutdown(LONG).unwrap();
}

#[test]
fn a_flood_of_requests_is_bounded() {
    let log = TestLog::new();
    let dir = log.dir();
    drop(log.open_patiently());
    let folder = dir.join(".state/requests");
    std::fs::create_dir_all(&folder).unwrap();
    for n in 0..200 {
        std::fs::write(folder.join(format!("{n:032x}.request")), request(n)).unwrap();
    }
    let (_layer, guard) = log.open_patiently();
    until("all are removed", || !names(&folder).iter().any(|name| name.ends_with(".request")));
    guard.shutdown(LONG).unwrap();
    let taken = all_records(&dir).iter().filter(|record| record.event == "a.b").count();
    assert_eq!(taken, 64);
}

/// The system calls of an idle log are those of its threads, which sleep.
#[cfg(target_os = "linux")]
#[test]
fn an_idle_log_makes_no_system_call_for_requests() {
    let log = TestLog::new();
    let (_layer, guard) = log.open_patiently();
    guard.handle().append(tracing_audit::Record::new("a.b")).result().unwrap();
    guard.handle().flush(LONG).unwrap();
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
        tasks.map(|task| task.path()).filter(|task| {
            std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == "audit-requests")
        })
    };
    until("the thread runs", || threads().next().is_some());
    // Others of this process's tests have such threads, too; each waits in one `read`.
    let switches = |task: &Path| {
        let status = std::fs::read_to_string(task.join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        line.rsplit('\t').next()?.trim().parse::<u64>().ok()
    };
    until("one is at rest", || {
        let before = threads().map(|task| (switches(&task), task)).collect::<Vec<_>>();
        std::thread::sleep(Duration::from_millis(2500));
        before.iter().any(|(count, task)| count.is_some() && switches(task) == *count)
    });
    guard.shutdown(LONG).unwrap();
}

/// The commands of root on the log of another account.
#[cfg(unix)]
mod as_root {
    use super::*;
    use crate::support::child::{NOBODY, child, child_argument, is_root, open_folder, said, say};
    use crate::support::day_files;
    use std::os::unix::fs::{MetadataExt as _, chown};
    use std::os::unix::process::CommandExt as _;
    use std::path::PathBuf;
    use std::process::{Command, Output};
    use tracing_audit::AuditLayer;
    use tracing_audit::Record;

    fn open(dir: &Path) -> (AuditLayer, tracing_audit::AuditGuard) {
        AuditLayer::builder(dir).retention_days(365).append_deadline(LONG).open().unwrap()
    }

    /// Runs the command from where every account can run it.
    fn run_from(folder: &Path, args: &[&str]) -> Output {
        let program = folder.join("auditlog");
        if !program.exists() {
            let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_auditlog")).arg(&program).status();
            assert!(copied.unwrap().success());
        }
        Command::new(program).args(args).output().unwrap()
    }

    fn owners(dir: &Path, of: &mut Vec<(PathBuf, u32)>) {
        for entry in dir.read_dir().unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.path().symlink_metadata().unwrap();
            if metadata.is_dir() {
                owners(&entry.path(), of);
            }
            of.push((entry.path(), metadata.uid()));
        }
    }

    #[test]
    fn root_s_commands_leave_the_log_to_its_account() {
        if let Some(dir) = child_argument() {
            // The application, as its account: first 200 days ago.
            let ago = crate::acting::Ago { days: if dir.join(".state").exists() { 0 } else { 200 } };
            let builder = AuditLayer::builder(&dir).clock(ago).retention_days(365).append_deadline(LONG);
            let (_layer, guard) = builder.open().unwrap();
            guard.handle().append(Record::new("settings.changed")).result().unwrap();
            guard.shutdown(LONG).unwrap();
            say("opened");
            return;
        }
        if !is_root() {
            eprintln!("skipped: only root can act for another account");
            return;
        }
        let folder = open_folder();
        let dir = folder.path().join("audit");
        std::fs::create_dir(&dir).unwrap();
        chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
        let name = "requests::as_root::root_s_commands_leave_the_log_to_its_account";
        let application = || {
            let output = child(name, folder.path(), &dir).uid(NOBODY).gid(NOBODY).output().unwrap();
            assert_eq!(said(&output), ["opened"]);
        };
        application();
        application();
        let before = day_files(&dir).len();
        assert_eq!(before, 2);
        let path = dir.to_str().unwrap();
        for args in [
            &["append", path, "settings.changed", "by=root"][..],
            &["prune", path, "--dry-run"],
            &["prune", path],
            &["recover", path],
            &["hold", path],
            &["release", path],
        ] {
            let output = run_from(folder.path(), args);
            assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
            application();
        }
        assert_eq!(day_files(&dir).len(), before, "nothing was removed");
        let records = all_records(&dir);
        let asked = records.iter().filter(|record| record.event == "log.requested").collect::<Vec<_>>();
        assert_eq!(asked.len(), 2);
        assert!(asked.iter().all(|record| record.resource["uid"] == 0), "{asked:?}");
        let mut found = Vec::new();
        owners(&dir, &mut found);
        assert!(found.iter().all(|(_, uid)| *uid == NOBODY), "{found:?}");
    }

    #[test]
    fn root_s_reading_is_recorded_by_the_owner_of_the_other_log() {
        if let Some(dir) = child_argument() {
            let (_layer, guard) = open(&dir);
            guard.shutdown(LONG).unwrap();
            say("opened");
            return;
        }
        if !is_root() {
            eprintln!("skipped: only root can act for another account");
            return;
        }
        let (folder, read) = (open_folder(), crate::log_of_three_days());
        let journal = folder.path().join("access");
        std::fs::create_dir(&journal).unwrap();
        chown(&journal, Some(NOBODY), Some(NOBODY)).unwrap();
        let name = "requests::as_root::root_s_reading_is_recorded_by_the_owner_of_the_other_log";
        let application = || {
            let output = child(name, folder.path(), &journal).uid(NOBODY).gid(NOBODY).output().unwrap();
            assert_eq!(said(&output), ["opened"]);
        };
        application();
        // Only root may read the other log.
        let (dir, to) = (read.dir(), journal.to_str().unwrap());
        let dir = dir.to_str().unwrap();
        let args = ["query", dir, "--event", "a.*", "--limit", "3", "--record-access", to];
        let output = run_from(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
        let record = all_records(&journal).into_iter().find(|record| record.event == "log.read").unwrap();
        assert_eq!(
            (&record.resource["uid"], &record.resource["records"]),
            (&0.into(), &3.into()),
            "{record}"
        );
        assert_eq!(
            (&record.resource["user"], &record.resource["command"]),
            (&"root".into(), &"query".into())
        );
        let arguments = record.resource["arguments"].as_array().unwrap();
        assert_eq!(arguments.iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>(), args[1..]);
        assert_eq!(record.resource["directories"].as_array().unwrap()[0], dir);
        let mut found = Vec::new();
        owners(&journal, &mut found);
        assert!(found.iter().all(|(_, uid)| *uid == NOBODY), "{found:?}");
        application();
        // What its owner can't do is refused, and nothing is shown.
        std::fs::rename(journal.join(".state/journal.json"), folder.path().join("kept")).unwrap();
        let output = run_from(folder.path(), &args);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b""[..]), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.matches("error: nothing is shown").count(), 1, "{said}");
    }

    #[test]
    fn root_asks_the_process_of_another_account() {
        if let Some(dir) = child_argument() {
            let (_layer, guard) = open(&dir);
            say("opened");
            // Until the other process has read it.
            while !dir.join("done").exists() {
                std::thread::sleep(Duration::from_millis(10));
            }
            guard.shutdown(LONG).unwrap();
            return;
        }
        if !is_root() {
            eprintln!("skipped: only root can act for another account");
            return;
        }
        let folder = open_folder();
        let dir = folder.path().join("audit");
        std::fs::create_dir(&dir).unwrap();
        chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
        let name = "requests::as_root::root_asks_the_process_of_another_account";
        let mut application = child(name, folder.path(), &dir).uid(NOBODY).gid(NOBODY).spawn().unwrap();
        until("it is open", || dir.join("status.json").exists());
        let path = dir.to_str().unwrap();
        let output =
            run_from(folder.path(), &["append", path, "settings.changed", "by=root", "--wait", "60s"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        std::fs::write(dir.join("done"), "").unwrap();
        assert!(application.wait().unwrap().success());
        let asked = all_records(&dir).into_iter().find(|record| record.event == "log.requested").unwrap();
        assert_eq!(asked.resource["uid"], 0);
        assert_eq!(names(&dir.join(".state/requests")), [""; 0]);
    }
}
