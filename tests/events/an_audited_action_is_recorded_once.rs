//! An audited action is recorded exactly once, when it ends, with how it ended: a function or a future that
//! returns, fails, panics, or is dropped at any point.

use crate::support::{RuntimeLog, TEST_TYPES, TestLog};
use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tracing_audit::events::{ModeStart, PolicyApplied, SettingsChanged};
use tracing_audit::record::{EventType, Field, FieldKind};
use tracing_audit::testing::{capture, capture_with};
use tracing_audit::{
    Actor, ActorScope as _, AuditLayer, Catalog, Outcome, Record, audit, audit_events, audited,
};
use tracing_subscriber::prelude::*;

audit_events! {
    catalog OWN;

    /// A report was made.
    event ReportMade<'a> = "report.made" {
        name: &'a str,
        password: Option<&'a str>,
    }
}

const STRICT: Catalog = Catalog::new(&[
    EventType::new("of.two", "It has two fields.").fields(&[
        Field::new("a", "A number.", FieldKind::Integer),
        Field::new("duration_ms", "The time that it took.", FieldKind::Integer),
    ]),
    EventType::new("of.none", "It has no fields."),
]);

/// Returns the resource without the time that the action took, which must be there.
fn resource(record: &Record) -> String {
    let mut resource = record.resource.clone();
    assert!(resource.remove("duration_ms").unwrap().as_u64().is_some(), "{record}");
    resource.to_string()
}

fn one(mut records: Vec<Record>) -> Record {
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

#[derive(Debug, PartialEq)]
struct Denied(&'static str);

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

const DENIED: &str = concat!(module_path!(), "::Denied");

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_function_is_recorded_with_its_outcome() {
    let records = capture_with(TEST_TYPES, || {
        assert_eq!(audited("a.b").run(|| Ok::<_, Denied>(7)), Ok(7));
        assert_eq!(audited("a.b".to_owned()).run(|| Err::<(), _>(Denied("ada"))), Err(Denied("ada")));
        let result = audited("a.b").with_error_message().run(|| Err::<(), _>(Denied("ada")));
        assert_eq!(result, Err(Denied("ada")));
    });
    let wanted = [
        (Outcome::Success, "{}".to_owned()),
        (Outcome::Failure, format!(r#"{{"error":"{DENIED}"}}"#)),
        (Outcome::Failure, format!(r#"{{"error":"{DENIED}: ada"}}"#)),
    ];
    assert_eq!(records.iter().map(|record| (record.outcome, resource(record))).collect::<Vec<_>>(), wanted);
    let slept = one(capture_with(TEST_TYPES, || {
        let action = || {
            std::thread::sleep(Duration::from_millis(3));
            Ok::<_, Denied>(())
        };
        audited("a.b").run(action).unwrap();
    }));
    assert!(slept.resource["duration_ms"].as_u64().unwrap() >= 3);
}

#[test]
fn a_panic_is_recorded_and_goes_on() {
    let records = capture_with(TEST_TYPES, || {
        let run = |message: bool, panics: fn()| {
            let action = || -> Result<(), Denied> {
                panics();
                Ok(())
            };
            let result = catch_unwind(AssertUnwindSafe(|| match message {
                true => audited("a.b").with_error_message().run(action),
                false => audited("a.b").run(action),
            }));
            result.unwrap_err()
        };
        assert_eq!(run(false, || panic!("ada")).downcast_ref(), Some(&"ada"));
        assert_eq!(
            run(true, || panic!("{}", std::hint::black_box("ada 7"))).downcast_ref(),
            Some(&"ada 7".to_owned())
        );
        assert_eq!(run(true, || panic_any(7)).downcast_ref(), Some(&7));
        // A future, at its second poll.
        let polls = Cell::new(0);
        let mut future = pin!(audited("a.b").run_async(poll_fn(|_| {
            polls.set(polls.get() + 1);
            if polls.get() == 2 { panic!("ada") } else { Poll::<Result<(), Denied>>::Pending }
        })));
        assert!(poll_once(future.as_mut()).is_pending());
        let panic = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut()))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"ada"));
        // It is not polled again.
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut()))).is_err());
        assert_eq!(polls.get(), 2);
    });
    let errors = records.iter().map(|record| record.resource["error"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(errors, ["panicked", "panicked: ada 7", "panicked", "panicked"]);
    assert!(records.iter().all(|record| record.outcome == Outcome::Failure));
}

/// A value that emits an event when it is dropped, and may panic then.
struct Dropped {
    panics: bool,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        audit!("a.inner");
        if self.panics {
            panic!("in drop");
        }
    }
}

#[test]
fn a_future_is_recorded_once_wherever_it_ends() {
    let ada = || Actor::new().user_sid("ada");
    let future = |panics: bool, polls: u32| {
        let dropped = Dropped { panics };
        let mut left = polls;
        let inner = async move {
            let _dropped = dropped;
            poll_fn(move |_| {
                left = left.saturating_sub(1);
                if left == 0 { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            Ok::<_, Denied>(7)
        };
        audited("a.b").run_async(inner).in_actor_scope(ada())
    };
    let run = |panics: bool, needs: u32, polls: u32| {
        let records = capture_with(TEST_TYPES, || {
            let mut future = Box::pin(future(panics, needs));
            let mut result = Poll::Pending;
            for _ in 0..polls {
                result = poll_once(future.as_mut());
            }
            assert_eq!(result.is_ready(), polls == needs);
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
            assert_eq!(dropped.is_err(), panics && polls < needs);
        });
        for record in &records {
            assert_eq!(record.actor.user_sid.as_deref(), Some("ada"), "{record}");
        }
        let said = |record: &Record| match record.resource.get("error") {
            Some(error) => format!("{} {} {error}", record.event, record.outcome),
            None => format!("{} {}", record.event, record.outcome),
        };
        records.iter().map(said).collect::<Vec<_>>()
    };
    let dropped =
        |when: &str| vec!["a.inner success".to_owned(), format!("a.b failure \"dropped before it {when}\"")];
    assert_eq!(run(false, 1, 1), ["a.inner success", "a.b success"]);
    assert_eq!(run(false, 3, 3), ["a.inner success", "a.b success"]);
    assert_eq!(run(false, 3, 0), dropped("began"));
    assert_eq!(run(false, 3, 1), dropped("completed"));
    assert_eq!(run(false, 3, 2), dropped("completed"));
    assert_eq!(run(true, 3, 0), dropped("began"));
    assert_eq!(run(true, 3, 2), dropped("completed"));
}

#[test]
fn a_task_that_is_aborted_or_that_loses_a_race_is_a_failure_of_its_own_actor() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let stack = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    type Action = std::pin::Pin<Box<dyn Future<Output = Result<(), Denied>> + Send>>;
    let scoped = |name: &str, future: Action| {
        let event = Record::new("a.b").resource("name", name);
        audited(event).run_async(future).in_actor_scope(Actor::new().user_sid(name))
    };
    let forever = || Box::pin(std::future::pending()) as Action;
    tracing::dispatcher::with_default(&stack, || {
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = scoped("loser", forever()) => unreachable!(),
                result = scoped("winner", Box::pin(ready(Ok(())))) => result.unwrap(),
            }
            let task = tokio::spawn(scoped("aborted", forever()));
            tokio::task::yield_now().await;
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
    });
    drop(guard);
    let records = log.records();
    let mut said = records
        .iter()
        .map(|record| {
            assert_eq!(record.actor.user_sid.as_deref(), record.resource["name"].as_str());
            format!("{} {} {}", record.resource["name"], record.outcome, record.resource["error"])
        })
        .collect::<Vec<_>>();
    said.sort();
    let wanted = [
        r#""aborted" failure "dropped before it completed""#,
        r#""loser" failure "dropped before it completed""#,
        r#""winner" success null"#,
    ];
    assert_eq!(said, wanted);
}

#[test]
fn a_record_and_a_typed_event_say_who_and_on_what() {
    let records = capture_with(OWN, || {
        let event = Record::new("privacy.export").user_sid("ada").resource("format", "csv").trace_id("t");
        audited(event).run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        let typed = ReportMade { name: "q3", password: None };
        audited(typed)
            .actor(Actor::new().user_sid("ada"))
            .resource_type("customer")
            .resource_id("4711")
            .resource_name("Lovelace")
            .run(|| Err::<(), _>(Denied("no")))
            .unwrap_err();
        // The actor of the place, for what the event does not say of it.
        Actor::new().user_sid("ada").session_id("s").scope(|| {
            let typed = SettingsChanged { resource: serde_json::json!({ "key": "days" }) };
            audited(typed).run(|| Ok::<_, Denied>(())).unwrap();
            let event = Record::new("privacy.export").user_sid("eve");
            audited(event).actor(Actor::new().session_id("e")).run(|| Ok::<_, Denied>(())).unwrap();
        });
    });
    let said = |record: &Record| {
        let actor =
            [&record.actor.user_sid, &record.actor.session_id].map(|part| part.clone().unwrap_or_default());
        format!("{} {} {}", record.event, actor.join(" "), resource(record))
    };
    assert_eq!(
        records.iter().map(said).collect::<Vec<_>>(),
        [
            format!(r#"privacy.export ada  {{"format":"csv","error":"{DENIED}"}}"#),
            // The struct has a `name` itself.
            format!(r#"report.made ada  {{"name":"q3","type":"customer","id":"4711","error":"{DENIED}"}}"#),
            r#"settings.changed ada s {"key":"days"}"#.to_owned(),
            "privacy.export eve e {}".to_owned(),
        ]
    );
    assert_eq!(records[0].trace_id.as_deref(), Some("t"));
}

#[test]
fn what_is_added_is_no_violation_and_gives_way_to_the_events_own() {
    let catalog = STRICT.and(OWN);
    let records = capture_with(catalog.clone(), || {
        audited("of.none").run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        let event = Record::new("of.two").resource("a", 1);
        audited(event).run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        // `error` is a field of the type.
        let start = |error| ModeStart { mode: "dictation", requires: &[], error };
        audited(start(Some("mine"))).run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        audited(start(None)).run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        let event = Record::new("of.two").resource("a", 1).resource("error", "mine");
        audited(event).run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        audited(PolicyApplied { source: "gpo", keys_locked_count: 7 }).run(|| Ok::<_, Denied>(())).unwrap();
        // What is wrong with the event is flagged as ever.
        audited("not.known").run(|| Ok::<_, Denied>(())).unwrap();
        audited(Record::new("of.two").resource("b", 1)).run(|| Ok::<_, Denied>(())).unwrap();
    });
    let all = catalog.and(tracing_audit::events::CATALOG);
    for record in &records[..6] {
        assert!(record.resource.get("_violations").is_none(), "{record}");
        let entry = all.get(&record.event).unwrap();
        assert_eq!(entry.violations(&record.resource), [""; 0], "{record}");
    }
    let error = |at: usize| records[at].resource["error"].as_str().unwrap_or_default();
    assert_eq!([0, 1, 2, 3, 4, 5].map(error), [DENIED, DENIED, "mine", DENIED, "mine", ""]);
    let violations = |at: usize| records[at].resource["_violations"].to_string();
    assert!(violations(6).contains("`not.known` is not in the catalog"));
    assert_eq!(violations(7), r#"["`b` is not in the catalog entry of `of.two`","`a` is missing"]"#);
}

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

struct Fails;

impl fmt::Display for Fails {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn an_error_that_can_t_be_displayed_costs_its_message_alone() {
    let records = capture_with(TEST_TYPES, || {
        assert!(audited("a.b").with_error_message().run(|| Err::<(), _>(Panics)).is_err());
        assert!(audited("a.b").with_error_message().run(|| Err::<(), _>(Fails)).is_err());
        let typed = SettingsChanged { resource: () };
        assert!(audited(typed).with_error_message().run(|| Err::<(), _>(Panics)).is_err());
        // Not asked for.
        assert!(audited("a.b").run(|| Err::<(), _>(Panics)).is_err());
        let long = "é".repeat(1 << 20);
        assert!(audited("a.b").with_error_message().run(|| Err::<(), _>(&*long)).is_err());
    });
    let texts = |record: &Record| {
        (record.resource["error"].as_str().unwrap().to_owned(), record.resource["_violations"].to_string())
    };
    let name = |name: &str| format!("{}::{name}", module_path!());
    let panicked = r#"["`error` could not be formatted: it panicked: no text"]"#.to_owned();
    assert_eq!(texts(&records[0]), (name("Panics"), panicked.clone()));
    assert_eq!(
        texts(&records[1]),
        (name("Fails"), r#"["`error` could not be formatted: its formatting failed"]"#.to_owned())
    );
    assert_eq!(texts(&records[2]), (name("Panics"), panicked));
    assert_eq!(texts(&records[3]), (name("Panics"), "null".to_owned()));
    let long = records[4].resource["error"].as_str().unwrap();
    assert!(long.starts_with("&str: éé") && long.ends_with("é…"), "{long}");
    assert!(long.len() <= "&str: ".len() + 1024, "{}", long.len());
}

#[test]
fn secrets_are_redacted_and_nothing_else_changes() {
    let log = TestLog::new();
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).catalog(OWN);
    let (layer, guard) = builder.redact(["password", "error", "type"]).open().unwrap();
    let runtime_log = RuntimeLog::default();
    let stack = tracing_subscriber::registry().with(runtime_log.clone()).with(layer);
    tracing::subscriber::with_default(stack, || {
        let event = Record::new("a.b").resource("body", serde_json::json!({ "Password": "x" }));
        audited(event).run(|| Err::<(), _>(Denied("no"))).unwrap_err();
        let typed = ReportMade { name: "q3", password: Some("x") };
        audited(typed).resource_type("t").run(|| Err::<(), _>(Denied("no"))).unwrap_err();
    });
    drop(guard);
    let records = log.records();
    assert_eq!(
        records.iter().map(resource).collect::<Vec<_>>(),
        [
            r#"{"body":{"Password":"[redacted]"},"error":"[redacted]","_redacted":["error","Password"]}"#,
            concat!(
                r#"{"name":"q3","password":"[redacted]","type":"[redacted]","error":"[redacted]","#,
                r#""_redacted":["password","type","error"]}"#
            ),
        ]
    );
    assert_eq!(runtime_log.lines(), [""; 0]);
}

#[test]
fn the_actor_of_a_span_is_inherited_by_a_record_as_by_any_event() {
    let records = capture(|| {
        tracing::info_span!("request", actor.user_sid = "ada").in_scope(|| {
            audited("privacy.export").run(|| Ok::<_, Denied>(())).unwrap();
            audited(SettingsChanged { resource: () }).run(|| Ok::<_, Denied>(())).unwrap();
        });
    });
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record.actor.user_sid.as_deref() == Some("ada")), "{records:?}");
}

/// Guards against an event that leaves the action's result to the log.
#[test]
fn an_action_is_done_whatever_becomes_of_its_event() {
    let done = Rc::new(Cell::new(0));
    let add = || {
        done.set(done.get() + 1);
        Ok::<_, Denied>(done.get())
    };
    // Without an audit layer, with a disabled log, and with a record of 10 MiB.
    assert_eq!(audited("a.b").run(add), Ok(1));
    let (layer, _guard) = AuditLayer::builder("unused").enabled(false).open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        assert_eq!(audited(SettingsChanged { resource: () }).run(add), Ok(2));
        assert_eq!(audited("a.b").run(add), Ok(3));
    });
    let records = capture_with(TEST_TYPES, || {
        let event = Record::new("a.b").resource("text", "x".repeat(10 << 20));
        assert_eq!(audited(event).run(add), Ok(4));
    });
    assert!(one(records).resource["_truncated"].as_object().is_some());
}
