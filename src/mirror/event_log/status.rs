//! What the registry says about a source.

/// The registration of a source of the Windows Event Log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceStatus {
    /// The source is registered as [`install_source`](super::install_source) does it; records can
    /// be reported.
    Registered,
    /// No source has this name.
    NotRegistered,
    /// The source is registered in part, or with other values.
    /// [`install_source`](super::install_source) completes it.
    Incomplete,
    /// Another program has registered a source of this name. It is left unchanged; the audit log
    /// needs another name.
    Foreign {
        /// A description of that source, for people.
        is: String,
    },
    /// This system has no Event Log.
    NotSupported,
}
