//! The settings of a mirror after the environment and the defaults have filled in the rest.

use super::endpoint::Endpoint;
use super::environment::{Environment, Variable};
use super::files::{ClientFiles, TlsFiles};
use super::headers;
use super::otlp::Otlp;
use super::secrets::Secrets;
use crate::mirror::compression::Compression;
use crate::mirror::otlp::error::OtlpError;
use crate::mirror::secrets::without_secrets;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use ureq::Proxy;

const DEFAULT_ENDPOINT: &str = "http://localhost:4318/v1/logs";
/// The longest time for a request.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of a mirror, complete and checked.
pub(crate) struct Resolved {
    pub(crate) endpoint: Endpoint,
    /// `None` for plain HTTP.
    pub(crate) files: Option<TlsFiles>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What no message may show.
    pub(crate) secrets: Secrets,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    /// The resource attributes, in the order of their keys.
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) any_content_type: bool,
    pub(crate) proxy: Option<Proxy>,
    /// What was ignored.
    pub(crate) warnings: Vec<String>,
}

impl Resolved {
    /// Takes what is set, else what the environment says, else the default.
    pub(crate) fn resolve(otlp: &Otlp, environment: &Environment) -> Result<Resolved, OtlpError> {
        let path = |set: &Option<PathBuf>, variable: &str| {
            set.clone().or_else(|| environment.exporter(variable).map(|found| PathBuf::from(found.value)))
        };
        let ca = path(&otlp.ca, "CERTIFICATE");
        let cert = path(&otlp.cert, "CLIENT_CERTIFICATE");
        let key = path(&otlp.key, "CLIENT_KEY");
        let with_tls = ca.is_some() || cert.is_some() || key.is_some();
        let endpoint = endpoint(otlp, environment, with_tls)?;
        let files = if endpoint.is_https() {
            Some(TlsFiles { client: client(cert, key)?, ca })
        } else if otlp.ca.is_some() || otlp.cert.is_some() || otlp.key.is_some() {
            let reason = "certificates are set, which `http://` does not use; set an `https://` URL";
            return Err(OtlpError::setting(format!("the OTLP endpoint `{endpoint}`"), reason));
        } else {
            None
        };
        let mut warnings = Vec::new();
        let is_environments =
            otlp.endpoint.is_none() || endpoint_of(environment) == Some(Ok(endpoint.clone()));
        let headers =
            headers::resolve(&otlp.headers, Some(environment).filter(|_| is_environments), &mut warnings)?;
        Ok(Resolved {
            secrets: Secrets::of(&endpoint, &headers),
            endpoint,
            files,
            headers,
            timeout: timeout(otlp, environment, &mut warnings)?,
            compression: compression(otlp, environment, &mut warnings),
            resource: environment.resource(&otlp.resource, &mut warnings),
            any_content_type: otlp.any_content_type,
            proxy: otlp.proxy.as_deref().map(proxy).transpose()?,
            warnings,
        })
    }
}

fn endpoint(otlp: &Otlp, environment: &Environment, with_tls: bool) -> Result<Endpoint, OtlpError> {
    if let Some(text) = &otlp.endpoint {
        return Endpoint::given(text, with_tls).map_err(|reason| {
            OtlpError::setting(format!("the OTLP endpoint `{}`", without_secrets(text)), reason)
        });
    }
    if let Some(protocol) = environment.exporter("PROTOCOL")
        && protocol.value != "http/protobuf"
    {
        return Err(protocol.unusable(format!("the protocol is `{}`, not `http/protobuf`", protocol.value)));
    }
    match endpoint_of(environment) {
        Some(Ok(endpoint)) => Ok(endpoint),
        Some(Err((variable, reason))) => Err(variable.unusable(reason)),
        None => Endpoint::url(DEFAULT_ENDPOINT)
            .map_err(|reason| OtlpError::setting("the default endpoint", reason)),
    }
}

/// Returns the endpoint that the environment names, or the variable that can't be used, and why.
fn endpoint_of(environment: &Environment) -> Option<Result<Endpoint, (Variable, String)>> {
    let parsed = |variable: Variable, parse: fn(&str) -> Result<Endpoint, String>| {
        parse(&variable.value).map_err(|reason| (variable, reason))
    };
    let of_logs = environment.of_logs("ENDPOINT").map(|variable| parsed(variable, Endpoint::url));
    of_logs.or_else(|| environment.of_all("ENDPOINT").map(|it| parsed(it, Endpoint::general_url)))
}

/// Parses the proxy. No message repeats it, since it may have a password.
fn proxy(text: &str) -> Result<Proxy, OtlpError> {
    let wrong = |reason: &str| OtlpError::setting("the OTLP proxy", reason);
    if !text.starts_with("http://") {
        return Err(wrong("it is not a URL that begins with `http://`"));
    }
    Proxy::new(text).map_err(|_| wrong("it is not a URL with a host"))
}

fn client(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<ClientFiles>, OtlpError> {
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(ClientFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(cert), None) => Err(OtlpError::setting(
            format!("the client certificate {}", cert.display()),
            "its key is not set",
        )),
        (None, Some(key)) => {
            Err(OtlpError::setting(format!("the client key {}", key.display()), "its certificate is not set"))
        }
    }
}

fn timeout(
    otlp: &Otlp,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Duration, OtlpError> {
    match otlp.timeout {
        Some(Duration::ZERO) => Err(OtlpError::setting("the OTLP timeout", "it is 0")),
        Some(timeout) => Ok(timeout),
        None => Ok(environment
            .parsed("TIMEOUT", warnings, |variable| match variable.value.trim().parse() {
                Ok(milliseconds @ 1_u64..) => Ok(Duration::from_millis(milliseconds)),
                _ => Err(format!("`{}` is not a number of milliseconds", variable.value)),
            })
            .unwrap_or(DEFAULT_TIMEOUT)),
    }
}

fn compression(otlp: &Otlp, environment: &Environment, warnings: &mut Vec<String>) -> Compression {
    let of_environment = || {
        environment.parsed("COMPRESSION", warnings, |variable| match variable.value.trim() {
            "gzip" => Ok(Compression::Gzip),
            "none" => Ok(Compression::None),
            other => Err(format!("`{other}` is neither `gzip` nor `none`")),
        })
    };
    otlp.compression.or_else(of_environment).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(otlp: &Otlp, variables: &[(&str, &str)]) -> Result<Resolved, OtlpError> {
        Resolved::resolve(otlp, &Environment::of(variables))
    }

    const LOGS: &str = "OTEL_EXPORTER_OTLP_LOGS_";
    const ALL: &str = "OTEL_EXPORTER_OTLP_";

    /// Returns what `get` returns with the setting and both variables, with both variables, with the
    /// general variable, and with empty variables.
    fn precedence<T: PartialEq + std::fmt::Debug>(
        set: &Otlp,
        unset: &Otlp,
        name: &str,
        [of_logs, of_all]: [&str; 2],
        get: impl Fn(Resolved) -> T,
    ) -> [T; 4] {
        let (logs, all) = (format!("{LOGS}{name}"), format!("{ALL}{name}"));
        let both = [(logs.as_str(), of_logs), (all.as_str(), of_all)];
        let empty = [(logs.as_str(), ""), (all.as_str(), "")];
        [
            get(resolve(set, &both).unwrap()),
            get(resolve(unset, &both).unwrap()),
            get(resolve(unset, &[(&logs, ""), both[1]]).unwrap()),
            get(resolve(unset, &empty).unwrap()),
        ]
    }

    #[test]
    fn a_setting_precedes_the_environment_which_precedes_the_defaults() {
        let here = Otlp::new("https://here/x");
        let endpoints = ["https://logs/y", "https://all/z"];
        assert_eq!(
            precedence(&here, &Otlp::from_env(), "ENDPOINT", endpoints, |s| s.endpoint.uri().to_string()),
            ["https://here/x", "https://logs/y", "https://all/z/v1/logs", "http://localhost:4318/v1/logs"]
        );
        let set = here.clone().timeout(Duration::from_secs(1));
        assert_eq!(
            precedence(&set, &here, "TIMEOUT", ["2000", "3000"], |s| s.timeout.as_secs()),
            [1, 2, 3, 10]
        );
        let set = here.clone().compression(Compression::None);
        assert_eq!(
            precedence(&set, &here, "COMPRESSION", ["gzip", "none"], |s| s.compression),
            [Compression::None, Compression::Gzip, Compression::None, Compression::Gzip]
        );
        let set = here.clone().ca("here.pem");
        assert_eq!(
            precedence(&set, &here, "CERTIFICATE", ["logs.pem", "all.pem"], |s| s.files.unwrap().ca),
            [Some("here.pem"), Some("logs.pem"), Some("all.pem"), None].map(|path| path.map(PathBuf::from))
        );
        let (set, unset) = (Otlp::from_env().header("A", "here"), Otlp::from_env());
        let shown = |settings: Resolved| {
            let shown = |(name, value): &(HeaderName, HeaderValue)| {
                format!("{name}={}", value.to_str().unwrap_or("not ASCII"))
            };
            settings.headers.iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            precedence(&set, &unset, "HEADERS", ["a=logs,b=x%20y", "a=all"], shown),
            ["a=here b=x y", "a=logs b=x y", "a=all", ""]
        );
    }

    #[test]
    fn a_client_certificate_needs_its_key() {
        let cert = ("OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", "c.pem");
        let key = ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k.pem");
        let https = Otlp::new("https://here/x");
        let settings = resolve(&https, &[cert, key]).unwrap();
        assert_eq!(
            settings.files.unwrap().client,
            Some(ClientFiles { cert: PathBuf::from("c.pem"), key: PathBuf::from("k.pem") })
        );
        let error = resolve(&https, &[cert]).err().unwrap().to_string();
        assert_eq!(error, "the client certificate c.pem can't be used: its key is not set");
        assert!(resolve(&https, &[key]).err().unwrap().to_string().contains("k.pem"));
        assert!(resolve(&Otlp::new("here:4318"), &[cert]).is_err());
    }

    #[test]
    fn host_and_port_mean_https_with_certificates() {
        let host = Otlp::new("here:4318");
        let of = |otlp: &Otlp, variables: &[(&str, &str)]| {
            resolve(otlp, variables).unwrap().endpoint.uri().to_string()
        };
        assert_eq!(of(&host, &[]), "http://here:4318/v1/logs");
        assert_eq!(of(&host.clone().client_cert("c", "k"), &[]), "https://here:4318/v1/logs");
        assert_eq!(of(&host.clone().ca("ca"), &[]), "https://here:4318/v1/logs");
        assert_eq!(of(&host, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca")]), "https://here:4318/v1/logs");
        // An `http://` URL does not use certificates: those of the environment, which are for all
        // exporters, are ignored; those that are set for it are an error.
        let plain = Otlp::new("http://here/x");
        let settings = resolve(&plain, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca")]).unwrap();
        assert_eq!(settings.files, None);
        let error = resolve(&plain.ca("ca"), &[]).err().unwrap().to_string();
        assert!(error.contains("`http://here/…`") && error.contains("https://"), "{error}");
    }

    #[test]
    fn the_protocol_matters_only_if_the_environment_names_the_endpoint() {
        let grpc = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
        assert!(resolve(&Otlp::new("here:4318"), &grpc).is_ok());
        let error = resolve(&Otlp::from_env(), &grpc).err().unwrap().to_string();
        assert!(error.contains("OTEL_EXPORTER_OTLP_PROTOCOL") && error.contains("`grpc`"), "{error}");
        let logs = ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf");
        assert!(resolve(&Otlp::from_env(), &[logs, grpc[0]]).is_ok());
    }

    /// Guards against a log without its mirror because of a variable that is meant for others.
    #[test]
    fn a_malformed_variable_is_ignored_with_a_warning_that_names_it_and_not_its_value() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0A"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "content-type=secret"),
            ("OTEL_RESOURCE_ATTRIBUTES", "secret"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment=50%"),
        ] {
            let settings = resolve(&Otlp::from_env(), &[(name, value)]).unwrap();
            let [warning] = &settings.warnings[..] else { panic!("{:?}", settings.warnings) };
            assert!(warning.contains(name) && warning.ends_with("it is ignored"), "{warning}");
            assert!(!warning.contains("secret"), "{warning}");
            assert_eq!((settings.timeout, settings.compression), (DEFAULT_TIMEOUT, Compression::Gzip));
            assert!(settings.headers.is_empty());
        }
        let both = [("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "10s"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000")];
        let settings = resolve(&Otlp::from_env(), &both).unwrap();
        assert_eq!((settings.timeout, settings.warnings.len()), (Duration::from_secs(3), 1));
        // What is set is not looked for in the environment.
        let set = Otlp::from_env().timeout(Duration::from_secs(1));
        assert!(resolve(&set, &both).unwrap().warnings.is_empty());
    }

    /// Guards against the secrets of the environment's endpoint at another one.
    #[test]
    fn headers_of_the_environment_go_to_its_endpoint_alone() {
        let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret");
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://theirs");
        let count = |otlp: &Otlp, variables: &[(&str, &str)]| resolve(otlp, variables).unwrap().headers.len();
        assert_eq!(count(&Otlp::from_env(), &[headers]), 1);
        assert_eq!(count(&Otlp::from_env(), &[headers, endpoint]), 1);
        assert_eq!(count(&Otlp::new("https://theirs/v1/logs"), &[headers, endpoint]), 1);
        assert_eq!(count(&Otlp::new("https://here/v1/logs"), &[headers, endpoint]), 0);
        assert_eq!(count(&Otlp::new("https://here/v1/logs"), &[headers]), 0);
        assert_eq!(count(&Otlp::new("https://here/v1/logs").header("a", "b"), &[headers]), 1);
    }

    #[test]
    fn an_error_names_the_setting_and_not_its_value() {
        let here = Otlp::new("https://here/x");
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "here:4318"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://here:4317"),
        ] {
            let error = resolve(&Otlp::from_env(), &[(name, value)]).err().unwrap().to_string();
            assert!(error.contains(name), "{error}");
        }
        for (otlp, named) in [
            (here.clone().header("Content-Type", "secret"), "`content-type`"),
            (here.clone().header("a", "secret\n"), "`a`"),
            (here.clone().timeout(Duration::ZERO), "timeout"),
            (Otlp::new("me:secret@here:1"), "endpoint `here:1`"),
            (here.clone().proxy("me:secret@here:1"), "the OTLP proxy"),
            (here.clone().proxy("https://me:secret@here:1"), "the OTLP proxy"),
            (here.clone().proxy("http://me:secret@"), "the OTLP proxy"),
        ] {
            let error = resolve(&otlp, &[]).err().unwrap().to_string();
            assert!(error.contains(named), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let otlp = Otlp::new("https://me:t0k3n@here/t0k3n?t0k3n").header("Authorization", "t0k3n");
        let otlp = otlp.proxy("http://me:t0k3n@proxy:3128");
        let shown = format!("{otlp:?}");
        assert!(shown.contains("authorization") && !shown.contains("t0k3n"), "{shown}");
    }
}
