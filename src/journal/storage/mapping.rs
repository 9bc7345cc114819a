//! Whether a file of the journal may be mapped into memory.

/// Whether a store into a mapping of a file can fail once its blocks are allocated.
///
/// On a full disk, a store into a hole, or into a block that is shared with a copy of the file,
/// ends the process: with SIGBUS on Linux, with an exception on Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "not every system knows file systems of each kind")]
pub(crate) enum Mapping {
    /// Not known to be safe: the file must not be mapped.
    Unsafe,
    /// It can fail when the disk is full: the file may be copied by reference, or be part of a
    /// snapshot, and the first store after that needs a new block.
    SafeWithSpace,
    /// It can't fail.
    Safe,
}
