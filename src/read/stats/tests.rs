//! Counting records of files.

use super::*;
use crate::read::Query;

fn line(seq: u64, day: u32, event: &str, actor: &str, resource: &str, outcome: &str) -> String {
    let resource = if resource.is_empty() { String::new() } else { format!(r#","resource":{{{resource}}}"#) };
    format!(
        r#"{{"_schema_version":"1","ts":"2026-05-{day}T09:30:00.{seq:09}Z","event":"{event}","actor":{{{actor}}}{resource},"outcome":"{outcome}","seq":{seq}}}"#
    ) + "\n"
}

#[test]
fn all_is_counted_once_and_what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let first = [
        line(0, 28, "log.opened", "", "", "success"),
        line(1, 28, "auth.failed", r#""user_id":"ada","tenant":"acme""#, "", "failure"),
        line(2, 28, "auth.failed", r#""user_sid":"S-1-5""#, r#""_violations":["x"]"#, "failure"),
        line(3, 28, "a.b", "", r#""note":"\"_violations\" \"_redacted\"""#, "success"),
        line(4, 28, "log.gap", "", r#""count":7"#, "failure"),
    ];
    let next = [
        line(
            7,
            29,
            "a.b",
            r#""session_id":"s""#,
            r#""pin":"[redacted]","_redacted":["pin","note\""]"#,
            "success",
        ),
        line(
            8,
            29,
            "a.b",
            r#""address":"203.0.113.7","user_agent":"x""#,
            r#""_redacted":["pin"]"#,
            "success",
        ),
        line(9, 29, "a.b", r#""user_id":"ada","kind":"user""#, "", "success"),
    ];
    std::fs::write(folder.path().join("audit-2026-05-28.log"), first.concat()).unwrap();
    std::fs::write(folder.path().join("audit-2026-05-29.log"), next.concat()).unwrap();
    std::fs::write(folder.path().join("audit-2026-05-30.log"), "no record\n").unwrap();
    let mut troubles = Vec::new();
    let counted = stats(Query::new([folder.path()]), |trouble| troubles.push(trouble.to_string())).unwrap();
    let names = |counts: &Counts| {
        counts.top(9).into_iter().map(|count| format!("{} {}", count.name, count.records)).collect::<Vec<_>>()
    };
    assert_eq!(counted.records, 8);
    assert_eq!(names(&counted.events), ["a.b 4", "auth.failed 2", "log.gap 1", "log.opened 1"]);
    assert_eq!(names(&counted.outcomes), ["success 5", "failure 3"]);
    assert_eq!(names(&counted.actors), ["ada 2", "S-1-5 1", "address 203.0.113.7 1", "session s 1"]);
    assert_eq!(names(&counted.tenants), ["acme 1"]);
    assert_eq!((counted.without_actor, counted.with_violations), (1, 1));
    // The keys of actors, in their order.
    assert_eq!(counted.actor_keys, [2, 1, 1, 1, 1, 1, 1]);
    assert_eq!((counted.with_redacted, names(&counted.redacted).join(",")), (2, "pin 2,note\" 1".to_owned()));
    assert_eq!(counted.gaps, Gaps { records: 1, events: 7, missing: 2 });
    assert_eq!(counted.days["2026-05-28"], DayCount { records: 5, failures: 3 });
    assert_eq!(counted.days["2026-05-29"], DayCount { records: 3, failures: 0 });
    let place = |place: Option<Place>| place.and_then(|place| place.seq);
    assert_eq!((place(counted.first), place(counted.last)), (Some(0), Some(9)));
    assert_eq!(troubles.len(), 2, "{troubles:?}");
    let json = serde_json::to_value(&counted).unwrap();
    assert_eq!(
        (&json["version"], &json["first"]["ts"]),
        (&1.into(), &"2026-05-28T09:30:00.000000000Z".into())
    );
    assert_eq!(json["events"]["top"][0]["records"], 4);
    let only = stats(Query::new([folder.path()]).event("auth.*"), |_| {}).unwrap();
    assert_eq!((only.records, only.days.len()), (2, 1));
}

#[test]
fn many_records_are_counted_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let actor = |seq: u64| format!(r#""user_id":"user {}""#, seq * 7919 % 500);
    let text = (0..30_000).map(|seq| line(seq, 28, "a.b", &actor(seq), "", "success")).collect::<String>();
    std::fs::write(folder.path().join("audit-2026-05-28.log"), text).unwrap();
    let count = || stats(Query::new([folder.path()]), |trouble| panic!("{trouble}")).unwrap();
    let counted = count();
    assert_eq!((counted.records, counted.actors.different()), (30_000, 500));
    assert!(counted.actors.top(500).iter().all(|count| count.records == 60));
    assert_eq!(count(), counted);
}

#[test]
fn the_same_journal_in_two_directories_is_counted_once_and_others_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let dirs = ["one", "copy", "other"].map(|name| folder.path().join(name));
    for (dir, journal) in dirs.iter().zip(["a", "a", "b"]) {
        std::fs::create_dir_all(dir.join(".state")).unwrap();
        let id = format!(r#"{{"version":1,"id":"{}"}}"#, journal.repeat(32));
        std::fs::write(dir.join(".state/journal.json"), id).unwrap();
        let text = (0..9_000).map(|seq| line(seq, 28, "a.b", r#""user_id":"ada""#, "", "success"));
        std::fs::write(dir.join("audit-2026-05-28.log"), text.collect::<String>() + "no record\n").unwrap();
    }
    let count = |dirs: &[&std::path::PathBuf]| {
        let mut troubles = 0;
        let counted = stats(Query::new(dirs), |_| troubles += 1).unwrap();
        (counted.records, counted.actors.of("ada"), counted.days["2026-05-28"].records, troubles)
    };
    let [one, copy, other] = &dirs;
    assert_eq!(count(&[one, other]), (18_000, 18_000, 18_000, 2));
    assert_eq!(count(&[one, copy]), (9_000, 9_000, 9_000, 2));
    assert_eq!(count(&[one, copy, other]), (18_000, 18_000, 18_000, 3));
}

/// The pieces in which files are searched begin anywhere in them.
#[test]
fn a_damaged_file_is_counted_as_a_search_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for seq in 0..20_000 {
        text += &line(seq, 28, if seq % 3 == 0 { "a.b" } else { "log.heartbeat" }, "", "", "success");
        match seq {
            // A copy of what stands before, a hole, a line of another program.
            7_000 => text += &line(10, 28, "a.b", "", "", "failure"),
            15_000 => text += "no record\n",
            _ => {}
        }
    }
    let text = text.replacen("\"seq\":12000}", "\"seq\":99000}", 1);
    std::fs::write(folder.path().join("audit-2026-05-28.log"), text).unwrap();
    let (mut found, mut met) = (Counts::default(), Vec::new());
    for record in Query::new([folder.path()]).run().unwrap() {
        match record {
            Ok(record) => found.add(&record.record().unwrap().event, 1),
            Err(trouble) => met.push(trouble.to_string()),
        }
    }
    let mut troubles = Vec::new();
    let counted = stats(Query::new([folder.path()]), |trouble| troubles.push(trouble.to_string())).unwrap();
    assert_eq!((counted.events, troubles), (found, met));
    assert!(counted.records > 19_000, "{}", counted.records);
}
