//! Requests without an answer: what an operator can act on.

use crate::mirror::delivery::DeliveryError;
use crate::mirror::otlp::error::OtlpError;
use crate::mirror::otlp::settings::{Endpoint, Resolved};
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use std::error::Error;
use std::io::{self, ErrorKind};
use ureq::Timeout;

/// The request, and what is known about its receiver.
pub(crate) struct Broken<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) settings: &'a Resolved,
    /// Whether the receiver has ever answered.
    pub(crate) has_answered: bool,
}

type Source = Option<Box<dyn Error + Send + Sync>>;

impl Broken<'_> {
    /// Returns what happens to the batch.
    pub(crate) fn error(&self, error: ureq::Error) -> DeliveryError {
        let (reason, source, is_late) = self.reason(error);
        let error = OtlpError::Connection { endpoint: self.endpoint.to_string(), reason, source };
        if is_late { DeliveryError::timed_out(error) } else { DeliveryError::retry(error) }
    }

    /// Returns the reason, the underlying error, and whether the receiver was reached, but too slow.
    fn reason(&self, error: ureq::Error) -> (String, Source, bool) {
        let within =
            |what: &str| format!("{what} within {}", humantime::format_duration(self.settings.timeout));
        match error {
            ureq::Error::Timeout(Timeout::Resolve) => {
                (within("the host name was not resolved (DNS)"), None, false)
            }
            ureq::Error::Timeout(Timeout::Connect) => (within("no connection"), None, false),
            ureq::Error::Timeout(_) => (within("no answer"), None, true),
            ureq::Error::HostNotFound => {
                ("the host name could not be resolved (DNS)".to_owned(), None, false)
            }
            ureq::Error::ConnectProxyFailed(text) => {
                (format!("the proxy (`otlp_proxy`) did not connect: {text}"), None, false)
            }
            ureq::Error::Rustls(error) => (of_tls(&error).to_owned(), Some(error.into()), false),
            ureq::Error::Io(error) => self.of_io(error),
            ureq::Error::Protocol(error) => {
                let text = "the receiver does not answer in HTTP/1.1; 4317 is gRPC, 4318 is HTTP";
                (text.to_owned(), Some(error.into()), false)
            }
            error => ("the request failed".to_owned(), Some(error.into()), false),
        }
    }

    fn of_io(&self, error: io::Error) -> (String, Source, bool) {
        let error = match error.downcast::<TlsError>() {
            Ok(error) => return (of_tls(&error).to_owned(), Some(error.into()), false),
            Err(error) => error,
        };
        let is_closed = matches!(
            error.kind(),
            ErrorKind::BrokenPipe
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::UnexpectedEof
        );
        match &self.settings.files {
            // By TLS 1.3, a client has sent its request before it learns that its certificate is
            // missing, and the receiver's words about it may be lost with the connection.
            Some(files) if is_closed && !self.has_answered => match files.client {
                None => {
                    let text = "the receiver closed the connection after the TLS handshake; it may require a client certificate (`otlp_cert_file` and `otlp_key_file`)";
                    (text.to_owned(), None, false)
                }
                Some(_) => {
                    let text = "the receiver closed the connection after the TLS handshake; check the client certificate (`otlp_cert_file`)";
                    (text.to_owned(), Some(error.into()), false)
                }
            },
            _ if is_closed && self.endpoint.uri().port_u16() == Some(4317) => {
                let text = "the receiver closed the connection; 4317 is gRPC, 4318 is HTTP";
                (text.to_owned(), Some(error.into()), false)
            }
            _ if error.kind() == ErrorKind::TimedOut => {
                ("no connection: the operating system gave up".to_owned(), Some(error.into()), false)
            }
            _ => ("the connection failed".to_owned(), Some(error.into()), false),
        }
    }
}

/// Returns what an operator can act on; the error itself is the source.
fn of_tls(error: &TlsError) -> &'static str {
    match error {
        TlsError::InvalidCertificate(wrong) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the receiver's certificate has expired"
            }
            // A bad signature: the issuer only has the same name as a trusted authority.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "the receiver's certificate was issued by an authority that is not trusted here"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the receiver's certificate is for another name"
            }
            _ => "the receiver's certificate could not be verified",
        },
        TlsError::AlertReceived(AlertDescription::CertificateRequired) => {
            "the receiver requires a client certificate"
        }
        TlsError::AlertReceived(_) => "the receiver refused the TLS connection; check the client certificate",
        TlsError::InvalidMessage(_) => "the receiver does not speak TLS at this port",
        _ => "the TLS handshake failed",
    }
}
