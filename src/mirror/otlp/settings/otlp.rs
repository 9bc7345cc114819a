//! The settings of the mirror as an application makes them.

use crate::mirror::compression::Compression;
use crate::mirror::interface::OnRejected;
use crate::mirror::secrets::without_secrets;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Settings for copying records to an OpenTelemetry collector, by OTLP over HTTP, as protobuf.
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
/// | setting | default | variable `OTEL_EXPORTER_OTLP_LOGS_…` |
/// |---|---|---|
/// | [`new`](Otlp::new), [`from_env`](Otlp::from_env) | `http://localhost:4318/v1/logs` | `ENDPOINT` and `PROTOCOL`, only for `from_env` |
/// | [`client_cert`](Otlp::client_cert) | none | `CLIENT_CERTIFICATE`, `CLIENT_KEY` |
/// | [`ca`](Otlp::ca) | only the system's authorities | `CERTIFICATE` |
/// | [`header`](Otlp::header) | none | `HEADERS` |
/// | [`timeout`](Otlp::timeout) | 10 s | `TIMEOUT`, in milliseconds |
/// | [`compression`](Otlp::compression) | [`Compression::Gzip`] | `COMPRESSION` |
/// | [`resource`](Otlp::resource) | `service.name`: `unknown_service:` and the executable's name | none; see below |
/// | [`on_rejected`](Otlp::on_rejected) | [`OnRejected::Keep`] | none |
/// | [`any_content_type`](Otlp::any_content_type) | `false` | none |
/// | [`proxy`](Otlp::proxy) | none | none |
///
/// # The environment
///
/// A setting precedes the variable `OTEL_EXPORTER_OTLP_LOGS_…`, which precedes
/// `OTEL_EXPORTER_OTLP_…`, which precedes the default. An empty variable counts as not set. Headers
/// are merged by their names; those of the environment, which hold its secrets, are only sent to the
/// endpoint of the environment. For the resource, settings precede `OTEL_SERVICE_NAME`, which precedes
/// `OTEL_RESOURCE_ATTRIBUTES`. A value that can't be used is ignored, and the runtime log has a warning
/// that names the variable; an endpoint or a protocol that can't be used is an error.
///
/// # Certificates
///
/// The mirror uses HTTPS for an `https://` URL, and for a `host:port` if a client certificate or a
/// file of authorities is set, here or by the environment. It verifies the receiver's certificate
/// with the authorities of the system and those in the file. An `http://` URL together with
/// certificates that are set here is an error.
///
/// All files are PEM. The mirror checks every few seconds whether their contents have changed, and
/// then uses them for new connections. While new contents can't be used, it continues with the old
/// ones, and the runtime log has a warning. The runtime log also has a warning if every account can
/// read the key.
///
/// # The OTLP log record
///
/// | record | OTLP log record |
/// |---|---|
/// | `ts` | time and observed time |
/// | `event` | body, event name, and attribute `event` |
/// | `outcome` | severity `INFO` (9) for a success, `WARN` (13) for a failure; attributes `outcome` and `event.outcome` |
/// | `actor.…`, `trace_id`, `_schema_version` | attributes of the same names |
/// | `actor.user_sid`, else `actor.user_id` | also attribute `user.id` |
/// | `actor.session_id` | also attribute `session.id` |
/// | `actor.address` | also attribute `client.address` |
/// | `actor.user_agent` | also attribute `user_agent.original` |
/// | `resource.KEY` | attribute `resource.KEY`, of the same type |
/// | `trace_id` of 32 hex digits | also the trace id |
/// | `seq` | attributes `audit.seq`, and `log.record.uid`: [`Line::uid`](crate::mirror::Line::uid) |
/// | the journal's id | resource attribute `service.instance.id`, unless that is set |
///
/// Objects become lists of keys and values in the order of the record. An integer that no `i64`
/// holds becomes a string of digits. A value that nests deeper than 24 levels becomes a string of
/// JSON from there on, because receivers reject messages that nest deeply. A repeated record is
/// identical to the byte; a receiver recognises it by its `log.record.uid`. A line that is not a
/// record is sent unchanged as the body, and the attribute `audit.undecodable` has the reason. Of a line
/// with keys that only a later version of this crate knows, the others are sent as above, and the whole
/// line as the attribute `log.record.original`.
///
/// # Answers
///
/// Records count as delivered when the receiver answers with a status 2xx as OTLP demands, with the
/// content type `application/x-protobuf` or `application/json`, and when the answer is empty. After 413,
/// after 400, and when the answer does not come in time (also 408 and 504), the batch is halved. After
/// anything else it is sent again later; `Retry-After` is honoured. Redirects are not followed, and
/// the environment variables for proxies are ignored: records are only sent to the configured
/// receiver, through the configured [`proxy`](Otlp::proxy).
///
/// # Secrets
///
/// No message contains the value of a header, any part of a key, or what is behind the host and port
/// in the endpoint, which may be a token; where the receiver's answer repeats it, there are asterisks.
/// Through the `log` crate, the HTTP library logs the URL (targets that begin with `ureq::run`) and
/// each byte that it writes, headers included (`ureq_proto`). The audit layer hides these from its own
/// stack, unless a filter of its own keeps the target `log` from it. A logger that is not a `tracing`
/// subscriber must filter them itself.
#[must_use = "the settings have no effect until they are given to an audit log"]
#[derive(Clone, PartialEq, Eq)]
pub struct Otlp {
    /// `None`: the endpoint of the environment.
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
    pub(crate) proxy: Option<String>,
}

impl Otlp {
    /// Creates settings for this endpoint: `host:port`, to which `/v1/logs` is appended, or an
    /// `http://` or `https://` URL, which is used unchanged.
    pub fn new(endpoint: impl Into<String>) -> Otlp {
        Otlp { endpoint: Some(endpoint.into()), ..Otlp::from_env() }
    }

    /// Creates settings for the endpoint of the environment: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`
    /// unchanged, else `OTEL_EXPORTER_OTLP_ENDPOINT` with `/v1/logs` appended, else
    /// `http://localhost:4318/v1/logs`.
    ///
    /// The variables are read when the log is opened. A protocol other than `http/protobuf` is an
    /// error then.
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
            proxy: None,
        }
    }

    /// Sets the files of the client certificate (PEM; its chain may follow it) and of its key (PEM:
    /// PKCS#8, PKCS#1 or SEC1, not encrypted). Default: no client certificate.
    pub fn client_cert(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Otlp {
        self.cert = Some(cert.into());
        self.key = Some(key.into());
        self
    }

    /// Sets a file of certificate authorities (PEM) that are trusted besides those of the system.
    /// Default: no further authorities.
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Otlp {
        self.ca = Some(file.into());
        self
    }

    /// Adds a header to each request, or replaces the one of the same name. Its value is never
    /// shown. Default: no headers.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Otlp {
        self.headers.insert(name.into().to_ascii_lowercase(), value.into());
        self
    }

    /// Sets the longest time for a request, from connecting to the end of the answer. Default: 10
    /// seconds.
    pub fn timeout(mut self, timeout: Duration) -> Otlp {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the compression of requests. Default: [`Compression::Gzip`].
    pub fn compression(mut self, compression: Compression) -> Otlp {
        self.compression = Some(compression);
        self
    }

    /// Adds a resource attribute, which says where the records come from, or replaces the one of the
    /// same key. Default: only `service.name`.
    pub fn resource(mut self, key: impl Into<String>, value: impl Into<String>) -> Otlp {
        self.resource.insert(key.into(), value.into());
        self
    }

    /// Sets what to do with a record that the receiver rejects although it was sent alone. Default:
    /// [`OnRejected::Keep`].
    pub fn on_rejected(mut self, on_rejected: OnRejected) -> Otlp {
        self.on_rejected = on_rejected;
        self
    }

    /// Sets the HTTP proxy through which the receiver is reached: `http://host:port`, or
    /// `http://user:password@host:port`. The environment variables for proxies are always ignored.
    /// Default: no proxy.
    pub fn proxy(mut self, url: impl Into<String>) -> Otlp {
        self.proxy = Some(url.into());
        self
    }

    /// Sets whether an answer 2xx of any content type counts as success, for receivers that do not
    /// answer as OTLP demands. Default: `false`.
    ///
    /// With `true`, records are lost if a proxy answers in place of the receiver.
    pub fn any_content_type(mut self, any: bool) -> Otlp {
        self.any_content_type = any;
        self
    }
}

/// Shows the names of the headers, not their values, and of the endpoint only scheme, host and port.
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
            .field("proxy", &self.proxy.as_deref().map(without_secrets))
            .finish()
    }
}
