//! Writes records again: those of a day file that was removed or altered, and those whose sync has
//! failed. Both are copied line by line into a further file of the day.

pub(super) mod copy;
pub(super) mod rescue;
pub(in crate::journal) mod unsynced;
