//! Directories and files on Windows, by path; the directories themselves are kept open, so that
//! nobody moves or removes them meanwhile.

use super::Identity;
use super::windows_calls::{Information, free_bytes, information, make_private_directory, readable_by};
use super::windows_names::fault;
use crate::error::OpenError;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf, Prefix};
use std::time::{Duration, Instant};
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, READ_CONTROL,
};

/// Others may do with it whatever they like.
const SHARED: u32 = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

#[derive(Debug)]
pub(crate) struct Handle {
    /// Verbatim, so that it may be long.
    path: PathBuf,
    directory: File,
}

impl Handle {
    /// The journal's directory, made if it is missing. There are no groups here to open it to.
    pub(super) fn root(path: &Path, _group: Option<u32>) -> Result<Handle, OpenError> {
        let fail = |source| OpenError::Directory { path: path.to_owned(), source };
        let written_out = &*verbatim(path);
        match Handle::of(written_out) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(parent) = written_out.parent() {
                    fs::create_dir_all(parent).map_err(fail)?;
                }
                make(written_out).and_then(|()| Handle::of(written_out)).map_err(fail)
            }
            Err(error) => Err(wrong_kind(path).unwrap_or_else(|| fail(error))),
            opened => opened.map_err(fail),
        }
    }

    /// A directory that is there. It is not followed if it is a link.
    fn of(path: &Path) -> io::Result<Handle> {
        // Only who asks for more than attributes keeps others from removing it.
        let directory = OpenOptions::new()
            .access_mode(FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES | READ_CONTROL)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
            .open(path)?;
        let metadata = directory.metadata()?;
        if metadata.is_symlink() || !metadata.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Handle { path: path.to_owned(), directory })
    }

    /// A directory in this one, made if it is missing.
    pub(super) fn child(&self, name: &str, path: &Path) -> Result<Handle, OpenError> {
        self.child_in(name).map_err(|source| {
            wrong_kind(path).unwrap_or_else(|| OpenError::Directory { path: path.to_owned(), source })
        })
    }

    pub(super) fn child_in(&self, name: &str) -> io::Result<Handle> {
        if let Some(child) = self.existing_child(name)? {
            return Ok(child);
        }
        let path = self.path.join(name);
        make(&path)?;
        Handle::of(&path)
    }

    /// A directory in this one, if it is there.
    pub(super) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        match Handle::of(&self.path.join(name)) {
            Ok(child) => Ok(Some(child)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether it is the directory that this path leads to.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(looked_at(path)?.map(|there| there.identity) == Some(information(&self.directory)?.identity))
    }

    /// Who else may read what is in it.
    pub(super) fn readable_by_others(&self) -> Option<&'static str> {
        readable_by(&self.directory).ok().flatten()
    }

    /// Opens a file to read and to write.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true).write(true))
    }

    /// Opens a file to read: whoever does so keeps nobody from anything.
    pub(super) fn open_to_read(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true))
    }

    /// Writes into a file, made if it is missing.
    pub(super) fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = self.regular(name, OpenOptions::new().write(true).create(true).truncate(false))?;
        write_all_at(&file, offset, bytes)
    }

    /// Makes a file; an error if there is one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let path = self.path.join(name);
        // One of that name may still be about to go.
        patiently(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || {
            OpenOptions::new().read(true).write(true).create_new(true).open(&path)
        })
    }

    /// Opens a day file to read and to append.
    pub(super) fn open_day_file(&self, name: &str) -> io::Result<File> {
        self.regular(name, &mut day_file_options())
    }

    /// Makes a day file; an error if there is one.
    pub(super) fn create_day_file(&self, name: &str) -> io::Result<File> {
        day_file_options().create_new(true).open(self.path.join(name))
    }

    fn regular(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        let path = self.path.join(name);
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        let file = patiently(&[ERROR_SHARING_VIOLATION], || options.open(&path)).map_err(|error| {
            // What Windows says of a directory is that access is denied.
            if path.is_dir() { not_regular() } else { error }
        })?;
        let metadata = file.metadata()?;
        if metadata.is_symlink() || !metadata.is_file() { Err(not_regular()) } else { Ok(file) }
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        patiently(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || fs::remove_file(&path))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.path.join(from), self.path.join(to));
        patiently(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || fs::rename(&from, &to))
    }

    /// As a new one is: by what the directory passes on.
    pub(super) fn make_private(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Moves a file to another directory, in which there must be none of that name.
    pub(super) fn rename_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        let (from, to) = (self.path.join(name), to.path.join(new_name));
        if looked_at(&to)?.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        patiently(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || fs::rename(&from, &to))
    }

    pub(super) fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(looked_at(&self.path.join(name))?.is_some())
    }

    pub(super) fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        Ok(looked_at(&self.path.join(name))?.map(|there| there.identity))
    }

    pub(super) fn free_space(&self) -> io::Result<Option<u64>> {
        free_bytes(&self.path).map(Some)
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    pub(super) fn try_clone(&self) -> io::Result<Handle> {
        Ok(Handle { path: self.path.clone(), directory: self.directory.try_clone()? })
    }

    /// There is nothing to be done: NTFS keeps a log of what happens to names, which reaches the
    /// disk in that order, and with it all that came before a file whose own data is synced.
    #[allow(clippy::unused_self, reason = "on other systems there is")]
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// An absolute path in the form that Windows takes as it is, however long it may be: the standard
/// library sees to that by itself, but not all that is called here does.
fn verbatim(path: &Path) -> PathBuf {
    let mut parts = path.components();
    let Some(Component::Prefix(prefix)) = parts.next() else {
        return path.to_owned();
    };
    let mut verbatim = std::ffi::OsString::from(r"\\?\");
    match prefix.kind() {
        Prefix::Disk(_) => verbatim.push(prefix.as_os_str()),
        Prefix::UNC(server, share) => {
            verbatim.push(r"UNC\");
            verbatim.push(server);
            verbatim.push(r"\");
            verbatim.push(share);
        }
        _ => return path.to_owned(),
    }
    verbatim.push(parts.as_path());
    verbatim.into()
}

/// What a path leads to, if it leads anywhere; a link itself, not what it leads to.
fn looked_at(path: &Path) -> io::Result<Option<Information>> {
    let opened = OpenOptions::new()
        .access_mode(FILE_READ_ATTRIBUTES)
        .share_mode(SHARED)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path);
    match opened {
        Ok(file) => information(&file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// To read and to write; while it is open here, others may read it, not write, remove or rename
/// it. Not to `append`: a file that is opened so can't be shortened.
fn day_file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).share_mode(FILE_SHARE_READ);
    options
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is not a regular file")
}

/// Makes a directory that nobody else may read; if another process was faster, that is as well.
fn make(path: &Path) -> io::Result<()> {
    match make_private_directory(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Why it is no directory, if that is the reason.
fn wrong_kind(path: &Path) -> Option<OpenError> {
    let kind = fs::symlink_metadata(path).ok()?.file_type();
    if kind.is_symlink() {
        Some(OpenError::Link { path: path.to_owned() })
    } else if !kind.is_dir() {
        Some(OpenError::NotADirectory { path: path.to_owned() })
    } else {
        None
    }
}

/// Tries again for a while what others keep from being done: virus scanners and indexers open
/// each new file for some milliseconds. Where one fails for good, it fails half a second later.
fn patiently<T>(errors: &[u32], mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    const LONGEST: Duration = Duration::from_millis(500);
    const AGAIN: Duration = Duration::from_millis(10);
    let begun = Instant::now();
    loop {
        match act() {
            Err(error)
                if error.raw_os_error().is_some_and(|code| errors.contains(&code.cast_unsigned()))
                    && begun.elapsed() < LONGEST =>
            {
                std::thread::sleep(AGAIN);
            }
            done => return done,
        }
    }
}

/// Refuses a path that Windows takes for another one than it says.
pub(super) fn check_names(path: &Path) -> Result<(), OpenError> {
    let faults = path.components().filter_map(|part| match part {
        Component::Normal(name) => fault(&name.to_string_lossy()),
        _ => None,
    });
    match faults.into_iter().next() {
        None => Ok(()),
        Some(reason) => Err(OpenError::Setting { setting: "dir", value: path.display().to_string(), reason }),
    }
}

pub(super) fn len_and_identity(file: &File) -> io::Result<(u64, Option<Identity>)> {
    let Information { len, identity } = information(file)?;
    Ok((len, Some(identity)))
}

/// Has so much space allocated for a new file.
pub(super) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    write_all_at(file, 0, &vec![b'.'; usize::try_from(bytes).unwrap_or(0)])
}

/// There are no groups here.
pub(super) fn group_of(_: &Path, _: impl Fn(&str) -> bool) -> Option<u32> {
    None
}

/// This place stands for the end, wherever that is (`WriteFile`, "Remarks").
pub(super) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.seek_write(bytes, u64::MAX)
}

pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = file.seek_write(bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        offset += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::windows_calls::make_directory;
    use super::*;
    use crate::account::process_account;

    fn root() -> (tempfile::TempDir, Handle) {
        let folder = tempfile::tempdir().unwrap();
        let root = Handle::root(&folder.path().join("audit"), None).unwrap();
        (folder, root)
    }

    #[test]
    fn a_directory_that_is_made_is_private_and_one_that_is_not_is_told() {
        let (folder, root) = root();
        assert_eq!(root.readable_by_others(), None);
        assert_eq!(root.child_in("below").unwrap().readable_by_others(), None);
        // It keeps what it had, and what is made in it is private.
        let open = folder.path().join("open");
        make_directory(&open, &format!("D:P(A;OICI;FA;;;{})(A;OICI;FR;;;WD)", process_account().unwrap()))
            .unwrap();
        let open = Handle::root(&open, None).unwrap();
        assert_eq!(open.readable_by_others(), Some("everybody"));
        assert_eq!(open.child_in("below").unwrap().readable_by_others(), None);
    }

    #[test]
    fn who_looks_into_a_file_for_a_while_does_not_keep_it_from_being_replaced() {
        let (_folder, root) = root();
        root.replace("state", b"old").unwrap();
        let looks = |name| OpenOptions::new().read(true).share_mode(0).open(root.path.join(name)).unwrap();
        let looked_at = looks("state");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(60));
                drop(looked_at);
            });
            root.replace("state", b"new").unwrap();
        });
        assert_eq!(fs::read(root.path.join("state")).unwrap(), b"new");
        // Who does not let go is told of.
        let _looked_at = looks("state");
        assert!(root.replace("state", b"newer").is_err());
    }

    #[test]
    fn files_are_told_from_one_another() {
        let (_folder, root) = root();
        let file = root.create("a").unwrap();
        append(&file, b"one").unwrap();
        append(&file, b"two").unwrap();
        let (len, identity) = len_and_identity(&file).unwrap();
        assert_eq!((len, identity), (6, root.identity("a").unwrap()));
        drop(file);
        root.rename("a", "b").unwrap();
        assert_eq!((root.identity("a").unwrap(), root.identity("b").unwrap()), (None, identity));
        drop(root.create("a").unwrap());
        assert_ne!(root.identity("a").unwrap(), identity);
        assert!(root.is_at(&root.path).unwrap());
        assert!(!root.child_in("below").unwrap().is_at(&root.path).unwrap());
        assert!(root.free_space().unwrap().unwrap() > 0);
    }

    #[test]
    fn a_path_is_written_so_that_it_may_be_long() {
        for (path, written) in [
            (r"C:\audit\log", r"\\?\C:\audit\log"),
            (r"\\server\share\audit", r"\\?\UNC\server\share\audit"),
            (r"\\?\C:\audit", r"\\?\C:\audit"),
        ] {
            assert_eq!(verbatim(Path::new(path)), Path::new(written));
        }
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let (_folder, root) = root();
        root.child_in("below").unwrap();
        for error in [root.open("below"), root.open_to_read("below"), root.open_day_file("below")] {
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::IsADirectory);
        }
        assert_eq!(root.open("missing").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
