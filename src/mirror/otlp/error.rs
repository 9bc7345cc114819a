//! What is wrong with the settings, or with what the receiver has answered.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Records could not be copied to an OpenTelemetry collector.
///
/// It is the source of a [`DeliveryError`](crate::mirror::DeliveryError). No message has a header's
/// value in it, or anything of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// A setting, or a variable of the environment, has a value that it can't have.
    #[error("{setting} can't be used: {reason}")]
    Setting {
        /// Which.
        setting: String,
        /// Why not.
        reason: String,
    },
    /// A file of certificates, or the key's, can't be read.
    #[error("the {what} {} can't be read", path.display())]
    Read {
        /// What is in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of certificates, or the key's, is not what it should be.
    #[error("the {what} {} can't be used: {reason}", path.display())]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The client's key is not the one of its certificate.
    #[error("the key {} is not the one of the certificate {}", key.display(), certificate.display())]
    OtherKey {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// The system has no certificates of authorities, and no file of them is given.
    #[error("the system has no certificates of authorities, and there is no file of them set")]
    NoRoots,
    /// The receiver could not be reached, or the connection broke.
    #[error("{endpoint}: {reason}")]
    Connection {
        /// Where it was to be.
        endpoint: String,
        /// What happened.
        reason: String,
        /// What lies behind that, where there is more to tell.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The receiver's answer is not that it has taken the records.
    #[error("{endpoint} answered {status}{}{}", of_type(content_type), quoted(text))]
    Answer {
        /// Who answered.
        endpoint: String,
        /// The status.
        status: u16,
        /// What the answer is; empty if it does not say.
        content_type: String,
        /// What the answer says: its beginning, as plain text.
        text: String,
    },
    /// The answer is a success by its status, but is not one of an OTLP receiver: a proxy or a web
    /// server answers so, and has kept nothing.
    #[error(
        "{endpoint} answered {status}, but not as an OTLP receiver does{}: {reason}{}",
        of_type(content_type),
        quoted(text)
    )]
    NotOtlp {
        /// Who answered.
        endpoint: String,
        /// The status.
        status: u16,
        /// What the answer is; empty if it does not say.
        content_type: String,
        /// What is wrong with it.
        reason: &'static str,
        /// What the answer says: its beginning, as plain text.
        text: String,
    },
}

impl OtlpError {
    pub(super) fn setting(setting: impl Into<String>, reason: impl Into<String>) -> OtlpError {
        OtlpError::Setting { setting: setting.into(), reason: reason.into() }
    }
}

fn of_type(content_type: &str) -> String {
    if content_type.is_empty() { String::new() } else { format!(" ({content_type})") }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
