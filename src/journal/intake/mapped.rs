//! A file, mapped into memory.
#![allow(unsafe_code)]

use super::memory::Memory;
use super::{CAPACITIES, RING, WORD};
use memmap2::{Advice, MmapOptions, MmapRaw};
use rustix::fs::{FallocateFlags, IFlags, fallocate, fstatfs, ioctl_getflags, ioctl_setflags};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// A mapping that is shared with whoever has the file.
#[derive(Debug)]
pub(crate) struct Mapped {
    map: MmapRaw,
}

/// How long a store into a mapping of a file can't fail, once its blocks are allocated: on a
/// full disk a store into a hole, or into a block that is shared with a copy, is answered with
/// SIGBUS, which ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mapping {
    /// It is not known that it can't.
    Unsafe,
    /// As long as the disk is not full: somebody may copy the file by reference, or make a
    /// snapshot of it, and the first store after that needs a block.
    SafeWithSpace,
    /// Always.
    Safe,
}

impl Mapping {
    /// What is known of the file system: of ext4, tmpfs and XFS. btrfs writes elsewhere each
    /// time, unless it was told not to while the file was empty: that is done here.
    pub(crate) fn of(file: &File) -> io::Result<Mapping> {
        const EXT4: u64 = 0xef53;
        const TMPFS: u64 = 0x0102_1994;
        const XFS: u64 = 0x5846_5342;
        const BTRFS: u64 = 0x9123_683e;
        match fstatfs(file)?.f_type as u64 {
            EXT4 | TMPFS => Ok(Mapping::Safe),
            XFS => Ok(Mapping::SafeWithSpace),
            BTRFS => {
                let flags = ioctl_getflags(file)?;
                if !flags.contains(IFlags::NOCOW) && file.metadata()?.len() == 0 {
                    ioctl_setflags(file, flags | IFlags::NOCOW)?;
                }
                let is_in_place = ioctl_getflags(file)?.contains(IFlags::NOCOW);
                Ok(if is_in_place { Mapping::SafeWithSpace } else { Mapping::Unsafe })
            }
            _ => Ok(Mapping::Unsafe),
        }
    }
}

impl Mapped {
    /// Maps a new, empty file, and has blocks allocated for all of it.
    ///
    /// # Errors
    ///
    /// There is no space for it, or it can't be mapped.
    ///
    /// # Panics
    ///
    /// If the ring can't have this size.
    pub(crate) fn new(file: &File, capacity: usize) -> io::Result<Mapped> {
        assert!(capacity.is_power_of_two() && CAPACITIES.contains(&capacity));
        let len = RING + capacity;
        fallocate(file, FallocateFlags::empty(), 0, len as u64)?;
        let map = MmapOptions::new().len(len).map_raw(file)?;
        Ok(Mapped { map })
    }

    /// Maps the file of a ring that somebody has left.
    ///
    /// # Errors
    ///
    /// It can't be mapped, or has another size.
    pub(crate) fn again(file: &File, capacity: usize) -> io::Result<Mapped> {
        let len = RING + capacity;
        if file.metadata()?.len() != len as u64 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has another size than before"));
        }
        // There are no holes in it, unless somebody has made some.
        fallocate(file, FallocateFlags::empty(), 0, len as u64)?;
        let map = MmapOptions::new().len(len).map_raw(file)?;
        Ok(Mapped { map })
    }

    fn pointer(&self, at: usize, len: usize) -> *mut u8 {
        assert!(at <= self.map.len() && len <= self.map.len() - at);
        // SAFETY: it is inside of the mapping, or at its end.
        unsafe { self.map.as_mut_ptr().add(at) }
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(WORD));
        let pointer = self.pointer(at, WORD);
        // SAFETY: it is inside of the mapping, which lives as long as `self`, and aligned,
        // as the mapping is to a page. Nobody has it other than as an atomic: words and bytes
        // have places of their own, but for entries that are freed, which are handed over by
        // `Ring::freed`.
        unsafe { AtomicU64::from_ptr(pointer.cast()) }
    }
}

impl Memory for Mapped {
    #[inline]
    fn load(&self, at: usize) -> u64 {
        u64::from_le(self.word(at).load(Ordering::Acquire))
    }

    #[inline]
    fn store(&self, at: usize, word: u64) {
        self.word(at).store(word.to_le(), Ordering::Release);
    }

    #[inline]
    fn write(&self, at: usize, bytes: &[u8]) {
        let pointer = self.pointer(at, bytes.len());
        // SAFETY: it is inside of the mapping, and the caller's alone.
        unsafe { pointer.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }

    fn zero(&self, at: usize, len: usize) {
        let pointer = self.pointer(at, len);
        // SAFETY: it is inside of the mapping, and the caller's alone.
        unsafe { pointer.write_bytes(0, len) }
    }

    fn read(&self, at: usize, len: usize, out: &mut Vec<u8>) {
        let pointer = self.pointer(at, len);
        // SAFETY: it is inside of the mapping, and nobody writes it meanwhile.
        out.extend_from_slice(unsafe { std::slice::from_raw_parts(pointer, len) });
    }

    fn prepare(&self, at: usize, len: usize) {
        // Only a hint: without it a page is had when it is first written to.
        self.map.advise_range(Advice::PopulateWrite, at, len).unwrap_or(());
    }
}
