//! What stands in the way of a search is named, and hides nothing.

use super::super::{Condition, Query, Trouble, TroubleKind};
use super::world::{World, at, line};
use crate::record::{Outcome, Record};
use std::fs;
use std::path::Path;

fn record(seq: u64) -> Record {
    Record::new("a.b")
        .user_sid("u")
        .resource("n", seq)
        .resource("name", format!("n{}", seq % 3))
        .outcome(Outcome::Failure)
}

/// Returns the lines of these records, one each second of 2026-05-28 from the number's on.
fn lines(seqs: impl IntoIterator<Item = u64>) -> String {
    seqs.into_iter().map(|seq| line(&record(seq), at(seq as i64), seq) + "\n").collect()
}

fn found(query: Query) -> (Vec<u64>, Vec<Trouble>) {
    let (mut seqs, mut troubles) = (Vec::new(), Vec::new());
    for found in query.run().unwrap() {
        match found {
            Ok(found) => seqs.push(found.seq().unwrap_or(u64::MAX)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    (seqs, troubles)
}

/// Asserts what all of a log's records are, in both directions and counted, and what else is named: a word of the
/// message, line, byte, and whether it is a note.
fn assert_found(world: &World, seqs: &[u64], named: &[(&str, Option<u64>, Option<u64>, bool)]) {
    let name = |trouble: &Trouble| {
        let text = trouble.to_string();
        let word = named.iter().map(|(word, ..)| *word).find(|word| text.contains(word)).unwrap_or("?");
        assert_ne!(word, "?", "{text}");
        (word, trouble.line, trouble.byte, trouble.is_note())
    };
    let check = |troubles: &[Trouble]| {
        let mut names = troubles.iter().map(name).collect::<Vec<_>>();
        let mut named = named.to_vec();
        names.sort();
        named.sort();
        assert_eq!(names, named);
    };
    let (forwards, troubles) = found(Query::new([world.dir()]));
    assert_eq!(forwards, seqs);
    check(&troubles);
    let (mut backwards, troubles) = found(Query::new([world.dir()]).reverse(true));
    backwards.reverse();
    assert_eq!(backwards, seqs);
    check(&troubles);
    let mut troubles = Vec::new();
    let count = Query::new([world.dir()]).count(|trouble| troubles.push(trouble)).unwrap();
    assert_eq!(count, seqs.len() as u64);
    check(&troubles);
}

const DAY: &str = "audit-2026-05-28.log";

fn of_day(contents: impl AsRef<[u8]>) -> World {
    let world = World::new();
    world.write(DAY, contents);
    world
}

fn all(seqs: std::ops::Range<u64>) -> Vec<u64> {
    seqs.collect()
}

#[test]
fn a_torn_last_line_is_named() {
    let text = lines(0..3);
    let end = text.len() as u64;
    let world = of_day(text.clone() + "{\"_schema");
    assert_found(&world, &[0, 1, 2], &[("not whole yet (9 bytes)", Some(4), Some(end), true)]);
    // Not in the newest file: no process writes its rest.
    world.write("audit-2026-05-28.1.log", lines(3..5));
    assert_found(&world, &all(0..5), &[("torn (9 bytes)", Some(4), Some(end), false)]);
    assert_found(&of_day("{\"torn"), &[], &[("not whole yet", Some(1), Some(0), true)]);
}

#[test]
fn lines_that_are_no_records_are_named_and_hide_none() {
    for bad in [
        &b""[..],
        b"x",
        b"{}",
        b"[1]",
        b"{\"ts\":1}",
        b"\xff\xfe",
        b"\0\0\0\0",
        b"{\"_schema_version\":\"1\",\"ts\":\"2026-05-28",
    ] {
        let [before, after] = [lines(0..4), lines(4..9)];
        let text = [before.as_bytes(), bad, b"\n", bad, b"\n", after.as_bytes()].concat();
        let world = of_day(text);
        assert_found(&world, &all(0..9), &[("lines 5 to 6", Some(5), Some(before.len() as u64), false)]);
    }
}

#[test]
fn a_line_that_is_damaged_inside_is_named_also_where_it_is_not_parsed() {
    for (is, becomes) in
        [("\"n1\"", &b"\"\xff\xfe\""[..]), ("\"n1\"", b"\"\0\0\""), ("failure", b"fail\x1bre")]
    {
        let text = lines(0..3);
        let place = text.find(is).unwrap();
        let damaged = [&text.as_bytes()[..place], becomes, &text.as_bytes()[place + is.len()..]].concat();
        let world = of_day(damaged);
        let which = if is == "failure" { 0 } else { 1 };
        for value in ["n0", "n1", "n2", "other"] {
            let condition = format!("resource.name={value}").parse::<Condition>().unwrap();
            let (seqs, troubles) = found(Query::new([world.dir()]).filter(condition));
            assert!(!seqs.contains(&which), "{value}");
            assert_eq!(troubles.len(), 1, "{value}");
            assert_eq!(troubles[0].line, Some(which + 1));
        }
    }
    // JSON that is none is named where it is parsed.
    let world = of_day(lines(0..3).replacen("\"n\":1,", "\"n\":,,", 1));
    let (seqs, troubles) = found(Query::new([world.dir()]));
    assert_eq!((seqs, troubles.len()), (vec![0, 2], 1));
}

#[test]
fn a_line_longer_than_any_record_is_named_and_passed_over() {
    let [before, after] = [lines(0..4), lines(4..9)];
    let mut long = line(&record(4).resource("long", "x".repeat(10 << 20)), at(4), 4);
    long.push('\n');
    let world = of_day(before.clone() + &long + &after);
    assert_found(&world, &all(0..9), &[("longer than", Some(5), Some(before.len() as u64), false)]);
    // Without it, its number is missing, which does not make the lines behind it foreign.
    let world = of_day(before.clone() + &long + &lines(5..9));
    assert_found(
        &world,
        &[0, 1, 2, 3, 5, 6, 7, 8],
        &[("longer than", Some(5), Some(before.len() as u64), false)],
    );
}

#[test]
fn lines_of_another_version_are_searched_and_said_once() {
    let newer =
        lines(2..6).replace("_schema_version\":\"1\"", "_schema_version\":\"2\",\"new\":{\"deep\":[1]}");
    let text = lines(0..2);
    let start = text.len() as u64;
    let world = of_day(text + &newer);
    let (seqs, troubles) = found(Query::new([world.dir()]));
    assert_eq!(seqs, all(0..6));
    assert_eq!(troubles.len(), 1);
    assert!(troubles[0].to_string().contains("schema version `2`") && troubles[0].is_note());
    assert_eq!((troubles[0].line, troubles[0].byte), (Some(3), Some(start)));
    let n1 = "resource.name=n1".parse::<Condition>().unwrap();
    assert_eq!(found(Query::new([world.dir()]).filter(n1).event("a.*").since(at(1))).0, [1, 4]);
    // Keys that a later version has added are no other version.
    let added = lines(0..3)
        .replace("\"outcome\"", "\"span\":\"x\",\"outcome\"")
        .replace("\"u\"", "\"u\",\"team\":\"t\"");
    assert_found(&of_day(added), &[0, 1, 2], &[]);
}

#[test]
fn lines_of_the_original_product_are_searched() {
    let original = concat!(
        r#"{"_schema_version":"1","ts":"2026-05-01T08:00:00.123Z","event":"auth.failed","actor":{},"outcome":"failure"}"#,
        "\n",
        r#"{"_schema_version":"1","ts":"2026-05-01T08:00:01Z","event":"mode.start","actor":{},"outcome":"success"}"#,
        "\n",
    );
    let world = of_day(lines(0..3));
    // By the day in its own time zone.
    world.write("audit-2026-04-30.log", original);
    let none = u64::MAX;
    assert_found(&world, &[none, none, 0, 1, 2], &[("without a number", Some(1), Some(0), true)]);
    let since = "2026-05-01T08:00:01.000000000Z".parse::<crate::record::Timestamp>().unwrap();
    assert_eq!(found(Query::new([world.dir()]).since(since)).0, [none, 0, 1, 2]);
    assert_eq!(found(Query::new([world.dir()]).seq(0..2)).0, [0, 1]);
}

#[test]
fn a_line_with_a_number_that_does_not_fit_is_named_and_hides_none() {
    for foreign in [0, 3, 900, u64::MAX] {
        let [before, after] = [lines(10..14), lines(14..30)];
        let world = of_day(before.clone() + &lines([foreign]) + &after);
        let place = Some(before.len() as u64);
        assert_found(&world, &all(10..30), &[("has not written this line", Some(5), place, false)]);
    }
}

#[test]
fn a_record_that_two_files_have_is_found_once() {
    let world = of_day(lines(0..20));
    world.write("audit-2026-05-28.1.log", lines(10..25));
    world.write("audit-2026-05-28.2.log", lines(25..30));
    assert_found(&world, &all(0..30), &[]);
    // Records that the first has lost are read from the copy, in their place.
    world.write(DAY, lines((0..12).chain(15..20)));
    assert_found(&world, &all(0..30), &[]);
    let n1 = "resource.name=n1".parse::<Condition>().unwrap();
    let (seqs, _) = found(Query::new([world.dir()]).filter(n1).since(at(9)).until(at(17)).reverse(true));
    assert_eq!(seqs, [16, 13, 10]);
}

#[test]
fn records_that_are_in_no_file_are_named_if_they_may_be_in_the_range() {
    let world = of_day(lines(0..3));
    let next = lines(10..12).replace("2026-05-28T00:00:1", "2026-05-30T00:00:1");
    world.write("audit-2026-05-30.log", next);
    assert_found(
        &world,
        &[0, 1, 2, 10, 11],
        &[("the records 3 to 9 are in no readable day file", None, None, false)],
    );
    // The files of other days are looked at, too: the records may have been in them.
    assert_eq!(found(Query::new([world.dir()]).until(at(2))).1.len(), 0);
    // A file of another name has them.
    let middle = lines(3..10);
    world.write("audit-2026-05-01.log", middle);
    assert_found(&world, &all(0..12), &[]);
    assert_eq!(found(Query::new([world.dir()]).since(at(2))).0, all(2..12));
}

#[test]
fn records_that_are_missing_beside_a_damaged_file_are_named_and_those_that_are_there_are_not() {
    let of_30 = |seqs| lines(seqs).replace("2026-05-28T00:00:1", "2026-05-30T00:00:1");
    let bad = "no record\n";
    let not = |line, byte| ("not a record", Some(line), Some(byte as u64), false);
    let missing = ("the records 3 to 9 are in no readable day file", None, None, false);
    let (before, behind) = (lines(0..3), of_30(10..12));
    for (first, last, damage) in [
        (before.clone() + bad, behind.clone(), vec![not(4, before.len())]),
        (bad.to_owned() + &before, behind.clone(), vec![not(1, 0)]),
        (before.clone(), bad.to_owned() + &behind, vec![not(1, 0)]),
        (before.clone(), behind.clone() + bad, vec![not(3, behind.len())]),
        (before.clone() + bad, bad.to_owned() + &behind, vec![not(4, before.len()), not(1, 0)]),
    ] {
        let world = of_day(&first);
        world.write("audit-2026-05-30.log", &last);
        assert_found(&world, &[0, 1, 2, 10, 11], &[&damage[..], &[missing]].concat());
        // A file without any record is beside neither.
        world.write("audit-2026-05-29.log", bad);
        assert_found(&world, &[0, 1, 2, 10, 11], &[&damage[..], &[missing, not(1, 0)]].concat());
        // A damaged file has them.
        world.write("audit-2026-05-29.log", bad.to_owned() + &lines(3..10));
        assert_found(&world, &all(0..12), &[&damage[..], &[not(1, 0)]].concat());
    }
    // A copy has what the damaged file has lost, and what it has not.
    let world = of_day(bad.to_owned() + &lines((0..12).chain(15..20)));
    world.write("audit-2026-05-28.1.log", lines(10..25));
    assert_found(&world, &all(0..25), &[not(1, 0)]);
}

#[test]
fn files_of_other_days_are_not_opened() {
    let world = World::new();
    for day in 20..28 {
        world.write(&format!("audit-2026-05-{day}.log"), "no records\n");
    }
    world.write(DAY, lines(7..20));
    let (seqs, troubles) = found(Query::new([world.dir()]).since(at(0)).until(at(10)));
    assert_eq!((seqs, troubles.len()), (vec![7, 8, 9], 0));
}

#[test]
fn files_that_are_no_day_files_are_named() {
    let world = of_day(lines(0..3));
    world.write("audit-2026-05-28.log.gz", "x");
    world.write("notes.txt", "x");
    world.write("HOLD", "");
    fs::create_dir(world.path("audit-2026-05-29.log")).unwrap();
    assert_found(
        &world,
        &[0, 1, 2],
        &[
            ("audit-2026-05-28.log.gz has not the name", None, None, true),
            ("notes.txt has not the name", None, None, true),
            ("can't be read: it is a directory", None, None, false),
        ],
    );
}

#[cfg(unix)]
#[test]
fn a_fifo_or_a_link_in_place_of_a_day_file_is_named_and_not_waited_for() {
    let world = of_day(lines(0..3));
    rustix::fs::mkfifoat(rustix::fs::CWD, world.path("audit-2026-05-29.log"), 0o600.into()).unwrap();
    std::os::unix::fs::symlink(world.path(DAY), world.path("audit-2026-05-30.log")).unwrap();
    assert_found(
        &world,
        &[0, 1, 2],
        &[("it is a FIFO", None, None, false), ("it is a link", None, None, false)],
    );
}

#[test]
fn a_value_in_another_spelling_is_found() {
    let world = of_day(lines(0..3).replace("\"n1\"", r#""\u006e1""#).replace("\"n2\"", r#""\u004e2""#));
    let query = |text: &str| Query::new([world.dir()]).filter(text.parse().unwrap());
    assert_eq!(found(query("resource.name=n1")).0, [1]);
    assert_eq!(found(query("resource.name=N2")).0, [2]);
    assert!(found(query("resource.name=n2")).0.is_empty());
}

#[test]
fn a_journal_in_two_directories_counts_once() {
    let (one, copy) = (of_day(lines(0..20)), of_day(lines(0..10)));
    for world in [&one, &copy] {
        fs::create_dir(world.path(".state")).unwrap();
        world.write(".state/journal.json", r#"{"version":1,"id":"5f0c4d1be2f3470a9c7d8e6b1a2f3c4d"}"#);
    }
    let dirs: [&Path; 2] = [one.dir(), copy.dir()];
    assert_eq!(Query::new(dirs).count(|trouble| panic!("{trouble}")).unwrap(), 20);
    copy.write(DAY, lines(0..10).replace("\"n1\"", "\"x1\""));
    let (seqs, troubles) = found(Query::new(dirs));
    assert_eq!((seqs.len(), troubles.len()), (23, 3));
    assert!(troubles.iter().all(|trouble| matches!(trouble.kind, TroubleKind::TwoHistories { .. })));
}

#[test]
fn a_query_that_makes_no_sense_is_refused() {
    let world = of_day("");
    assert!(Query::new::<&Path>([]).run().is_err());
    assert!(Query::new([world.path("missing")]).run().is_err());
    assert!(Query::new([world.dir(), world.dir()]).around(7, 1).run().is_err());
}

#[test]
fn records_around_a_number_are_found() {
    let world = of_day(lines(0..20));
    assert_eq!(found(Query::new([world.dir()]).around(7, 2)).0, [5, 6, 7, 8, 9]);
    assert_eq!(found(Query::new([world.dir()]).around(0, 1)).0, [0, 1]);
    assert!(found(Query::new([world.dir()]).around(u64::MAX, 1)).0.is_empty());
}

/// Guards against pieces that lose lines at their borders, and against a bisection that begins too late.
#[test]
fn a_file_of_many_pieces_is_searched_whole() {
    let many = 60_000;
    let world = of_day(lines(0..many));
    let (seqs, troubles) = found(Query::new([world.dir()]));
    assert!(seqs == all(0..many) && troubles.is_empty(), "{troubles:?}");
    let (mut seqs, _) = found(Query::new([world.dir()]).reverse(true));
    seqs.reverse();
    assert!(seqs == all(0..many));
    for (since, until) in
        [(0, 1), (1, 2), (59_999, 70_000), (12_345, 54_321), (30_000, 30_001), (70_000, 80_000)]
    {
        let query = Query::new([world.dir()]).since(at(since)).until(at(until));
        let wanted = all(since as u64..(until as u64).min(many).max(since as u64));
        assert!(found(query).0 == wanted, "{since} {until}");
        let numbers = Query::new([world.dir()]).seq(since as u64..until as u64);
        assert!(found(numbers).0 == wanted, "{since} {until}");
    }
    // A line without a fitting number in the middle of it.
    let mut text = lines(0..many);
    let middle = text.find("\"seq\":40000}").unwrap() + "\"seq\":40000}\n".len();
    text.insert_str(middle, &lines([7]));
    let world = of_day(text);
    for is_reverse in [false, true] {
        let (mut seqs, troubles) = found(Query::new([world.dir()]).reverse(is_reverse));
        if is_reverse {
            seqs.reverse();
        }
        assert!(seqs == all(0..many), "{is_reverse}");
        assert_eq!((troubles.len(), troubles[0].line), (1, Some(40_002)));
    }
}
