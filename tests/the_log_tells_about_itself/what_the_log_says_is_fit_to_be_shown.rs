//! What the log says of itself, in the runtime log, in errors, in `Stats` and in the evidence, shows no
//! secret of its settings and no character that a terminal obeys. A `main` that returns an error prints a message.

#[cfg(feature = "otlp")]
use crate::support::TEST_TYPES;
use crate::support::{RuntimeLog, TestLog, eventually};
use std::error::Error;
use std::io;
use std::sync::Arc;
#[cfg(feature = "otlp")]
use std::time::Duration;
use tracing_audit::mirror::DeliveryError;
use tracing_audit::{
    AppendError, AuditConfig, AuditLayer, CatalogError, DeadLetterError, FlushError, OpenError, PruneError,
    ReconfigureError, Record, audit,
};
use tracing_subscriber::prelude::*;

/// What must stand nowhere.
const SECRETS: [&str; 3] = ["hunter2", "ZaVnC4dhaV", "s3cr3tkey"];

const ENDPOINT: &str = "https://collector:hunter2@127.0.0.1:9/receiver/v1/http/ZaVnC4dhaV?api_key=s3cr3tkey";

fn assert_no_secret(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} shows `{secret}`: {text}");
    }
}

/// Guards against secrets in a setting that is logged.
#[test]
fn settings_show_no_secret_of_an_endpoint() {
    let mut config = AuditConfig::new("/var/log/app");
    config.otlp_endpoint = Some(ENDPOINT.into());
    assert_no_secret("AuditConfig", &format!("{config:?}"));
    assert_no_secret("AuditConfig", &format!("{config:#?}"));
    assert_no_secret("the builder", &format!("{:?}", AuditLayer::builder_with(&config)));
}

/// Guards against a token in an endpoint's path or query that gets into the runtime log, into
/// `last_error`, or into the evidence.
#[cfg(feature = "otlp")]
#[test]
fn nothing_shows_a_secret_of_an_endpoint_that_fails() {
    let log = TestLog::new();
    let runtime = RuntimeLog::default();
    // No server listens there.
    let otlp = tracing_audit::Otlp::new(ENDPOINT.replace("collector:hunter2@", "").replace("https", "http"));
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(20));
    let builder = builder.alarm_after(Duration::ZERO);
    let (layer, guard) = match builder.otlp(otlp).open() {
        Ok(log) => log,
        Err(error) => return assert_no_secret("the error", &format!("{error} {error:?}")),
    };
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
    tracing::dispatcher::with_default(&dispatch, || audit!("a.b"));
    let handle = guard.handle();
    eventually("the mirror fails", || format!("{:?}", handle.stats()).contains("refused"));
    assert_no_secret("Stats", &format!("{:?}", handle.stats()));
    let report = guard.shutdown(Duration::from_secs(2)).unwrap();
    assert!(!report.undelivered.is_empty());
    assert_no_secret("shutdown", &format!("{report} {report:?}"));
    assert_no_secret("the runtime log", &runtime.lines().join("\n"));
    for record in log.all_records() {
        assert_no_secret("the evidence", &record.to_string());
    }
}

/// Answers each request with an error that repeats its head.
#[cfg(feature = "otlp")]
fn echo() -> std::net::SocketAddr {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {
                let line = head.lines().last().unwrap().to_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let body = format!("no such page: {head}");
            let answer = format!(
                "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            // The client may not wait for it.
            reader.get_mut().write_all(answer.as_bytes()).unwrap_or(());
        }
    });
    address
}

/// Guards against a token that the HTTP library logs, or that a receiver's answer repeats. In a
/// process of its own, because the thread of the mirror only has the global subscriber.
#[cfg(feature = "otlp")]
#[test]
fn neither_the_http_library_nor_an_answer_shows_a_secret() {
    let name = crate::support::child::name_of(neither_the_http_library_nor_an_answer_shows_a_secret);
    if crate::support::child::child_argument().is_none() {
        let folder = crate::support::child::open_folder();
        let output = crate::support::child::child(name, folder.path(), folder.path()).output().unwrap();
        assert_eq!(crate::support::child::said(&output), ["no secret"]);
        return;
    }
    let (log, runtime) = (TestLog::new(), RuntimeLog::default());
    let endpoint = format!("http://{}/receiver/ZaVnC4dhaV?api_key=s3cr3tkey", echo());
    let otlp = tracing_audit::Otlp::new(endpoint).header("authorization", "Bearer hunter2");
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(20));
    let (layer, guard) = builder.alarm_after(Duration::ZERO).otlp(otlp).open().unwrap();
    tracing_subscriber::registry().with(layer).with(runtime.clone()).init();
    audit!("a.b").result().unwrap();
    let handle = guard.handle();
    eventually("the mirror fails", || format!("{:?}", handle.stats()).contains("no such page: POST"));
    assert_no_secret("Stats", &format!("{:?}", handle.stats()));
    eventually("the failure is in the evidence", || {
        log.all_records().iter().any(|record| record.event == "log.mirror_failed")
    });
    for record in log.all_records() {
        assert_no_secret("the evidence", &record.to_string());
    }
    let shown = |text: &str| runtime.lines().iter().any(|line| line.contains(text));
    eventually("it is reported", || shown("answered 404"));
    assert!(!shown("ureq"), "the HTTP library is not heard: {:?}", runtime.lines());
    assert_no_secret("the runtime log", &runtime.lines().join("\n"));
    crate::support::child::say("no secret");
}

/// What turns text around, ends a line, or colours a screen: C0, DEL, C1, bidirectional marks.
const CONTROLS: &str = "\u{1b}[31m\u{7f}\u{9b}\u{85}\u{202e}\u{2066}\u{200f}\u{2028}\r\n\u{0}";

/// Guards against an event's words that forge lines of the runtime log, or hide what stands there.
#[test]
fn the_runtime_log_gets_no_control_character_of_an_event() {
    let log = TestLog::new();
    let runtime = RuntimeLog::default();
    let (layer, guard) = log.open();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
    let name = format!("unknown{CONTROLS}type");
    tracing::dispatcher::with_default(&dispatch, || {
        assert!(audit!("auth.failed", outcome = name.as_str()).seq().is_some());
        let record = Record::new(name.as_str()).resource(name.as_str(), name.as_str());
        assert!(guard.handle().append(record).seq().is_some());
        // Reports of a handle come from a thread of their own.
        eventually("it is reported", || runtime.lines().len() >= 2);
    });
    drop(guard);
    for line in runtime.lines() {
        let found = line.chars().find(|c| CONTROLS.contains(*c) && !"[31m".contains(*c));
        assert_eq!(found, None, "{}", line.escape_debug());
    }
    // The evidence has it as it was.
    assert!(log.all_records().iter().any(|record| record.resource.get(name.as_str()).is_some()));
}

fn no() -> io::Error {
    io::Error::other("no")
}

/// Each error, and its fields.
fn errors() -> [(Box<dyn Error>, &'static str); 10] {
    let event = || "a.b".to_owned();
    let setting = OpenError::Setting { setting: "group", value: "7".to_owned(), reason: "it is odd" };
    let catalog = || CatalogError::Meaning { event: event() };
    [
        (Box::new(AppendError::NoAuditLayer), "NoAuditLayer"),
        (Box::new(AppendError::DayFile { path: "a.log".into(), source: Arc::new(no()) }), "DayFile {"),
        (Box::new(FlushError::Sync { path: "a.log".into(), source: Arc::new(no()) }), "Sync {"),
        (Box::new(PruneError::Forked), "Forked"),
        (Box::new(DeadLetterError::NoMirror { mirror: "m".to_owned() }), "NoMirror {"),
        (Box::new(ReconfigureError::Settings { source: setting }), "Settings {"),
        (Box::new(ReconfigureError::Catalog { source: catalog() }), "Catalog {"),
        (Box::new(catalog()), "Meaning {"),
        (Box::new(DeliveryError::retry(no())), "DeliveryError {"),
        (Box::new(Record::from_line(b"x").unwrap_err()), "DecodeError {"),
    ]
}

#[test]
fn each_error_is_printed_as_its_message_with_its_causes() {
    let printed = errors().map(|(error, _)| format!("{error:?}"));
    let wanted = [
        "there is no audit layer in the current dispatch",
        "could not begin the day file a.log: no",
        "could not sync a.log: no",
        "the audit log belongs to the process that this one was forked off",
        "the audit log has no mirror `m`",
        "the setting `group` can't be 7: it is odd",
        "the catalog of event types can't be used: the event type `a.b` has an empty meaning",
        "the event type `a.b` has an empty meaning",
        "the records could not be delivered: no",
        "line 1, byte 1: expected value",
    ];
    assert_eq!(printed, wanted);
}

#[test]
fn the_alternate_form_has_the_fields() {
    for (error, begin) in errors() {
        let text = format!("{error:#?}");
        assert!(text.starts_with(begin), "{text}");
    }
}
