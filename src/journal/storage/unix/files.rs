//! Creating, opening, moving and removing files in a directory.

use super::access::{GROUP_FILE, PRIVATE_FILE, is_foreign, open_to_group};
use super::descriptor::open_at;
use super::handle::Handle;
use super::kernel::rename_without_replacing;
use super::size_limit::check_size_now;
use super::stat::identity_in;
use crate::error::OpenError;
use crate::journal::storage::log_file::Identity;
use crate::journal::storage::refused::not_a_regular_file;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const FILE: OFlags = OFlags::RDWR.union(OFlags::APPEND).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK);

/// At an offset: a file that is open to append is written at its end.
const FILE_TO_WRITE: OFlags = FILE.difference(OFlags::APPEND);

const FILE_TO_READ: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK);

impl Handle {
    /// Opens a file to read and to append.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        regular(open_at(&self.fd, name, FILE, Mode::empty())?)
    }

    /// Opens a file to read.
    pub(crate) fn open_to_read(&self, name: &str) -> io::Result<File> {
        regular(open_at(&self.fd, name, FILE_TO_READ, Mode::empty())?)
    }

    /// Opens a file to write into it.
    pub(crate) fn open_to_write(&self, name: &str) -> io::Result<File> {
        regular(open_at(&self.fd, name, FILE_TO_WRITE, Mode::empty())?)
    }

    /// Writes into a file, which is created if it is missing.
    pub(crate) fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = regular(open_at(&self.fd, name, FILE_TO_WRITE | OFlags::CREATE, PRIVATE_FILE)?)?;
        self.open_file_to_group(&file)?;
        write_all_at(&file, bytes, offset)
    }

    /// Creates a file; an error if it exists. The group may read it, if the directory is open to one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let flags = FILE | OFlags::CREATE | OFlags::EXCL;
        let file = open_at(&self.fd, name, flags, PRIVATE_FILE)?;
        rustix::fs::fchmod(&file, PRIVATE_FILE)?;
        let file = File::from(file);
        self.open_file_to_group(&file)?;
        Ok(file)
    }

    /// Opens a day file to read and to append.
    pub(crate) fn open_day_file(&self, name: &str) -> io::Result<File> {
        let file = self.open(name)?;
        // One from before the group was set is open to the group from here on.
        self.open_file_to_group(&file)?;
        Ok(file)
    }

    /// Creates a day file; an error if it exists.
    pub(crate) fn create_day_file(&self, name: &str) -> io::Result<File> {
        self.create(name)
    }

    /// Sets the mode of a day file to that of a new one.
    pub(crate) fn make_private(&self, file: &File) -> io::Result<()> {
        rustix::fs::fchmod(file, PRIVATE_FILE)?;
        self.open_file_to_group(file)
    }

    /// Lets the group read a file, if there is a group.
    pub(super) fn open_file_to_group(&self, file: &File) -> io::Result<()> {
        self.sharing.group.map_or(Ok(()), |gid| open_to_group(file, gid, GROUP_FILE))
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// Moves a file to another directory, in which the new name must not exist.
    pub(crate) fn rename_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        match rename_without_replacing(&self.fd, name, &to.fd, new_name) {
            // The file system or the kernel can't.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => self.link_to(name, to, new_name),
            moved => Ok(moved?),
        }
    }

    /// Does the same with a second name for the file, and the removal of the first.
    fn link_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        match rustix::fs::linkat(&self.fd, name, &to.fd, new_name, AtFlags::empty()) {
            // Some file systems in user space can do neither.
            Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP) if to.stat(new_name)?.is_none() => {
                Ok(rustix::fs::renameat(&self.fd, name, &to.fd, new_name)?)
            }
            Err(errno) => Err(errno.into()),
            Ok(()) => self.remove(name),
        }
    }

    /// Returns whether the name exists, whatever it names.
    pub(crate) fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.stat(name)?.is_some())
    }

    /// Returns the identity of the file of that name, if it exists.
    pub(crate) fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        Ok(self.stat(name)?.as_ref().map(identity_in))
    }

    fn stat(&self, name: &str) -> io::Result<Option<Stat>> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Refuses what is not a regular file, and a file that another user owns.
fn regular(file: OwnedFd) -> io::Result<File> {
    let stat = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(not_a_regular_file());
    }
    if is_foreign(stat.st_uid) {
        let reason = format!("it belongs to another user (uid {})", stat.st_uid);
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    Ok(File::from(file))
}

/// Accepts every path: on Windows some lead elsewhere than they say.
#[allow(clippy::unnecessary_wraps, reason = "on Windows some paths are refused")]
pub(crate) fn check_path(_: &Path) -> Result<(), OpenError> {
    Ok(())
}

/// Reads some bytes from `offset` on.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

/// Writes all bytes at `offset`.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    check_size_now(offset + bytes.len() as u64)?;
    file.write_all_at(bytes, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::storage::refused::Sharing;
    use std::io::Write as _;
    use std::sync::Barrier;

    fn root() -> (tempfile::TempDir, Handle) {
        let folder = tempfile::tempdir().unwrap();
        let root = Handle::root(&folder.path().join("audit"), Sharing::default()).unwrap();
        (folder, root)
    }

    type Move = fn(&Handle, &str, &Handle, &str) -> io::Result<()>;

    /// Guards against a file of evidence that takes the place of another one, whose name was free
    /// when it was looked at.
    #[test]
    fn of_two_files_that_move_to_one_name_each_stays() {
        let (_folder, root) = root();
        let to = root.child_in("to").unwrap();
        for (round, moves) in [Handle::rename_to as Move, Handle::link_to].into_iter().enumerate() {
            for n in 0..300 {
                let (names, new_name) = ([format!("a{n}"), format!("b{n}")], format!("{round}.{n}"));
                for name in &names {
                    root.create(name).unwrap().write_all(name.as_bytes()).unwrap();
                }
                let both = Barrier::new(2);
                let moved = std::thread::scope(|scope| {
                    let threads = names.each_ref().map(|name| {
                        scope.spawn(|| {
                            both.wait();
                            moves(&root, name, &to, &new_name)
                        })
                    });
                    threads.map(|thread| thread.join().unwrap())
                });
                assert_eq!(moved.iter().filter(|moved| moved.is_ok()).count(), 1, "{moved:?}");
                for (name, moved) in names.iter().zip(moved) {
                    if let Err(error) = moved {
                        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
                        root.remove(name).unwrap();
                    } else {
                        let path = to.open_to_read(&new_name).unwrap();
                        assert_eq!(io::read_to_string(path).unwrap(), *name);
                        assert!(!root.exists(name).unwrap());
                    }
                }
            }
        }
    }
}
