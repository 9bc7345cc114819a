//! The service answers, and its audit log has the caller and the trace of each request.

#[path = "../../../tests/support/example.rs"]
#[allow(dead_code, unreachable_pub)]
mod example;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

/// A process that does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.0.kill().unwrap();
        }
    }
}

/// The status and the body that the service answers with.
fn ask(address: &str, request_line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
    let length = body.len();
    write!(
        stream,
        "{request_line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[test]
fn axum_service() {
    let folder = tempfile::tempdir().unwrap();
    let child = example::in_folder(Path::new(env!("CARGO_BIN_EXE_axum_service")), folder.path())
        .env("RUST_LOG", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut service = Running(child);
    let mut first_line = String::new();
    BufReader::new(service.0.stdout.as_mut().unwrap()).read_line(&mut first_line).unwrap();
    let address = first_line.strip_prefix("listening on http://").unwrap();
    let address = address.split(';').next().unwrap();

    let sign_in = |password: &str| {
        ask(address, "POST /sign-in", &[], &format!(r#"{{"user":"S-1-5-21-1","password":"{password}"}}"#))
    };
    assert_eq!(sign_in("battery staple").0, 401);
    assert_eq!(ask(address, "GET /export", &[], "").0, 401);
    let (status, body) = sign_in("correct horse");
    assert_eq!(status, 200, "{body}");
    let session = serde_json::from_str::<serde_json::Value>(&body).unwrap();
    let bearer = format!("Bearer {}", session["token"].as_str().unwrap());
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("authorization", &*bearer), ("traceparent", traceparent)];
    assert_eq!(ask(address, "POST /settings", &headers, r#"{"retention_days":90}"#).0, 204);
    let (status, body) = ask(address, "GET /export", &headers[..1], "");
    assert_eq!((status, body.contains("S-1-5-21-1")), (200, true), "{body}");

    // The end of its input stops it.
    drop(service.0.stdin.take());
    assert!(service.0.wait().unwrap().success());
    let mut lines = String::new();
    for entry in std::fs::read_dir(folder.path().join("tracing-audit-axum-service")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            lines.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    assert!(!lines.contains(session["token"].as_str().unwrap()), "the token is a secret: {lines}");
    let records = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let records = records.filter(|record| !record["event"].as_str().unwrap().starts_with("log."));
    let records = records.collect::<Vec<_>>();
    let events = records.iter().map(|record| record["event"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(events, ["auth.failed", "auth.failed", "settings.changed", "privacy.export"]);
    assert_eq!(records[0]["actor"], serde_json::json!({ "user_sid": "S-1-5-21-1" }));
    assert_eq!(records[1]["actor"], serde_json::json!({}));
    let actor = serde_json::json!({ "user_sid": "S-1-5-21-1", "session_id": session["session_id"] });
    assert_eq!((&records[2]["actor"], &records[3]["actor"]), (&actor, &actor));
    let traces = records.iter().map(|record| record["trace_id"].as_str().map_or(0, str::len));
    assert_eq!(traces.collect::<Vec<_>>(), [32; 4]);
    assert_eq!(records[2]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_ne!(records[3]["trace_id"], records[2]["trace_id"]);
}
