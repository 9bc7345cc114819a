//! A small HTTP service whose audit events carry the caller and the trace, although no handler
//! names them.
//!
//! ```console
//! $ cargo run -p axum_service
//! ```
//!
//! A middleware looks up the caller once and runs the rest of the request in an actor scope;
//! handlers only name what happened. With the crate's feature `otel-context` each event has the
//! request's trace, too: that of the `traceparent` header, else a new one.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use opentelemetry::trace::FutureExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing_audit::events::{PrivacyExport, SettingsChanged};
use tracing_audit::{Actor, ActorScope, AuditLayer, Outcome, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

/// The sessions that are signed in, by the secret token that the client holds.
#[derive(Default)]
struct Service {
    sessions: Mutex<HashMap<String, Actor>>,
}

/// The caller of a request, for handlers that need it; `None` without a valid token.
#[derive(Clone)]
struct Caller(Option<Actor>);

/// The middleware: everything inside it has the request's actor and trace.
async fn with_caller(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let actor = service.actor(&request);
    request.extensions_mut().insert(Caller(actor.clone()));
    let actor = actor.unwrap_or_default();
    let trace = trace::of(&request);
    next.run(request).in_actor_scope(actor).with_context(trace).await
}

#[derive(Deserialize)]
struct SignIn {
    user: String,
    password: String,
}

async fn sign_in(
    State(service): State<Arc<Service>>,
    Json(given): Json<SignIn>,
) -> Result<Json<Value>, StatusCode> {
    tracing::info!("a sign-in attempt");
    if given.password != "correct horse" {
        audit!(
            "auth.failed",
            actor.user_sid = given.user,
            resource.reason = "bad password",
            outcome = Outcome::Failure
        );
        return Err(StatusCode::UNAUTHORIZED);
    }
    // The token is a secret and stays out of the log; the session has an id of its own.
    let (token, session_id) = (random_hex()?, random_hex()?);
    let actor = Actor::new().user_sid(given.user).session_id(&session_id);
    service.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), actor);
    Ok(Json(json!({ "token": token, "session_id": session_id })))
}

async fn change_settings(
    Extension(caller): Extension<Caller>,
    Json(settings): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    signed_in(caller)?;
    save(&settings).await;
    audit!(SettingsChanged { resource: settings });
    Ok(StatusCode::NO_CONTENT)
}

async fn export(Extension(caller): Extension<Caller>) -> Result<Json<Value>, StatusCode> {
    let actor = signed_in(caller)?;
    // Without an audit record there is no export.
    let receipt = audit!(PrivacyExport { resource: json!({ "format": "json" }) });
    receipt.result().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(json!({ "user": actor.user_sid, "notes": ["a note"] })))
}

async fn save(_: &Value) {
    // After this wait another thread may run the task; it keeps its actor.
    tokio::time::sleep(Duration::from_millis(1)).await;
}

fn signed_in(caller: Caller) -> Result<Actor, StatusCode> {
    caller.0.ok_or_else(|| {
        audit!("auth.failed", resource.reason = "not signed in", outcome = Outcome::Failure);
        StatusCode::UNAUTHORIZED
    })
}

impl Service {
    /// Returns the caller, if the request has a valid token.
    fn actor(&self, request: &Request) -> Option<Actor> {
        let token = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }
}

fn random_hex() -> Result<String, StatusCode> {
    let random = || getrandom::u64().map_err(|_| StatusCode::SERVICE_UNAVAILABLE);
    Ok(format!("{:016x}{:016x}", random()?, random()?))
}

mod trace {
    use axum::extract::Request;
    use axum::http::HeaderMap;
    use opentelemetry::Context;
    use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
    use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use std::sync::LazyLock;

    /// A production service adds an exporter.
    static PROVIDER: LazyLock<SdkTracerProvider> = LazyLock::new(|| SdkTracerProvider::builder().build());

    /// Returns the OpenTelemetry context of the request: a new span, a child of the caller's.
    pub(super) fn of(request: &Request) -> Context {
        let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
        let tracer = PROVIDER.tracer("axum_service");
        let span = tracer.start_with_context(request.uri().path().to_owned(), &parent);
        parent.with_span(span)
    }

    struct Headers<'a>(&'a HeaderMap);

    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(|name| name.as_str()).collect()
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-axum-service");
    let (layer, guard) = AuditLayer::builder(&folder).open()?;
    tracing_subscriber::registry()
        .with(EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    let service = Arc::new(Service::default());
    let routes = Router::new()
        .route("/sign-in", post(sign_in))
        .route("/settings", post(change_settings))
        .route("/export", get(export))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), with_caller))
        .with_state(service);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!(
        "listening on http://{address}; press Enter to stop. In another terminal:

  curl http://{address}/sign-in -H 'content-type: application/json' -d '{{\"user\":\"S-1-5-21-1\",\"password\":\"correct horse\"}}'
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
