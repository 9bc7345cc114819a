//! The errors of the settings, of the connection, and of the receiver's answers.

use crate::error::debug_for_people;
use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Records could not be copied to an OpenTelemetry collector.
///
/// This is the source of a [`DeliveryError`](crate::mirror::DeliveryError). No message contains the
/// value of a header, any part of a key, or what is behind the host and port in the URL.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// A setting, or an environment variable, has a value that can't be used.
    #[error("{setting} can't be used: {reason}")]
    Setting {
        /// The setting or the variable.
        setting: String,
        /// What is wrong with the value.
        reason: String,
    },
    /// A file of certificates or of a key could not be read.
    #[error("could not read the {what} {}", path.display())]
    Read {
        /// What the file contains.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file of certificates or of a key has contents that can't be used.
    #[error("the {what} {} can't be used: {reason}", path.display())]
    File {
        /// What the file should contain.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with the contents.
        reason: String,
    },
    /// The key does not belong to the client certificate.
    #[error("the key {} does not belong to the certificate {}", key.display(), certificate.display())]
    OtherKey {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// The system has no certificate authorities, and no file of them is set.
    #[error("the system has no certificate authorities; set a file of them")]
    NoRoots,
    /// The receiver could not be reached, or the connection broke.
    #[error("{endpoint}: {reason}")]
    Connection {
        /// The URL, up to host and port.
        endpoint: String,
        /// What happened.
        reason: String,
        /// The underlying error, if there is one.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The receiver answered that it did not take the records.
    #[error("{endpoint} answered {status}{}{}{}", of_type(content_type), quoted(text), hinted(hint))]
    Answer {
        /// The URL, up to host and port.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// The content type of the answer; empty if it has none.
        content_type: String,
        /// The beginning of the answer, as plain text.
        text: String,
        /// What helps, if that is known.
        hint: String,
    },
    /// The status of the answer is a success, but the answer is not that of an OTLP receiver: a
    /// proxy or a web server answered, and the records are not stored.
    #[error(
        "{endpoint} answered {status}, but not as an OTLP receiver{}: {reason}{}",
        of_type(content_type),
        quoted(text)
    )]
    NotOtlp {
        /// The URL, up to host and port.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// The content type of the answer; empty if it has none.
        content_type: String,
        /// What is wrong with the answer.
        reason: &'static str,
        /// The beginning of the answer, as plain text.
        text: String,
    },
}

debug_for_people!(OtlpError {
    Setting { setting, reason },
    Read { what, path, source },
    File { what, path, reason },
    OtherKey { key, certificate },
    NoRoots {},
    Connection { endpoint, reason, source },
    Answer { endpoint, status, content_type, text, hint },
    NotOtlp { endpoint, status, content_type, reason, text },
});

impl OtlpError {
    pub(super) fn setting(setting: impl Into<String>, reason: impl Into<String>) -> OtlpError {
        OtlpError::Setting { setting: setting.into(), reason: reason.into() }
    }
}

fn of_type(content_type: &str) -> String {
    if content_type.is_empty() { String::new() } else { format!(" ({content_type})") }
}

fn hinted(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!("; {hint}") }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
