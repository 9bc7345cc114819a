//! What was pruned so far, read from the records, for when the checkpoint does not say it.

use crate::journal::days::lines::LineReader;
use crate::journal::days::own::ends::own_ends;
use crate::journal::days::scan::{day_files, open_if_readable};
use crate::journal::state::pruned::{Pruned, name_on_its_way};
use crate::journal::storage::Directory;
use crate::record::{Record, VIOLATIONS, Value};
use std::collections::BTreeMap;
use std::io;

/// Returns what was pruned so far, as the last `log.pruned` or `log.opened` says it. A `log.pruned` of the
/// first builds of this crate, which has no figures, counts by itself. Records from `reached` on are not
/// the journal's. Files are read from the newest back, until one has such a record.
pub(in crate::journal) fn pruned_so_far(directory: &dyn Directory, reached: u64) -> io::Result<Pruned> {
    let mut files = Vec::new();
    for name in day_files(directory)? {
        if let Some(file) = open_if_readable(directory, name)?
            && let Some((first, _)) = own_ends(&*file, None)?
        {
            files.push((first.seq, name));
        }
    }
    files.sort_unstable();
    let mut found = BTreeMap::new();
    for (_, name) in files.into_iter().rev() {
        let Some(file) = open_if_readable(directory, name)? else {
            continue;
        };
        let mut lines = LineReader::new(0);
        while let Some(line) = lines.next(&*file)? {
            if line.stamp().is_some_and(|stamp| stamp.seq < reached)
                && let Some(record) = record_with_figures(line.bytes)
                && let Some(seq) = record.seq
            {
                found.insert(seq, record);
            }
        }
        if found.values().any(|record| Pruned::of_record(record).is_some()) {
            break;
        }
    }
    let mut so_far = Pruned::default();
    for record in found.into_values() {
        match Pruned::of_record(&record) {
            Some(pruned) => so_far = pruned,
            None => add_old(&mut so_far, &record),
        }
    }
    Ok(so_far)
}

/// Returns the record of a line, if it is one that may say what was pruned.
fn record_with_figures(line: &[u8]) -> Option<Record> {
    // It stands behind the time. Most lines are others, and are not parsed.
    let head = &line[..line.len().min(96)];
    let is_of = |event: &str| memchr::memmem::find(head, event.as_bytes()).is_some();
    if !is_of("\"log.pruned\"") && !is_of("\"log.opened\"") {
        return None;
    }
    let record = Record::from_newer_line(line.trim_ascii_end()).ok()?;
    // The application's own events of these names are flagged.
    record.resource.get(VIOLATIONS).is_none().then_some(record)
}

/// Adds the file of a `log.pruned` without figures.
fn add_old(so_far: &mut Pruned, record: &Record) {
    let text = |key: &str| record.resource.get(key).and_then(Value::as_str);
    if let Some((file, sha256)) = text("file").zip(text("sha256")) {
        so_far.add(&name_on_its_way(file, sha256), sha256);
        let to_seq = record.resource.get("to_seq").and_then(Value::as_u64);
        if let Some(to_seq) = to_seq.filter(|to_seq| Some(*to_seq) < record.seq && !file.contains('/')) {
            so_far.kept_from = so_far.kept_from.max(to_seq + 1);
        }
    }
}
