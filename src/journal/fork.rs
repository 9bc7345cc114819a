//! After `fork()`, the child has the log of its parent, which goes on writing it: the child
//! must not.
//!
//! Asking for the process's id costs a system call for each event. On Linux the kernel
//! tells for nothing: a page that was marked so (`MADV_WIPEONFORK`) is all 0 in the child.

/// Knows the process that made it from its children.
#[derive(Debug)]
pub(super) struct ForkGuard {
    #[cfg(target_os = "linux")]
    page: Option<memmap2::MmapRaw>,
    process: u32,
}

impl ForkGuard {
    pub(super) fn new() -> ForkGuard {
        ForkGuard {
            #[cfg(target_os = "linux")]
            page: marked_page().ok(),
            process: std::process::id(),
        }
    }

    /// Whether this is a child of the process that made it.
    #[inline]
    #[allow(unsafe_code)]
    pub(super) fn is_child(&self) -> bool {
        #[cfg(target_os = "linux")]
        if let Some(page) = &self.page {
            // SAFETY: the page is mapped as long as `self` lives, and is not written any more,
            // but by the kernel, in a process that has no other thread yet.
            return unsafe { page.as_ptr().read_volatile() } == 0;
        }
        std::process::id() != self.process
    }
}

/// A page that begins with a 1, and with a 0 in children.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn marked_page() -> std::io::Result<memmap2::MmapRaw> {
    use rustix::mm::{Advice, madvise};
    let mut page = memmap2::MmapMut::map_anon(1)?;
    page[0] = 1;
    // SAFETY: the page is mapped; what happens to it in children is looked for.
    unsafe { madvise(page.as_mut_ptr().cast(), page.len(), Advice::LinuxWipeOnFork)? };
    Ok(page.into())
}
