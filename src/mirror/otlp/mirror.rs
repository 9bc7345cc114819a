//! The mirror that sends records to an OpenTelemetry collector.

use super::answer::{Sent, judge};
use super::connection::{Broken, Connections, post};
use super::error::OtlpError;
use super::request::request;
use super::settings::{Environment, Otlp, Resolved};
use crate::mirror::batch::Batch;
use crate::mirror::delivery::{Delivered, DeliveryError};
use crate::mirror::interface::{Mirror, OnRejected};
use crate::report::{Level, Reports};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The pause between two checks whether the certificate files have changed.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Sends records to an OpenTelemetry collector.
pub(crate) struct OtlpMirror {
    otlp: Otlp,
    environment: Environment,
    reports: Arc<Reports>,
    check_every: Duration,
    /// `None` until all settings and files could be used once.
    ready: Option<Ready>,
    /// Whether the last delivery failed.
    failed: bool,
}

struct Ready {
    settings: Resolved,
    connections: Connections,
    /// Whether the receiver has ever answered.
    has_answered: bool,
}

impl OtlpMirror {
    pub(crate) fn new(otlp: Otlp, reports: Arc<Reports>) -> OtlpMirror {
        OtlpMirror::with(otlp, Environment::of_the_process(), CHECK_EVERY, reports)
    }

    pub(super) fn with(
        otlp: Otlp,
        environment: Environment,
        check_every: Duration,
        reports: Arc<Reports>,
    ) -> OtlpMirror {
        OtlpMirror { otlp, environment, reports, check_every, ready: None, failed: false }
    }

    /// Checks everything that can be checked without the network. An operator may correct an error
    /// later: each delivery tries again.
    pub(crate) fn check(&mut self) -> Result<(), OtlpError> {
        self.ready().map(drop)
    }

    fn ready(&mut self) -> Result<&mut Ready, OtlpError> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => {
                let settings = Resolved::resolve(&self.otlp, &self.environment)?;
                let connections = Connections::new(&settings, self.check_every, &self.reports)?;
                for warning in &settings.warnings {
                    self.reports.post(Level::Warn, || format!("the OTLP mirror: {warning}"));
                }
                Ready { settings, connections, has_answered: false }
            }
        };
        Ok(self.ready.insert(ready))
    }

    fn send(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let (failed, reports) = (self.failed, Arc::clone(&self.reports));
        let Ready { settings, connections, has_answered } = self.ready().map_err(DeliveryError::retry)?;
        let agent = connections.agent(failed, &reports);
        let request = request(&settings.resource, batch);
        let mut answer = post(agent, settings, request).map_err(|error| {
            let broken = Broken { endpoint: &settings.endpoint, settings, has_answered: *has_answered };
            broken.error(error)
        })?;
        *has_answered = true;
        settings.secrets.mask(&mut answer.body);
        let sent = Sent {
            endpoint: &settings.endpoint,
            records: batch.lines().len(),
            any_content_type: settings.any_content_type,
        };
        judge(&answer, sent, SystemTime::now())
    }
}

impl Mirror for OtlpMirror {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let result = self.send(batch);
        self.failed = result.is_err();
        result
    }

    fn on_rejected(&self) -> OnRejected {
        self.otlp.on_rejected
    }
}
