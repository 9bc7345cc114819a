//! A record's line: encoding, decoding, and the size limit.

pub(in crate::record) mod decode;
pub(crate) mod encode;
pub(in crate::record) mod fit;
pub(crate) mod frame;
mod from_line;
pub(in crate::record) mod lines;
pub(crate) mod plain;
mod read_back;
pub(in crate::record) mod stamp;
