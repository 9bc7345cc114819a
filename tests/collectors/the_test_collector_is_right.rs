//! The collector of the tests stores the records that it is sent, follows its script, and detects the
//! faults of a sender. The tests of the OTLP mirror rely on that.
#![cfg(feature = "otlp")]

use crate::support::collector::{Answer, Collector, always, in_turn, mixed};
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn record(seq: u64, body: &str) -> LogRecord {
    let attribute = |key: &str, value| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    LogRecord {
        body: Some(AnyValue { value: Some(Value::StringValue(body.to_owned())) }),
        attributes: vec![
            attribute("log.record.uid", Value::StringValue(format!("abc-{seq}-0123abcd"))),
            attribute("audit.seq", Value::IntValue(seq as i64)),
        ],
        ..LogRecord::default()
    }
}

fn encoded(log_records: Vec<LogRecord>) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A connection, and the answers on it.
struct Client(BufReader<TcpStream>);

#[derive(Debug)]
struct Response {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Client {
    fn of(collector: &Collector) -> Client {
        Client(BufReader::new(TcpStream::connect(collector.address()).unwrap()))
    }

    fn send(&mut self, headers: &str, body: &[u8]) -> Option<Response> {
        let head = format!(
            "POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n{headers}\r\n"
        );
        self.send_raw(&[head.as_bytes(), body].concat())
    }

    /// Sends records with these numbers in one request.
    fn post(&mut self, seqs: impl IntoIterator<Item = u64>) -> Option<Response> {
        let body = encoded(seqs.into_iter().map(|seq| record(seq, "a.b")).collect());
        self.send(&format!("content-length: {}\r\n", body.len()), &body)
    }

    /// Returns the answer; `None` if the connection ends without one.
    fn send_raw(&mut self, bytes: &[u8]) -> Option<Response> {
        self.0.get_mut().write_all(bytes).ok()?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; len.parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        Some(Response { status: head[9..12].parse().unwrap(), head, body })
    }
}

fn rejected(response: &Response) -> i64 {
    assert_eq!(response.status, 200);
    assert!(response.head.contains("content-type: application/x-protobuf\r\n"), "{}", response.head);
    let message = ExportLogsServiceResponse::decode(response.body.as_slice()).unwrap();
    message.partial_success.map_or(0, |partial| partial.rejected_log_records)
}

#[test]
fn every_way_to_send_a_body_is_understood() {
    let collector = Collector::start();
    let mut client = Client::of(&collector);
    assert_eq!(rejected(&client.post([0, 1]).unwrap()), 0);

    let packed = gzip(&encoded(vec![record(2, "a.b")]));
    let headers = format!("content-encoding: gzip\r\nContent-Length: {}\r\n", packed.len());
    assert_eq!(rejected(&client.send(&headers, &packed).unwrap()), 0);

    let packed = gzip(&encoded(vec![record(3, "a.b")]));
    let mut chunked = Vec::new();
    for chunk in packed.chunks(7) {
        write!(chunked, "{:x};extension=1\r\n", chunk.len()).unwrap();
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\ntrailer: 1\r\n\r\n");
    let headers = "content-encoding: gzip\r\ntransfer-encoding: chunked\r\n";
    assert_eq!(rejected(&client.send(headers, &chunked).unwrap()), 0);

    collector.assert_complete(0..4);
    let state = collector.state();
    assert_eq!(state.arrivals[2].uid, "abc-2-0123abcd");
    assert_eq!(state.arrivals[2].record(), record(2, "a.b"));
    assert_eq!(state.requests[1].header("content-encoding"), "gzip");
}

#[test]
fn it_answers_as_it_is_told() {
    let collector = Collector::start();
    let status = |answer: Answer, seqs: std::ops::Range<u64>| {
        collector.answers(always(answer));
        Client::of(&collector).post(seqs).map_or(0, |response| response.status)
    };
    assert_eq!(status(Answer::Status(403), 0..1), 403);
    assert_eq!(status(Answer::Redirect(302), 0..1), 302);
    assert_eq!(status(Answer::Html, 0..1), 200);
    assert_eq!(status(Answer::Drop, 0..1), 0);
    assert_eq!(status(Answer::Hang(Duration::ZERO), 0..1), 0);
    assert_eq!(status(Answer::TooLarge(1), 0..2), 413);
    assert_eq!(status(Answer::bad_request(|record| record.seq == 1), 0..2), 400);
    assert_eq!(collector.records(), []);

    assert_eq!(status(Answer::bad_request(|record| record.seq == 1), 0..1), 200);
    assert_eq!(status(Answer::TooLarge(1), 1..2), 200);
    assert_eq!(status(Answer::DropAfterStoring, 2..3), 0);
    assert_eq!(status(Answer::StoredThenError(503), 3..4), 503);
    collector.assert_complete(0..4);

    collector.answers(in_turn([Answer::RetryAfter(429, 7), Answer::Partial(2)]));
    let mut client = Client::of(&collector);
    let response = client.post(4..7).unwrap();
    assert_eq!(response.status, 429);
    assert!(response.head.contains("retry-after: 7\r\n"), "{}", response.head);
    assert_eq!(rejected(&client.post(4..7).unwrap()), 2);
    assert_eq!(rejected(&client.post(5..7).unwrap()), 0);
    collector.assert_complete(0..7);
    assert_eq!(collector.state().repeats, 0);
}

#[test]
fn trouble_that_is_mixed_loses_nothing_to_those_who_try_again() {
    let collector = Collector::start();
    collector.answers(mixed(7, 50));
    let mut tries = 0;
    for seq in 0..200 {
        let is_stored = |response: Response| {
            response.status == 200 && response.head.contains("content-type: application/x-protobuf\r\n")
        };
        while !Client::of(&collector).post([seq]).is_some_and(is_stored) {
            tries += 1;
        }
    }
    assert!(tries > 100, "{tries}");
    assert!(collector.state().repeats > 0);
    collector.assert_complete(0..200);
}

#[test]
fn it_stops_whatever_it_is_doing_and_starts_again_where_it_was() {
    let mut collector = Collector::start();
    let address = collector.address();
    let mut idle = Client::of(&collector);
    assert_eq!(rejected(&idle.post([0]).unwrap()), 0);
    collector.answers(always(Answer::Hang(LONG * 60)));
    let mut hanging = Client::of(&collector);
    let hangs = std::thread::spawn(move || hanging.post([1]).is_none());
    assert!(collector.wait_for(|state| state.requests.len() == 2, LONG));
    collector.stop();
    assert!(hangs.join().unwrap());
    assert!(idle.post([1]).is_none());
    assert!(TcpStream::connect(&address).is_err());

    collector.answers(always(Answer::Ok));
    collector.start_again();
    assert_eq!(collector.address(), address);
    assert_eq!(rejected(&Client::of(&collector).post([1]).unwrap()), 0);
    collector.assert_complete(0..2);

    let port = collector.port();
    drop(collector);
    assert_eq!(Collector::start_at(port).records(), []);
}

#[test]
fn what_is_wrong_is_noticed() {
    let check = |expected: std::ops::Range<u64>, sent: &[&[u64]]| {
        let collector = Collector::start();
        let mut client = Client::of(&collector);
        for seqs in sent {
            client.post(seqs.iter().copied()).unwrap();
        }
        collector.state().check_complete(expected)
    };
    assert_eq!(check(0..3, &[&[0, 1], &[0, 1], &[1, 2]]), Ok(()));
    assert_eq!(check(0..3, &[&[0, 2]]).unwrap_err(), "missing are 1 of 3: [1]");
    assert_eq!(check(0..3, &[&[0, 1, 2, 3]]).unwrap_err(), "unexpected are 1 of 3: [3]");
    assert_eq!(check(0..3, &[&[0, 2], &[1]]).unwrap_err(), "abc-1-0123abcd came after abc-2-0123abcd");

    let fault = |headers: &str, body: &[u8]| {
        let collector = Collector::start();
        let headers = format!("{headers}content-length: {}\r\n", body.len());
        let response = Client::of(&collector).send(&headers, body).unwrap();
        (response.status, collector.state().check_complete([]).unwrap_err())
    };
    let (status, why) = fault("", b"no protobuf");
    assert!(status == 400 && why.contains("not protobuf"), "{status} {why}");
    let (status, why) = fault("content-encoding: gzip\r\n", b"no gzip");
    assert!(status == 400 && why.contains("not gzip"), "{status} {why}");
    let (status, why) = fault("content-encoding: br\r\n", b"");
    assert!(status == 415 && why.contains("br"), "{status} {why}");
    let (status, why) = fault("", &encoded(vec![LogRecord::default()]));
    assert!(status == 200 && why.contains("without a uid"), "{status} {why}");

    let collector = Collector::start();
    let mut client = Client::of(&collector);
    for body in ["first", "second"] {
        let body = encoded(vec![record(0, body)]);
        client.send(&format!("content-length: {}\r\n", body.len()), &body).unwrap();
    }
    let why = collector.state().check_complete(0..1).unwrap_err();
    assert!(why.contains("abc-0-0123abcd came again, and was another"), "{why}");

    let collector = Collector::start();
    let followed = b"POST /elsewhere HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(rejected(&Client::of(&collector).send_raw(followed).unwrap()), 0);
    let why = collector.state().check_complete([]).unwrap_err();
    assert!(why.contains("a redirect was followed"), "{why}");
}
