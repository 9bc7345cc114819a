//! The service, and the future of its response.

use super::body::ResponseBody;
use super::request::context_of;
use super::settings::Settings;
use crate::caller::{AuditContext, InAuditContext as _, InContext};
use http::{Request, Response};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower_service::Service;

/// A service whose requests have an audit context, created by
/// [`AuditContextLayer`](super::AuditContextLayer).
#[derive(Clone, Debug)]
pub struct AuditContextService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> AuditContextService<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> AuditContextService<S> {
        AuditContextService { inner, settings }
    }
}

impl<S, Body, Answer> Service<Request<Body>> for AuditContextService<S>
where
    S: Service<Request<Body>, Response = Response<Answer>>,
{
    type Response = Response<ResponseBody<Answer>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture<S::Future> {
        let (parts, body) = request.into_parts();
        let context = context_of(&parts, &self.settings);
        let request = Request::from_parts(parts, body);
        let future = context.scope(|| self.inner.call(request));
        ResponseFuture { future: future.in_audit_context(context.clone()), context }
    }
}

pin_project! {
    /// The future of a response: that of the inner service, in the request's context.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ResponseFuture<F> {
        #[pin]
        future: InContext<F>,
        context: AuditContext,
    }
}

impl<F, Body, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<ResponseBody<Body>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx))?;
        Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, this.context.clone()))))
    }
}
