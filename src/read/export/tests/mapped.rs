//! The parts of records in the places that formats have for them.

use super::{DAY, line, log, opened, run, run_with};
use crate::read::ExportFormat;
use crate::record::{Catalog, EventType, Ocsf};
use serde_json::{Value as Json, json};

/// Exports one record of this type, which stands behind a `log.opened`.
fn one(format: ExportFormat, event: &str, actor: &str, resource: &str, outcome: &str) -> Json {
    const TYPES: Catalog = Catalog::new(&[
        EventType::new("account.locked", "An account was locked.").ocsf(3001, 9),
        EventType::new("key.changed", "A key was changed.").ocsf(3001, 99),
        EventType::new("permission.granted", "A permission was granted.").ocsf(3005, 1),
        EventType::new("data.read", "Data was read.").ocsf(6005, 1),
        EventType::new("data.exported", "Data was exported.").ocsf(6001, 7),
        EventType::new("settings.changed", "A setting was changed.").ocsf(3004, 3),
        EventType::new("access.denied", "An access was denied.").ocsf(6003, 99),
        EventType::new("application.started", "The application was started.").ocsf(6002, 3),
        EventType::new("weather.observed", "The weather was observed.").ocsf(8002, 1),
    ]);
    let dir = log(&[(DAY, (opened() + &line(1, event, actor, resource, outcome)).as_bytes())]);
    let ran = run_with(dir.path(), format, |export| export.catalog(TYPES));
    assert!(ran.troubles.is_empty(), "{:?}", ran.troubles);
    serde_json::from_str(ran.lines()[1]).unwrap()
}

const ADA: &str =
    r#""user_id":"ada","session_id":"s-1","tenant":"acme","address":"2001:db8::1","user_agent":"Firefox""#;

#[test]
fn a_sign_in_is_an_authentication_of_its_actor() {
    let event =
        one(ExportFormat::Ocsf, "auth.failed", ADA, r#""reason":"bad password","attempts":2"#, "failure");
    for (key, value) in [
        ("class_uid", json!(3002)),
        ("category_uid", json!(3)),
        ("activity_id", json!(99)),
        ("activity_name", json!("auth.failed")),
        ("type_uid", json!(300_299)),
        ("type_name", json!("Authentication: Other")),
        ("status_id", json!(2)),
        ("status_detail", json!("bad password")),
        ("time", json!(1_779_960_600_000_u64)),
        ("actor", json!({"user": {"uid": "ada"}, "session": {"uid": "s-1"}})),
        ("user", json!({"uid": "ada"})),
        ("session", json!({"uid": "s-1"})),
        ("service", json!({"name": "billing"})),
        ("src_endpoint", json!({"ip": "2001:db8::1"})),
        ("dst_endpoint", json!({"hostname": "app1"})),
        ("http_request", json!({"user_agent": "Firefox"})),
        ("unmapped", json!({"resource": {"attempts": 2}})),
    ] {
        assert_eq!(event[key], value, "{key} of {event}");
    }
    let metadata = &event["metadata"];
    assert_eq!(metadata["tenant_uid"], "acme");
    assert!(metadata["uid"].as_str().unwrap().ends_with(":1"), "{metadata}");
    assert_eq!((&metadata["version"], &metadata["sequence"]), (&"1.5.0".into(), &1.into()));
    assert_eq!(metadata["product"]["name"], "billing");
    assert_eq!(metadata["original_time"], "2026-05-28T09:30:00.000000001Z");
}

#[test]
fn what_was_acted_on_has_the_object_of_its_class() {
    let on = r#""type":"invoice","id":"7","name":"May""#;
    let named = json!({"type": "invoice", "uid": "7", "name": "May"});
    let ocsf = |event, resource| one(ExportFormat::Ocsf, event, ADA, resource, "success");
    assert_eq!(ocsf("settings.changed", on)["entity"], named);
    assert_eq!(ocsf("settings.changed", r#""key":"x""#)["entity"], json!({"name": "settings"}));
    assert_eq!(ocsf("data.exported", on)["web_resources"], json!([named]));
    let bucket = json!({"type_id": 99, "type": "invoice", "uid": "7", "name": "May"});
    assert_eq!(ocsf("data.read", on)["databucket"], bucket);
    assert_eq!(ocsf("data.read", "")["databucket"], json!({"type_id": 99, "name": "data"}));
    let denied = ocsf("access.denied", on);
    assert_eq!(
        (&denied["api"], &denied["resources"]),
        (&json!({"operation": "access.denied"}), &json!([named]))
    );
    assert_eq!(ocsf("application.started", "")["app"], json!({"name": "billing", "version": "1.0"}));
    assert_eq!(ocsf("settings.changed", on)["unmapped"], Json::Null);
}

#[test]
fn an_account_is_what_the_resource_names_or_else_the_actors_own() {
    let user = |event, resource| one(ExportFormat::Ocsf, event, ADA, resource, "success")["user"].clone();
    let eve = json!({"uid": "eve"});
    assert_eq!(user("account.locked", r#""id":"eve""#), eve);
    assert_eq!(user("account.locked", r#""type":"Account","id":"eve""#), eve);
    assert_eq!(user("account.locked", r#""type":"door","id":"eve""#), json!({"uid": "ada"}));
    assert_eq!(user("account.locked", ""), json!({"uid": "ada"}));
    assert_eq!(user("key.changed", r#""id":"eve""#), json!({"uid": "ada"}));
    let granted = |resource| {
        one(ExportFormat::Ocsf, "permission.granted", ADA, resource, "success")["privileges"].clone()
    };
    assert_eq!(granted(r#""id":"eve","permissions":["read","write"]"#), json!(["read", "write"]));
    assert_eq!(granted(r#""id":"eve","role":"admin""#), json!(["admin"]));
    assert_eq!(granted(r#""id":"eve","role":7"#), json!(["unknown"]));
}

#[test]
fn what_a_class_requires_and_a_record_lacks_is_unknown() {
    let event = one(ExportFormat::Ocsf, "data.read", "", "", "success");
    assert_eq!(event["actor"], json!({"user": {"name": "unknown"}}));
    assert_eq!(event["src_endpoint"], json!({"name": "unknown"}));
    let event = one(ExportFormat::Ocsf, "auth.x", r#""kind":"system""#, "", "success");
    assert_eq!(event["actor"], json!({"app_name": "billing", "invoked_by": "system"}));
    assert_eq!(event["user"], json!({"name": "unknown", "type_id": 3, "type": "system"}));
}

#[test]
fn a_type_without_a_class_is_a_base_event_and_so_is_one_whose_class_is_not_written() {
    let event = one(ExportFormat::Ocsf, "invoice.sent", ADA, r#""n":1"#, "success");
    assert_eq!((&event["class_uid"], &event["activity_name"]), (&0.into(), &"invoice.sent".into()));
    assert_eq!((&event["type_uid"], &event["category_name"]), (&99.into(), &"Uncategorized".into()));
    assert_eq!(event["metadata"]["profiles"], json!(["host"]));
    assert_eq!(event["unmapped"]["actor"], json!({"address": "2001:db8::1", "user_agent": "Firefox"}));
    let event = one(ExportFormat::Ocsf, "weather.observed", "", "", "success");
    assert_eq!((&event["class_uid"], &event["unmapped"]), (&0.into(), &json!({"ocsf": "8002/1"})));
    assert_eq!(event["metadata"]["profiles"], Json::Null);
    let dir = log(&[(DAY, line(0, "invoice.sent", "", "", "success").as_bytes())]);
    let set = |ocsf| {
        let ran = run_with(dir.path(), ExportFormat::Ocsf, |export| export.ocsf("invoice.sent", ocsf));
        serde_json::from_str::<Json>(ran.lines()[0]).unwrap()
    };
    assert_eq!(set(Ocsf::new(6003, 1))["type_uid"], 600_301);
    let unknown = set(Ocsf::new(6003, 42));
    assert_eq!((&unknown["type_uid"], &unknown["unmapped"]["ocsf"]), (&600_399.into(), &"6003/42".into()));
}

#[test]
fn the_logs_own_start_and_stop_are_its_class() {
    let contents = opened() + &line(1, "log.closed", "", r#""recorded":1,"refused":0"#, "success");
    let dir = log(&[(DAY, contents.as_bytes())]);
    let ran = run(dir.path(), ExportFormat::Ocsf);
    let types =
        ran.lines().into_iter().map(|line| serde_json::from_str::<Json>(line).unwrap()["type_uid"].clone());
    assert_eq!(types.collect::<Vec<_>>(), [100_806, 100_807]);
}

#[test]
fn ecs_has_the_actor_in_its_own_fields() {
    let actor = r#""user_sid":"S-1-5","user_id":"ada","tenant":"acme","address":"203.0.113.7""#;
    let document = one(ExportFormat::Ecs, "account.locked", actor, r#""id":"eve""#, "success");
    for (pointer, value) in [
        ("/@timestamp", json!("2026-05-28T09:30:00.000000001Z")),
        ("/event/category", json!(["iam"])),
        ("/event/type", json!(["user", "change"])),
        ("/event/action", json!("account.locked")),
        ("/event/outcome", json!("success")),
        ("/event/sequence", json!(1)),
        ("/user", json!({"id": "S-1-5", "name": "ada"})),
        ("/source", json!({"address": "203.0.113.7", "ip": "203.0.113.7"})),
        ("/organization/id", json!("acme")),
        ("/host/name", json!("app1")),
        ("/service", json!({"name": "billing", "version": "1.0"})),
        ("/audit/resource", json!({"id": "eve"})),
        ("/message", json!("An account was locked.")),
    ] {
        assert_eq!(document.pointer(pointer), Some(&value), "{pointer} of {document}");
    }
}

#[test]
fn the_host_is_that_of_the_last_process_before_the_record() {
    let move_to = |seq, host| {
        line(seq, "log.opened", "", &format!(r#""host":"{host}","application":"billing""#), "success")
    };
    let forged = line(3, "log.opened", "", r#""host":"evil","_violations":["x"]"#, "success");
    let record = |seq| line(seq, "a.b", "", "", "success");
    let contents = move_to(0, "one") + &record(1) + &move_to(2, "two") + &forged + &record(4) + &record(5);
    let dir = log(&[(DAY, contents.as_bytes())]);
    let hosts = |seqs: std::ops::RangeInclusive<u64>| {
        let query = crate::read::query::Query::new([dir.path()]).event("a.b").seq(seqs);
        let mut out = Vec::new();
        crate::read::export(query, ExportFormat::Ecs).to_writer(&mut out, |_| {}).unwrap();
        let lines = String::from_utf8(out).unwrap();
        let hosts =
            lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["host"]["name"].clone());
        hosts.filter_map(|host| Some(host.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    // Of records that are not exported themselves.
    assert_eq!(hosts(1..=1), ["one"]);
    assert_eq!(hosts(4..=5), ["two", "two"]);
}
