//! A page that the kernel zeroes in forked children.
#![allow(unsafe_code)]

use memmap2::{MmapMut, MmapRaw};
use rustix::mm::{Advice, madvise};

/// A page that begins with a 1 in the process that created it, and with a 0 in its children.
#[derive(Debug)]
pub(super) struct WipedPage(MmapRaw);

impl WipedPage {
    /// Returns `None` where the kernel does not know how (before Linux 4.14).
    pub(super) fn new() -> Option<WipedPage> {
        let mut page = MmapMut::map_anon(1).ok()?;
        page[0] = 1;
        // SAFETY: the page is mapped, and no reference into it is kept that a child could see change.
        unsafe { madvise(page.as_mut_ptr().cast(), page.len(), Advice::LinuxWipeOnFork) }.ok()?;
        Some(WipedPage(page.into()))
    }

    #[inline]
    pub(super) fn is_wiped(&self) -> bool {
        // SAFETY: the page is mapped as long as `self` lives. Only the kernel writes it from here on,
        // in a process that has no other thread yet.
        unsafe { self.0.as_ptr().read_volatile() == 0 }
    }
}
