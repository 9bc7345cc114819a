//! The service answers, and its audit log has the actor, the address and the trace of each request, also under load.

#[path = "../../../tests/support/example.rs"]
#[allow(dead_code, unreachable_pub)]
mod example;

use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use tempfile::TempDir;

/// The service in a process that does not outlive the test.
struct Running {
    child: Child,
    folder: TempDir,
    address: String,
}

impl Running {
    fn start(rust_log: &str) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let mut child = example::in_folder(Path::new(env!("CARGO_BIN_EXE_axum_service")), folder.path())
            .env("RUST_LOG", rust_log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first_line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first_line).unwrap();
        let address = first_line.strip_prefix("listening on http://").unwrap();
        let address = address.split(';').next().unwrap().to_owned();
        Running { child, folder, address }
    }

    /// Stops the service, and returns the records of its events.
    fn stop(mut self) -> Vec<Value> {
        // The end of its input stops it.
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
        let mut lines = String::new();
        for entry in std::fs::read_dir(self.folder.path().join("tracing-audit-axum-service")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "log") {
                lines.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        records.filter(|record| !record["event"].as_str().unwrap().starts_with("log.")).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.child.kill().unwrap();
        }
    }
}

/// A connection that stays open from one request to the next.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(service: &Running) -> Connection {
        let stream = TcpStream::connect(&service.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection(BufReader::new(stream))
    }

    /// Returns the status and the body that the service answers with.
    fn ask(&mut self, request_line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
        let length = body.len();
        let request = format!(
            "{request_line} HTTP/1.1\r\nhost: service\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the service has closed the connection");
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.parse().unwrap();
            }
            status.get_or_insert_with(|| line.split(' ').nth(1).unwrap().parse().unwrap());
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status.unwrap(), String::from_utf8(body).unwrap())
    }

    fn sign_in(&mut self, user: &str, password: &str) -> (u16, Value) {
        let body = json!({ "tenant": "acme", "user": user, "password": password }).to_string();
        let (status, body) = self.ask("POST /sign-in", &[], &body);
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

fn bearer(session: &Value) -> String {
    format!("Bearer {}", session["token"].as_str().unwrap())
}

#[test]
fn axum_service() {
    let service = Running::start("off");
    let mut client = Connection::open(&service);
    assert_eq!(client.sign_in("ada", "battery staple").0, 401);
    assert_eq!(client.ask("GET /export", &[], "").0, 401);
    let (status, session) = client.sign_in("ada", "correct horse");
    assert_eq!(status, 200, "{session}");
    let bearer = bearer(&session);
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("authorization", &*bearer), ("user-agent", "test/1"), ("traceparent", traceparent)];
    assert_eq!(client.ask("POST /settings", &headers, r#"{"retention_days":90}"#).0, 204);
    let (status, body) = client.ask("GET /export", &headers[..2], "");
    assert_eq!((status, body.contains("ada")), (200, true), "{body}");

    let records = service.stop();
    let token = session["token"].as_str().unwrap();
    assert!(!format!("{records:?}").contains(token), "the token is a secret: {records:?}");
    let events = records.iter().map(|record| record["event"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(events, ["auth.failed", "auth.failed", "settings.changed", "privacy.export"]);
    assert_eq!(records[0]["actor"], json!({ "user_id": "ada", "tenant": "acme", "address": "127.0.0.1" }));
    assert_eq!(records[1]["actor"], json!({ "address": "127.0.0.1" }));
    let session = &session["session_id"];
    let actor = json!({
        "user_id": "ada", "session_id": session, "tenant": "acme", "address": "127.0.0.1", "user_agent": "test/1",
    });
    assert_eq!((&records[2]["actor"], &records[3]["actor"]), (&actor, &actor));
    let traces = records.iter().map(|record| record["trace_id"].as_str().map_or(0, str::len));
    assert_eq!(traces.collect::<Vec<_>>(), [32; 4]);
    assert_eq!(records[2]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_ne!(records[3]["trace_id"], records[2]["trace_id"]);
}

const CONNECTIONS: usize = 8;
const REQUESTS: usize = 10_000;
const USERS: usize = 20;

/// What is sent under load.
struct Sent {
    /// `None`: the request is of no user.
    user: Option<usize>,
    /// Different in all requests, as is the user agent.
    address: String,
    user_agent: String,
    /// `None`: the request begins a trace.
    trace: Option<String>,
}

impl Sent {
    fn of(number: usize) -> Sent {
        let trace = format!("{number:016x}{:016x}", number * 7919 + 1);
        Sent {
            user: (!number.is_multiple_of(5)).then_some(number * 31 % USERS),
            address: format!("100.64.{}.{}", number / 256, number % 256),
            user_agent: format!("load/{number}"),
            trace: (!number.is_multiple_of(3)).then_some(trace),
        }
    }

    fn send(&self, number: usize, client: &mut Connection, sessions: &[Value]) {
        let forwarded = format!("192.0.2.1, {}", self.address);
        let mut headers = vec![("x-forwarded-for", &*forwarded), ("user-agent", &*self.user_agent)];
        let traceparent = self.trace.as_ref().map(|trace| format!("00-{trace}-b7ad6b7169203331-01"));
        headers.extend(traceparent.as_deref().map(|text| ("traceparent", text)));
        let bearer = self.user.map(|user| bearer(&sessions[user]));
        headers.extend(bearer.as_deref().map(|text| ("authorization", text)));
        let (status, _) = match number % 2 {
            0 => client.ask("POST /settings", &headers, &json!({ "retention_days": number }).to_string()),
            _ => client.ask("GET /export", &headers, ""),
        };
        assert_eq!(
            status,
            match (self.user, number % 2) {
                (None, _) => 401,
                (Some(_), 0) => 204,
                (Some(_), _) => 200,
            }
        );
    }
}

#[test]
fn under_load_no_record_has_the_context_of_another_request() {
    let service = Running::start("info");
    let mut client = Connection::open(&service);
    let sessions = (0..USERS).map(|user| client.sign_in(&format!("user {user}"), "correct horse").1);
    let sessions = sessions.collect::<Vec<_>>();
    thread::scope(|scope| {
        for first in 0..CONNECTIONS {
            let (service, sessions) = (&service, &sessions);
            scope.spawn(move || {
                let mut client = Connection::open(service);
                for number in (first..REQUESTS).step_by(CONNECTIONS) {
                    Sent::of(number).send(number, &mut client, sessions);
                }
            });
        }
    });
    drop(client);

    let records = service.stop();
    assert_eq!(records.len(), REQUESTS);
    let mut by_address = HashMap::new();
    for record in &records {
        let address = record["actor"]["address"].as_str().unwrap();
        assert!(by_address.insert(address, record).is_none(), "a second record of {address}: {record}");
    }
    let mut traces = BTreeSet::new();
    for number in 0..REQUESTS {
        let sent = Sent::of(number);
        let record = by_address[&*sent.address];
        let mut actor = json!({ "address": sent.address, "user_agent": sent.user_agent });
        if let Some(user) = sent.user {
            actor["user_id"] = format!("user {user}").into();
            actor["session_id"] = sessions[user]["session_id"].clone();
            actor["tenant"] = "acme".into();
        }
        assert_eq!(record["actor"], actor, "{record}");
        let (event, resource) = match (sent.user, number % 2) {
            (None, _) => ("auth.failed", json!({ "reason": "not signed in" })),
            (Some(_), 0) => ("settings.changed", json!({ "retention_days": number })),
            (Some(_), _) => ("privacy.export", json!({ "format": "json" })),
        };
        assert_eq!((&record["event"], &record["resource"]), (&json!(event), &resource), "{record}");
        let trace = record["trace_id"].as_str().unwrap();
        assert!(traces.insert(trace), "the trace of another request: {record}");
        match sent.trace {
            Some(sent) => assert_eq!(trace, sent, "{record}"),
            None => assert_eq!(trace.len(), 32, "{record}"),
        }
    }
}
