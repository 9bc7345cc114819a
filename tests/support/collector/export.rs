//! What stands in a request, and what is answered to one that was taken.

use super::http::{Request, Response};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use std::io::Read as _;

/// Where a redirected request goes.
pub(super) const ELSEWHERE: &str = "/elsewhere";

/// A record, as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its `log.record.uid`.
    pub uid: String,
    /// Its `audit.seq`.
    pub seq: u64,
    /// The whole `LogRecord`, encoded again.
    pub bytes: Vec<u8>,
}

impl Arrival {
    /// `None` of a record without a uid: it is of no audit log.
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

/// The records of a request, and who sends them.
pub(super) struct Export {
    pub(super) records: Vec<Arrival>,
    /// Those that are of no audit log.
    pub(super) others: Vec<LogRecord>,
    pub(super) resource: Option<Resource>,
    pub(super) scope: Option<InstrumentationScope>,
}

impl Export {
    /// What stands in a request, or what to answer to one that is none of ours, and why.
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

/// The message in a request, or what to answer to one that has none, and why.
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

/// All is stored, but for so many records at the end; of `None` nothing is said.
pub(super) fn stored(rejected: Option<usize>) -> Response {
    let partial_success = rejected.map(|rejected| ExportLogsPartialSuccess {
        rejected_log_records: rejected as i64,
        error_message: "told to throw them away".to_owned(),
    });
    Response::protobuf(ExportLogsServiceResponse { partial_success }.encode_to_vec())
}
