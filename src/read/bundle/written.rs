//! One attempt at writing a bundle.

use super::copy::{self, Writing};
use super::error::BundleError;
use super::look::Look;
use super::pack::Pack;
use crate::read::days::Days;
use crate::read::manifest::{FileEntry, LeftOut, MANIFEST, Manifest, NotCopied};
use crate::read::output::Output;
use crate::read::regular_file;
use crate::read::verify::{DayFile, Progress, SEAL, VerifyError, journal_id};
use crate::record::{Timestamp, hex};
use crate::seal::{Checkpoint, SignedNote};
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What private keys of the formats begin with.
const PRIVATE: &[u8] = b"PRIVATE+KEY+";

/// Returns whether there is a private key in a file.
pub(super) fn is_private(contents: &[u8]) -> bool {
    memchr::memmem::find(contents, PRIVATE).is_some()
}

/// Why one attempt has failed.
pub(super) enum Failed {
    /// A file of the log was removed or cut meanwhile.
    Changed(PathBuf),
    Error(BundleError),
}

impl From<BundleError> for Failed {
    fn from(error: BundleError) -> Failed {
        Failed::Error(error)
    }
}

/// A bundle that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bundled {
    /// How many files it has, the manifest and `SHA256SUMS` among them.
    pub files: u64,
    /// How many day files were left out, since they are not of the days that were asked for.
    pub left_out: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, 64 hex digits.
    pub sha256: String,
    /// Names of day files that are no regular files, and were not copied, each with the reason. `manifest.json` has them, too.
    pub not_copied: Vec<(String, String)>,
}

/// A bundle that is being written.
pub(super) struct Written<'a> {
    dir: &'a Path,
    path: &'a Path,
    days: &'a Days,
    progress: &'a Progress,
    manifest: Manifest,
    /// How many bytes of day files were copied.
    copied: u64,
}

impl<'a> Written<'a> {
    /// Begins a bundle at a path, of the log in `dir`.
    pub(super) fn new(dir: &'a Path, path: &'a Path, days: &'a Days, progress: &'a Progress) -> Written<'a> {
        Written { dir, path, days, progress, manifest: Manifest::default(), copied: 0 }
    }

    pub(super) fn all(
        &mut self,
        look: &Look,
        anchors: &[(String, Vec<u8>)],
        output: &mut Output,
    ) -> Result<Bundled, Failed> {
        let dir = self.dir;
        let now = SystemTime::now();
        let path = self.path;
        let failed = |source| BundleError::Write { path: path.to_owned(), source };
        let mut pack = Pack::new(output, now).map_err(failed)?;
        let note = look.checkpoint.as_ref().and_then(|text| text.parse::<SignedNote>().ok());
        let checkpoint = note.and_then(|note| note.text().parse::<Checkpoint>().ok());
        self.manifest = Manifest {
            made: Timestamp::from(now).to_string(),
            journal: journal_id(dir),
            origin: checkpoint.map(|checkpoint| checkpoint.origin),
            checkpoint: look.checkpoint.clone(),
            from: self.days.from.map(|day| day.as_str().to_owned()),
            to: self.days.to.map(|day| day.as_str().to_owned()),
            not_copied: look
                .listing
                .others
                .iter()
                .map(|(file, reason)| NotCopied { file: file.clone(), reason: reason.clone() })
                .collect(),
            ..Manifest::default()
        };
        let checkpoint = look.checkpoint.iter().map(|text| ("checkpoint", text));
        for (name, text) in checkpoint.chain(look.small.iter().map(|(name, text)| (name.as_str(), text))) {
            if is_private(text.as_bytes()) {
                return Err(BundleError::PrivateKey { path: dir.join(SEAL).join(name) }.into());
            }
            self.text(&mut pack, &format!("{SEAL}/{name}"), text.as_bytes())?;
        }
        for name in &look.leaves {
            self.leaves(&mut pack, name)?;
        }
        let (days, left_out) = self.divide(look);
        let all = days.iter().map(|file| file.len).sum();
        for file in days {
            self.day(&mut pack, look, file, all)?;
        }
        self.leave_out(look, &left_out);
        for (name, contents) in anchors {
            self.text(&mut pack, name, contents)?;
        }
        let manifest = serde_json::to_vec_pretty(&self.manifest).map_err(|error| failed(error.into()))?;
        self.text(&mut pack, MANIFEST, &[&manifest[..], b"\n"].concat())?;
        let sums = self.manifest.files.iter().map(|file| format!("{}  {}\n", file.sha256, file.path));
        let sums = sums.collect::<String>();
        self.text(&mut pack, "SHA256SUMS", sums.as_bytes())?;
        let (_, sha256, bytes) = pack.finish().map_err(failed)?;
        Ok(Bundled {
            files: self.manifest.files.len() as u64,
            left_out: self.manifest.left_out.len() as u64,
            bytes,
            sha256: hex(&sha256),
            not_copied: look.listing.others.clone(),
        })
    }

    /// Divides the day files into those of the days that were asked for, and others. Files behind the newest seal stay together: only all of their
    /// lines make the tree of the checkpoint.
    fn divide<'b>(&self, look: &'b Look) -> (Vec<&'b DayFile>, Vec<&'b DayFile>) {
        let sealed_until = look.seals.iter().map(|seal| seal.seqs.end).max().unwrap_or(0);
        let has_seal = |file: &DayFile| look.seals.iter().any(|seal| seal.file == file.name);
        let is_behind = |file: &DayFile| !has_seal(file) && file.first_seq >= Some(sealed_until);
        let files = &look.listing.files;
        let are_behind_asked = files.iter().any(|file| is_behind(file) && self.days.has(&file.name));
        files.iter().partition(|file| self.days.has(&file.name) || are_behind_asked && is_behind(file))
    }

    /// Adds a file that is in memory.
    fn text(&mut self, pack: &mut Pack<&mut Output>, path: &str, text: &[u8]) -> Result<(), Failed> {
        let entry = copy::text(pack, path, text).map_err(|error| self.failed(Path::new(path), error))?;
        self.manifest.files.push(entry);
        Ok(())
    }

    /// Adds leaves, whole ones. They are a cache: those of a file that was pruned just now are left out.
    fn leaves(&mut self, pack: &mut Pack<&mut Output>, name: &str) -> Result<(), Failed> {
        const LEAF: u64 = 32;
        let path = self.dir.join(SEAL).join(name);
        let file = match regular_file::open(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                return Ok(());
            }
            file => file.map_err(|error| self.failed(&path, error))?,
        };
        let bytes = file.metadata().map_err(|error| self.failed(&path, error))?.len() / LEAF * LEAF;
        let entry = copy::file(pack, &format!("{SEAL}/{name}"), &file, bytes, |_| {});
        self.manifest.files.push(entry.map_err(|error| self.failed(&path, error))?);
        Ok(())
    }

    /// Adds a day file. Of one without a seal, the lines that are whole.
    fn day(
        &mut self,
        pack: &mut Pack<&mut Output>,
        look: &Look,
        day: &DayFile,
        all: u64,
    ) -> Result<(), Failed> {
        let opened;
        let file = match look.held.get(&day.name) {
            Some(file) => file,
            None => {
                opened = regular_file::open(&day.path).map_err(|error| self.failed(&day.path, error))?;
                &opened
            }
        };
        let fail = |error| self.failed(&day.path, error);
        let len = file.metadata().map_err(fail)?.len();
        let seal = look.seals.iter().find(|seal| seal.file == day.name);
        if len < day.len {
            return Err(Failed::Changed(day.path.clone()));
        }
        // What comes behind the look may be about keys and seals that are not there.
        let bytes = match (seal, look.listing.files.last()) {
            (None, Some(newest)) if newest.name == day.name => {
                copy::end_of_lines(file, day.len).map_err(fail)?
            }
            _ => day.len,
        };
        let last_seq = copy::last_seq(file, bytes).map_err(fail)?;
        let (before, progress) = (self.copied, self.progress);
        let entry = copy::file(pack, &day.name, file, bytes, |copied| progress.set(before + copied, all));
        let entry = entry.map_err(|error| self.failed(&day.path, error))?;
        self.copied += bytes;
        self.manifest.files.push(FileEntry { first_seq: day.first_seq, last_seq, ..entry });
        Ok(())
    }

    /// Takes down the files that were left out: those that are there, and those that are not and have a seal.
    fn leave_out(&mut self, look: &Look, files: &[&DayFile]) {
        let absent = look.absent().into_iter().filter(|name| !self.days.has(name));
        let names = files.iter().map(|file| file.name.as_str()).chain(absent);
        let left_out = names.map(|name| {
            let seal = look.seals.iter().find(|seal| seal.file == name);
            let listed = files.iter().find(|file| file.name == name);
            let seqs = seal.map(|seal| RangeInclusive::new(seal.seqs.start, seal.seqs.end.saturating_sub(1)));
            LeftOut {
                file: name.to_owned(),
                bytes: seal.map(|seal| seal.bytes).or(listed.map(|file| file.len)),
                sha256: seal.map(|seal| seal.sha256.clone()),
                first_seq: seqs.as_ref().map(|seqs| *seqs.start()).or(listed.and_then(|file| file.first_seq)),
                last_seq: seqs.map(|seqs| *seqs.end()),
            }
        });
        self.manifest.left_out = left_out.collect();
    }

    fn failed(&self, path: &Path, error: io::Error) -> Failed {
        match Writing::in_error(error) {
            Ok(source) => BundleError::Write { path: self.path.to_owned(), source }.into(),
            Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound) => {
                Failed::Changed(path.to_owned())
            }
            Err(source) => Failed::Error(VerifyError::unreadable(path, source).into()),
        }
    }
}
