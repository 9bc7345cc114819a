//! What the page for auditors says of people.

use crate::evidence::Made;
use crate::support::TestLog;
use crate::support::clock::{DAY, TestClock};
use crate::{LONG, TEST_TYPES, log_of_three_days, run};
use serde_json::{Value, json};
use tracing_audit::{Actor, AuditGuard, AuditLayer, Outcome, Record};

fn open(log: &TestLog, clock: &TestClock, secret: &[&str]) -> AuditGuard {
    let builder =
        AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone()).append_deadline(LONG);
    builder.redact(secret).open().unwrap().1
}

#[test]
fn what_the_log_knows_of_people_is_in_its_section() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let ada = || Actor::new().user_id("ada").address("203.0.113.7");
    let guard = open(&log, &clock, &["pin"]);
    let append = |guard: &AuditGuard, record: Record| guard.handle().append(record).result().unwrap();
    append(&guard, Record::new("a.b").actor(ada().tenant("acme")).resource("pin", 1234));
    append(&guard, Record::new("a.b").actor(ada()).resource("pin", 1234).resource("secret", "kept"));
    append(
        &guard,
        Record::new("privacy.export").actor(Actor::new().session_id("s")).resource("format", "csv"),
    );
    append(&guard, Record::new("privacy.export").actor(ada()).outcome(Outcome::Failure));
    guard.shutdown(LONG).unwrap();
    clock.pass(DAY);
    let guard = open(&log, &clock, &["pin", "secret"]);
    append(&guard, Record::new("a.b").actor(ada()).resource("secret", "left out"));
    guard.shutdown(LONG).unwrap();
    let other = log_of_three_days();
    let (dir, of_other) = (log.dir(), other.dir());
    let query =
        ["query", of_other.to_str().unwrap(), "--event", "a.b", "--record-access", dir.to_str().unwrap()];
    assert_eq!(run(query).status, Some(0));

    let made = Made::of(&dir, &["--from", "2026-05-28"]);
    let facts = &made.facts["personal_data"];
    let keys = facts["actor_keys"].as_array().unwrap();
    let key = |name: &str| keys.iter().find(|one| one["name"] == name).unwrap()["records"].as_u64().unwrap();
    assert_eq!(["user_id", "session_id", "address", "tenant", "user_sid"].map(key), [4, 1, 4, 1, 0]);
    assert_eq!(facts["with_redacted"], 3, "{facts:#}");
    assert_eq!(facts["redacted"], json!([{"name": "pin", "records": 2}, {"name": "secret", "records": 1}]));
    assert_eq!(facts["privacy"], json!([{"event": "privacy.export", "records": 2, "failures": 1}]));
    assert_eq!(facts["readings"], json!([{"command": "query", "times": 1, "records": 33}]));
    let settings = |made: &Made| {
        let settings = made.facts["logs"][0]["redaction"].as_array().unwrap();
        settings.iter().map(|setting| setting["keys"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(settings(&made), [json!(["pin"]), json!(["pin", "secret"])]);
    let section = made.page.split("id=\"personal-data\"").nth(1).unwrap().split("</section>").next().unwrap();
    for text in
        ["can\u{2019}t be removed alone", "privacy.export", "no mirror is set up", "3 records with values"]
    {
        assert!(section.contains(text), "{text}");
    }

    // At the begin of the second day, the setting of the first one was in force.
    let second = Made::of(&dir, &["--from", "2026-05-29", "--until", "2026-05-29"]);
    assert_eq!(settings(&second), [json!(["pin"]), json!(["pin", "secret"])]);
    assert_eq!(second.facts["personal_data"]["privacy"], json!([]));
}
