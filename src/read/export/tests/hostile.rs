//! Values that mean something to a format, lines that are damaged.

use super::parse::{cef, csv, get, syslog};
use super::{DAY, line, log, opened, run, run_with};
use crate::read::{ExportFormat, TroubleKind};
use serde_json::Value as Json;

const ALL: [ExportFormat; 5] =
    [ExportFormat::Ocsf, ExportFormat::Ecs, ExportFormat::Cef, ExportFormat::Syslog, ExportFormat::Csv];

/// Texts that formats give a meaning to.
fn texts() -> Vec<String> {
    let mut texts = [
        "",
        " ",
        "a|b",
        "|",
        "\\",
        "\\|",
        "a=b",
        " cs1=x",
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "]",
        "\"]",
        "[x y=\"z\"]",
        "\"",
        "\"\"",
        "'",
        "a,b",
        "a\nb",
        "a\r\nb",
        "\n",
        "\\n",
        "\0",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{9b}31m",
        "\u{202e}txt.exe",
        "\u{feff}",
        "\u{2028}",
        "ä\u{10ffff}",
        "{\"a\":1}",
        "\\u0000",
        "${jndi:x}",
        "CEF:0|",
        "<13>1 ",
        "export.ended",
    ]
    .map(str::to_owned)
    .to_vec();
    // Eight of them are a line of a megabyte.
    texts.push("x".repeat(130_000));
    texts
}

fn json_string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Returns a log with each text as an actor's user, a user agent, and a key and a value of the resource.
fn hostile() -> tempfile::TempDir {
    let mut contents = opened();
    for (text, seq) in texts().iter().zip(1..) {
        let quoted = json_string(text);
        // The log has no empty parts of actors; a foreign line may.
        let actor = format!(
            r#""user_id":{quoted},"session_id":{quoted},"tenant":{quoted},"address":{quoted},"user_agent":{quoted}"#
        );
        contents += &line(seq, "a.b", &actor, &format!(r#"{quoted}:{quoted},"reason":{quoted}"#), "failure");
    }
    log(&[(DAY, contents.as_bytes())])
}

fn line_of(contents: &str, seq: usize) -> &str {
    contents.split('\n').nth(seq).unwrap()
}

#[test]
fn ocsf_and_ecs_have_each_value_and_the_line_whatever_is_in_it() {
    let dir = hostile();
    let contents = std::fs::read_to_string(dir.path().join(DAY)).unwrap();
    let (ocsf, ecs) = (run(dir.path(), ExportFormat::Ocsf), run(dir.path(), ExportFormat::Ecs));
    for (text, seq) in texts().iter().zip(1..) {
        let event = serde_json::from_str::<Json>(ocsf.lines()[seq]).unwrap();
        assert_eq!(event["raw_data"], line_of(&contents, seq), "{seq}");
        assert_eq!(event["unmapped"]["resource"][text], text.as_str());
        assert_eq!(event["status_detail"], text.as_str());
        let document = serde_json::from_str::<Json>(ecs.lines()[seq]).unwrap();
        assert_eq!(document["event"]["original"], line_of(&contents, seq), "{seq}");
        assert_eq!(document["audit"]["resource"][text], text.as_str());
        assert_eq!(
            (&document["user"]["id"], &document["event"]["reason"]),
            (&Json::from(text.as_str()), &Json::from(text.as_str()))
        );
        if !text.is_empty() {
            assert_eq!(event["actor"]["user"]["uid"], text.as_str());
            assert_eq!(event["actor"]["session"]["uid"], text.as_str());
        }
    }
}

#[test]
fn cef_is_read_back_as_it_was_and_each_record_is_a_line() {
    let dir = hostile();
    let contents = std::fs::read_to_string(dir.path().join(DAY)).unwrap();
    let ran = run(dir.path(), ExportFormat::Cef);
    assert_eq!(ran.lines().len(), texts().len() + 1);
    for (text, seq) in texts().iter().zip(1..) {
        let (header, values) = cef(ran.lines()[seq]);
        assert_eq!(header[..3], ["CEF:0", "tracing-audit", "audit log"]);
        assert_eq!((header[4].as_str(), header[6].as_str()), ("a.b", "6"));
        assert_eq!(get(&values, "cs6"), Some(line_of(&contents, seq)), "{seq}");
        let shown = super::super::entry::visible(text).replace(r"\u{a}", "\n").replace(r"\u{d}", "\r");
        assert_eq!(get(&values, "suid").unwrap_or_default(), shown, "{seq}");
        assert_eq!(get(&values, "reason").unwrap_or_default(), shown, "{seq}");
        let others_are_shown = values.iter().filter(|(key, _)| key != "cs6");
        assert!(
            others_are_shown
                .flat_map(|(_, value)| value.chars())
                .all(|c| !c.is_control() || matches!(c, '\n' | '\r'))
        );
    }
}

#[test]
fn syslog_is_read_back_as_it_was_and_each_record_is_a_line() {
    let dir = hostile();
    let contents = std::fs::read_to_string(dir.path().join(DAY)).unwrap();
    let ran = run(dir.path(), ExportFormat::Syslog);
    assert_eq!(ran.lines().len(), texts().len() + 1);
    for (text, seq) in texts().iter().zip(1..) {
        let (header, params, message) = syslog(ran.lines()[seq]);
        let ts = format!("2026-05-28T09:30:00.{:06}Z", seq / 1000);
        assert_eq!(header, ["<108>1", &ts, "app1", "billing", "-", "a.b"]);
        assert_eq!(message, line_of(&contents, seq), "{seq}");
        assert_eq!(get(&params, "user_id"), Some(&*super::super::entry::visible(text)), "{seq}");
    }
    let counted = run_with(dir.path(), ExportFormat::Syslog, |export| export.octet_counting(true));
    let (mut rest, mut messages) = (&counted.out[..], Vec::new());
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ').unwrap();
        let len = std::str::from_utf8(&rest[..space]).unwrap().parse::<usize>().unwrap();
        messages.push(&rest[space + 1..][..len]);
        rest = &rest[space + 1 + len..];
    }
    let lines = ran.lines();
    assert_eq!(messages.len(), lines.len() + 1);
    assert!(lines.iter().zip(&messages).all(|(line, message)| line.as_bytes() == *message));
}

#[test]
fn csv_is_read_back_as_it_was_and_no_cell_is_a_formula() {
    let dir = hostile();
    for is_raw in [false, true] {
        let ran = run_with(dir.path(), ExportFormat::Csv, |export| export.csv_raw(is_raw));
        let rows = csv(std::str::from_utf8(&ran.out).unwrap());
        assert_eq!(rows.len(), texts().len() + 2);
        for (text, row) in texts().iter().zip(&rows[2..]) {
            let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
            let expected = if is_formula && !is_raw { format!("'{text}") } else { text.clone() };
            assert_eq!((&row[5], &row[10]), (&expected, &expected));
            let resource = serde_json::from_str::<Json>(&row[12]).unwrap();
            assert_eq!(resource[text], text.as_str());
        }
    }
}

#[test]
fn numbers_stay_what_they_are_to_the_last_digit() {
    let numbers = r#""a":18446744073709551615,"b":-9223372036854775808,"c":0.1,"d":123456789012345678901234567890,"e":1e400,"f":-0.0,"g":[1.0,{"h":10000000000000000000000}]"#;
    let contents = line(0, "a.b", "", numbers, "success");
    let dir = log(&[(DAY, contents.as_bytes())]);
    for format in ALL {
        let ran = run(dir.path(), format);
        let text = String::from_utf8(ran.out.clone()).unwrap();
        let numbers =
            if format == ExportFormat::Csv { numbers.replace('"', "\"\"") } else { numbers.to_owned() };
        assert!(text.contains(&numbers), "{format:?}: {text}");
        assert_eq!(ran.exported.records, 1);
    }
}

#[test]
fn lines_that_are_no_records_are_named_and_counted_in_the_end() {
    let good = |seq| line(seq, "a.b", "", "", "success");
    let contents = [
        good(0).as_bytes(),
        b"{\"\xff\"}\n",
        good(1).as_bytes(),
        b"{\"_schema_version\":\"1\",\"ts\":\"2026-05-28T09:30:00.000000002Z\",\"event\":\"a.b\",\"actor\":{\"user_id\":\"\xff\"},\"outcome\":\"success\",\"seq\":2}\n",
        // As the log frames it, and no JSON.
        b"{\"_schema_version\":\"1\",\"ts\":\"2026-05-28T09:30:00.000000003Z\",\"event\":\"a.b\",\"actor\":{\"user_id\":x},\"outcome\":\"success\",\"seq\":3}\n",
        good(4).as_bytes(),
        b"{\"_schema_version\":\"1\",\"ts\":\"2026",
    ]
    .concat();
    let dir =
        log(&[(DAY, &contents), ("audit-2026-05-29.log", good(5).replace("05-28", "05-29").as_bytes())]);
    for format in ALL {
        let ran = run(dir.path(), format);
        let named = ran.troubles.iter().filter_map(|met| match met.kind {
            TroubleKind::NotARecord { lines, .. } => Some((met.line?, lines)),
            _ => None,
        });
        assert_eq!(named.collect::<Vec<_>>(), [(2, 1), (4, 2)], "{format:?}: {:?}", ran.troubles);
        assert!(
            ran.troubles.iter().any(|met| matches!(met.kind, TroubleKind::Torn { .. })),
            "{:?}",
            ran.troubles
        );
        assert_eq!(ran.exported.records, 4, "{format:?}: {:?}", ran.troubles);
        let damage = ran.troubles.iter().filter(|met| !met.is_note()).count();
        assert_eq!(ran.exported.warnings, damage as u64, "{:?}", ran.troubles);
    }
}

#[test]
fn a_line_of_another_version_is_exported_as_far_as_it_is_alike_and_whole_beside_it() {
    let newer = r#"{"_schema_version":"9","ts":"2026-05-28T09:30:00.000000001Z","event":"a.b","actor":{"user_id":"ada","badge":[1]},"resource":{"n":1},"outcome":"denied","span_id":"7","seq":1}"#;
    let contents = opened() + newer + "\n";
    let dir = log(&[(DAY, contents.as_bytes())]);
    let ran = run(dir.path(), ExportFormat::Ocsf);
    assert!(
        ran.troubles.iter().all(super::Trouble::is_note) && ran.troubles.len() == 1,
        "{:?}",
        ran.troubles
    );
    let event = serde_json::from_str::<Json>(ran.lines()[1]).unwrap();
    assert_eq!((&event["status_id"], &event["status"]), (&99.into(), &"denied".into()));
    assert_eq!(event["metadata"]["log_version"], "9");
    assert_eq!(event["raw_data"], newer);
    let unmapped =
        serde_json::json!({"actor": {"badge": [1]}, "resource": {"n": 1}, "other": {"span_id": "7"}});
    assert_eq!(event["unmapped"], unmapped);
    let document = run(dir.path(), ExportFormat::Ecs);
    let document = serde_json::from_str::<Json>(document.lines()[1]).unwrap();
    assert_eq!(
        (&document["event"]["outcome"], &document["audit"]["other"]["span_id"]),
        (&"unknown".into(), &"7".into())
    );
}

#[test]
fn a_line_without_a_number_has_a_place_of_its_own() {
    let old = r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.000000001Z","event":"a.b","actor":{},"outcome":"success"}"#;
    let contents = format!("{old}\n{old}\n");
    let dir = log(&[(DAY, contents.as_bytes())]);
    let ran = run(dir.path(), ExportFormat::Ecs);
    let ids = ran
        .lines()
        .into_iter()
        .map(|line| serde_json::from_str::<Json>(line).unwrap()["event"]["id"].clone());
    let ids = ids.collect::<Vec<_>>();
    assert!(ids[0].as_str().unwrap().ends_with(":audit-2026-05-28.log@0"), "{ids:?}");
    assert_ne!(ids[0], ids[1]);
}
