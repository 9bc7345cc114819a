//! Finding out which line it is, where the tree is not the signed one.

pub(super) mod align;
pub(super) mod copies;
pub(super) mod leaves;
pub(super) mod narrow;
pub(super) mod suspect;
pub(super) mod words;
