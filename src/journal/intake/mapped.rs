//! A file that is mapped into memory.
//!
//! Where a store into the mapping could fail for lack of space on the disk, the file is written by
//! system calls instead, which return an error. Reads always go through the mapping: both are the
//! operating system's page cache.
#![allow(unsafe_code)]

#[cfg_attr(target_os = "linux", path = "mapped/linux.rs")]
#[cfg_attr(windows, path = "mapped/windows.rs")]
mod system;

use super::capacity::CAPACITIES;
use super::format::{Geometry, WORD, WORDS};
use super::memory::{Contents, Memory, Unwritable};
use crate::journal::storage::Mapping;
use memmap2::{MmapOptions, MmapRaw};
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::time::Instant;

/// A shared mapping of a file.
#[derive(Debug)]
pub(crate) struct Mapped {
    map: MmapRaw,
    file: File,
    mapping: Mapping,
    /// Whether the file is written by system calls.
    by_calls: AtomicBool,
    /// Whether a store would end the process, as far as that is known.
    is_read_only: AtomicBool,
    /// When the last failed call was made, in milliseconds since `begun`.
    failed: AtomicU64,
    begun: Instant,
}

/// How long no call is made after a failed one, in milliseconds: on a full disk a file system may
/// search long for space, and callers wait for one another.
const AGAIN: u64 = 50;

/// No call has failed.
const NEVER: u64 = u64::MAX;

impl Mapped {
    /// Whether files are mapped on this system.
    pub(crate) const IS_AVAILABLE: bool = true;

    /// Maps a new, empty file, and allocates blocks for all of it.
    ///
    /// # Errors
    ///
    /// The disk has no space for it, or it can't be mapped.
    ///
    /// # Panics
    ///
    /// If `capacity` is not a power of two within [`CAPACITIES`].
    pub(crate) fn new(file: File, mapping: Mapping, capacity: usize) -> io::Result<Mapped> {
        assert!(capacity.is_power_of_two() && CAPACITIES.contains(&capacity));
        system::allocate(&file, Geometry { capacity }.file_bytes() as u64)?;
        Mapped::of(file, mapping, capacity)
    }

    /// Maps the file of a ring that another process has left. Unless the disk is known to have space
    /// for all of it, it is written by system calls until [`Mapped::has_space`].
    ///
    /// # Errors
    ///
    /// It can't be mapped, or has another size.
    pub(crate) fn again(file: File, mapping: Mapping, capacity: usize) -> io::Result<Mapped> {
        let len = Geometry { capacity }.file_bytes() as u64;
        if file.metadata()?.len() != len {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has another size than before"));
        }
        if mapping == Mapping::Safe {
            // There are no holes in it, unless another program has made some.
            system::allocate(&file, len)?;
        }
        Mapped::of(file, mapping, capacity)
    }

    fn of(file: File, mapping: Mapping, capacity: usize) -> io::Result<Mapped> {
        system::writes_anywhere(&file)?;
        let map = MmapOptions::new().len(Geometry { capacity }.file_bytes()).map_raw(&file)?;
        let by_calls = AtomicBool::new(mapping != Mapping::Safe);
        let is_read_only = AtomicBool::new(false);
        Ok(Mapped {
            map,
            file,
            mapping,
            by_calls,
            is_read_only,
            failed: AtomicU64::new(NEVER),
            begun: Instant::now(),
        })
    }

    /// Returns whether stores are safe only while the disk has space.
    pub(crate) fn needs_space(&self) -> bool {
        self.mapping != Mapping::Safe
    }

    /// Returns the size of the file, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.map.len() as u64
    }

    /// Takes note that the disk has space, or is about to be full. Stores and calls may be mixed: both
    /// change the operating system's page cache.
    pub(crate) fn has_space(&self, has_space: bool) {
        let is_mapped = has_space
            && !self.is_read_only.load(Ordering::Relaxed)
            && system::allocate(&self.file, self.len()).is_ok();
        self.by_calls.store(!is_mapped, Ordering::Relaxed);
    }

    /// Checks whether a store into the mapping would end the process, because the file has become
    /// immutable or its disk read-only. Until it is no longer, the file is written by system calls, which
    /// fail with an error. Returns whether that is new. Only the consumer's thread calls this.
    pub(crate) fn check_writable(&self, is_directory_immutable: bool) -> bool {
        let was_read_only = self.is_read_only.load(Ordering::Relaxed);
        if is_directory_immutable || !system::is_writable(&self.file) {
            self.becomes_read_only();
            return !was_read_only;
        }
        if was_read_only && system::prepare(&self.map, 0, WORDS) {
            self.is_read_only.store(false, Ordering::Relaxed);
            if self.mapping == Mapping::Safe {
                self.has_space(true);
            }
        }
        false
    }

    fn becomes_read_only(&self) {
        self.is_read_only.store(true, Ordering::Relaxed);
        self.by_calls.store(true, Ordering::Relaxed);
    }

    /// Returns whether the file is written by system calls.
    pub(crate) fn is_by_calls(&self) -> bool {
        self.by_calls.load(Ordering::Relaxed)
    }

    fn call(&self, at: usize, bytes: &[u8]) -> Result<(), Unwritable> {
        let now = || u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(NEVER - 1);
        let failed = self.failed.load(Ordering::Relaxed);
        if failed != NEVER && now().saturating_sub(failed) < AGAIN {
            return Err(Unwritable);
        }
        system::write_all_at(&self.file, bytes, at as u64).map_err(|_| {
            self.failed.store(now(), Ordering::Relaxed);
            Unwritable
        })
    }

    fn pointer(&self, at: usize, len: usize) -> *mut u8 {
        assert!(at <= self.map.len() && len <= self.map.len() - at);
        // SAFETY: the offset is within the mapping, or at its end.
        unsafe { self.map.as_mut_ptr().add(at) }
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(WORD));
        let pointer = self.pointer(at, WORD);
        // SAFETY: the word is within the mapping, which lives as long as `self`, and aligned, since
        // the mapping is aligned to a page. All accesses to it are atomic: words and bytes have
        // offsets of their own. Words are zeroed as bytes in freed entries, which `Ring::freed` hands over.
        unsafe { AtomicU64::from_ptr(pointer.cast()) }
    }
}

impl Contents for Mapped {
    #[inline]
    fn load(&self, at: usize) -> u64 {
        u64::from_le(self.word(at).load(Ordering::Acquire))
    }

    #[inline]
    fn look(&self, at: usize, len: usize) -> Cow<'_, [u8]> {
        let pointer = self.pointer(at, len);
        // SAFETY: the bytes are within the mapping, which lives as long as `self`, and no other thread writes
        // them meanwhile. Another program may, which no type can rule out for memory that is shared: then the
        // bytes are any, and not twice the same. Nothing that reads them relies on either: they are compared,
        // summed up, and handed to a system call, always within the slice.
        Cow::Borrowed(unsafe { std::slice::from_raw_parts(pointer, len) })
    }
}

impl Memory for Mapped {
    #[inline]
    fn store(&self, at: usize, word: u64) -> Result<(), Unwritable> {
        if self.is_by_calls() {
            return self.call(at, &word.to_le_bytes());
        }
        self.word(at).store(word.to_le(), Ordering::Release);
        Ok(())
    }

    #[inline]
    fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Unwritable> {
        if self.is_by_calls() {
            return self.call(at, bytes);
        }
        let pointer = self.pointer(at, bytes.len());
        // SAFETY: the bytes are within the mapping, and no other thread accesses them meanwhile.
        unsafe { pointer.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
        Ok(())
    }

    fn zero(&self, at: usize, len: usize) -> Result<(), Unwritable> {
        if self.is_by_calls() {
            const ZEROS: [u8; 4096] = [0; 4096];
            let pieces = (at..at + len).step_by(ZEROS.len());
            return pieces
                .map(|from| (from, ZEROS.len().min(at + len - from)))
                .try_for_each(|(from, len)| self.call(from, &ZEROS[..len]));
        }
        // A `Release` store stays behind earlier accesses, but not before later ones.
        fence(Ordering::Release);
        let pointer = self.pointer(at, len);
        // SAFETY: the bytes are within the mapping, and no other thread accesses them meanwhile.
        unsafe { pointer.write_bytes(0, len) }
        Ok(())
    }

    fn prepare(&self, at: usize, len: usize) {
        if self.is_by_calls() {
            return;
        }
        if !system::prepare(&self.map, at, len) {
            self.becomes_read_only();
        }
    }
}
