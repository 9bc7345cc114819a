//! Text as a line spells it: JSON escapes, hexadecimal digits, and cutting to a length. And as it can be shown.

pub(in crate::record) mod bytes;
pub(in crate::record) mod escape;
pub(in crate::record) mod hex;
pub(in crate::record) mod prefix;
pub(in crate::record) mod shown;
pub(crate) mod special;
