//! Following files that are written, moved and damaged.

use super::*;
use crate::read::{Query, Trouble};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn line(seq: u64, text: &str) -> String {
    format!(
        r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:{:02}.123456789Z","event":"a.b","actor":{{}},"resource":{{"k":"{text}"}},"outcome":"success","seq":{seq}}}"#,
        seq % 60
    ) + "\n"
}

fn lines(seqs: impl IntoIterator<Item = u64>) -> String {
    seqs.into_iter().map(|seq| line(seq, "")).collect()
}

struct Log {
    _folder: tempfile::TempDir,
    dir: PathBuf,
}

impl Log {
    fn new() -> Log {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("audit");
        fs::create_dir(&dir).unwrap();
        Log { _folder: folder, dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn append(&self, name: &str, text: impl AsRef<[u8]>) {
        append(&self.path(name), text.as_ref());
    }

    fn follow(&self) -> Seen {
        self.follow_last(0)
    }

    fn follow_last(&self, last: usize) -> Seen {
        Seen(Follow::new(Query::new([&self.dir])).last(last).start().unwrap())
    }
}

fn append(path: &Path, text: &[u8]) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text).unwrap();
}

struct Seen(Following);

impl Seen {
    /// Returns the numbers of what is there, and what else is met, without the directory.
    fn next(&mut self) -> (Vec<u64>, Vec<String>) {
        let (mut seqs, mut troubles) = (Vec::new(), Vec::new());
        for found in &mut self.0 {
            match found {
                Ok(found) => seqs.push(found.seq().unwrap_or(u64::MAX)),
                Err(trouble) => troubles.push(short(&trouble)),
            }
        }
        (seqs, troubles)
    }

    /// Returns the numbers of what is there, where nothing else is.
    fn seqs(&mut self) -> Vec<u64> {
        let (seqs, troubles) = self.next();
        assert_eq!(troubles, [""; 0]);
        seqs
    }
}

fn short(trouble: &Trouble) -> String {
    let dir = trouble.path.parent().unwrap().display().to_string();
    trouble.to_string().replace(&format!("{dir}/"), "").replace(&format!("{dir}\\"), "")
}

const DAY: &str = "audit-2026-05-28.log";
const COPY: &str = "audit-2026-05-28.1.log";
const NEXT_DAY: &str = "audit-2026-05-29.log";

#[test]
fn new_records_come_once_and_a_torn_line_waits() {
    let log = Log::new();
    log.append(DAY, lines(0..5));
    let mut seen = log.follow();
    assert_eq!(seen.seqs(), [0; 0]);
    log.append(DAY, lines(5..7));
    assert_eq!(seen.seqs(), [5, 6]);
    let whole = line(7, "x");
    let (begin, end) = whole.split_at(40);
    log.append(DAY, begin);
    assert_eq!(seen.seqs(), [0; 0]);
    log.append(DAY, end);
    log.append(DAY, lines([8]));
    assert_eq!(seen.seqs(), [7, 8]);
    assert_eq!(seen.seqs(), [0; 0]);
}

#[test]
fn the_last_records_come_first_and_what_is_written_meanwhile_follows() {
    let log = Log::new();
    log.append(DAY, lines(0..50));
    log.append(NEXT_DAY, lines(50..53));
    let mut seen = log.follow_last(5);
    log.append(NEXT_DAY, lines(53..55));
    assert_eq!(seen.seqs(), [48, 49, 50, 51, 52, 53, 54]);
    assert_eq!(log.follow_last(1000).seqs(), (0..55).collect::<Vec<_>>());
}

#[test]
fn a_torn_line_at_the_beginning_is_shown_when_it_is_whole() {
    let log = Log::new();
    let whole = line(3, "x");
    log.append(DAY, lines(0..3) + &whole[..50]);
    let mut seen = log.follow_last(2);
    let (seqs, troubles) = seen.next();
    assert!(seqs == [1, 2] && troubles.len() == 1 && troubles[0].contains("not whole yet"), "{troubles:?}");
    log.append(DAY, &whole[50..]);
    assert_eq!(seen.seqs(), [3]);
}

#[test]
fn the_next_day_follows_on_the_last_lines_of_the_day() {
    let log = Log::new();
    log.append(DAY, lines(0..3));
    let mut seen = log.follow();
    assert_eq!(seen.seqs(), [0; 0]);
    log.append(DAY, lines(3..6));
    log.append(NEXT_DAY, lines(6..9));
    assert_eq!(seen.seqs(), [3, 4, 5, 6, 7, 8]);
    // After the clock was set back.
    log.append(COPY, lines(9..12));
    log.append("audit-2026-05-29.1.log", lines(12..13));
    assert_eq!(seen.seqs(), [9, 10, 11, 12]);
}

#[test]
fn copies_of_removed_and_failed_files_bring_nothing_twice() {
    let log = Log::new();
    log.append(DAY, lines(0..5));
    let mut seen = log.follow();
    log.append(DAY, lines(5..8));
    assert_eq!(seen.seqs(), [5, 6, 7]);
    // Two more, and the file is removed before they are seen.
    log.append(DAY, lines(8..10));
    fs::remove_file(log.path(DAY)).unwrap();
    log.append(COPY, lines(0..12));
    assert_eq!(seen.seqs(), [8, 9, 10, 11]);
    // Its name is used again.
    log.append(DAY, lines(12..14));
    let (seqs, troubles) = seen.next();
    assert_eq!(seqs, [12, 13]);
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    log.append("audit-2026-05-28.2.log", lines(10..16));
    assert_eq!(seen.seqs(), [14, 15]);
}

#[test]
fn a_truncated_or_replaced_file_is_read_again_and_brings_nothing_twice() {
    let log = Log::new();
    log.append(DAY, lines(0..5));
    let mut seen = log.follow();
    fs::write(log.path(DAY), lines(0..3)).unwrap();
    let (seqs, troubles) = seen.next();
    assert!(
        seqs.is_empty() && troubles.len() == 1 && troubles[0].contains("was cut"),
        "{seqs:?} {troubles:?}"
    );
    log.append(DAY, lines(3..7));
    assert_eq!(seen.seqs(), [5, 6]);
    // Another file, longer than what was read of this one.
    fs::write(log.path("new"), lines(100..120)).unwrap();
    fs::rename(log.path("new"), log.path(DAY)).unwrap();
    let (seqs, troubles) = seen.next();
    assert_eq!(seqs, (100..120).collect::<Vec<_>>());
    assert!(troubles.len() == 1 && troubles[0].contains("was replaced"), "{troubles:?}");
}

#[test]
fn a_directory_that_is_removed_and_comes_back_brings_nothing_twice() {
    let log = Log::new();
    log.append(DAY, lines(0..5));
    let mut seen = log.follow_last(2);
    assert_eq!(seen.seqs(), [3, 4]);
    let aside = log.dir.with_file_name("aside");
    fs::rename(&log.dir, &aside).unwrap();
    let (seqs, troubles) = seen.next();
    assert!(seqs.is_empty() && troubles == ["audit is not there; it is waited for"], "{seqs:?} {troubles:?}");
    assert_eq!(seen.seqs(), [0; 0]);
    append(&aside.join(DAY), lines(5..7).as_bytes());
    fs::rename(&aside, &log.dir).unwrap();
    assert_eq!(seen.seqs(), [5, 6]);
}

#[test]
fn another_log_in_its_place_is_followed_from_its_beginning() {
    let log = Log::new();
    log.append(DAY, lines(0..5));
    let mut seen = log.follow_last(10);
    assert_eq!(seen.seqs(), [0, 1, 2, 3, 4]);
    fs::remove_dir_all(&log.dir).unwrap();
    assert_eq!(seen.next().1.len(), 1);
    fs::create_dir(&log.dir).unwrap();
    log.append(DAY, (0..7).map(|seq| line(seq, "of another")).collect::<String>());
    let (seqs, troubles) = seen.next();
    assert_eq!(seqs, [0, 1, 2, 3, 4, 5, 6]);
    assert!(troubles.iter().any(|trouble| trouble.contains("another log begins here")), "{troubles:?}");
}

#[test]
fn a_log_that_is_not_there_yet_is_waited_for() {
    let log = Log::new();
    fs::remove_dir(&log.dir).unwrap();
    let mut seen = log.follow_last(10);
    assert_eq!(seen.next(), (vec![], vec!["audit is not there; it is waited for".to_owned()]));
    fs::create_dir(&log.dir).unwrap();
    assert_eq!(seen.seqs(), [0; 0]);
    log.append(DAY, lines(0..3));
    assert_eq!(seen.seqs(), [0, 1, 2]);
}

#[test]
fn a_forged_number_hides_nothing_and_is_named() {
    for forged in [1 << 40, u64::MAX, 0, 3] {
        let log = Log::new();
        log.append(DAY, lines(0..5));
        let mut seen = log.follow_last(5);
        seen.next();
        log.append(DAY, line(forged, "forged"));
        let (seqs, troubles) = seen.next();
        assert_eq!((seqs, troubles.len()), (vec![forged], 1), "{troubles:?}");
        assert!(troubles[0].starts_with("audit-2026-05-28.log, line 6 (byte "), "{troubles:?}");
        log.append(DAY, lines(5..8));
        assert_eq!(seen.seqs(), [5, 6, 7], "{forged}");
    }
    // The next number, before the log has used it.
    let log = Log::new();
    let mut seen = log.follow();
    log.append(DAY, line(0, "forged") + &lines(0..2));
    let (seqs, troubles) = seen.next();
    assert_eq!((seqs, troubles.len()), (vec![0, 0, 1], 1), "{troubles:?}");
    // At the end, before following begins.
    let log = Log::new();
    log.append(DAY, lines(0..5) + &lines([1 << 40, (1 << 40) + 1]));
    let mut seen = log.follow();
    log.append(DAY, lines(5..7));
    assert_eq!(seen.next().0, [5, 6]);
}

#[test]
fn what_is_no_record_is_named_with_its_place_and_hides_nothing() {
    let log = Log::new();
    log.append(DAY, lines(0..2));
    let mut seen = log.follow();
    log.append(DAY, lines(2..3) + "hello\n\n{}\n" + &lines(3..4));
    log.append(DAY, [b"\xff\xfe\n", lines(4..5).as_bytes()].concat());
    let (seqs, troubles) = seen.next();
    assert_eq!(seqs, [2, 3, 4]);
    let byte = lines(0..3).len();
    assert!(
        troubles[0].starts_with(&format!("{DAY}, lines 4 to 6 (byte {byte}): not a record:")),
        "{troubles:?}"
    );
    assert!(troubles[1].starts_with(&format!("{DAY}, line 8 (byte ")) && troubles.len() == 2, "{troubles:?}");
    let newer = line(5, "").replace(r#"version":"1""#, r#"version":"2""#);
    log.append(DAY, newer + &lines(6..7));
    let (seqs, troubles) = seen.next();
    assert_eq!((seqs, troubles.len()), (vec![5, 6], 1), "{troubles:?}");
    assert!(troubles[0].contains("schema version `2`"), "{troubles:?}");
}

#[test]
fn a_line_that_is_too_long_is_named_once_and_passed_over() {
    let log = Log::new();
    log.append(DAY, lines(0..2));
    let mut seen = log.follow();
    let long = vec![b'x'; 6 << 20];
    log.append(DAY, &long);
    let (seqs, troubles) = seen.next();
    assert!(
        seqs.is_empty() && troubles.len() == 1 && troubles[0].contains(", line 3 (byte "),
        "{troubles:?}"
    );
    log.append(DAY, &long[..4 << 20]);
    assert_eq!(seen.seqs(), [0; 0]);
    log.append(DAY, "\n".to_owned() + &lines(2..3) + "?\n");
    let (seqs, troubles) = seen.next();
    assert!(
        seqs == [2] && troubles.len() == 1 && troubles[0].contains(", line 5 (byte "),
        "{seqs:?} {troubles:?}"
    );
}

#[test]
fn lines_without_a_number_come_as_they_are() {
    let log = Log::new();
    let old = r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{},"outcome":"success"}"#;
    log.append(DAY, format!("{old}\n{old}\n"));
    let mut seen = log.follow_last(1);
    let (seqs, _) = seen.next();
    assert_eq!(seqs, [u64::MAX]);
    log.append(DAY, format!("{old}\n{old}\n"));
    assert_eq!(seen.next().0, [u64::MAX, u64::MAX]);
}

#[test]
fn only_what_matches_is_shown() {
    let log = Log::new();
    let query = Query::new([&log.dir]).filter("resource.k=yes".parse().unwrap());
    let mut seen = Seen(Follow::new(query).last(1).start().unwrap());
    log.append(DAY, line(0, "yes") + &line(1, "no") + &line(2, "yes"));
    assert_eq!(seen.seqs(), [0, 2]);
    log.append(COPY, line(1, "no") + &line(2, "yes") + &line(3, "yes"));
    assert_eq!(seen.seqs(), [3]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named_once() {
    let log = Log::new();
    log.append(DAY, lines(0..2));
    let mut seen = log.follow();
    seen.next();
    std::os::unix::fs::symlink(log.path(DAY), log.path(NEXT_DAY)).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, log.path(COPY), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let (seqs, mut troubles) = seen.next();
    troubles.sort();
    assert!(seqs.is_empty() && troubles.len() == 2, "{seqs:?} {troubles:?}");
    assert!(troubles[0].contains("a FIFO") && troubles[1].contains("a link"), "{troubles:?}");
    assert_eq!(seen.seqs(), [0; 0]);
}

#[test]
fn records_of_several_directories_come_by_their_times() {
    let (one, other) = (Log::new(), Log::new());
    let mut seen = Seen(Follow::new(Query::new([&one.dir, &other.dir])).start().unwrap());
    one.append(DAY, lines([1, 3, 5]));
    other.append(DAY, lines([2, 4, 6]));
    assert_eq!(seen.next().0, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn only_synced_records_are_shown_if_only_these_are_asked_for() {
    let log = Log::new();
    let synced = |next_seq| {
        let head =
            format!(r#"{{"version":1,"turn":{next_seq},"file":"{DAY}","offset":1,"next_seq":{next_seq}"#);
        let text = format!("{head},\"crc32c\":\"{:08x}\"}}", crc32c::crc32c(head.as_bytes()));
        fs::create_dir_all(log.path(".state")).unwrap();
        fs::write(log.path(".state/synced"), text).unwrap();
    };
    log.append(DAY, lines(0..5));
    synced(3);
    let query = Query::new([&log.dir]);
    let mut seen = Seen(Follow::new(query).last(2).only_synced(true).start().unwrap());
    assert_eq!(seen.seqs(), [1, 2]);
    synced(4);
    assert_eq!(seen.seqs(), [3]);
    log.append(DAY, lines(5..7));
    log.append(COPY, lines(3..8));
    synced(6);
    assert_eq!(seen.seqs(), [4, 5]);
    synced(8);
    assert_eq!(seen.seqs(), [6, 7]);
}
