//! Unpacking the log in an archive.

use super::entries::{Entries, Fault};
use super::folder::PrivateFolder;
use super::format::Contents as Source;
use super::header::Entry;
use super::limits::Limits;
use super::place::{Contents, Place, parts, place};
use crate::read::manifest::MANIFEST;
use crate::read::verify::VerifyError;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The most manifests that are looked at, and the longest one, in bytes.
const MANIFESTS: (usize, u64) = (8, 16 << 20);

/// How much is written at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// Unpacks the log in the archive `file`, whose name is `path`.
pub(super) fn unpack(path: &Path, file: File, limits: &Limits) -> Result<PrivateFolder, VerifyError> {
    let unpacked = || {
        let parent = limits.folder.clone().unwrap_or_else(std::env::temp_dir);
        let folder = PrivateFolder::new_in(&parent).map_err(|error| writing(&parent, &error))?;
        let mut unpacking = Unpacking {
            entries: Entries::new(Source::of(file, limits.bytes)?),
            folder,
            most: limits.entries,
            names: HashSet::new(),
            log: None,
            manifests: Vec::new(),
        };
        while let Some(entry) = unpacking.entries.next()? {
            unpacking.entry(&entry).map_err(|error| Fault { entry: Some(entry.path), error })?;
        }
        unpacking.finish()
    };
    unpacked().map_err(|Fault { entry, error }| {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => "it was cut: its end is missing".to_owned(),
            _ => error.to_string(),
        };
        let entry = entry.map(|path| shown(&path));
        VerifyError::Archive { path: path.to_owned(), entry, reason }
    })
}

/// Returns a path as it can be shown.
fn shown(path: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(path);
    let text = text.escape_debug().take(LONGEST).collect::<String>();
    if path.len() > LONGEST { text + "…" } else { text }
}

/// Returns an error of writing as one that says so.
fn writing(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("could not unpack it into {}: {error}", path.display()))
}

struct Unpacking {
    entries: Entries<Source>,
    folder: PrivateFolder,
    /// The most entries, and the paths of all so far.
    most: usize,
    names: HashSet<Vec<u8>>,
    /// The folder in which the log is.
    log: Option<String>,
    /// The manifests so far, each with its folder: which one is the log's is known at the end.
    manifests: Vec<(String, Vec<u8>)>,
}

impl Unpacking {
    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
        self.entries.source().allow(entry.bytes)?;
        let parts = match parts(&entry.path) {
            // The folder in which all others are.
            Err(_) if entry.is_folder && matches!(entry.path[..], [b'.'] | [b'.', b'/']) => return Ok(()),
            parts => parts.map_err(|reason| invalid(reason.to_owned()))?,
        };
        if self.names.len() >= self.most {
            return Err(invalid(format!("it is one entry too many: {} are the limit", self.most)));
        }
        let is_new = self.names.insert(parts.join(&b'/'));
        if entry.is_folder {
            return Ok(());
        }
        if !is_new {
            return Err(invalid("it is there twice".to_owned()));
        }
        match place(&parts) {
            Some(Place { log, contents: Contents::Manifest, .. }) => self.manifest(log, entry.bytes),
            Some(place) => self.file(place, entry),
            None => Ok(()),
        }
    }

    fn manifest(&mut self, log: String, bytes: u64) -> io::Result<()> {
        let (most, longest) = MANIFESTS;
        if self.manifests.len() < most && bytes <= longest {
            let mut text = Vec::new();
            self.read(|bytes| {
                text.extend_from_slice(bytes);
                Ok(())
            })?;
            self.manifests.push((log, text));
        }
        Ok(())
    }

    fn file(&mut self, Place { log, path, contents }: Place, entry: &Entry) -> io::Result<()> {
        let first = self.log.get_or_insert_with(|| log.clone());
        if *first != log {
            let shown = |log: &str| if log.is_empty() { ".".to_owned() } else { log.to_owned() };
            let reason = format!(
                "it is of a second log, in `{}`; the first one is in `{}`",
                shown(&log),
                shown(first)
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let mut file = self.folder.create(&path).map_err(|error| match error.kind() {
            // On a system where names differ in more than case.
            io::ErrorKind::AlreadyExists => io::Error::new(error.kind(), "it is there twice"),
            _ => writing(self.folder.path(), &error),
        })?;
        if contents == Contents::Read {
            let folder = self.folder.path().to_owned();
            self.read(|bytes| file.write_all(bytes).map_err(|error| writing(&folder, &error)))?;
        }
        // How old a torn line is tells whether it is still being written.
        let modified = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(entry.modified));
        let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
        file.set_modified(modified).map_err(|error| writing(self.folder.path(), &error))
    }

    /// Reads the contents of the current entry.
    fn read(&mut self, mut into: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        loop {
            match self.entries.read(&mut buffer)? {
                0 => return Ok(()),
                read => into(&buffer[..read])?,
            }
        }
    }

    fn finish(self) -> Result<PrivateFolder, Fault> {
        let of_log = self.manifests.into_iter().find(|(log, _)| Some(log) == self.log.as_ref());
        if let Some((_, text)) = of_log {
            let write = |path| self.folder.create(path).and_then(|mut file| file.write_all(&text));
            write(MANIFEST).map_err(|error| writing(self.folder.path(), &error))?;
        }
        Ok(self.folder)
    }
}
