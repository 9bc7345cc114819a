//! The connections, which are made anew when the certificates have changed.
//!
//! Certificates are renewed while the application runs, and seldom all files at one instant. So
//! their contents are looked at again and again; new ones are used once they make sense together,
//! and the old ones until then.

use super::certificates::{Contents, key_warning};
use super::error::OtlpError;
use super::settings::Files;
use crate::report::{Level, Reports};
use std::error::Error;
use std::time::{Duration, Instant};
use ureq::Agent;

/// Connections that are made with what the files hold now.
pub(super) struct Connections {
    /// `None` for plain HTTP.
    files: Option<Files>,
    timeout: Duration,
    /// How long it is until the files are looked at again.
    look_every: Duration,
    looked: Instant,
    /// What the files held when `agent` was made.
    contents: Option<Contents>,
    agent: Agent,
    /// What was wrong with the files at the last look.
    warned: Option<String>,
}

impl Connections {
    pub(super) fn new(
        files: Option<Files>,
        timeout: Duration,
        look_every: Duration,
        reports: &Reports,
    ) -> Result<Connections, OtlpError> {
        let looked = Instant::now();
        let contents = files.as_ref().map(Contents::read).transpose()?;
        let agent = agent(files.as_ref().zip(contents.as_ref()), timeout)?;
        warn_of_key(files.as_ref(), reports);
        Ok(Connections { files, timeout, look_every, looked, contents, agent, warned: None })
    }

    /// The agent to send with. `at_once` says that the files are to be looked at now, since
    /// something has failed.
    pub(super) fn agent(&mut self, at_once: bool, reports: &Reports) -> &Agent {
        if at_once || self.looked.elapsed() >= self.look_every {
            self.looked = Instant::now();
            match self.look(reports) {
                Ok(()) => self.warned = None,
                Err(error) => self.warn(&error, reports),
            }
        }
        &self.agent
    }

    /// Takes on what the files hold, if it is something else than before.
    fn look(&mut self, reports: &Reports) -> Result<(), OtlpError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let contents = Contents::read(files)?;
        if self.contents.as_ref() != Some(&contents) {
            self.agent = agent(Some((files, &contents)), self.timeout)?;
            self.contents = Some(contents);
            warn_of_key(Some(files), reports);
        }
        Ok(())
    }

    /// Says what is wrong, once.
    fn warn(&mut self, error: &OtlpError, reports: &Reports) {
        let mut text = error.to_string();
        if let Some(source) = error.source() {
            text = format!("{text}: {source}");
        }
        if self.warned.as_ref() != Some(&text) {
            reports.post(Level::Warn, || {
                format!("the OTLP mirror goes on with the certificates that it has: {text}")
            });
            self.warned = Some(text);
        }
    }
}

fn warn_of_key(files: Option<&Files>, reports: &Reports) {
    if let Some(warning) = files.and_then(key_warning) {
        reports.post(Level::Warn, || warning);
    }
}

/// It neither follows redirects nor obeys the variables for proxies, and gives statuses as they
/// are.
fn agent(tls: Option<(&Files, &Contents)>, timeout: Duration) -> Result<Agent, OtlpError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(timeout))
        .accept_encoding("")
        .user_agent(concat!("tracing-audit/", env!("CARGO_PKG_VERSION")));
    if let Some((files, contents)) = tls {
        config = config.tls_config(contents.tls(files)?);
    }
    Ok(config.build().new_agent())
}
