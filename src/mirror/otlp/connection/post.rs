//! Sending one request, and reading its answer.

use crate::mirror::compression::Compression;
use crate::mirror::otlp::settings::Resolved;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use opentelemetry::Context;
use std::io::{self, Read, Write};
use ureq::Agent;

/// The content type of requests and answers.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";

/// The longest part of an answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 4 << 20;

/// The parts of an answer that matter.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Empty if the answer has none.
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<String>,
    /// The target of a redirect.
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Posts a request. Telemetry of the libraries about it is suppressed: exporting it would cause more
/// requests.
pub(crate) fn post(agent: &Agent, settings: &Resolved, request: Vec<u8>) -> Result<Answer, ureq::Error> {
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    let mut builder = agent.post(settings.endpoint.uri()).header(CONTENT_TYPE, PROTOBUF);
    for (name, value) in &settings.headers {
        builder = builder.header(name, value);
    }
    let body = match settings.compression {
        Compression::None => request,
        Compression::Gzip => {
            builder = builder.header(CONTENT_ENCODING, "gzip");
            gzipped(&request)?
        }
    };
    let response = builder.send(&body)?;
    let (parts, mut body) = response.into_parts();
    let text = |name: HeaderName| {
        parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut answer = Answer {
        status: parts.status.as_u16(),
        content_type: text(CONTENT_TYPE).unwrap_or_default(),
        retry_after: text(RETRY_AFTER),
        location: text(LOCATION),
        body: Vec::new(),
    };
    let read = body.as_reader().take(LONGEST_ANSWER).read_to_end(&mut answer.body);
    match read {
        // Of an answer that is an error, the status is enough.
        Err(error) if answer.is_success() => return Err(error.into()),
        _ => {}
    }
    let encoding = text(CONTENT_ENCODING).unwrap_or_default();
    if ["gzip", "x-gzip"].iter().any(|gzip| encoding.trim().eq_ignore_ascii_case(gzip)) {
        // If it is no gzip, it is judged as it is.
        if let Ok(unpacked) = unpacked(std::mem::take(&mut answer.body)) {
            answer.body = unpacked;
        }
    }
    Ok(answer)
}

/// The fast level: JSON lines are so similar that a higher level gains little.
fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Unpacks an answer that is compressed although no compression is asked for.
fn unpacked(body: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    GzDecoder::new(body.as_slice()).take(LONGEST_ANSWER).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}
