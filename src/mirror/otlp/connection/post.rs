//! Sending one request, and reading its answer.

use crate::mirror::compression::Compression;
use crate::mirror::otlp::error::OtlpError;
use crate::mirror::otlp::settings::{Endpoint, Resolved};
use crate::report::in_confidence;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use opentelemetry::Context;
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;
use ureq::Agent;

/// The content type of requests and answers.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";

/// The targets under which the HTTP library logs each byte that it sends, headers included.
const TRACES_BYTES: &str = "ureq_proto";

/// The longest part of an answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 4 << 20;

/// The parts of an answer that matter.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Empty if the answer has none.
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Posts a request. Telemetry of the libraries about it is suppressed: exporting it would cause more
/// requests.
pub(crate) fn post(agent: &Agent, settings: &Resolved, request: Vec<u8>) -> Result<Answer, OtlpError> {
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    in_confidence(TRACES_BYTES, || post_openly(agent, settings, request))
}

fn post_openly(agent: &Agent, settings: &Resolved, request: Vec<u8>) -> Result<Answer, OtlpError> {
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
        // Of an answer that is an error, the status is enough.
        Err(error) if answer.is_success() => Err(broken(endpoint, settings.timeout, error.into())),
        _ => Ok(answer),
    }
}

/// The fast level: JSON lines are so similar that a higher level gains little.
fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Returns the error for a request without an answer.
fn broken(endpoint: &Endpoint, timeout: Duration, error: ureq::Error) -> OtlpError {
    let too_slow = || format!("no answer within {}", humantime::format_duration(timeout));
    let (reason, source): (String, Option<Box<dyn Error + Send + Sync>>) = match error {
        ureq::Error::Timeout(_) => (too_slow(), None),
        ureq::Error::HostNotFound => ("the host name could not be resolved".to_owned(), None),
        ureq::Error::Rustls(error) => (of_tls(&error).to_owned(), Some(error.into())),
        ureq::Error::Io(error) => match error.downcast::<TlsError>() {
            Ok(error) => (of_tls(&error).to_owned(), Some(error.into())),
            Err(error) if error.kind() == ErrorKind::TimedOut => (too_slow(), Some(error.into())),
            Err(error) => ("the connection failed".to_owned(), Some(error.into())),
        },
        error => ("the request failed".to_owned(), Some(error.into())),
    };
    OtlpError::Connection { endpoint: endpoint.to_string(), reason, source }
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
