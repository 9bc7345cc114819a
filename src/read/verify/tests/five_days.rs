//! A log that most has happened to, and what tests do with it.

use super::writer::{JOURNAL, Writer};
use crate::read::verify::{FindingKind, Verification};
use crate::record::Record;
use std::path::Path;

impl Writer {
    /// A log of five days: one was pruned, a sync failed, numbers were lost, the key changed twice, and at the
    /// end some lines are not sealed.
    pub(super) fn five_days(dir: &Path) -> Writer {
        let mut writer = Writer::new(dir, 0);
        writer.events(60);
        writer.next_file("audit-2026-11-21.log", "2026-11-21");
        let kept_from = writer.seq;
        writer.events(40);
        writer.log_checkpoint();
        writer.events(50);
        writer.next_file("audit-2026-11-22.log", "2026-11-22");
        writer.hand_over(None);
        writer.events(20);
        writer.prune("audit-2026-11-20.log", kept_from);
        writer.events(30);
        writer.log_checkpoint();
        writer.events(10);
        writer.fail_sync(9, "audit-2026-11-22.1.log");
        writer.events(40);
        writer.next_file("audit-2026-11-23.log", "2026-11-23");
        writer.hand_over(None);
        writer.events(30);
        writer.lose(3);
        writer.append(
            Record::new("log.gap")
                .resource("count", 2)
                .resource("first_ts", "x")
                .resource("last_ts", "x")
                .resource("events", ["a.b"]),
        );
        writer.events(60);
        writer.next_file("audit-2026-11-24.log", "2026-11-24");
        // The process was started again: what was pruned is said once more.
        writer.append(
            Record::new("log.opened").resource("journal", JOURNAL).resource("kept_from_seq", kept_from),
        );
        writer.events(29);
        writer.log_checkpoint();
        writer.events(50);
        writer.checkpoint();
        writer.append_unsealed(Record::new("a.b"));
        writer.append_unsealed(Record::new("a.b"));
        writer
    }
}

pub(super) fn kinds(verification: &Verification) -> Vec<FindingKind> {
    verification.findings().iter().map(|finding| finding.kind).collect()
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
