//! What an entry of an archive is, by its path.

use crate::journal::storage::layout::{DayFileName, Folder, JOURNAL, SEAL, STATE};
use crate::read::manifest::MANIFEST;

/// A file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder of the log in the archive; empty for its top.
    pub(super) log: String,
    /// The path in the log.
    pub(super) path: String,
    /// Whether its contents count.
    pub(super) contents: Contents,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// They are read.
    Read,
    /// A private key: that it is there is enough.
    Secret,
    /// What a bundle has, which other folders may have, too.
    Manifest,
}

/// Returns the parts of a path.
///
/// # Errors
///
/// The path leads out of the folder that it is unpacked in, on some system.
pub(super) fn parts(path: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let is_drive = path.get(1) == Some(&b':') && path[0].is_ascii_alphabetic();
    if path.first() == Some(&b'/') || is_drive {
        return Err("its path is absolute");
    }
    if path.contains(&b'\\') {
        return Err("its path has a backslash, which other systems take for the end of a folder's name");
    }
    if path.contains(&0) {
        return Err("its path has a NUL byte");
    }
    let parts = path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let parts = parts.collect::<Vec<_>>();
    if parts.contains(&&b".."[..]) {
        return Err("its path leads out of the archive, with `..`");
    }
    if parts.is_empty() { Err("it has no name") } else { Ok(parts) }
}

/// Returns what a file is to a log; `None` if a verification does not read it.
pub(super) fn place(parts: &[&[u8]]) -> Option<Place> {
    let parts = parts.iter().map(|part| std::str::from_utf8(part)).collect::<Result<Vec<_>, _>>().ok()?;
    let place = |log: &[&str], path: String, contents| Some(Place { log: log.join("/"), path, contents });
    if let Some(at) = parts.iter().position(|part| *part == STATE) {
        let contents = match parts[at + 1..] {
            ["head" | JOURNAL] => Contents::Read,
            ["seal.key" | "seal.key.next"] => Contents::Secret,
            ["pruned", name] if is_pruned(name) => Contents::Read,
            _ => return None,
        };
        return place(&parts[..at], parts[at..].join("/"), contents);
    }
    match parts[..] {
        [ref log @ .., SEAL, name] if is_seal(name) => place(log, format!("{SEAL}/{name}"), Contents::Read),
        [ref log @ .., name] if DayFileName::parse(name).is_some() => {
            place(log, name.to_owned(), Contents::Read)
        }
        [ref log @ .., MANIFEST] => place(log, MANIFEST.to_owned(), Contents::Manifest),
        _ => None,
    }
}

/// Returns whether this is the name of a file in `seal`.
pub(in crate::read) fn is_seal(name: &str) -> bool {
    let is_key = |name: &str| {
        let digits = name.strip_prefix("key-").and_then(|rest| rest.strip_suffix(".vkey"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(name, "log.vkey" | "log.vkey.signed" | "signer.vkey" | "checkpoint")
        || is_key(name)
        || Folder::Seal.day_of(name).is_some()
}

/// Returns whether this is the name of a file that is being pruned: that of a day file, and a SHA-256.
fn is_pruned(name: &str) -> bool {
    name.split_once(".log.").is_some_and(|(stem, hash)| {
        DayFileName::parse(&format!("{stem}.log")).is_some()
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<(String, String)> {
        let place = place(&parts(path.as_bytes()).unwrap())?;
        Some((place.log, place.path))
    }

    #[test]
    fn files_of_a_log_are_found_below_any_folder() {
        let of = |log: &str, path: &str| Some((log.to_owned(), path.to_owned()));
        assert_eq!(found("audit-2026-05-28.log"), of("", "audit-2026-05-28.log"));
        assert_eq!(found("./audit-2026-05-28.1.log"), of("", "audit-2026-05-28.1.log"));
        assert_eq!(found("var/log//app/./seal/log.vkey"), of("var/log/app", "seal/log.vkey"));
        assert_eq!(found("seal/audit-2026-05-28.log"), of("seal", "audit-2026-05-28.log"));
        assert_eq!(found("a/seal/audit-2026-05-28.leaf"), of("a", "seal/audit-2026-05-28.leaf"));
        assert_eq!(found("a/.state/seal.key"), of("a", ".state/seal.key"));
        assert_eq!(found("a/manifest.json"), of("a", "manifest.json"));
        let pruned = ".state/pruned/audit-2026-05-28.log.0123abcd";
        assert_eq!(found(&format!("a/{pruned}")), of("a", pruned));
        for other in [
            "a/README",
            "seal/README",
            "seal/key-.vkey",
            "seal/key-1x.vkey",
            "audit-2026-13-28.log",
            ".state/intake",
            ".state/torn/audit-2026-05-28.log.7",
            ".state/altered/audit-2026-05-28.log",
            "audit-2026-05-28.log.gz",
            "seal/a/audit-2026-05-28.seal",
            ".state/pruned/audit-2026-05-28.log",
            ".state/pruned/x.log.00",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in [
            "/etc/passwd",
            "//x",
            "../x",
            "a/../../x",
            "a/..",
            "C:x",
            "c:/x",
            "a\\..\\x",
            "",
            ".",
            "./",
            "a\0b",
        ] {
            assert!(parts(path.as_bytes()).is_err(), "{path:?}");
        }
    }
}
