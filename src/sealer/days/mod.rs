//! What is done with day files: hashing their lines, reading an ended one again, looking at those of before.

pub(super) mod adopted;
pub(super) mod base;
pub(super) mod day_end;
pub(super) mod leaves;
pub(super) mod look;
pub(super) mod share;
