//! The body of a response.

use crate::caller::AuditContext;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// The body of a response: that of the inner service, polled and dropped in the request's context.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // `None` once it is being dropped.
        #[pin]
        body: Option<B>,
        context: AuditContext,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.context.scope(|| this.body.set(None));
        }
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn new(body: B, context: AuditContext) -> ResponseBody<B> {
        ResponseBody { body: Some(body), context }
    }
}

/// A body without a request, for layers that answer by themselves.
impl<B: Default> Default for ResponseBody<B> {
    fn default() -> ResponseBody<B> {
        ResponseBody::new(B::default(), AuditContext::new())
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        match this.body.as_pin_mut() {
            Some(body) => this.context.scope(|| body.poll_frame(cx)),
            // It is being dropped, and is not polled any more.
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, B::size_hint)
    }
}
