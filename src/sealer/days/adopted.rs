//! The day files of before a log was sealed.

use crate::journal::Subscription;
use crate::record::Record;
use crate::sealer::days::day_end::digest;
use crate::sealer::trouble::{Outcome, with};
use std::io;

/// Appends a `log.adopted` for each day file that ends before the first number that is sealed: what is
/// changed in it from now on can be told, what was changed before can't.
pub(in crate::sealer) fn adopt(journal: &Subscription, base: u64) -> Outcome<()> {
    for (_, name) in journal.day_files().map_err(with(journal.path().display()))? {
        let path = journal.path().join(name.to_string());
        let file = match journal.open(name) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
                continue;
            }
            Err(error) => return Err(with(path.display())(error)),
        };
        let last = journal.last_seq(&*file).map_err(with(path.display()))?;
        if last.is_some_and(|last| last >= base) {
            continue;
        }
        let bytes = file.len().map_err(with(path.display()))?;
        let sha256 = digest(&*file, bytes).map_err(with(path.display()))?;
        journal.emit(
            Record::new("log.adopted")
                .resource("file", name.to_string())
                .resource("bytes", bytes)
                .resource("sha256", sha256),
        );
    }
    Ok(())
}
