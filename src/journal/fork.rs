//! Detects that a process is a forked child.
//!
//! After `fork()` the child has its parent's log, which the parent goes on writing: the child must
//! not. Comparing process ids would cost a system call for each event. On Linux a page that the
//! kernel zeroes in children (`MADV_WIPEONFORK`) tells without one.

#[cfg_attr(target_os = "linux", path = "fork/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "fork/elsewhere.rs")]
mod system;

use system::WipedPage;

/// Distinguishes the process that created it from forked children.
#[derive(Debug)]
pub(super) struct ForkGuard {
    page: Option<WipedPage>,
    process: u32,
}

impl ForkGuard {
    pub(super) fn new() -> ForkGuard {
        ForkGuard { page: WipedPage::new(), process: std::process::id() }
    }

    /// Returns whether this process is a forked child of the one that created the guard.
    #[inline]
    pub(super) fn is_child(&self) -> bool {
        match &self.page {
            Some(page) => page.is_wiped(),
            None => std::process::id() != self.process,
        }
    }
}
