//! How to verify a log.

use super::error::VerifyError;
use super::live::attempt;
use super::options::{Options, Progress};
use super::run::Once;
#[cfg(feature = "report")]
use super::run::VerifiedFile;
use super::verdict::verification::Verification;
use crate::read::archive::Opened;
use crate::read::days::{Days, NoDays};
use crate::seal::{VerifierKey, WitnessKey};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Verifies the log in `dir`, as the returned [`Verify`] is set.
///
/// With the feature `cli`, `dir` may also be an archive of a log, `.tar`, `.tar.gz` or `.tar.zst`, such as a
/// [`Bundle`](crate::read::Bundle). It counts as a copy: see [`is_copy`](Verify::is_copy). It is unpacked into a private folder
/// first; one with links, devices, paths that lead elsewhere, a name twice or two logs is refused, and so is one that was cut.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// let verification = tracing_audit::read::verify(&dir).run()?;
/// print!("{verification}");
/// std::process::exit(if verification.findings().is_empty() { 0 } else {
///     # if true { return Ok(()) }
///     verification.status().code().into()
/// });
/// # }
/// ```
pub fn verify(dir: impl AsRef<Path>) -> Verify {
    Verify { options: Options { dir: dir.as_ref().to_owned(), ..Options::default() } }
}

/// How to verify a log. Made by [`verify`].
///
/// | setting | default |
/// |---|---|
/// | [`key`](Verify::key) | the key is taken from the directory |
/// | [`signer`](Verify::signer) | none |
/// | [`anchor`](Verify::anchor) | none |
/// | [`witness`](Verify::witness) | none |
/// | [`against`](Verify::against) | no other directory |
/// | [`max_age`](Verify::max_age) | any |
/// | [`strict`](Verify::strict) | no |
/// | [`is_copy`](Verify::is_copy) | no |
/// | [`as_of`](Verify::as_of) | now |
/// | `unpack_at_most` (feature `cli`) | 16 GiB |
/// | `unpack_in` (feature `cli`) | the system's folder for temporary files |
#[derive(Clone, Debug)]
#[must_use = "nothing is verified before `run` is called"]
pub struct Verify {
    options: Options,
}

impl Verify {
    /// Pins a key: one that was received from elsewhere, and that the log must have. May be called again: a
    /// log that has lost its key and gone on with another one needs both, and keys of other logs do
    /// no harm.
    pub fn key(mut self, key: VerifierKey) -> Verify {
        self.options.keys.push(key);
        self
    }

    /// Pins the key of the log's signer ([`seal::Signer`](crate::seal::Signer)), received from elsewhere. May be
    /// called again, if the signer was replaced.
    ///
    /// Each key of the log that it has certified counts as pinned. A signature that is said to be by it and is not
    /// valid is a finding, [`SignerInvalid`](crate::read::FindingKind::SignerInvalid). So is a key of the log that it
    /// has not certified ([`SignerMissing`](crate::read::FindingKind::SignerMissing)), unless that is older than the
    /// first one that it has, or not ten seconds old. The newest checkpoint in the log that it has signed is compared
    /// with the lines. [`Facts::signer`](crate::read::Facts::signer) has how much it has signed.
    pub fn signer(mut self, key: VerifierKey) -> Verify {
        self.options.signers.push(key);
        self
    }

    /// Adds checkpoints from elsewhere, which the log must contain. May be called again.
    ///
    /// `text` is anything that has signed checkpoints in it: a note, records as JSON lines (such as a mirror has
    /// received), an OTLP export, syslog lines with `#012`, an export of the Windows Event Log. Those of
    /// other logs do no harm, as long as there is one of this log.
    pub fn anchor(mut self, text: impl Into<String>) -> Verify {
        self.options.anchors.push(text.into());
        self
    }

    /// Adds the key of a witness, whose signatures under checkpoints are then checked: under those that are given as anchors, the
    /// newest one in the directory, and its seals. May be called again; [`WitnessKey::parse_all`] reads a file of keys.
    ///
    /// A signature by this key that is not valid is the finding `cosignature_invalid`; those of other witnesses are passed over.
    /// [`Facts::witnesses`](super::Facts::witnesses) has what each has signed. If one has signed a checkpoint that the lines
    /// agree with, the level is [`Anchored`](super::Level::Anchored), wherever the checkpoint was found.
    pub fn witness(mut self, key: WitnessKey) -> Verify {
        if !self.options.witnesses.contains(&key) {
            self.options.witnesses.push(key);
        }
        self
    }

    /// Compares the log with another directory of the same log: an older copy, a clone, what a colleague has. May be
    /// called again.
    ///
    /// Either history may be longer. That one goes on from the other is a note, `same_history`. If neither does, the same
    /// key has signed two histories: the finding `fork` has the file and the line at which they part, and those of the
    /// other side as its [`counterpart`](field@super::Finding::counterpart). A directory of another log, or one with which nothing can be
    /// compared any more, is the finding `not_comparable`. Whether the other directory is intact is not looked at: verify it by
    /// itself. Its lines are read twice, as those of the log itself.
    pub fn against(mut self, dir: impl AsRef<Path>) -> Verify {
        self.options.against.push(dir.as_ref().to_owned());
        self
    }

    /// Makes it a finding if the newest sealed record is older than this.
    pub fn max_age(mut self, max_age: Duration) -> Verify {
        self.options.max_age = Some(max_age);
        self
    }

    /// Makes each line that is not sealed a finding, however young it is. Default: lines within 10 seconds
    /// of the newest sealed one, or of now, are a note.
    pub fn strict(mut self, is_strict: bool) -> Verify {
        self.options.is_strict = is_strict;
        self
    }

    /// Says that the directory is a copy, a backup or an extracted archive: then a private key in it is a
    /// finding.
    pub fn is_copy(mut self, is_copy: bool) -> Verify {
        self.options.is_copy = is_copy;
        self
    }

    /// Asks for no day before this one, such as `2026-05-01` (UTC), of a [bundle](crate::read::Bundle::from) that was made of some days:
    /// a file of an earlier day that was left out of it is a note then, `not_asked`, and no finding. Whatever is there is verified, of
    /// all days. The bundle itself can't say what was to be left out of it: no key has signed that. Default: all days.
    pub fn from(mut self, day: impl Into<String>) -> Verify {
        self.options.period.0 = Some(day.into());
        self
    }

    /// Asks for no day behind this one, as [`from`](Verify::from) for none before.
    pub fn to(mut self, day: impl Into<String>) -> Verify {
        self.options.period.1 = Some(day.into());
        self
    }

    /// Sets the time at which the age of records is measured.
    pub fn as_of(mut self, time: SystemTime) -> Verify {
        self.options.as_of = Some(time);
        self
    }

    /// Sets what is told how far it has come: how many bytes of the day files were read, and of how many. It is called
    /// from the thread of [`run`](Verify::run), after each mebibyte or so. If the log is read again since it has changed, the first
    /// number begins at 0 again.
    pub fn progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Verify {
        self.options.progress = Progress(Some(Arc::new(progress)));
        self
    }

    /// Sets how many bytes may come out of an archive at most: all of its entries, and its own structure. An archive of more
    /// is an error. Default: 16 GiB.
    #[cfg(feature = "cli")]
    pub fn unpack_at_most(mut self, bytes: u64) -> Verify {
        self.options.limits.bytes = bytes;
        self
    }

    /// Sets the folder in which an archive is unpacked, into a private folder that is removed at the end. It needs room for the
    /// files of the log. Default: that of the system for temporary files, such as `$TMPDIR`.
    #[cfg(feature = "cli")]
    pub fn unpack_in(mut self, folder: impl AsRef<Path>) -> Verify {
        self.options.limits.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets how many entries an archive may have.
    #[cfg(all(test, feature = "cli"))]
    pub(super) fn entries_at_most(mut self, entries: usize) -> Verify {
        self.options.limits.entries = entries;
        self
    }

    /// Sets how long a `log.pruned` that is not sealed is waited for.
    #[cfg(test)]
    pub(super) fn patience(mut self, patience: Duration) -> Verify {
        self.options.patience = Some(patience);
        self
    }

    /// Verifies the log. It reads each line once, and lines that are to blame for something once more.
    ///
    /// If another process writes the log meanwhile, it does not notice. A file that is pruned or replaced while
    /// it is read makes the verification begin again, three times, or for a minute if it finds something else each time.
    /// If a file is gone, and a record that is not sealed yet says that it was pruned, it waits until the record is
    /// sealed: about a second. A record that is not sealed within ten seconds explains nothing.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]: it could not be checked, or it is an archive that is refused. Whatever is wrong with the log is a finding instead.
    pub fn run(self) -> Result<Verification, VerifyError> {
        self.once().map(|once| once.verification)
    }

    /// As [`run`](Verify::run), and returns the day files as they were read, each with its SHA-256.
    #[cfg(feature = "report")]
    pub(in crate::read) fn run_and_hash(mut self) -> Result<(Verification, Vec<VerifiedFile>), VerifyError> {
        self.options.has_hashes = true;
        self.once().map(|once| (once.verification, once.files))
    }

    fn once(self) -> Result<Once, VerifyError> {
        let Options { dir, against, limits, is_copy, patience, period: (from, to), .. } = &self.options;
        let days = Days::parse(from.as_ref(), to.as_ref()).map_err(|error| match error {
            NoDays::Day(text) => VerifyError::Day { text },
            NoDays::Period(from, to) => {
                VerifyError::Period { from: from.as_str().to_owned(), to: to.as_str().to_owned() }
            }
        })?;
        let log = Opened::at(dir, limits)?;
        let others = against.iter().map(|dir| Opened::at(dir, limits)).collect::<Result<Vec<_>, _>>()?;
        let is_archive = log.is_archive();
        let options = Options {
            dir: log.dir().to_owned(),
            days,
            against: others.iter().map(|other| other.dir().to_owned()).collect(),
            is_copy: *is_copy || is_archive,
            // Nothing becomes sealed in an archive.
            patience: if is_archive { Some(Duration::ZERO) } else { *patience },
            ..self.options.clone()
        };
        let named = |error| others.iter().fold(log.named(error), |error, other| other.named(error));
        let mut once = attempt::verify(&options).map_err(named)?;
        for (path, other) in against.iter().zip(&others) {
            once.verification.name_other(other.dir(), path);
        }
        Ok(once)
    }
}
