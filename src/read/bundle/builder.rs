//! How a bundle is made.

use super::error::BundleError;
use super::settled::settled;
use super::written::{Bundled, Failed, Written, is_private};
use crate::read::days::{Days, NoDays};
use crate::read::output::{self, Output};
use crate::read::verify::{Progress, VerifyError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How often the log is looked at, if a file is gone or shorter when it is copied.
const ATTEMPTS: usize = 3;

/// Makes a bundle: a consistent copy of a log in one file, `.tar.zst`, also while the log is written.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// # let path = folder.path().join("audit.tar.zst");
/// use tracing_audit::read::{Bundle, verify};
///
/// let bundled = Bundle::of(&dir).write(&path)?;
/// println!("{} files, SHA-256 {}", bundled.files, bundled.sha256);
/// let verification = verify(&path).run()?;
/// # assert_eq!(verification.status().code(), 0, "{verification}");
/// # Ok(())
/// # }
/// ```
///
/// `tar -xf` unpacks it into a folder `audit-log`, in which `sha256sum -c SHA256SUMS` compares each file, and `manifest.json` has what
/// there is. It has the day files, of the newest one all lines that were whole; the keys with their certificates, the newest checkpoint, all seals and
/// leaves; and never a private key, nor anything else of `.state`. The log must be readable, as for [`verify`](crate::read::verify);
/// the process that writes it notices nothing.
///
/// | setting | default |
/// |---|---|
/// | [`from`](Bundle::from), [`to`](Bundle::to) | all days |
/// | [`anchor`](Bundle::anchor) | none |
#[derive(Clone, Debug)]
#[must_use = "nothing is written before `write` is called"]
pub struct Bundle {
    dir: PathBuf,
    from: Option<String>,
    to: Option<String>,
    anchors: Vec<PathBuf>,
    progress: Progress,
}

impl Bundle {
    /// Begins a bundle of the log in `dir`.
    pub fn of(dir: impl AsRef<Path>) -> Bundle {
        let dir = dir.as_ref().to_owned();
        Bundle { dir, from: None, to: None, anchors: Vec::new(), progress: Progress::default() }
    }

    /// Leaves out the day files of earlier days, such as `2026-05-01` (UTC). Their seals and leaves stay, so that all that is there can be
    /// verified; each file that was left out is a finding then, [`LeftOut`](crate::read::FindingKind::LeftOut), with the status
    /// [`Incomplete`](crate::read::Status::Incomplete), unless who verifies asks for these days alone, too
    /// ([`Verify::from`](crate::read::Verify::from)): no key has signed which days were asked for. Default: none is left out.
    pub fn from(mut self, day: impl Into<String>) -> Bundle {
        self.from = Some(day.into());
        self
    }

    /// Leaves out the day files of later days, as [`from`](Bundle::from) does those of earlier ones.
    pub fn to(mut self, day: impl Into<String>) -> Bundle {
        self.to = Some(day.into());
        self
    }

    /// Adds a file with checkpoints from elsewhere, as `anchors/NAME`. May be called again. A verification of the bundle does not take it
    /// for an anchor by itself: who has made the bundle may have made it, too.
    pub fn anchor(mut self, path: impl AsRef<Path>) -> Bundle {
        self.anchors.push(path.as_ref().to_owned());
        self
    }

    /// Sets what is told how far it has come: how many bytes of the day files were copied, and of how many. If the copy begins again, the
    /// first number begins at 0 again.
    pub fn progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Bundle {
        self.progress = Progress(Some(Arc::new(progress)));
        self
    }

    /// Writes the bundle. The file has its name only when it is whole and on disk: it replaces one of that name then. Only its owner may read it (on Unix).
    ///
    /// A log of which a file was pruned, or lines were written, in the last seconds is waited for, until that is sealed: about a second, ten at most. If
    /// a file of the log is gone or shorter when it is copied, the copy begins again, three times in all.
    ///
    /// # Errors
    ///
    /// [`BundleError`]: nothing is written then. Where the system has files without a name (Linux, on most file systems), a process that
    /// is killed leaves nothing either; else a file `.NAME.….part` stays.
    pub fn write(self, path: impl AsRef<Path>) -> Result<Bundled, BundleError> {
        let path = path.as_ref();
        let days = Days::parse(self.from.as_ref(), self.to.as_ref()).map_err(not_days)?;
        let anchors = anchors(&self.anchors)?;
        if output::is_in(path, &self.dir) {
            return Err(BundleError::InLog { path: path.to_owned() });
        }
        let failed = |source| BundleError::Write { path: path.to_owned(), source };
        let mut output = Output::new(path).map_err(failed)?;
        let mut attempts = 1;
        loop {
            let look = settled(&self.dir)?;
            let mut written = Written::new(&self.dir, path, &days, &self.progress);
            match written.all(&look, &anchors, &mut output) {
                Ok(bundled) => {
                    output.finish().map_err(failed)?;
                    return Ok(bundled);
                }
                Err(Failed::Error(error)) => return Err(error),
                Err(Failed::Changed(path)) if attempts == ATTEMPTS => {
                    return Err(BundleError::Changed { path, attempts });
                }
                Err(Failed::Changed(_)) => {
                    attempts += 1;
                    output.restart().map_err(failed)?;
                }
            }
        }
    }
}

fn not_days(error: NoDays) -> BundleError {
    match error {
        NoDays::Day(text) => BundleError::Day { text },
        NoDays::Period(from, to) => {
            BundleError::Period { from: from.as_str().to_owned(), to: to.as_str().to_owned() }
        }
    }
}

/// Reads files with checkpoints from elsewhere: their paths in the bundle, and their contents.
fn anchors(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let mut anchors = Vec::<(String, Vec<u8>)>::new();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.map(|name| format!("anchors/{name}"));
        let name = name.filter(|name| anchors.iter().all(|(other, _)| other != name));
        let name = name.ok_or_else(|| BundleError::Name { path: path.clone() })?;
        let contents = std::fs::read(path).map_err(|source| VerifyError::unreadable(path, source))?;
        if is_private(&contents) {
            return Err(BundleError::PrivateKey { path: path.clone() });
        }
        anchors.push((name, contents));
    }
    Ok(anchors)
}
