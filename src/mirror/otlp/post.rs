//! One request, and what comes back.

use super::endpoint::Endpoint;
use super::error::OtlpError;
use super::settings::Settings;
use crate::mirror::Compression;
use crate::report::in_confidence;
use flate2::write::GzEncoder;
use opentelemetry::Context;
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;
use ureq::Agent;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER};

pub(super) const PROTOBUF: &str = "application/x-protobuf";

/// The targets under which the HTTP library traces each byte that it sends, headers and all.
const TRACES_BYTES: &str = "ureq_proto";

/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: u64 = 4 << 20;

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Empty if there is none.
    pub(super) content_type: String,
    pub(super) retry_after: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Posts this request. What the libraries have to tell of it is kept out of the application's
/// telemetry: exporting that would beget more.
pub(super) fn post(agent: &Agent, settings: &Settings, request: Vec<u8>) -> Result<Answer, OtlpError> {
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    in_confidence(TRACES_BYTES, || post_openly(agent, settings, request))
}

fn post_openly(agent: &Agent, settings: &Settings, request: Vec<u8>) -> Result<Answer, OtlpError> {
    let endpoint = &settings.endpoint;
    let mut builder = agent.post(endpoint.uri()).header(CONTENT_TYPE, PROTOBUF);
    for (name, value) in &settings.headers {
        builder = builder.header(name, value);
    }
    let body = match settings.compression {
        Compression::None => request,
        Compression::Gzip => {
            builder = builder.header(CONTENT_ENCODING, "gzip");
            gzipped(&request).map_err(|error| broken(endpoint, settings.timeout, error.into()))?
        }
    };
    let response = builder.send(&body).map_err(|error| broken(endpoint, settings.timeout, error))?;
    let (parts, mut body) = response.into_parts();
    let text = |name: HeaderName| {
        parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut answer = Answer {
        status: parts.status.as_u16(),
        content_type: text(CONTENT_TYPE).unwrap_or_default(),
        retry_after: text(RETRY_AFTER),
        body: Vec::new(),
    };
    let read = body.as_reader().take(LONGEST_ANSWER).read_to_end(&mut answer.body);
    match read {
        // An error says enough by its status.
        Err(error) if answer.is_success() => Err(broken(endpoint, settings.timeout, error.into())),
        _ => Ok(answer),
    }
}

/// Lines of JSON have so much in common that more pains would gain little.
fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// There is no answer.
fn broken(endpoint: &Endpoint, timeout: Duration, error: ureq::Error) -> OtlpError {
    let too_slow = || format!("it took longer than {}", humantime::format_duration(timeout));
    let (reason, source): (String, Option<Box<dyn Error + Send + Sync>>) = match error {
        ureq::Error::Timeout(_) => (too_slow(), None),
        ureq::Error::HostNotFound => ("there is no such host".to_owned(), None),
        ureq::Error::Rustls(error) => (of_tls(&error).to_owned(), Some(error.into())),
        ureq::Error::Io(error) => match error.downcast::<TlsError>() {
            Ok(error) => (of_tls(&error).to_owned(), Some(error.into())),
            Err(error) if error.kind() == ErrorKind::TimedOut => (too_slow(), Some(error.into())),
            Err(error) => (of_io(error.kind()).to_owned(), Some(error.into())),
        },
        error => ("the request failed".to_owned(), Some(error.into())),
    };
    OtlpError::Connection { endpoint: endpoint.to_string(), reason, source }
}

fn of_io(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => "nobody listens there",
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "the connection was broken off",
        _ => "it could not be reached",
    }
}

fn of_tls(error: &TlsError) -> &'static str {
    match error {
        TlsError::InvalidCertificate(wrong) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the receiver's certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the receiver's certificate is not valid yet"
            }
            // A bad signature is of one that has but the same name as a trusted one.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "the receiver's certificate is from an authority that is not trusted here"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the receiver's certificate is for another name"
            }
            CertificateError::Revoked => "the receiver's certificate was revoked",
            _ => "the receiver's certificate can't be verified",
        },
        TlsError::AlertReceived(AlertDescription::CertificateRequired) => {
            "the receiver wants a certificate of the client"
        }
        TlsError::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError,
        ) => "the receiver does not take the client's certificate",
        TlsError::InvalidMessage(_) => "what answers there does not speak TLS",
        _ => "there is no agreement on TLS",
    }
}
