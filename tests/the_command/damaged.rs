//! What the commands that read say of directories that are damaged, or were made to harm the reader.

use crate::{Ran, run};
use std::path::{Path, PathBuf};

const DAY: &str = "audit-2026-05-28.log";

fn line(day: u32, seq: u64, text: &str) -> String {
    format!(
        r#"{{"_schema_version":"1","ts":"2026-05-{day}T09:30:00.{seq:09}Z","event":"a.b","actor":{{"user_id":"ada"}},"resource":{{"k":"{text}"}},"outcome":"success","seq":{seq}}}"#
    ) + "\n"
}

/// A directory with damage, the numbers that are found all the same, and what is said of the damage.
struct Damaged {
    what: &'static str,
    make: fn(&Path),
    finds: &'static [u64],
    says: &'static [&'static str],
    /// The status of `query`.
    status: i32,
}

fn put(dir: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(dir.join(name), text).unwrap();
}

fn lines(day: u32, seqs: std::ops::Range<u64>) -> String {
    seqs.map(|seq| line(day, seq, "")).collect()
}

const DAMAGED: &[Damaged] = &[
    Damaged {
        what: "a torn line at the end",
        make: |dir| put(dir, DAY, lines(28, 0..3) + &line(28, 3, "")[..40]),
        finds: &[0, 1, 2],
        says: &["line 4 (byte ", "not whole yet (40 bytes)"],
        status: 0,
    },
    Damaged {
        what: "a torn line in the middle of the log",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3) + &line(28, 3, "")[..40]);
            put(dir, "audit-2026-05-29.log", lines(29, 4..6));
        },
        finds: &[0, 1, 2, 4, 5],
        says: &["audit-2026-05-28.log, line 4 (byte ", "torn"],
        status: 2,
    },
    Damaged {
        what: "a foreign file",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3));
            put(dir, "notes\u{1b}[31m.txt", "x");
        },
        finds: &[0, 1, 2],
        says: &["notes\\u{1b}[31m.txt"],
        status: 0,
    },
    Damaged {
        what: "a line of 10 MiB",
        make: |dir| put(dir, DAY, lines(28, 0..2) + &"x".repeat(10 << 20) + "\n" + &lines(28, 2..4)),
        finds: &[0, 1, 2, 3],
        says: &["audit-2026-05-28.log, line 3 (byte ", "longer than"],
        status: 2,
    },
    Damaged {
        what: "a record of 10 MiB",
        make: |dir| put(dir, DAY, lines(28, 0..1) + &line(28, 1, &"x".repeat(10 << 20)) + &lines(28, 2..3)),
        finds: &[0, 2],
        says: &["audit-2026-05-28.log, line 2 (byte ", "longer than"],
        status: 2,
    },
    Damaged {
        what: "invalid UTF-8",
        make: |dir| {
            put(
                dir,
                DAY,
                [lines(28, 0..2).as_bytes(), b"{\"\xff\xfe\"}\n", lines(28, 2..4).as_bytes()].concat(),
            )
        },
        finds: &[0, 1, 2, 3],
        says: &["audit-2026-05-28.log, line 3 (byte ", "not UTF-8"],
        status: 2,
    },
    Damaged {
        what: "zeros, as a loss of power leaves them",
        make: |dir| {
            put(
                dir,
                DAY,
                [lines(28, 0..2).as_bytes(), &[0; 4096], b"\n", lines(28, 2..4).as_bytes()].concat(),
            )
        },
        finds: &[0, 1, 2, 3],
        says: &["audit-2026-05-28.log, line 3 (byte "],
        status: 2,
    },
    Damaged {
        what: "a later schema version",
        make: |dir| {
            put(
                dir,
                DAY,
                lines(28, 0..2) + &line(28, 2, "").replacen(r#"version":"1""#, r#"version":"9""#, 1),
            )
        },
        finds: &[0, 1, 2],
        says: &["audit-2026-05-28.log, line 3 (byte ", "schema version `9`"],
        status: 0,
    },
    Damaged {
        what: "a missing day",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3));
            put(dir, "audit-2026-05-30.log", lines(30, 8..10));
        },
        finds: &[0, 1, 2, 8, 9],
        says: &["3 to 7 are in no readable day file"],
        status: 2,
    },
    Damaged {
        what: "a missing day between damaged files",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3) + "x\n");
            put(dir, "audit-2026-05-30.log", "x\n".to_owned() + &lines(30, 8..10));
        },
        finds: &[0, 1, 2, 8, 9],
        says: &[
            "3 to 7 are in no readable day file",
            "audit-2026-05-28.log, line 4 (byte ",
            "audit-2026-05-30.log, line 1 (byte ",
        ],
        status: 2,
    },
    Damaged {
        what: "the greatest number of all",
        make: |dir| {
            put(
                dir,
                DAY,
                lines(28, 0..3) + &line(28, 3, "").replace("\"seq\":3}", "\"seq\":18446744073709551615}"),
            )
        },
        finds: &[0, 1, 2, u64::MAX],
        says: &["the records 3 to 18446744073709551614 are in no readable day file"],
        status: 2,
    },
    Damaged {
        what: "a directory in the place of a day file",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3));
            std::fs::create_dir(dir.join("audit-2026-05-29.log")).unwrap();
        },
        finds: &[0, 1, 2],
        says: &["audit-2026-05-29.log", "it is a directory, not a file"],
        status: 2,
    },
    Damaged {
        what: "control characters and another direction of text",
        make: |dir| {
            put(
                dir,
                DAY,
                lines(28, 0..1) + &line(28, 1, r"\u001b]0;x\u0007\u202e\u009b31m") + "\u{1b}[2J\u{202e}\n",
            )
        },
        finds: &[0, 1],
        says: &["audit-2026-05-28.log, line 3 (byte "],
        status: 2,
    },
    Damaged { what: "an empty directory", make: |_| {}, finds: &[], says: &[], status: 1 },
];

#[cfg(unix)]
const NO_FILES: &[Damaged] = &[
    Damaged {
        what: "a FIFO in the place of a day file",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3));
            fifo(&dir.join("audit-2026-05-29.log"));
        },
        finds: &[0, 1, 2],
        says: &["audit-2026-05-29.log", "a FIFO, a socket or a device"],
        status: 2,
    },
    Damaged {
        what: "a link in the place of a day file",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3));
            std::os::unix::fs::symlink("/dev/zero", dir.join("audit-2026-05-29.log")).unwrap();
        },
        finds: &[0, 1, 2],
        says: &["audit-2026-05-29.log", "a link"],
        status: 2,
    },
    Damaged {
        what: "FIFOs in the place of what is in .state",
        make: |dir| {
            put(dir, DAY, lines(28, 0..3));
            std::fs::create_dir(dir.join(".state")).unwrap();
            for name in ["intake", "synced", "mark.json", "journal.json"] {
                fifo(&dir.join(".state").join(name));
            }
        },
        finds: &[0, 1, 2],
        says: &[],
        status: 0,
    },
];

#[cfg(unix)]
fn fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn all() -> impl Iterator<Item = &'static Damaged> {
    #[cfg(unix)]
    return DAMAGED.iter().chain(NO_FILES);
    #[cfg(not(unix))]
    DAMAGED.iter()
}

/// Returns whether a name can't be that of a file.
fn is_impossible(damaged: &Damaged) -> bool {
    cfg!(windows) && damaged.what == "a foreign file"
}

/// Asserts that a command obeys nothing of what it reads, and says what it must.
fn check(damaged: &Damaged, ran: &Ran, says: &[&str]) {
    let what = format!("{}: {ran:?}", damaged.what);
    assert!(!ran.err.contains("panicked"), "{what}");
    assert!(!ran.err.contains(['\u{1b}', '\u{202e}', '\0']), "{what}");
    assert!(says.iter().all(|part| ran.err.contains(part)), "{what}");
}

fn in_each(check: impl Fn(&Damaged, &str)) {
    for damaged in all().filter(|damaged| !is_impossible(damaged)) {
        let folder = tempfile::tempdir().unwrap();
        let dir: PathBuf = folder.path().join("audit");
        std::fs::create_dir(&dir).unwrap();
        (damaged.make)(&dir);
        check(damaged, dir.to_str().unwrap());
    }
}

fn found(text: &str) -> Vec<u64> {
    let seq = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap();
    text.lines().map(seq).collect()
}

#[test]
fn query_tail_stats_and_export_name_the_damage_and_show_the_rest() {
    in_each(|damaged, dir| {
        let ran = run(["query", dir]);
        check(damaged, &ran, damaged.says);
        assert_eq!(
            (found(&ran.out), ran.status),
            (damaged.finds.to_vec(), Some(damaged.status)),
            "{}: {ran:?}",
            damaged.what
        );

        let ran = run(["tail", "-n", "100", dir]);
        check(damaged, &ran, damaged.says);
        let status = if damaged.status == 1 { 0 } else { damaged.status };
        assert_eq!(
            (found(&ran.out), ran.status),
            (damaged.finds.to_vec(), Some(status)),
            "{}: {ran:?}",
            damaged.what
        );

        let ran = run(["stats", "--json", dir]);
        check(damaged, &ran, damaged.says);
        let json = serde_json::from_str::<serde_json::Value>(&ran.out).unwrap();
        assert_eq!(
            (&json["records"], ran.status),
            (&damaged.finds.len().into(), Some(damaged.status)),
            "{}",
            damaged.what
        );

        for format in ["ocsf", "ecs", "cef", "syslog", "csv"] {
            let ran = run(["export", dir, "--format", format]);
            check(damaged, &ran, damaged.says);
            // CSV has no end, but names of columns.
            let records = ran.out.lines().count() - 1;
            assert_eq!(
                (records, ran.status),
                (damaged.finds.len(), Some(damaged.status)),
                "{}: {ran:?}",
                damaged.what
            );
            assert!(!ran.out.contains(['\u{1b}', '\u{7}', '\0']), "{}: {ran:?}", damaged.what);
        }

        for args in
            [&["query", dir, "--format", "table"][..], &["tail", dir, "--format", "table"], &["stats", dir]]
        {
            let ran = run(args);
            check(damaged, &ran, damaged.says);
            assert!(
                !ran.out.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{7}']),
                "{}: {ran:?}",
                damaged.what
            );
        }
    });
}

#[test]
fn verify_and_what_is_beside_it_end_with_a_status_and_a_reason() {
    in_each(|damaged, dir| {
        let made = tempfile::tempdir().unwrap();
        let at = |name: &str| made.path().join(name).to_str().unwrap().to_owned();
        for (args, least) in [
            // None of these logs was sealed.
            (&["verify", dir][..], 1),
            (&["checkpoint", dir], 1),
            (&["key", "show", dir], 1),
            (&["prove", dir, "1"], 1),
            (&["health", dir], 1),
            (&["doctor", dir], 1),
            (&["report", dir, "-o", &at("report.html")], 0),
            (&["bundle", dir, "-o", &at("bundle.tar")], 0),
        ] {
            let ran = run(args);
            check(damaged, &ran, &[]);
            let is_allowed = ran.status.is_some_and(|status| (least..=3).contains(&status));
            assert!(is_allowed, "{}: {args:?} {ran:?}", damaged.what);
            assert!(!ran.out.contains(['\u{1b}', '\u{202e}', '\0']), "{}: {ran:?}", damaged.what);
        }
    });
}

/// Guards against a command that waits for ever, or reads without end, where a seal should be.
#[cfg(unix)]
#[test]
fn what_is_no_file_in_the_place_of_a_seal_is_neither_waited_for_nor_followed() {
    let (log, made) = (crate::log_of_three_days(), tempfile::tempdir().unwrap());
    let (dir, folder) = (log.dir(), made.path().join("proofs"));
    let certificates = dir.join("seal").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let certificate = certificates.filter(|path| path.to_string_lossy().contains("/key-")).min().unwrap();
    for path in [dir.join("seal/checkpoint"), certificate, dir.join("seal/log.vkey")] {
        let kept = path.with_extension("kept");
        std::fs::rename(&path, &kept).unwrap();
        for is_link in [false, true] {
            if is_link {
                std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            } else {
                fifo(&path);
            }
            let (dir, folder) = (dir.to_str().unwrap(), folder.to_str().unwrap());
            for args in [
                &["checkpoint", dir][..],
                &["key", "show", dir],
                &["prove", dir, "3"],
                &["prove", dir, "3", "--output", folder],
                &["verify", dir],
            ] {
                let ran = run(args);
                assert!(ran.status.is_some_and(|status| status <= 3), "{}: {args:?} {ran:?}", path.display());
                assert!(!ran.err.contains("panicked"), "{ran:?}");
            }
            let ran = run(["checkpoint", dir]);
            assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""), "{}: {ran:?}", path.display());
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::rename(&kept, &path).unwrap();
    }
    assert_eq!(run(["checkpoint", dir.to_str().unwrap()]).status, Some(0));
}
