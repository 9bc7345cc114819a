//! What was pruned so far: up to which number, how many files, and a digest over all of them.
//!
//! `log.opened` and each `log.pruned` have these figures. So a directory explains the numbers that it
//! no longer has, although the `log.pruned` of older files were pruned themselves.
//!
//! The digest is a chain. Before the first file it is 32 zero bytes; with each file it becomes the SHA-256
//! of 64 bytes: the digest before, and the SHA-256 of the file. Both are in hex digits in the records:
//!
//! ```console
//! $ printf '%s%s' "$digest_before" "$sha256_of_the_file" | xxd -r -p | sha256sum
//! ```

use crate::record::{Record, Value, bytes_of_hex, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What was pruned so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Pruned {
    /// No day file had a record before this number when the last one was pruned.
    pub(in crate::journal) kept_from: u64,
    /// How many files were pruned, those of `.state` included.
    pub(in crate::journal) files: u64,
    /// The digest, in hex digits.
    digest: String,
    /// The last file, by its name in `.state/pruned`. After a crash it may be pruned a second time, and
    /// counts once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// Pruned ranges behind `kept_from`: older records are still in another file. Each with its first and
    /// its last number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::journal) beyond: Vec<(u64, u64)>,
}

/// The keys of the figures in a record.
const KEPT_FROM: &str = "kept_from_seq";
const FILES: &str = "pruned_files";
const DIGEST: &str = "pruned_sha256";

/// The length of a SHA-256 in bytes.
const BYTES: usize = 32;

/// Returns the name in `.state/pruned` of a file with this path in the directory, and with this SHA-256 in
/// hex digits.
pub(in crate::journal) fn name_on_its_way(file: &str, sha256: &str) -> String {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    format!("{name}.{sha256}")
}

impl Default for Pruned {
    fn default() -> Pruned {
        Pruned { kept_from: 0, files: 0, digest: hex(&[0; BYTES]), last: None, beyond: Vec::new() }
    }
}

impl Pruned {
    /// Adds a file, by its name in `.state/pruned` and its SHA-256 in hex digits.
    pub(in crate::journal) fn add(&mut self, on_its_way: &str, sha256: &str) {
        if self.last.as_deref() == Some(on_its_way) {
            return;
        }
        let mut digest = Sha256::new();
        digest.update(bytes_of_hex(&self.digest).unwrap_or_default());
        digest.update(bytes_of_hex(sha256).unwrap_or_default());
        self.digest = hex(&digest.finalize());
        self.files += 1;
        self.last = Some(on_its_way.to_owned());
    }

    /// Adds the figures to a record.
    pub(in crate::journal) fn describe(&self, record: Record) -> Record {
        record.resource(KEPT_FROM, self.kept_from).resource(FILES, self.files).resource(DIGEST, &self.digest)
    }

    /// Returns the figures of a `log.opened` or `log.pruned`; `None` if it has none, or such as no log
    /// writes.
    pub(in crate::journal) fn of_record(record: &Record) -> Option<Pruned> {
        let number = |key: &str| record.resource.get(key).and_then(Value::as_u64);
        let digest = record.resource.get(DIGEST)?.as_str()?;
        bytes_of_hex(digest).filter(|bytes| bytes.len() == BYTES)?;
        let kept_from = number(KEPT_FROM).filter(|kept_from| Some(*kept_from) <= record.seq)?;
        let text = |key: &str| record.resource.get(key).and_then(Value::as_str);
        let last = text("file").zip(text("sha256")).map(|(file, sha256)| name_on_its_way(file, sha256));
        Some(Pruned { kept_from, files: number(FILES)?, digest: digest.to_owned(), last, beyond: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_a_chain_that_public_tools_compute() {
        let mut pruned = Pruned::default();
        let (one, two) = (hex(&Sha256::digest("one")), hex(&Sha256::digest("two")));
        pruned.add("one", &one);
        // printf '%064d%s' 0 "$(printf one | sha256sum | cut -c 1-64)" | xxd -r -p | sha256sum
        assert_eq!(pruned.digest, ONE);
        // The same file again, after a crash.
        pruned.add("one", &one);
        assert_eq!((pruned.files, pruned.digest.as_str()), (1, ONE));
        pruned.add("two", &two);
        assert_eq!((pruned.files, pruned.digest.as_str()), (2, TWO));
    }

    const ONE: &str = "c7e3347570821fed43690c2125ce36b1fb0ca7787ba0f219b8e75ee0fc7b4644";
    const TWO: &str = "b88f3f290fe4ac11da329c5515b418b937de9be1abffb4ff40de976ef83a28ee";

    #[test]
    fn figures_are_read_back_from_a_record_unless_they_can_not_be_true() {
        let mut pruned = Pruned { kept_from: 7, ..Pruned::default() };
        pruned.add("one", &hex(&Sha256::digest("one")));
        let record = Record::new("log.pruned").resource("file", ".state/torn/audit-2026-05-28.log.0");
        let mut record = pruned.describe(record.resource("sha256", "00"));
        for (seq, is_believed) in [(None, false), (Some(6), false), (Some(7), true), (Some(8), true)] {
            record.seq = seq;
            let read = Pruned::of_record(&record);
            assert_eq!(read.is_some(), is_believed, "{seq:?}");
            if let Some(read) = read {
                assert_eq!(Pruned { last: pruned.last.clone(), ..read.clone() }, pruned);
                assert_eq!(read.last.as_deref(), Some("audit-2026-05-28.log.0.00"));
            }
        }
        let short = record.clone().resource("pruned_sha256", "00");
        assert!(Pruned::of_record(&short).is_none());
        assert!(Pruned::of_record(&Record::new("log.pruned")).is_none());
    }
}
