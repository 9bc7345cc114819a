//! A small HTTP service whose audit events say who acted, from where and in which trace, although no
//! handler names them.
//!
//! ```console
//! $ cargo run -p axum_service
//! ```
//!
//! `AuditContextLayer` (feature `tower`) sets the context of each request; handlers only name what
//! happened. With the feature `otel-context` each event has the trace of the request's
//! OpenTelemetry span, too: that of the `traceparent` header, else a new one.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tower_http::trace::TraceLayer;
use tracing::{Span, instrument};
use tracing_audit::events::{PrivacyExport, SettingsChanged};
use tracing_audit::tower::AuditContextLayer;
use tracing_audit::{Actor, AuditContext, AuditLayer, InAuditContext as _, Outcome, audit};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

/// The sessions that are signed in, by the secret token that the client holds.
#[derive(Default)]
struct Service {
    sessions: Mutex<HashMap<String, Actor>>,
}

#[derive(Deserialize)]
struct SignIn {
    tenant: String,
    user: String,
    password: String,
}

#[instrument(skip_all)]
async fn sign_in(
    State(service): State<Arc<Service>>,
    Json(given): Json<SignIn>,
) -> Result<Json<Value>, StatusCode> {
    tracing::info!("a sign-in attempt");
    if given.password != "correct horse" {
        audit!(
            "auth.failed",
            actor.user_id = given.user,
            actor.tenant = given.tenant,
            resource.reason = "bad password",
            outcome = Outcome::Failure
        );
        return Err(StatusCode::UNAUTHORIZED);
    }
    // The token is a secret and stays out of the log; the session has an id of its own.
    let (token, session_id) = (random_hex()?, random_hex()?);
    let actor = Actor::new().user_id(given.user).tenant(given.tenant).session_id(&session_id);
    service.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), actor);
    Ok(Json(json!({ "token": token, "session_id": session_id })))
}

#[instrument(skip_all)]
async fn change_settings(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Json(settings): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    service.signed_in(&headers)?;
    // After this wait another thread may run the task; it keeps its context.
    tokio::time::sleep(Duration::from_millis(1)).await;
    audit!(SettingsChanged { resource: settings });
    Ok(StatusCode::NO_CONTENT)
}

#[instrument(skip_all)]
async fn export(State(service): State<Arc<Service>>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let actor = service.signed_in(&headers)?;
    // A task of its own inherits nothing by itself: the context is handed on.
    let export = async { audit!(PrivacyExport { resource: json!({ "format": "json" }) }) };
    let receipt = tokio::spawn(export.in_audit_context(AuditContext::current())).await;
    // Without an audit record there is no export.
    receipt.ok().and_then(|receipt| receipt.result().ok()).ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(json!({ "user": actor.user_id, "notes": ["a note"] })))
}

impl Service {
    /// Returns the caller, if the request has a valid token.
    fn actor(&self, headers: &HeaderMap) -> Option<Actor> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn signed_in(&self, headers: &HeaderMap) -> Result<Actor, StatusCode> {
        self.actor(headers).ok_or_else(|| {
            audit!("auth.failed", resource.reason = "not signed in", outcome = Outcome::Failure);
            StatusCode::UNAUTHORIZED
        })
    }
}

fn random_hex() -> Result<String, StatusCode> {
    let random = || getrandom::u64().map_err(|_| StatusCode::SERVICE_UNAVAILABLE);
    Ok(format!("{:016x}{:016x}", random()?, random()?))
}

/// Returns the span of a request, in the caller's trace if it has one.
fn span(request: &Request) -> Span {
    let span = tracing::info_span!("request", method = %request.method(), path = request.uri().path());
    let caller = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
    if let Err(error) = span.set_parent(caller) {
        tracing::warn!(%error, "the request gets a trace of its own");
    }
    span
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-axum-service");
    let (layer, guard) = AuditLayer::builder(&folder).open()?;
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    // A production service adds an exporter.
    let tracer = SdkTracerProvider::builder().build().tracer("axum_service");
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter))
        .with(tracing_opentelemetry::layer().with_tracer(tracer).with_filter(LevelFilter::INFO))
        .with(layer)
        .init();

    let service = Arc::new(Service::default());
    let sessions = Arc::clone(&service);
    let context = AuditContextLayer::new()
        .actor(move |request| sessions.actor(&request.headers).unwrap_or_default())
        .peer(|request| Some(request.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
        .trusted_proxies(["127.0.0.1", "::1"])?;
    let routes = Router::new()
        .route("/sign-in", post(sign_in))
        .route("/settings", post(change_settings))
        .route("/export", get(export))
        .with_state(service)
        .layer(context)
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!(
        "listening on http://{address}; press Enter to stop. In another terminal:

  curl http://{address}/sign-in -H 'content-type: application/json' -d '{{\"tenant\":\"acme\",\"user\":\"ada\",\"password\":\"correct horse\"}}'
  curl http://{address}/settings -H 'content-type: application/json' -H 'authorization: Bearer TOKEN' -d '{{\"retention_days\":90}}'
  curl http://{address}/export -H 'authorization: Bearer TOKEN' -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  tail -f {}/audit-*.log
",
        folder.display()
    );
    axum::serve(listener, routes).with_graceful_shutdown(enter_is_pressed()).await?;
    // All requests have been answered; their events go before `log.closed`.
    guard.shutdown(Duration::from_secs(5))?;
    Ok(())
}

/// Returns when a line or the end of the input is read.
async fn enter_is_pressed() {
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    match read.await {
        Ok(Ok(_)) => tracing::info!("the service stops"),
        Ok(Err(error)) => tracing::error!(%error, "the service stops: could not read the input"),
        Err(error) => tracing::error!(%error, "the service stops"),
    }
}
