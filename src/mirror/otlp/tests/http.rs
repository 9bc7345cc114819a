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
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
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
    let expected = format!("http://{}/… answered 404 (text/html): 404 no such page; ", receiver.address());
    assert!(reasons(&error).starts_with(&expected), "{error:?}");
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
        let target = format!("redirects to http://{},", elsewhere.address());
        assert!(reasons(&error).contains(&target), "{error:?}");
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
        assert_eq!(error.kind(), Kind::TimedOut);
        assert!(reasons(&error).contains("no answer within 200ms"), "{error:?}");
    }
    deliver_one(&mut mirror).unwrap();
}

#[test]
fn an_unreachable_receiver_is_named_with_the_reason() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = deliver_one(&mut mirror(Otlp::new(format!("127.0.0.1:{port}")), &Reports::new()));
    let text = reasons(&error.unwrap_err());
    assert!(text.contains(&format!("http://127.0.0.1:{port}/…: the connection failed / ")), "{text}");
}

#[test]
fn unusable_settings_deliver_nothing_and_name_the_reason() {
    let mut mirror = mirror(Otlp::new("nowhere"), &Reports::new());
    assert!(mirror.check().is_err());
    let error = deliver_one(&mut mirror).unwrap_err();
    assert_eq!(error.kind(), Kind::Retry);
    assert!(reasons(&error).contains("the OTLP endpoint `nowhere` can't be used"), "{error:?}");
}

/// A server that answers each connection with these bytes once it has read something, and closes it.
fn raw_server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let read = stream.read(&mut [0; 64 * 1024]).unwrap();
            assert!(read > 0);
            stream.write_all(answer).unwrap();
        }
    });
    address
}

#[test]
fn a_compressed_answer_is_unpacked() {
    let json = r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}"#;
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(json.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let address = raw_server([head.into_bytes(), packed].concat().leak());
    let mut mirror = mirror(Otlp::new(address), &Reports::new());
    assert_eq!(deliver_one(&mut mirror).unwrap(), Delivered::partial(1, "too old"));
}

#[test]
fn an_answer_of_another_form_is_understood() {
    let json = answer("200 OK", "application/json", "{}");
    let receiver = Receiver::new(&["HTTP/1.1 204 No Content\r\n\r\n", &json, &answer("200 OK", "", "")]);
    let mut mirror = to(&receiver);
    for _ in 0..3 {
        assert_eq!(deliver_one(&mut mirror).unwrap(), Delivered::all());
    }
}

#[test]
fn a_port_for_grpc_is_named() {
    // The settings of HTTP/2, which a gRPC server sends first.
    let address = raw_server(b"\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0");
    let error = deliver_one(&mut mirror(Otlp::new(address), &Reports::new())).unwrap_err();
    assert!(reasons(&error).contains("4317 is gRPC, 4318 is HTTP"), "{error:?}");
}

#[test]
fn a_timeout_says_what_was_too_slow() {
    // It accepts connections, and never answers the TLS handshake.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let late = |url: String| {
        let otlp = Otlp::new(url).timeout(Duration::from_millis(300));
        deliver_one(&mut mirror(otlp, &Reports::new())).unwrap_err()
    };
    let error = late(format!("https://{address}/v1/logs"));
    assert!(reasons(&error).contains("no connection within 300ms"), "{error:?}");
    assert_eq!(error.kind(), Kind::Retry);
    let error = late(format!("http://{address}/v1/logs"));
    assert!(reasons(&error).contains("no answer within 300ms"), "{error:?}");
    assert_eq!(error.kind(), Kind::TimedOut);
}

/// Reads the head of a request.
fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn a_proxy_is_used_if_it_is_set() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let connect = head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let request = head(&mut stream);
        stream.write_all(TAKEN.as_bytes()).unwrap();
        (connect, request)
    });
    let otlp = Otlp::new("collector.invalid:4318").proxy(format!("http://me:word@{address}"));
    deliver_one(&mut mirror(otlp, &Reports::new())).unwrap();
    let (connect, request) = proxy.join().unwrap();
    assert!(connect.starts_with("CONNECT collector.invalid:4318 HTTP/1.1\r\n"), "{connect}");
    assert!(connect.to_lowercase().contains("proxy-authorization: basic "), "{connect}");
    assert!(request.starts_with("POST /v1/logs HTTP/1.1\r\n"), "{request}");
    assert!(!request.to_lowercase().contains("proxy-authorization"), "{request}");
}
