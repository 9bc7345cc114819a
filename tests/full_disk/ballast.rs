//! Another file, which fills the disk.

use super::free_bytes;
use super::process::LONG;
use rustix::fs::{FallocateFlags, fallocate, statvfs, syncfs};
use rustix::io::Errno;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) struct Ballast {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Ballast {
    pub(crate) fn new(path: PathBuf) -> Ballast {
        Ballast { file: File::create(&path).unwrap(), path, bytes: 0 }
    }

    /// Grows by so many bytes; returns whether there was room.
    fn grow(&mut self, by: u64) -> bool {
        let grown = match fallocate(&self.file, FallocateFlags::empty(), self.bytes, by) {
            Err(Errno::OPNOTSUPP) => self.file.write_all_at(&vec![0; by as usize], self.bytes),
            other => other.map_err(Into::into),
        };
        match &grown {
            Ok(()) => self.bytes += by,
            Err(error) => assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}"),
        }
        grown.is_ok()
    }

    /// Leaves so many bytes free.
    pub(crate) fn leave(&mut self, bytes: u64) {
        while free_bytes(&self.path) > bytes && self.grow(1 << 18) {}
    }

    /// Leaves no space.
    pub(crate) fn fill(&mut self) {
        for step in [1 << 22, 1 << 18, 1 << 14, 1 << 12, 1] {
            while self.grow(step) {}
        }
    }

    /// Writes out all dirty pages of the file system.
    pub(crate) fn sync(&self) {
        syncfs(&self.file).unwrap();
    }

    /// Frees the space and waits until it is usable. On btrfs that takes up to half a minute, during which no
    /// file can be created; the reported free space may stay at zero for longer.
    pub(crate) fn remove(self) {
        self.file.set_len(0).unwrap();
        std::fs::remove_file(&self.path).unwrap();
        let mount = self.path.parent().unwrap();
        let since = Instant::now();
        self.sync();
        let probe = mount.join("probe");
        let can_be_made = || {
            let made = std::fs::create_dir(&probe);
            std::fs::remove_dir(&probe).ok();
            made.is_ok()
        };
        while unused_bytes(mount) < self.bytes / 2 || !can_be_made() {
            assert!(since.elapsed() < LONG, "the space was not freed");
            std::thread::sleep(Duration::from_millis(100));
            self.sync();
        }
    }
}

/// Returns the free space, including that reserved for root.
fn unused_bytes(place: &std::path::Path) -> u64 {
    let space = statvfs(place).unwrap();
    space.f_bfree * space.f_frsize
}
