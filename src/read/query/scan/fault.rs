//! What is wrong with lines.

/// What is wrong with a line, or to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) enum Fault {
    NotARecord(String),
    Altered(String),
    TooLong,
    /// So many bytes without an end.
    Torn(u64),
    OtherVersion(String),
    WithoutNumber,
}
