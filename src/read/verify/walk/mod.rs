//! One pass over the lines of all day files.

pub(super) mod control;
pub(super) mod piece;
pub(super) mod pool;
pub(super) mod read;
pub(super) mod scan;
pub(super) mod section;
