//! Where the private key and its guard lie: in `.state`, or at a path of the operator's choice.

use crate::journal::{Directory, slots};
use crate::sealer::state::position::Guard;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest key's file that is read, in bytes.
const LARGEST: u64 = 4096;

/// The longest other file beside it.
const LARGEST_OTHER: u64 = 64 * 1024;

const KEY: &str = "seal.key";
const NEXT: &str = "seal.key.next";
const GUARD: &str = "seal.guard";
const SIGNER: &str = "seal.signer";
const SIGNER_NEW: &str = "seal.signer.new";

/// Where the private key and its guard lie.
#[derive(Clone, Debug)]
pub(in crate::sealer) enum KeyPlace {
    /// In the journal's `.state`.
    Inside(Arc<dyn Directory>),
    /// At this path, with `.next` and `.guard` for the others.
    Outside(PathBuf),
}

impl KeyPlace {
    /// Returns the path of the key, for messages.
    pub(in crate::sealer) fn path(&self) -> PathBuf {
        match self {
            KeyPlace::Inside(directory) => directory.path().join(".state").join(KEY),
            KeyPlace::Outside(path) => path.clone(),
        }
    }

    /// Returns the text of the key, if there is one.
    pub(in crate::sealer) fn key(&self) -> io::Result<Option<Zeroizing<String>>> {
        self.read(KEY).and_then(text)
    }

    /// Returns the text of the key that is to be the next, if there is one.
    pub(in crate::sealer) fn next(&self) -> io::Result<Option<Zeroizing<String>>> {
        self.read(NEXT).and_then(text)
    }

    /// Creates the folder of the first key, for its owner alone, if it is missing. For a key that was made before, a
    /// missing folder is rather one that is not mounted.
    pub(in crate::sealer) fn create_folder(&self) -> io::Result<()> {
        let KeyPlace::Outside(path) = self else {
            return Ok(());
        };
        let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
            return Ok(());
        };
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)
    }

    /// Writes the next key, safe against a loss of power.
    pub(in crate::sealer) fn write_next(&self, text: &str) -> io::Result<()> {
        match self {
            KeyPlace::Inside(directory) => directory.write_state(NEXT, text.as_bytes()),
            KeyPlace::Outside(path) => {
                let next = beside(path, NEXT);
                erase(&next)?;
                let mut file = create(&next)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                sync_parent(path)
            }
        }
    }

    /// Erases the key, and puts the next one in its place.
    pub(in crate::sealer) fn promote_next(&self) -> io::Result<()> {
        match self {
            KeyPlace::Inside(directory) => {
                directory.erase_state(KEY)?;
                directory.rename_state(NEXT, KEY)
            }
            KeyPlace::Outside(path) => {
                erase(path)?;
                std::fs::rename(beside(path, NEXT), path)?;
                sync_parent(path)
            }
        }
    }

    /// Erases a next key that was not certified.
    pub(in crate::sealer) fn erase_next(&self) -> io::Result<()> {
        match self {
            KeyPlace::Inside(directory) => directory.erase_state(NEXT),
            KeyPlace::Outside(path) => erase(&beside(path, NEXT)),
        }
    }

    /// Returns the guard, if a slot of it is whole.
    pub(in crate::sealer) fn guard(&self) -> io::Result<Option<Guard>> {
        Ok(self.read(GUARD)?.and_then(|contents| slots::decode(&contents)))
    }

    /// Writes the guard: in place, or, if `is_synced`, safe against a loss of power.
    pub(in crate::sealer) fn write_guard(&self, guard: &Guard, is_synced: bool) -> io::Result<()> {
        let slot = slots::encode(guard)?;
        match self {
            KeyPlace::Inside(directory) if is_synced => directory.write_state(GUARD, &slot.file()),
            KeyPlace::Inside(directory) => directory.write_in_state(GUARD, slot.offset, &slot.bytes),
            KeyPlace::Outside(path) => {
                let path = beside(path, GUARD);
                let mut file = match OpenOptions::new().write(true).open(&path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path)?,
                    Err(error) => return Err(error),
                };
                file.seek(SeekFrom::Start(slot.offset))?;
                file.write_all(&slot.bytes)?;
                if is_synced { file.sync_all() } else { Ok(()) }
            }
        }
    }

    /// Returns what the signer has not signed yet, as it was written last.
    pub(in crate::sealer) fn signer(&self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        self.read(SIGNER)
    }

    /// Writes what the signer has not signed yet, safe against a loss of power.
    pub(in crate::sealer) fn write_signer(&self, contents: &[u8]) -> io::Result<()> {
        match self {
            KeyPlace::Inside(directory) => directory.write_state(SIGNER, contents),
            KeyPlace::Outside(path) => {
                let (path, new) = (beside(path, SIGNER), beside(path, SIGNER_NEW));
                erase(&new)?;
                let mut file = create(&new)?;
                file.write_all(contents)?;
                file.sync_all()?;
                drop(file);
                std::fs::rename(new, &path)?;
                sync_parent(&path)
            }
        }
    }

    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        match self {
            KeyPlace::Inside(directory) => Ok(directory.read_state(name)?.map(Zeroizing::new)),
            KeyPlace::Outside(path) => match File::open(beside(path, name)) {
                Ok(file) => {
                    let mut contents = Zeroizing::new(Vec::new());
                    let largest = if name == SIGNER { LARGEST_OTHER } else { LARGEST };
                    file.take(largest).read_to_end(&mut contents)?;
                    Ok(Some(contents))
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
        }
    }
}

fn text(contents: Option<Zeroizing<Vec<u8>>>) -> io::Result<Option<Zeroizing<String>>> {
    let Some(contents) = contents else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&contents).map_err(|_| io::Error::other("it is not UTF-8"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Returns the path of a file beside the key's, which has the key's name and what tells the file from it.
fn beside(path: &Path, name: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    match name {
        KEY => {}
        NEXT => beside.push(".next"),
        SIGNER => beside.push(".signer"),
        SIGNER_NEW => beside.push(".signer.new"),
        _ => beside.push(".guard"),
    }
    PathBuf::from(beside)
}

/// Creates a file that only its owner may read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Overwrites a file's bytes, and removes it. On a disk that writes elsewhere, the old bytes stay.
fn erase(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let len = file.metadata()?.len().min(LARGEST);
    file.write_all(&vec![0; usize::try_from(len).unwrap_or(0)])?;
    file.sync_all()?;
    drop(file);
    std::fs::remove_file(path)
}

/// Makes the names beside the key safe against a loss of power, where the system has a call for that.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(parent)?.sync_all() } else { Ok(()) }
}
