//! The database has each record once, however often it was delivered.

#[path = "../../../tests/support/example.rs"]
#[allow(dead_code, unreachable_pub)]
mod example;

use std::path::Path;

fn run(rust_log: &str, folder: &Path) -> (String, String) {
    example::run(Path::new(env!("CARGO_BIN_EXE_sqlite_mirror")), &[], rust_log, folder)
}

#[test]
fn sqlite_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let cursor = folder.path().join("tracing-audit-sqlite-mirror/audit/.state/cursors/sqlite.json");
    for runs in 1..=3 {
        let (stdout, _) = run("off", folder.path());
        let (failed, all) = stdout.split_once("\nall records:\n").unwrap();
        assert!(failed.contains(&format!("\nS-1-5-21-2  {}  20", 2 * runs)), "{stdout}");
        let records = all.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let records = records.collect::<Vec<_>>();
        // Each once, in whichever run it was recorded, and however often it was delivered.
        assert_eq!(records.len(), 6 * runs, "{stdout}");
        for (seq, record) in records.iter().enumerate() {
            let events = [
                "log.opened",
                "settings.changed",
                "auth.failed",
                "auth.failed",
                "log.checkpoint",
                "log.closed",
            ];
            assert_eq!(record["event"], events[seq % events.len()], "{stdout}");
            assert_eq!(record["seq"], seq, "{stdout}");
        }
        if runs == 2 {
            // All is delivered again.
            std::fs::remove_file(&cursor).unwrap();
        }
    }
}
