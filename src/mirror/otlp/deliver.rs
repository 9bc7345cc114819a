//! The mirror itself.

use super::answer::{Asked, judge};
use super::connections::Connections;
use super::environment::Environment;
use super::error::OtlpError;
use super::mapping;
use super::post::post;
use super::settings::Settings;
use super::{OnRejected, Otlp};
use crate::follow::{Batch, Delivered, DeliveryError, Mirror};
use crate::report::Reports;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How long it is until the certificates' files are looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Delivers records to an OpenTelemetry collector.
pub(crate) struct OtlpMirror {
    otlp: Otlp,
    environment: Environment,
    reports: Arc<Reports>,
    look_every: Duration,
    /// From the first time on that all that is set could be used.
    ready: Option<Ready>,
    /// Whether the last delivery did.
    failed: bool,
}

struct Ready {
    settings: Settings,
    connections: Connections,
}

impl OtlpMirror {
    pub(crate) fn new(otlp: Otlp, reports: Arc<Reports>) -> OtlpMirror {
        OtlpMirror::with(otlp, Environment::of_the_process(), LOOK_EVERY, reports)
    }

    pub(super) fn with(
        otlp: Otlp,
        environment: Environment,
        look_every: Duration,
        reports: Arc<Reports>,
    ) -> OtlpMirror {
        OtlpMirror { otlp, environment, reports, look_every, ready: None, failed: false }
    }

    /// Finds out all that can be found out without the network. What is wrong now may be mended
    /// later: each delivery tries again.
    pub(crate) fn check(&mut self) -> Result<(), OtlpError> {
        self.ready().map(drop)
    }

    fn ready(&mut self) -> Result<&mut Ready, OtlpError> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => {
                let settings = Settings::resolve(&self.otlp, &self.environment)?;
                let (files, timeout) = (settings.files.clone(), settings.timeout);
                let connections = Connections::new(files, timeout, self.look_every, &self.reports)?;
                Ready { settings, connections }
            }
        };
        Ok(self.ready.insert(ready))
    }

    fn send(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let (failed, reports) = (self.failed, Arc::clone(&self.reports));
        let Ready { settings, connections } = self.ready().map_err(DeliveryError::unavailable)?;
        let agent = connections.agent(failed, &reports);
        let request = mapping::request(&settings.resource, batch);
        let answer = post(agent, settings, request).map_err(DeliveryError::unavailable)?;
        let asked = Asked {
            endpoint: &settings.endpoint,
            records: batch.lines().len(),
            any_content_type: settings.any_content_type,
        };
        judge(&answer, asked, SystemTime::now())
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
