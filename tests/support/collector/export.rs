//! The records in a request, and the answer to a request that was accepted.

use super::http::{Request, Response};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use std::io::Read as _;

/// The path of a redirect.
pub(super) const ELSEWHERE: &str = "/elsewhere";

/// A record as it was received.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The attribute `log.record.uid`.
    pub uid: String,
    /// The attribute `audit.seq`.
    pub seq: u64,
    /// The whole `LogRecord`, encoded again.
    pub bytes: Vec<u8>,
}

impl Arrival {
    /// Returns `None` for a record without a uid, which does not come from an audit log.
    pub(super) fn of(record: &LogRecord) -> Result<Option<Arrival>, String> {
        let attribute = |name: &str| {
            let named = record.attributes.iter().find(|attribute| attribute.key == name);
            named.and_then(|attribute| attribute.value.clone()?.value)
        };
        let Some(any_value::Value::StringValue(uid)) = attribute("log.record.uid") else {
            return Ok(None);
        };
        let Some(any_value::Value::IntValue(seq)) = attribute("audit.seq") else {
            return Err(format!("{uid} has no seq"));
        };
        let seq = u64::try_from(seq).map_err(|_| format!("{uid}: its seq is {seq}"))?;
        Ok(Some(Arrival { uid, seq, bytes: record.encode_to_vec() }))
    }

    pub fn record(&self) -> LogRecord {
        LogRecord::decode(self.bytes.as_slice()).unwrap()
    }
}

/// The records of a request, and its resource.
pub(super) struct Export {
    pub(super) records: Vec<Arrival>,
    /// The records that do not come from an audit log.
    pub(super) others: Vec<LogRecord>,
    pub(super) resource: Option<Resource>,
    pub(super) scope: Option<InstrumentationScope>,
}

impl Export {
    /// Parses a request, or returns the answer to an invalid one, and the reason.
    pub(super) fn read(request: &Request) -> Result<Export, (Response, String)> {
        let message = message_in(request)?;
        let mut export = Export { records: Vec::new(), others: Vec::new(), resource: None, scope: None };
        for resource in message.resource_logs {
            export.resource = resource.resource;
            for scope in resource.scope_logs {
                export.scope = scope.scope;
                for record in &scope.log_records {
                    let arrival = Arrival::of(record);
                    match arrival.map_err(|fault| (Response::text(400, &fault), fault))? {
                        Some(arrival) => export.records.push(arrival),
                        None => export.others.push(record.clone()),
                    }
                }
            }
        }
        Ok(export)
    }
}

/// Returns the message in a request, or the answer to a request without one, and the reason.
fn message_in(request: &Request) -> Result<ExportLogsServiceRequest, (Response, String)> {
    let refuse = |status, why: String| Err((Response::text(status, &why), why));
    if request.path == ELSEWHERE {
        return Err((stored(None), "a redirect was followed".to_owned()));
    }
    if request.path != "/v1/logs" {
        return refuse(404, format!("a request for {}", request.path));
    }
    if request.method != "POST" {
        return refuse(405, request.method.clone());
    }
    let content_type = request.header("content-type");
    if content_type != "application/x-protobuf" {
        return refuse(415, format!("the content type {content_type}"));
    }
    let mut unpacked = Vec::new();
    let body = match request.header("content-encoding") {
        "" | "identity" => &request.body,
        "gzip" => {
            let mut decoder = flate2::read::GzDecoder::new(request.body.as_slice());
            match decoder.read_to_end(&mut unpacked) {
                Ok(_) => &unpacked,
                Err(error) => return refuse(400, format!("not gzip: {error}")),
            }
        }
        other => return refuse(415, format!("the content encoding {other}")),
    };
    match ExportLogsServiceRequest::decode(body.as_slice()) {
        Ok(export) => Ok(export),
        Err(error) => refuse(400, format!("not protobuf: {error}")),
    }
}

/// Returns the answer that all records are stored, except `rejected`; without a partial success if it
/// is `None`.
pub(super) fn stored(rejected: Option<usize>) -> Response {
    let partial_success = rejected.map(|rejected| ExportLogsPartialSuccess {
        rejected_log_records: rejected as i64,
        error_message: "told to throw them away".to_owned(),
    });
    Response::protobuf(ExportLogsServiceResponse { partial_success }.encode_to_vec())
}
