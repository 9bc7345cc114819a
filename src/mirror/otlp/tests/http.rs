//! Deliveries over plain HTTP.

use super::deliver::{chain, deliver_one, mirror};
use super::lines::{TestLines, record};
use super::receiver::{Receiver, TAKEN};
use crate::mirror::compression::Compression;
use crate::mirror::delivery::{Delivered, DeliveryError, DeliveryErrorKind as Kind};
use crate::mirror::interface::Mirror;
use crate::mirror::otlp::mirror::OtlpMirror;
use crate::mirror::otlp::request::request;
use crate::mirror::otlp::settings::Otlp;
use crate::report::Reports;
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

fn to(receiver: &Receiver) -> OtlpMirror {
    mirror(Otlp::new(receiver.address()), &Reports::new())
}

fn answer(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Returns the sources of an error, outermost first.
fn reasons(error: &DeliveryError) -> String {
    chain(error)[1..].join(" / ")
}

#[test]
fn a_batch_is_one_compressed_request_with_the_configured_headers() {
    let receiver = Receiver::new(&[TAKEN]);
    let otlp = Otlp::new(receiver.address()).resource("service.name", "s").header("X-Scope-OrgID", "audit");
    let lines = TestLines::of((0..100).map(|n| record("mode.start").resource("n", n)));
    let mut mirror = mirror(otlp, &Reports::new());
    mirror.check().unwrap();
    assert_eq!(lines.with(|batch| mirror.deliver(batch)).unwrap(), Delivered::all());
    let request = receiver.request();
    assert!(request.head.starts_with("POST /v1/logs HTTP/1.1\r\n"), "{}", request.head);
    for header in [
        "content-type: application/x-protobuf",
        "content-encoding: gzip",
        concat!("user-agent: tracing-audit/", env!("CARGO_PKG_VERSION")),
        "x-scope-orgid: audit",
    ] {
        assert!(request.has_header(header), "{header} in {}", request.head);
    }
    let mut body = Vec::new();
    GzDecoder::new(request.body.as_slice()).read_to_end(&mut body).unwrap();
    let resource = BTreeMap::from([("service.name".to_owned(), "s".to_owned())]);
    assert_eq!(body, lines.with(|batch| self::request(&resource, batch)));
    assert!(request.body.len() < body.len() / 4, "{} of {}", request.body.len(), body.len());
}

#[test]
fn compression_can_be_off_and_headers_replaced() {
    let receiver = Receiver::new(&[TAKEN]);
    let otlp = Otlp::new(receiver.address()).compression(Compression::None).header("User-Agent", "mine");
    let mut mirror = mirror(otlp, &Reports::new());
    deliver_one(&mut mirror).unwrap();
    deliver_one(&mut mirror).unwrap();
    let (first, again) = (receiver.request(), receiver.request());
    assert!(!first.head.to_lowercase().contains("content-encoding"), "{}", first.head);
    assert!(first.has_header("user-agent: mine"), "{}", first.head);
    assert_eq!(first.head.to_lowercase().matches("user-agent").count(), 1);
    assert_eq!(first.body, again.body, "a repeated request is identical to the byte");
}

#[test]
fn the_connection_is_reused() {
    let refused = answer("503 Service Unavailable", "text/plain", "later");
    let receiver = Receiver::new(&[TAKEN, &refused, TAKEN]);
    let mut mirror = to(&receiver);
    deliver_one(&mut mirror).unwrap();
    deliver_one(&mut mirror).unwrap_err();
    deliver_one(&mut mirror).unwrap();
    assert_eq!([0; 3].map(|_| receiver.request().connection), [0; 3]);
}

#[test]
fn a_connection_that_the_receiver_closed_is_opened_again() {
    let last = TAKEN.replace("content-length", "connection: close\r\ncontent-length");
    let receiver = Receiver::new(&[&last, TAKEN]);
    let mut mirror = to(&receiver);
    deliver_one(&mut mirror).unwrap();
    deliver_one(&mut mirror).unwrap();
    assert_eq!([0; 2].map(|_| receiver.request().connection), [0, 1]);
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let endless =
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 9999999999\r\n\r\nlater";
    let receiver = Receiver::new(&[endless, TAKEN]);
    let otlp = Otlp::new(receiver.address()).timeout(Duration::from_millis(200));
    let mut mirror = mirror(otlp, &Reports::new());
    let error = deliver_one(&mut mirror).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert!(reasons(&error).ends_with("answered 503: later"), "{error:?}");
    deliver_one(&mut mirror).unwrap();
}

#[test]
fn an_error_contains_status_content_type_and_text() {
    let page = answer("404 Not Found", "text/html", "<h1>404</h1><p>no such page</p>");
    let wait = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::new(&[&page, wait, &answer("413 Content Too Large", "", "")]);
    let mut mirror = to(&receiver);
    let error = deliver_one(&mut mirror).unwrap_err();
    assert_eq!(error.kind(), Kind::Retry);
    let expected =
        format!("http://{}/v1/logs answered 404 (text/html): 404 no such page", receiver.address());
    assert_eq!(reasons(&error), expected);
    let error = deliver_one(&mut mirror).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
    assert_eq!(deliver_one(&mut mirror).unwrap_err().kind(), Kind::Rejected);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::new(&[TAKEN]);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("http://{}/v1/logs", elsewhere.address());
        let redirect = format!("HTTP/1.1 {status}\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::new(&[&redirect]);
        let error = deliver_one(&mut to(&receiver)).unwrap_err();
        assert_eq!(error.kind(), Kind::Retry);
        assert!(reasons(&error).contains(&status[..3]), "{error:?}");
    }
    assert_eq!(elsewhere.requests_left(), 0);
}

#[test]
fn an_html_page_is_not_a_success_unless_any_content_type_is() {
    let page = answer("200 OK", "text/html", "<title>Welcome</title>");
    let receiver = Receiver::new(&[&page]);
    let error = deliver_one(&mut to(&receiver)).unwrap_err();
    assert_eq!(error.kind(), Kind::Retry);
    assert!(reasons(&error).contains("not as an OTLP receiver (text/html)"), "{error:?}");
    let otlp = Otlp::new(receiver.address()).any_content_type(true);
    deliver_one(&mut mirror(otlp, &Reports::new())).unwrap();
}

#[test]
fn a_receiver_that_hangs_is_given_up_after_the_timeout() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9\r\n\r\nhalf";
    let receiver = Receiver::new(&["", cut, TAKEN]);
    let otlp = Otlp::new(receiver.address()).timeout(Duration::from_millis(200));
    let mut mirror = mirror(otlp, &Reports::new());
    for _ in 0..2 {
        let error = deliver_one(&mut mirror).unwrap_err();
        assert!(reasons(&error).contains("no answer within 200ms"), "{error:?}");
    }
    deliver_one(&mut mirror).unwrap();
}

#[test]
fn an_unreachable_receiver_is_named_with_the_reason() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = deliver_one(&mut mirror(Otlp::new(format!("127.0.0.1:{port}")), &Reports::new()));
    let text = reasons(&error.unwrap_err());
    assert!(text.contains(&format!("http://127.0.0.1:{port}/v1/logs: the connection failed / ")), "{text}");
}

#[test]
fn unusable_settings_deliver_nothing_and_name_the_reason() {
    let mut mirror = mirror(Otlp::new("nowhere"), &Reports::new());
    assert!(mirror.check().is_err());
    let error = deliver_one(&mut mirror).unwrap_err();
    assert_eq!(error.kind(), Kind::Retry);
    assert!(reasons(&error).contains("the OTLP endpoint `nowhere` can't be used"), "{error:?}");
}
