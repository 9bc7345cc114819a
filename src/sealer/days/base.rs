//! The first number that was sealed, where the sealer's own files do not have it any more.

use crate::journal::{LineReader, Subscription};
use crate::record::{Record, Value, is_line_of_the_log};
use crate::sealer::trouble::{Outcome, with};
use std::io;

/// Returns the number that the first `log.opened` of a sealed log says. It is searched for in all day files.
pub(in crate::sealer) fn said_base(journal: &Subscription) -> Outcome<Option<u64>> {
    for (_, name) in journal.day_files().map_err(with(journal.path().display()))? {
        let fail = || with(journal.path().join(name.to_string()).display().to_string());
        let file = match journal.open(name) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
                continue;
            }
            Err(error) => return Err(fail()(error)),
        };
        let mut lines = LineReader::default();
        while let Some(line) = lines.next(&*file).map_err(fail())? {
            if line.is_too_long || !is_line_of_the_log(line.text()) {
                continue;
            }
            let Ok(record) = Record::from_newer_line(line.text()) else {
                continue;
            };
            let base = record.resource.get("base").and_then(Value::as_u64);
            if record.event == "log.opened" && base.is_some() && base <= record.seq {
                return Ok(base);
            }
        }
    }
    Ok(None)
}
