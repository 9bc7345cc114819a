//! How large a ring may be.

use std::ops::RangeInclusive;

/// The sizes that a ring may have, in bytes. They are powers of two.
pub(crate) const CAPACITIES: RangeInclusive<usize> = 64 * 1024..=1 << 30;

/// How many bytes a ring has for each of its words. A line takes up as many at least, so that there is a word for
/// each; those of the log are longer.
pub(crate) const BYTES_A_WORD: usize = 64;
