//! A [`tower`](https://docs.rs/tower) layer that gives each HTTP request its context: who acts, from
//! where, and in which trace. Feature `tower`.
//!
//! ```
//! use std::net::{IpAddr, SocketAddr};
//! use tracing_audit::Actor;
//! use tracing_audit::tower::AuditContextLayer;
//!
//! # #[derive(Clone)] struct Session { user: String, tenant: String }
//! let layer = AuditContextLayer::new()
//!     // What the authentication, further out, has found.
//!     .actor(|request| match request.extensions.get::<Session>() {
//!         Some(session) => Actor::new().user_id(&session.user).tenant(&session.tenant),
//!         None => Actor::new(),
//!     })
//!     // With axum: `request.extensions.get::<ConnectInfo<SocketAddr>>()`.
//!     .peer(|request| request.extensions.get::<SocketAddr>().map(SocketAddr::ip))
//!     .trusted_proxies(["10.0.0.0/8", "::1"])?;
//! # use http::{Request, Response};
//! # use std::task::{Context, Poll};
//! # struct Handler;
//! # impl tower_service::Service<Request<String>> for Handler {
//! #     type Response = Response<String>;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Response<String>, std::convert::Infallible>>;
//! #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> { Poll::Ready(Ok(())) }
//! #     fn call(&mut self, _: Request<String>) -> Self::Future {
//! #         tracing_audit::audit!("privacy.export");
//! #         std::future::ready(Ok(Response::new(String::new())))
//! #     }
//! # }
//! # use {tower_layer::Layer as _, tower_service::Service as _};
//! # let mut request = Request::new(String::new());
//! # request.headers_mut().insert("x-forwarded-for", "192.0.2.1, 203.0.113.7, 10.0.0.2".parse()?);
//! # request.headers_mut().insert("user-agent", "curl/8".parse()?);
//! # request.headers_mut().insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?);
//! # request.extensions_mut().insert("10.0.0.1:443".parse::<SocketAddr>()?);
//! # request.extensions_mut().insert(Session { user: "ada".into(), tenant: "acme".into() });
//! # let records = tracing_audit::testing::capture(|| { let _response = layer.layer(Handler).call(request); });
//! # let actor = Actor::new().user_id("ada").tenant("acme").address("203.0.113.7").user_agent("curl/8");
//! # assert_eq!(records[0].actor, actor);
//! # assert_eq!(records[0].trace_id.as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It works with axum (`Router::layer`), hyper, tonic and whatever else is a
//! `tower_service::Service` of an `http::Request`. `examples/axum_service` uses it.
//!
//! # What a request's events get
//!
//! | part | source |
//! |---|---|
//! | the actor | the closure of [`actor`](AuditContextLayer::actor) |
//! | `actor.address` | that closure, else the client's address, as below |
//! | `actor.user_agent` | that closure, else the header `User-Agent` |
//! | `trace_id` | OpenTelemetry (feature `otel-context`), else the header `traceparent` of [W3C Trace Context](https://www.w3.org/TR/trace-context/) |
//!
//! Context that code further in provides, such as [`Actor::scope`](crate::Actor::scope) once the user is known, takes
//! precedence; this layer's completes it. A trace id that it sets takes precedence over OpenTelemetry's,
//! the one of `traceparent` does not.
//!
//! The context holds while the inner service is called, while its future and the body of its response
//! are polled, and while these are dropped, on any thread. What they start elsewhere (`tokio::spawn`, a
//! connection that is upgraded to a WebSocket) inherits nothing by itself: hand on
//! [`AuditContext::current()`](crate::AuditContext::current).
//!
//! # The client's address
//!
//! It is that of the [`peer`](AuditContextLayer::peer), unless that is one of the
//! [`trusted_proxies`](AuditContextLayer::trusted_proxies). Only then the headers `Forwarded` (RFC
//! 7239) and `X-Forwarded-For` are read, all their lines, from the last entry on, which the peer has added: entries
//! of trusted proxies are passed over, and the first other address is the client's. What stands before
//! it may be forged, and is not read. The headers of any other peer are ignored.
//!
//! The search ends at the last known address, which is that of a proxy then,
//!
//! - before an entry that is `unknown`, a hidden name such as `_gateway`, or empty;
//! - before any other entry without an address; the record says so in `resource._violations`;
//! - after 32 entries, all of trusted proxies; flagged, too;
//! - at the peer, if the request has both headers and they lead to different addresses: one of them
//!   may be forged by a client whose proxy passes it through. It is flagged, too. Say which header the
//!   proxies set: [`proxy_header`](AuditContextLayer::proxy_header).
//!
//! A trusted proxy that passes on one of these headers as it came from the client, without adding an entry, makes any
//! address believed. Trust only proxies that add to the header or replace it.

mod body;
mod client_address;
mod hops;
mod layer;
mod network;
mod request;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod traceparent;

pub use body::ResponseBody;
pub use hops::ProxyHeader;
pub use layer::AuditContextLayer;
pub use network::TrustedProxyError;
pub use service::{AuditContextService, ResponseFuture};
