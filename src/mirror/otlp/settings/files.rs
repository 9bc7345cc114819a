//! The paths of the certificate files.

use std::path::PathBuf;

/// The files for TLS. Without a file, only the system's certificate authorities are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) client: Option<ClientFiles>,
    pub(crate) ca: Option<PathBuf>,
}

/// The certificate that the mirror shows to the receiver, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientFiles {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}
