//! The context of a request, in all parts of it.

use crate::testing::capture;
use crate::tower::{AuditContextLayer, AuditContextService};
use crate::{Actor, AppendError, AuditContext, AuditLayer, Record, audit};
use http::{HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::future::Future;
use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tower_layer::Layer as _;
use tower_service::Service;
use tracing_subscriber::prelude::*;

/// Emits an event when it is dropped.
#[derive(Clone, Debug)]
struct Emits(&'static str);

impl Drop for Emits {
    fn drop(&mut self) {
        audit!("privacy.export", resource.format = self.0);
    }
}

/// A service that emits an event wherever it can.
#[derive(Clone)]
struct Handler;

impl Service<Request<String>> for Handler {
    type Response = Response<Emitting>;
    type Error = &'static str;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Err("not ready"))
    }

    fn call(&mut self, request: Request<String>) -> Answering {
        audit!("privacy.export", resource.format = "called");
        Answering { is_wrong: request.body() == "wrong", polled: 0, _dropped: Emits("future dropped") }
    }
}

struct Answering {
    is_wrong: bool,
    polled: usize,
    _dropped: Emits,
}

impl Future for Answering {
    type Output = Result<Response<Emitting>, &'static str>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        audit!("privacy.export", resource.format = "future polled");
        self.polled += 1;
        match (self.polled, self.is_wrong) {
            (1, _) => Poll::Pending,
            (_, true) => Poll::Ready(Err("wrong")),
            (_, false) => {
                Poll::Ready(Ok(Response::new(Emitting { left: 1, _dropped: Emits("body dropped") })))
            }
        }
    }
}

/// A body of some frames.
struct Emitting {
    left: u64,
    _dropped: Emits,
}

impl Body for Emitting {
    type Data = Cursor<&'static [u8]>;
    type Error = AppendError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, AppendError>>> {
        let receipt = audit!("privacy.export", resource.format = "body polled");
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(receipt.result().map(|_| Frame::data(Cursor::new(&b"x"[..])))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn layer() -> AuditContextLayer {
    AuditContextLayer::new()
        .actor(|request| match request.extensions.get::<Actor>() {
            Some(actor) => actor.clone(),
            None => Actor::new(),
        })
        .peer(|request| request.extensions.get::<SocketAddr>().map(SocketAddr::ip))
        .trusted_proxies([IpAddr::from([10, 0, 0, 1])])
        .unwrap()
}

fn service() -> AuditContextService<Handler> {
    layer().layer(Handler)
}

fn request() -> Request<String> {
    let request = Request::builder().header("user-agent", "curl/8");
    let request = request.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let peer = "203.0.113.7:4711".parse::<SocketAddr>().unwrap();
    request.extension(peer).extension(Actor::new().user_id("ada")).body(String::new()).unwrap()
}

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Whether the events have these `resource.format`s, and all have the context of [`request`].
#[track_caller]
fn assert_events(records: &[Record], formats: &[&str]) {
    let found = records.iter().map(|record| record.resource.get("format").unwrap().as_str().unwrap());
    assert_eq!(found.collect::<Vec<_>>(), formats);
    let actor = Actor::new().user_id("ada").address("203.0.113.7").user_agent("curl/8");
    for record in records {
        assert_eq!(record.actor, actor);
        assert_eq!(record.trace_id.as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
    }
}

/// The records of one request with these headers, and extensions.
fn sent(layer: &AuditContextLayer, change: impl FnOnce(&mut Request<String>)) -> Record {
    let mut request = request();
    change(&mut request);
    capture(|| drop(layer.layer(Handler).call(request))).remove(0)
}

#[test]
fn call_future_and_body_are_polled_and_dropped_in_the_context() {
    let records = capture(|| {
        let mut future = Box::pin(service().call(request()));
        assert!(future.as_mut().poll(&mut cx()).is_pending());
        let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx()) else { panic!("no response") };
        drop(future);
        let mut body = Box::pin(response.into_body());
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (false, Some(1)));
        assert!(matches!(body.as_mut().poll_frame(&mut cx()), Poll::Ready(Some(Ok(_)))));
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (true, Some(0)));
        assert!(matches!(body.as_mut().poll_frame(&mut cx()), Poll::Ready(None)));
    });
    let formats = [
        "called",
        "future polled",
        "future polled",
        "future dropped",
        "body polled",
        "body polled",
        "body dropped",
    ];
    assert_events(&records, &formats);
}

#[test]
fn a_request_that_is_cancelled_or_fails_has_its_context_to_the_end() {
    let records = capture(|| {
        let mut future = Box::pin(service().call(request()));
        assert!(future.as_mut().poll(&mut cx()).is_pending());
    });
    assert_events(&records, &["called", "future polled", "future dropped"]);
    let records = capture(|| {
        let mut service = service();
        assert_eq!(service.poll_ready(&mut cx()), Poll::Ready(Err("not ready")));
        let mut future = pin!(service.call(request().map(|_| "wrong".to_owned())));
        assert!(future.as_mut().poll(&mut cx()).is_pending());
        let Poll::Ready(Err("wrong")) = future.as_mut().poll(&mut cx()) else { panic!("no error") };
    });
    assert_events(&records, &["called", "future polled", "future polled", "future dropped"]);
}

#[test]
fn requests_that_are_served_in_turns_keep_their_contexts() {
    let records = capture(|| {
        let mut service = service();
        let mut futures = (0..10)
            .map(|number| {
                let mut request = request();
                request.extensions_mut().insert(Actor::new().user_id(number.to_string()));
                Box::pin(service.call(request))
            })
            .collect::<Vec<_>>();
        for future in &mut futures {
            assert!(future.as_mut().poll(&mut cx()).is_pending());
        }
        assert_eq!(Actor::current(), Actor::new());
        futures.reverse();
    });
    let users = records.iter().map(|record| record.actor.user_id.clone().unwrap()).collect::<String>();
    assert_eq!(users, "012345678901234567899876543210");
}

#[test]
fn what_the_actor_closure_sets_stays() {
    let set = Actor::new().user_id("ada").address("198.51.100.1").user_agent("batch");
    let record = sent(&layer(), |request| {
        request.extensions_mut().insert(set.clone());
    });
    assert_eq!(record.actor, set);
    let record = sent(&AuditContextLayer::new(), |_| {});
    assert_eq!(record.actor, Actor::new().user_agent("curl/8"));
}

#[test]
fn what_a_client_sends_is_ignored_cut_or_flagged() {
    let violations =
        |record: &Record| record.resource.get("_violations").map(|list| serde_json::to_value(list).unwrap());
    // A stranger's header.
    let entries = HeaderValue::try_from(vec!["10.0.0.1"; 10_000].join(",")).unwrap();
    let record = sent(&layer(), |request| {
        request.headers_mut().insert("x-forwarded-for", entries.clone());
    });
    assert_eq!((record.actor.address.as_deref(), violations(&record)), (Some("203.0.113.7"), None));
    // The same, through a trusted proxy.
    let through_proxy = |value: HeaderValue| {
        sent(&layer(), |request| {
            request.extensions_mut().insert("10.0.0.1:80".parse::<SocketAddr>().unwrap());
            request.headers_mut().insert("x-forwarded-for", value);
        })
    };
    for (value, reason) in [
        (entries, "the last 32 entries of `X-Forwarded-For` are all of proxies"),
        (HeaderValue::from_static("a\tb"), "`X-Forwarded-For` has no IP address before it: `a\tb`"),
    ] {
        let record = through_proxy(value);
        assert_eq!(record.actor.address.as_deref(), Some("10.0.0.1"));
        let expected = format!("`actor.address` is a proxy's: {reason}");
        assert_eq!(violations(&record).unwrap(), serde_json::json!([expected]));
    }
    let record = sent(&layer(), |request| {
        let headers = request.headers_mut();
        headers.insert("user-agent", HeaderValue::from_bytes(&vec![0xff; 1 << 20]).unwrap());
        headers.insert("traceparent", HeaderValue::from_static("00-nonsense"));
    });
    assert_eq!(record.actor.user_agent.as_ref().map(String::len), Some(510));
    assert!(record.resource.get("_truncated").is_some(), "{:?}", record.resource);
    assert_eq!(record.trace_id, None);
}

#[test]
fn a_trace_that_is_set_goes_before_the_headers() {
    let records = capture(|| {
        let outer = AuditContext::new().with_trace_id("the outer one");
        let call = || {
            let mut service = service();
            let mut future = pin!(service.call(request()));
            assert!(future.as_mut().poll(&mut cx()).is_pending());
        };
        outer.scope(call);
    });
    let handed_on = capture(|| {
        struct Handing;
        impl Service<Request<String>> for Handing {
            type Response = Response<String>;
            type Error = &'static str;
            type Future = std::future::Pending<Result<Response<String>, &'static str>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, _: Request<String>) -> Self::Future {
                let context = AuditContext::current();
                let dispatch = tracing_core::dispatcher::get_default(Clone::clone);
                let thread = std::thread::spawn(move || {
                    tracing_core::dispatcher::with_default(&dispatch, || {
                        context.scope(|| drop(Emits("handed on")))
                    });
                });
                thread.join().unwrap();
                std::future::pending()
            }
        }
        let _future = layer().layer(Handing).call(request());
        let outer = AuditContext::new().with_trace_id("the outer one");
        let _future = outer.scope(|| layer().layer(Handing).call(request()));
    });
    assert!(records.iter().all(|record| record.trace_id.as_deref() == Some("the outer one")), "{records:?}");
    let traces = handed_on.iter().map(|record| record.trace_id.as_deref().unwrap()).collect::<Vec<_>>();
    assert_eq!(traces, ["0af7651916cd43dd8448eb211c80319c", "the outer one"]);
}

#[cfg(feature = "otel-context")]
#[test]
fn a_trace_of_opentelemetry_goes_before_the_header() {
    use opentelemetry::Context as OtelContext;
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
    let span =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::default());
    let records = capture(|| {
        let mut service = service();
        let entered = OtelContext::new().with_remote_span_context(span).attach();
        let future = service.call(request());
        drop(entered);
        drop(future);
    });
    let traces = records.iter().map(|record| record.trace_id.as_deref().unwrap()).collect::<Vec<_>>();
    assert_eq!(traces, ["00000000000000000000000000000007", "0af7651916cd43dd8448eb211c80319c"]);
}

#[test]
fn a_response_that_outlives_the_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audit");
    let (layer, guard) = AuditLayer::builder(&dir).open().unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    let body = tracing::subscriber::with_default(subscriber, || {
        let mut future = Box::pin(service().call(request()));
        assert!(future.as_mut().poll(&mut cx()).is_pending());
        guard.shutdown(Duration::from_secs(60)).unwrap();
        let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx()) else { panic!("no response") };
        response.into_body()
    });
    // Now the log is gone: the event of the body is refused, as its receipt says, and the body goes on.
    let mut body = pin!(body);
    let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut cx()) else { panic!("no frame") };
    assert!(matches!(frame, Err(AppendError::NoAuditLayer)), "{frame:?}");
    assert!(matches!(body.as_mut().poll_frame(&mut cx()), Poll::Ready(None)));
    // Those after the shutdown are in the intake until the log is opened again.
    let (_layer, guard) = AuditLayer::builder(&dir).open().unwrap();
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let reader = crate::read::Reader::open(&dir).unwrap();
    let records = reader.records().map(Result::unwrap);
    let records = records.filter(|record| !record.event.starts_with("log.")).collect::<Vec<_>>();
    assert_events(&records, &["called", "future polled", "future polled", "future dropped"]);
}

#[test]
fn a_service_is_cloned_and_sent_and_an_empty_body_needs_no_request() {
    fn is_send<T: Clone + Send + Sync + 'static>(_: &T) {}
    is_send(&service());
    is_send(&layer());
    let body = crate::tower::ResponseBody::<String>::default();
    assert!(body.is_end_stream());
    assert!(format!("{:?}", layer()).contains("10.0.0.1"));
}
