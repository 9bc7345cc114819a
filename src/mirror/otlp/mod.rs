//! Copying records to an OpenTelemetry collector, by OTLP/HTTP.
//!
//! [`Otlp`] is what an application sets. `settings` puts it together with what the `environment`
//! says; `certificates` reads the files, `connections` uses them, `mapping` makes requests
//! of records, with their `attributes`, `post` sends them, and `answer` judges what comes back. What becomes of a batch that
//! is not delivered is the follower's business.

mod answer;
mod attributes;
mod certificates;
mod connections;
mod deliver;
mod endpoint;
mod environment;
mod error;
mod headers;
mod mapping;
#[cfg(test)]
mod oracle;
mod post;
mod protobuf;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use deliver::OtlpMirror;
pub use error::OtlpError;

use super::{Compression, OnRejected};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Copies records to an OpenTelemetry collector, by OTLP over HTTP, as protobuf.
///
/// ```
/// use tracing_audit::Otlp;
///
/// let otlp = Otlp::new("loki.internal.example:4318")
///     .client_cert("/etc/myapp/client.pem", "/etc/myapp/client.key")
///     .ca("/etc/myapp/ca.pem")
///     .resource("deployment.environment.name", "production");
/// ```
///
/// | setting | default | variable |
/// |---|---|---|
/// | [`new`](Otlp::new), [`from_env`](Otlp::from_env) | `http://localhost:4318/v1/logs` | `ENDPOINT` and `PROTOCOL`, only for `from_env` |
/// | [`client_cert`](Otlp::client_cert) | none | `CLIENT_CERTIFICATE`, `CLIENT_KEY` |
/// | [`ca`](Otlp::ca) | the system's alone | `CERTIFICATE` |
/// | [`header`](Otlp::header) | none | `HEADERS` |
/// | [`timeout`](Otlp::timeout) | 10 s | `TIMEOUT`, in milliseconds |
/// | [`compression`](Otlp::compression) | [`Compression::Gzip`] | `COMPRESSION` |
/// | [`resource`](Otlp::resource) | `service.name`: `unknown_service:` and the executable's name | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` |
/// | [`on_rejected`](Otlp::on_rejected) | [`OnRejected::Keep`] | |
/// | [`any_content_type`](Otlp::any_content_type) | `false` | |
///
/// # The environment
///
/// What is set here holds; what is not is taken from the variable `OTEL_EXPORTER_OTLP_LOGS_…`,
/// else from `OTEL_EXPORTER_OTLP_…`, else it is the default. An empty variable counts as not set.
/// Of the headers, each that is set here replaces the one of that name. A value that can't be used
/// is an error that names the variable. For the resource, what is set here goes before
/// `OTEL_SERVICE_NAME`, and that before `OTEL_RESOURCE_ATTRIBUTES`.
///
/// # Certificates
///
/// HTTPS is spoken with a URL that says so, and with a `host:port` where there are a client's
/// certificate and its key, or a file of authorities, be they set here or by the environment. The
/// receiver's certificate is verified against the authorities of the system and those in the file.
/// An `http://` URL together with certificates that are set here is an error.
///
/// All files are PEM. When their contents change, they are read again, within seconds, and new
/// connections use them. As long as new ones can't be used, the old ones stay in use and the
/// runtime log has a warning. It has one too if everybody can read the key.
///
/// # What is sent
///
/// | record | OTLP log record |
/// |---|---|
/// | `ts` | time and observed time |
/// | `event` | body, event name, and attribute `event` |
/// | `outcome` | severity `INFO` (9) for a success, `WARN` (13) for a failure; attribute `outcome` |
/// | `actor.…`, `trace_id`, `_schema_version` | attributes of the same names |
/// | `resource.KEY` | attribute `resource.KEY`, of the same type |
/// | `trace_id` of 32 hex digits | the trace id as well |
/// | `seq` | attributes `audit.seq`, and `log.record.uid`: `<journal id>-<seq>` |
///
/// Objects are lists of keys and values in the record's order, integers that no `i64` holds are
/// strings of digits, and what nests deeper than 24 levels is a string of JSON, since receivers
/// refuse what nests deeply. A record that is sent again is the same to the byte; by its
/// `log.record.uid` a receiver can tell. A line that is no record is sent as it is, as the body, with
/// `audit.undecodable` saying what is wrong with it.
///
/// # What is taken for an answer
///
/// Records are delivered when the receiver has answered 2xx as an OTLP receiver does, with
/// `application/x-protobuf`. Redirects are not followed, and the variables for proxies not
/// obeyed: evidence goes where it was told to go. A batch that is too large (413) or refused (400)
/// is halved. After everything else it is tried again; `Retry-After` is honoured.
///
/// # Secrets
///
/// Nothing here tells a header's value, or anything of a key. The HTTP library traces each byte
/// that it writes, headers and all, by the `log` crate, at the level `TRACE`, with targets that begin
/// with `ureq_proto`. The audit layer keeps those out of its stack while the mirror sends. A logger
/// that is no `tracing` subscriber has to leave them out itself.
#[must_use = "it does nothing before it is given to an audit log"]
#[derive(Clone, PartialEq, Eq)]
pub struct Otlp {
    /// `None`: the environment's.
    pub(crate) endpoint: Option<String>,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) compression: Option<Compression>,
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) on_rejected: OnRejected,
    pub(crate) any_content_type: bool,
}

impl Otlp {
    /// To this endpoint: `host:port`, to which `/v1/logs` is appended, or an `http://` or
    /// `https://` URL, which is used as it stands, with its path.
    pub fn new(endpoint: impl Into<String>) -> Otlp {
        Otlp { endpoint: Some(endpoint.into()), ..Otlp::from_env() }
    }

    /// To the endpoint that the environment names: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` as it
    /// stands, else `OTEL_EXPORTER_OTLP_ENDPOINT` with `/v1/logs` appended, else
    /// `http://localhost:4318/v1/logs`. A protocol other than `http/protobuf` is an error then.
    ///
    /// It is looked up when the log is opened.
    pub fn from_env() -> Otlp {
        Otlp {
            endpoint: None,
            cert: None,
            key: None,
            ca: None,
            headers: BTreeMap::new(),
            timeout: None,
            compression: None,
            resource: BTreeMap::new(),
            on_rejected: OnRejected::default(),
            any_content_type: false,
        }
    }

    /// Shows the receiver this certificate (PEM, with the chain behind it, if there is one), whose
    /// key is in that file (PEM: PKCS#8, PKCS#1 or SEC1, not encrypted).
    pub fn client_cert(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Otlp {
        self.cert = Some(cert.into());
        self.key = Some(key.into());
        self
    }

    /// Trusts the authorities in this file (PEM, all of them), besides the system's.
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Otlp {
        self.ca = Some(file.into());
        self
    }

    /// Sends this header; the last one given for a name holds. Its value is never shown.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Otlp {
        self.headers.insert(name.into().to_ascii_lowercase(), value.into());
        self
    }

    /// How long one request may take, from the connection to the end of the answer.
    pub fn timeout(mut self, timeout: Duration) -> Otlp {
        self.timeout = Some(timeout);
        self
    }

    /// How requests are compressed.
    pub fn compression(mut self, compression: Compression) -> Otlp {
        self.compression = Some(compression);
        self
    }

    /// Says of what the records come from, besides its `service.name`, or that.
    pub fn resource(mut self, key: impl Into<String>, value: impl Into<String>) -> Otlp {
        self.resource.insert(key.into(), value.into());
        self
    }

    /// What becomes of a single record that the receiver refuses for itself.
    pub fn on_rejected(mut self, on_rejected: OnRejected) -> Otlp {
        self.on_rejected = on_rejected;
        self
    }

    /// Whether a 2xx answer of any content type is one, for receivers that give another, or none.
    /// With it a proxy that answers for the receiver can make records vanish.
    pub fn any_content_type(mut self, any: bool) -> Otlp {
        self.any_content_type = any;
        self
    }
}

/// The headers' names alone: their values are secrets. So may be what stands before an `@` in the
/// endpoint, or in its query.
impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp")
            .field("endpoint", &self.endpoint.as_deref().map(without_secrets))
            .field("cert", &self.cert)
            .field("key", &self.key)
            .field("ca", &self.ca)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("resource", &self.resource)
            .field("on_rejected", &self.on_rejected)
            .field("any_content_type", &self.any_content_type)
            .finish()
    }
}

/// An endpoint that nobody has checked yet.
fn without_secrets(endpoint: &str) -> &str {
    let shown = endpoint.split('?').next().unwrap_or_default();
    shown.rsplit('@').next().unwrap_or_default()
}
