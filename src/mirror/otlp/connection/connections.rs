//! The HTTP client, which is replaced when the certificates change.
//!
//! Certificates are renewed while the application runs, and rarely all files at the same instant. So
//! the files are read again every few seconds. New contents are used as soon as they are valid
//! together, and the old ones until then.

use super::certificates::{Contents, key_warning};
use crate::mirror::otlp::error::OtlpError;
use crate::mirror::otlp::settings::{Resolved, TlsFiles};
use crate::report::{Level, Reports};
use std::error::Error;
use std::time::{Duration, Instant};
use ureq::{Agent, Proxy};

/// The HTTP client for the current contents of the files.
pub(crate) struct Connections {
    /// `None` for plain HTTP.
    files: Option<TlsFiles>,
    timeout: Duration,
    proxy: Option<Proxy>,
    check_every: Duration,
    checked: Instant,
    /// The contents of the files when `agent` was created.
    contents: Option<Contents>,
    agent: Agent,
    /// The last warning about the files, while they can't be used.
    warned: Option<String>,
}

impl Connections {
    pub(crate) fn new(
        settings: &Resolved,
        check_every: Duration,
        reports: &Reports,
    ) -> Result<Connections, OtlpError> {
        let checked = Instant::now();
        let (files, timeout, proxy) = (settings.files.clone(), settings.timeout, settings.proxy.clone());
        let contents = files.as_ref().map(Contents::read).transpose()?;
        let agent = agent(files.as_ref().zip(contents.as_ref()), timeout, proxy.clone())?;
        warn_of_key(files.as_ref(), reports);
        Ok(Connections { files, timeout, proxy, check_every, checked, contents, agent, warned: None })
    }

    /// Returns the client. With `at_once`, the files are checked now: after a failure they may be the
    /// reason.
    pub(crate) fn agent(&mut self, at_once: bool, reports: &Reports) -> &Agent {
        if at_once || self.checked.elapsed() >= self.check_every {
            self.checked = Instant::now();
            match self.renew(reports) {
                Ok(()) => self.warned = None,
                Err(error) => self.warn(&error, reports),
            }
        }
        &self.agent
    }

    /// Replaces the client if the contents of the files have changed.
    fn renew(&mut self, reports: &Reports) -> Result<(), OtlpError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let contents = Contents::read(files)?;
        if self.contents.as_ref() != Some(&contents) {
            self.agent = agent(Some((files, &contents)), self.timeout, self.proxy.clone())?;
            self.contents = Some(contents);
            warn_of_key(Some(files), reports);
        }
        Ok(())
    }

    /// Warns of an error once.
    fn warn(&mut self, error: &OtlpError, reports: &Reports) {
        let mut text = error.to_string();
        if let Some(source) = error.source() {
            text = format!("{text}: {source}");
        }
        if self.warned.as_ref() != Some(&text) {
            reports.post(Level::Warn, || {
                format!("the OTLP mirror continues with the previous certificates: {text}")
            });
            self.warned = Some(text);
        }
    }
}

fn warn_of_key(files: Option<&TlsFiles>, reports: &Reports) {
    if let Some(warning) = files.and_then(key_warning) {
        reports.post(Level::Warn, || warning);
    }
}

/// Creates a client that follows no redirects, uses only the configured proxy and ignores the environment variables for proxies, and
/// returns every status as an answer.
///
/// All of the request has one timeout. Those of the first two phases are a little shorter, so that an
/// error tells which phase was too slow.
fn agent(
    tls: Option<(&TlsFiles, &Contents)>,
    timeout: Duration,
    proxy: Option<Proxy>,
) -> Result<Agent, OtlpError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(proxy)
        .timeout_global(Some(timeout))
        .timeout_resolve(Some(timeout.mul_f64(0.95)))
        .timeout_connect(Some(timeout.mul_f64(0.9)))
        .accept_encoding("")
        .user_agent(concat!("tracing-audit/", env!("CARGO_PKG_VERSION")));
    if let Some((files, contents)) = tls {
        config = config.tls_config(contents.tls(files)?);
    }
    Ok(config.build().new_agent())
}
