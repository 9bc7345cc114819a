//! How large and how many requests may be.

/// The longest request, in bytes.
pub(crate) const LONGEST: u64 = 1 << 20;

/// No answer is longer, in bytes.
pub(super) const LONGEST_ANSWER: u64 = 16 << 20;

/// So many requests may wait.
pub(crate) const MOST: usize = 64;
