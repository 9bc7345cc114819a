//! How large a ring may be.

use std::ops::RangeInclusive;

/// The sizes that a ring may have, in bytes. They are powers of two.
pub(crate) const CAPACITIES: RangeInclusive<usize> = 64 * 1024..=1 << 30;
