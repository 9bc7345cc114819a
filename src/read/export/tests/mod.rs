//! Exports of records that were made to break them.

mod hostile;
mod mapped;
mod parse;
mod whole;

use crate::read::query::Query;
use crate::read::{Export, ExportFormat, Exported, Trouble, export};
use std::path::Path;

pub(super) const DAY: &str = "audit-2026-05-28.log";

/// A line of a record.
pub(super) fn line(seq: u64, event: &str, actor: &str, resource: &str, outcome: &str) -> String {
    let resource = if resource.is_empty() { String::new() } else { format!(r#""resource":{{{resource}}},"#) };
    format!(
        r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.{seq:09}Z","event":"{event}","actor":{{{actor}}},{resource}"outcome":"{outcome}","seq":{seq}}}"#
    ) + "\n"
}

/// The first line of a log, which says where it is written and by what.
pub(super) fn opened() -> String {
    let opened = r#""journal":"00112233445566778899aabbccddeeff","host":"app1","application":"billing","application_version":"1.0""#;
    line(0, "log.opened", "", opened, "success")
}

/// Returns a directory with these day files.
pub(super) fn log(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        std::fs::write(folder.path().join(name), contents).unwrap();
    }
    folder
}

/// What an export has written, and what was met.
pub(super) struct Ran {
    pub(super) out: Vec<u8>,
    pub(super) exported: Exported,
    pub(super) troubles: Vec<Trouble>,
}

impl Ran {
    /// The lines without the last one, which is the end.
    pub(super) fn lines(&self) -> Vec<&str> {
        let text = std::str::from_utf8(&self.out).unwrap();
        let mut lines = text.strip_suffix('\n').unwrap().split('\n').collect::<Vec<_>>();
        lines.pop().unwrap();
        lines
    }

    pub(super) fn last(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap().trim_end_matches('\n').rsplit('\n').next().unwrap()
    }
}

pub(super) fn run(dir: &Path, format: ExportFormat) -> Ran {
    run_with(dir, format, |export| export)
}

pub(super) fn run_with(dir: &Path, format: ExportFormat, set: impl FnOnce(Export) -> Export) -> Ran {
    let (mut out, mut troubles) = (Vec::new(), Vec::new());
    let export = set(export(Query::new([dir]), format));
    let exported = export.to_writer(&mut out, |trouble| troubles.push(trouble)).unwrap();
    assert_eq!(exported.bytes, out.len() as u64);
    Ran { out, exported, troubles }
}
