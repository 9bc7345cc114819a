//! Times and days, as records spell them.

pub(in crate::record) mod day;
pub(in crate::record) mod json;
pub(in crate::record) mod system_time;
pub(in crate::record) mod text;
pub(in crate::record) mod timestamp;
