//! The first number that was sealed, where neither a seal nor the sealer's position says it.

use super::super::error::VerifyError;
use super::listing::Listing;
use crate::journal::LineReader;
use crate::read::regular_file;
use crate::record::{Record, Value, is_line_of_the_log};
use std::io;

/// So many are tried.
const MOST: usize = 8;

/// Returns the numbers that a `log.opened` says as `base`, the newest one first: a log
/// whose seals were removed says another one from then on. They are not believed: the tree has the
/// signed root only if it begins at one of them.
pub(super) fn said(listing: &Listing) -> Result<Vec<u64>, VerifyError> {
    let mut bases = Vec::new();
    for day_file in &listing.files {
        let fail = |source| VerifyError::unreadable(&day_file.path, source);
        let file = match regular_file::open(&day_file.path) {
            Ok(file) => file,
            // It was pruned just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(fail(error)),
        };
        let mut lines = LineReader::default();
        while let Some(line) = lines.next(&file).map_err(fail)? {
            if line.is_too_long || !is_line_of_the_log(line.text()) {
                continue;
            }
            let Ok(record) = Record::from_newer_line(line.text()) else {
                continue;
            };
            let base = record.resource.get("base").and_then(Value::as_u64);
            let base = base.filter(|base| record.event == "log.opened" && Some(*base) <= record.seq);
            if let Some(base) = base.filter(|base| !bases.contains(base)) {
                bases.insert(0, base);
                bases.truncate(MOST);
            }
        }
    }
    Ok(bases)
}
