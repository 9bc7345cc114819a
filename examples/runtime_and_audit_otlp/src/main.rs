//! Sends both logs to OpenTelemetry, each to its own endpoint, without a record on the wrong side.
//!
//! ```console
//! $ cargo run -p runtime_and_audit_otlp -- 127.0.0.1:4318 127.0.0.1:5318
//! ```
//!
//! The runtime log goes through `opentelemetry-appender-tracing` and the SDK's batch processor: it
//! is for debugging, and while its collector is down, it loses what does not fit its queue. The
//! audit log goes through the mirror, which reads the day files, and loses nothing.

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{LogExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use std::time::Duration;
use tracing_audit::{AuditLayer, Otlp, Outcome, audit};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::prelude::*;

/// The HTTP client of the runtime log's exporter: `ureq`, as in the mirror, which needs no async runtime.
#[derive(Debug)]
struct Client(ureq::Agent);

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut post = self.0.post(parts.uri.to_string());
        for (name, value) in &parts.headers {
            post = post.header(name, value);
        }
        let mut answer = post.send(&body[..])?;
        let body = answer.body_mut().read_to_vec()?;
        Ok(Response::builder().status(answer.status()).body(body.into())?)
    }
}

fn runtime_log(endpoint: &str) -> Result<SdkLoggerProvider, Box<dyn std::error::Error>> {
    let timeout = Some(Duration::from_secs(5));
    let client = Client(ureq::Agent::config_builder().timeout_global(timeout).build().into());
    let exporter = LogExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(format!("http://{endpoint}/v1/logs"))
        .build()?;
    let resource = Resource::builder().with_service_name("both-example").build();
    Ok(SdkLoggerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let runtime_endpoint = arguments.next().unwrap_or_else(|| "127.0.0.1:4318".to_owned());
    let audit_endpoint = arguments.next().unwrap_or_else(|| "127.0.0.1:5318".to_owned());

    let provider = runtime_log(&runtime_endpoint)?;
    // Events of the runtime log's exporter must not be exported again. (Those of the audit log's mirror
    // reach no layer.)
    let filter = EnvFilter::new("info,ureq=off,ureq_proto=off,rustls=off,opentelemetry=off");
    let bridge = OpenTelemetryTracingBridge::new(&provider).with_filter(filter);

    let folder = std::env::temp_dir().join("tracing-audit-both");
    let otlp = Otlp::new(&audit_endpoint).resource("service.name", "both-example");
    let (audit_layer, audit_guard) = AuditLayer::builder(&folder).otlp(otlp).open()?;

    tracing_subscriber::registry().with(bridge).with(audit_layer).init();

    for user in ["ada", "eve"] {
        tracing::info!(user, "signing in");
        let outcome = if user == "eve" { Outcome::Failure } else { Outcome::Success };
        audit!("auth.failed", actor.user_sid = user, resource.method = "password", outcome = outcome);
        tracing::warn!(user, ?outcome, "answered");
    }

    let report = audit_guard.shutdown(Duration::from_secs(3))?;
    if report.undelivered.is_empty() {
        println!("all audit records are at {audit_endpoint}");
    } else {
        println!("{report}");
    }
    match provider.shutdown() {
        Ok(()) => println!("the runtime log is at {runtime_endpoint}, says the SDK"),
        Err(error) => println!("the runtime log was not exported completely: {error}"),
    }
    Ok(())
}
