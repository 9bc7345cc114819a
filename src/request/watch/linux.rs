//! Waiting for requests on Linux, by inotify.

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;

/// What is waited for: files that are put into the folder, and its end.
const CHANGES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF);

/// What ends a watch.
const ENDS: ReadFlags =
    ReadFlags::IGNORED.union(ReadFlags::DELETE_SELF).union(ReadFlags::MOVE_SELF).union(ReadFlags::UNMOUNT);

/// A watch on a folder.
#[derive(Debug)]
pub(crate) struct Watch {
    inotify: OwnedFd,
    number: i32,
}

impl Watch {
    /// Begins to watch a folder. What is in it already is not told.
    ///
    /// # Errors
    ///
    /// The folder is missing, or this account has too many watches.
    pub(crate) fn of(folder: &Path) -> io::Result<Option<Watch>> {
        let mut inotify = inotify::init(CreateFlags::CLOEXEC)?;
        if inotify.as_raw_fd() < 3 {
            // A daemon may have closed the standard streams.
            inotify = rustix::io::fcntl_dupfd_cloexec(&inotify, 3)?;
        }
        let flags = CHANGES | WatchFlags::ONLYDIR | WatchFlags::DONT_FOLLOW;
        let number = inotify::add_watch(&inotify, folder, flags)?;
        Ok(Some(Watch { inotify, number }))
    }

    /// Waits until something is put into the folder. Returns whether it is still watched.
    pub(crate) fn wait(&self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(&self.inotify, &mut buffer);
        let mut is_watched = true;
        loop {
            match events.next() {
                Ok(event) => is_watched &= !event.events().intersects(ENDS),
                Err(Errno::INTR) => continue,
                Err(_) => return false,
            }
            if events.is_buffer_empty() {
                return is_watched;
            }
        }
    }

    /// Ends the watch, and so [`wait`](Watch::wait) in another thread.
    pub(crate) fn end(&self) {
        // If the folder is gone, so is the watch, and the other thread knows.
        inotify::remove_watch(&self.inotify, self.number).unwrap_or(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_the_folder_ends_the_wait_and_so_does_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests");
        assert!(Watch::of(&path).is_err());
        std::fs::create_dir(&path).unwrap();
        let watch = Watch::of(&path).unwrap().unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| watch.wait());
            std::fs::write(path.join("a"), "").unwrap();
            assert!(waits.join().unwrap());
            let ends = scope.spawn(|| watch.wait());
            watch.end();
            assert!(!ends.join().unwrap());
        });
        let watch = Watch::of(&path).unwrap().unwrap();
        std::fs::remove_dir_all(&path).unwrap();
        while watch.wait() {}
        watch.end();
    }
}
