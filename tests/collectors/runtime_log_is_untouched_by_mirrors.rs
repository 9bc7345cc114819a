//! The runtime log of the README's stack at TRACE has the same lines with a mirror to a collector as without
//! one, whether the collector is up, down, or speaks no TLS. The audit log has all its records.
//!
//! The bug it guards against: at TRACE, 36 of 38 lines were those of the mirror's HTTP and TLS libraries. An
//! operator who raises the level to find a fault finds only them, with the bytes of each request.
#![cfg(feature = "otlp")]

use crate::support::collector::Collector;
use crate::support::{child, eventually};
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AuditLayer, Otlp, Outcome, audit};
use tracing_subscriber::{EnvFilter, prelude::*};

/// The variable with the endpoint of the child's mirror.
const ENDPOINT: &str = "TRACING_AUDIT_ENDPOINT";

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/certificates/authority.pem");

#[test]
fn the_runtime_log_has_the_same_lines_with_a_mirror_as_without() {
    if let Some(folder) = child::child_argument() {
        return application(&folder);
    }
    let up = Collector::start();
    let mut down = Collector::start();
    down.stop();
    let without = runtime_log(None);
    let own = without.iter().filter(|line| line.contains("the application's own")).count();
    assert!(own == 7 && without.len() >= own, "{without:#?}");
    for endpoint in [up.address(), down.address(), format!("https://{}", up.address())] {
        assert_eq!(runtime_log(Some(&endpoint)), without, "{endpoint}");
    }
    assert!(up.records().len() >= 2, "the records were delivered");
}

/// Runs the application, and returns the lines of its runtime log without their times, and without those that
/// the audit log reports.
fn runtime_log(endpoint: Option<&str>) -> Vec<String> {
    let folder = child::open_folder();
    let mut command = child::child(
        child::name_of(the_runtime_log_has_the_same_lines_with_a_mirror_as_without),
        folder.path(),
        folder.path(),
    );
    command.env("RUST_LOG", "trace").env("NO_COLOR", "1").env_remove(ENDPOINT);
    if let Some(endpoint) = endpoint {
        command.env(ENDPOINT, endpoint);
    }
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    let (_, printed) = printed.split_once("child: begins\n").unwrap();
    let (printed, _) = printed.split_once("child: ends\n").unwrap();
    let lines = printed.lines().map(|line| line.split_once(' ').unwrap_or_default().1.to_owned());
    lines.filter(|line| !line.contains(" tracing_audit: ")).collect()
}

/// An application with the README's stack.
fn application(folder: &Path) {
    let mut builder = AuditLayer::builder(folder.join("audit")).sync_interval(Duration::from_millis(5));
    let endpoint = std::env::var(ENDPOINT).ok();
    if let Some(endpoint) = &endpoint {
        let otlp = Otlp::new(endpoint.as_str());
        builder = builder.otlp(if endpoint.starts_with("https") { otlp.ca(AUTHORITY) } else { otlp });
    }
    child::say("begins");
    let (layer, guard) = builder.open().unwrap();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .finish()
        .with(layer) // the audit log
        .init();
    let handle = guard.handle();

    tracing::trace!("the application's own line");
    audit!("auth.failed", outcome = Outcome::Failure).result().unwrap();
    // The application uses these libraries, too, also while the mirror does.
    for _ in 0..2 {
        log::trace!(target: "ureq::run", "the application's own request");
        log::debug!(target: "rustls::client::hs", "the application's own handshake");
        tracing::trace!(target: "ureq_proto", "the application's own bytes");
        if endpoint.is_some() {
            eventually("the mirror has tried", || {
                let mirror = handle.stats().mirrors.remove(0);
                mirror.delivered > 0 || mirror.failing_since.is_some()
            });
        }
    }
    // Its settings are checked on this thread.
    if let Some(endpoint) = &endpoint {
        let mut config = tracing_audit::AuditConfig::new(folder.join("audit"));
        config.otlp_ca_file = Some(AUTHORITY.into());
        config.otlp_endpoint = Some(format!("https://{}", endpoint.trim_start_matches("https://")));
        handle.reconfigure(&config).unwrap();
    }
    guard.shutdown(Duration::from_secs(60)).unwrap();
    child::say("ends");
}
