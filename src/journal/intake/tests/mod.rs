#[cfg(target_os = "linux")]
mod mapped;
mod note;

use super::format::*;
use super::memory::{Contents, Memory};
use super::*;
use crate::journal::storage::{Mapping, system::mapping_of};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const ID: [u8; 16] = *b"0123456789abcdef";

/// The smallest ring there is.
const SMALL: usize = *CAPACITIES.start();

type Bytes = Arc<Mutex<Vec<u8>>>;

/// Memory that runs a check after each store, and in the middle of copying and zeroing, where a
/// process may die. After so many changes it can't be written.
struct Watched<F> {
    bytes: Bytes,
    look: F,
    changes: Arc<AtomicU64>,
}

impl<F: Fn(&[u8])> Watched<F> {
    fn new(bytes: &Bytes, look: F) -> Watched<F> {
        Watched { bytes: Arc::clone(bytes), look, changes: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    fn change(&self, at: usize, new: &[u8]) -> Result<(), Unwritable> {
        let left = self.changes.load(Ordering::Relaxed).checked_sub(1).ok_or(Unwritable)?;
        self.changes.store(left, Ordering::Relaxed);
        let mut bytes = self.bytes.lock().unwrap();
        bytes[at..at + new.len()].copy_from_slice(new);
        (self.look)(&bytes);
        Ok(())
    }
}

impl<F> Contents for Watched<F> {
    fn load(&self, at: usize) -> u64 {
        u64::from_le_bytes(*self.bytes.lock().unwrap()[at..].first_chunk().unwrap())
    }

    fn look(&self, at: usize, len: usize) -> Cow<'_, [u8]> {
        self.bytes.lock().unwrap()[at..at + len].to_vec().into()
    }
}

impl<F: Fn(&[u8]) + Send + Sync + 'static> Memory for Watched<F> {
    fn store(&self, at: usize, word: u64) -> Result<(), Unwritable> {
        assert_eq!(at % WORD, 0);
        self.change(at, &word.to_le_bytes())
    }

    fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Unwritable> {
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        self.change(at, half)?;
        self.change(at + half.len(), rest)
    }

    fn zero(&self, at: usize, len: usize) -> Result<(), Unwritable> {
        let first = len.min(WORD);
        self.change(at, &vec![0; first])?;
        self.change(at + first, &vec![0; len - first])
    }
}

/// Where its lines begin, and the size of its file.
const LINES: usize = WORDS + SMALL / 8;
const FILE: usize = LINES + SMALL;

fn memory() -> Bytes {
    Arc::new(Mutex::new(vec![0; FILE]))
}

/// Takes lines as the committer does, until they have `enough` bytes. Returns how many.
fn take<M: Memory>(consumer: &mut Consumer<M>, out: &mut Vec<u8>, enough: usize) -> u64 {
    let before = (consumer.next_seq(), out.len());
    while out.len() - before.1 < enough {
        let (lines, end) = consumer.next_lines(enough - (out.len() - before.1), |_| true);
        if lines.is_empty() {
            break;
        }
        out.extend_from_slice(&lines);
        drop(lines);
        consumer.take(end);
    }
    consumer.next_seq() - before.0
}

fn line(seq: u64, len: usize) -> Vec<u8> {
    (0..len).map(|at| (seq as usize * 31 + at) as u8).collect()
}

fn lines_in(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    Image::of(bytes.to_vec(), ID).unwrap().lines().collect()
}

#[test]
fn the_example_in_the_documentation_is_true() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, _consumer) = create(watched, SMALL, ID, 7).unwrap();
    producer.append(b"{\"n\":7}\n").unwrap();
    producer.append(b"{\"n\":8,\"a\":1}\n").unwrap();
    let bytes = bytes.lock().unwrap();
    let text = include_str!("../mod.rs");
    let shown = |at: usize, len: usize| {
        let digits = bytes[at..at + len].iter().map(|byte| crate::record::hex(&[*byte])).collect::<Vec<_>>();
        let line = format!("{at}  {}  ", digits.join(" "));
        assert!(text.contains(&line), "{line}");
    };
    [16440, 16448, 16456].into_iter().for_each(|at| shown(at, 8));
    shown(24576, 8);
    shown(24640, 14);
    assert_eq!(LINES, 24576);
    assert_eq!(&bytes[..8], b"TAINTAK2");
    let lines = [(7, b"{\"n\":7}\n".to_vec()), (8, b"{\"n\":8,\"a\":1}\n".to_vec())];
    assert_eq!(lines_in(&bytes), lines);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, mut consumer) = create(watched, SMALL, ID, 0).unwrap();
    assert_eq!(producer.append(&line(0, SMALL - 63)), Err(AppendFailure::TooLong));
    // With the room that is left for a word of 0, it fills the ring.
    producer.append(&line(0, SMALL - 64)).unwrap();
    let before = bytes.lock().unwrap().clone();
    assert_eq!(producer.append(b"a"), Err(AppendFailure::Full));
    assert_eq!(*bytes.lock().unwrap(), before);
    assert_eq!(producer.fill().bytes(), SMALL as u64 - 64);
    let mut out = Vec::new();
    assert_eq!(take(&mut consumer, &mut out, 1), 1);
    assert_eq!(out, line(0, SMALL - 64));
    assert_eq!(producer.append(b"a"), Err(AppendFailure::Full));
    consumer.release().unwrap();
    producer.append(b"a").unwrap();
    assert_eq!(lines_in(&bytes.lock().unwrap()), [(1, b"a".to_vec())]);
}

/// Guards against a word that is written over, or one that ends no entries, where lines are short.
#[test]
fn a_word_of_0_follows_the_last_line_however_short_lines_are() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, mut consumer) = create(watched, SMALL, ID, 5).unwrap();
    let mut out = Vec::new();
    for round in 0..3 {
        let mut appended = 0;
        while producer.append(b"a\n").is_ok() {
            appended += 1;
        }
        assert_eq!(appended, SMALL / 64 - 1, "{round}");
        assert_eq!(lines_in(&bytes.lock().unwrap()).len(), appended);
        assert_eq!(take(&mut consumer, &mut out, usize::MAX), appended as u64);
        assert_eq!(producer.append(b"a\n"), Err(AppendFailure::Full));
        consumer.release().unwrap();
    }
}

#[test]
fn lines_that_stand_one_behind_the_other_are_one_piece_and_one_that_crosses_the_end_is_alone() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, mut consumer) = create(watched, SMALL, ID, 0).unwrap();
    let mut out = Vec::new();
    producer.append(&line(0, SMALL - 1000)).unwrap();
    take(&mut consumer, &mut out, usize::MAX);
    consumer.release().unwrap();
    for (seq, len) in (1..).zip([400, 500, 300, 200, 200]) {
        producer.append(&line(seq, len)).unwrap();
    }
    let mut next = |enough, until: u64| {
        let mut asked = consumer.next_seq();
        let (lines, end) = consumer.next_lines(enough, |text| {
            assert_eq!(text, line(asked, text.len()));
            asked += 1;
            asked <= until
        });
        let (len, count) = (lines.len(), end.seq - consumer.next_seq());
        drop(lines);
        consumer.take(end);
        (len, count)
    };
    assert_eq!(next(usize::MAX, 100), (900, 2), "up to the one that crosses the end");
    assert_eq!(next(usize::MAX, 100), (300, 1), "it is alone");
    assert_eq!(next(100, 100), (200, 1), "it is enough");
    assert_eq!(next(usize::MAX, 5), (0, 0), "it is not taken");
    assert_eq!(next(usize::MAX, 100), (200, 1));
    assert_eq!(next(usize::MAX, 100), (0, 0));
}

/// A line of the log, with its number.
fn record(seq: u64) -> Vec<u8> {
    let mut draft = crate::record::encode::Draft::of(&crate::record::Record::new("a.b").resource("n", seq));
    draft.stamp(&crate::record::encode::TsText::UNKNOWN, seq);
    draft.line().to_vec()
}

#[test]
fn what_was_written_over_is_passed_over_up_to_the_next_line_that_is_whole() {
    let len = record(10).len();
    let spoil = |at: std::ops::Range<usize>, with: u8| {
        let bytes = memory();
        let watched = Watched::new(&bytes, |_: &[u8]| {});
        let (mut producer, mut consumer) = create(watched, SMALL, ID, 10).unwrap();
        for seq in 10..16 {
            producer.append(&record(seq)).unwrap();
        }
        bytes.lock().unwrap()[at].fill(with);
        let (mut out, mut lost) = (Vec::new(), Vec::new());
        while !consumer.is_empty() {
            if take(&mut consumer, &mut out, usize::MAX) == 0 {
                let spoilt = consumer.pass_over_spoilt(producer.next_seq());
                assert_eq!(spoilt.bytes.len(), len * (spoilt.seqs.end - spoilt.seqs.start) as usize);
                lost.push(spoilt.seqs);
            }
        }
        assert_eq!(consumer.next_seq(), 16);
        let kept = (10..16).filter(|seq| !lost.iter().any(|seqs| seqs.contains(seq)));
        assert_eq!(out, kept.flat_map(record).collect::<Vec<_>>());
        consumer.release().unwrap();
        assert!(bytes.lock().unwrap()[WORDS..].iter().all(|byte| *byte == 0));
        // They are in one place.
        assert_eq!(lost.len(), 1);
        lost.remove(0)
    };
    let at = |line: usize| LINES + line * len;
    for with in [0, b'x', b'\n'] {
        assert_eq!(spoil(at(0) + 5..at(0) + 9, with), 10..11);
        assert_eq!(spoil(at(1) + 5..at(3) + 9, with), 11..14);
        assert_eq!(spoil(at(4) + 60..at(6), with), 14..16);
        assert_eq!(spoil(at(0)..at(6), with), 10..16);
        // Words, too.
        assert_eq!(spoil(WORDS + 12 * WORD..WORDS + 14 * WORD, with), 12..14);
        assert_eq!(spoil(WORDS + 15 * WORD..WORDS + 16 * WORD, with), 15..16);
    }
}

#[test]
fn used_space_holds_nothing_any_more() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, mut consumer) = create(watched, SMALL, ID, 0).unwrap();
    let mut out = Vec::new();
    for seq in 0..1000 {
        producer.append(&line(seq, 1 + seq as usize % 3000)).unwrap();
        take(&mut consumer, &mut out, usize::MAX);
        consumer.release().unwrap();
        assert!(bytes.lock().unwrap()[WORDS..].iter().all(|byte| *byte == 0), "{seq}");
    }
    producer.note(3, b"ada").unwrap();
    let before = bytes.lock().unwrap().clone();
    producer.write_notes_again().unwrap();
    assert!(*bytes.lock().unwrap() == before);
    producer.remove_note(3).unwrap();
    assert!(bytes.lock().unwrap()[NOTES..].iter().all(|byte| *byte == 0));
}

#[test]
fn notes_are_kept_apart() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, _consumer) = create(watched, SMALL, ID, 0).unwrap();
    let longest = vec![b'x'; LONGEST_NOTE];
    producer.note(0, b"first").unwrap();
    producer.note(11, &longest).unwrap();
    producer.note(0, b"other").unwrap();
    let image = Image::of(bytes.lock().unwrap().clone(), ID).unwrap();
    assert_eq!(image.notes(1 << 60).collect::<Vec<_>>(), [(0, &b"other"[..]), (11, &longest[..])]);
    let places = |bytes: &Bytes, next_seq| {
        let image = Image::of(bytes.lock().unwrap().clone(), ID).unwrap();
        image.notes(next_seq).map(|(place, _)| place).collect::<Vec<_>>()
    };
    bytes.lock().unwrap()[NOTES + 2 * WORD] ^= 1;
    assert_eq!(places(&bytes, 0), [11]);
    // It is told by the record 0, if there is one.
    producer.mark_note(11, true).unwrap();
    assert_eq!(places(&bytes, 0), [11]);
    assert_eq!(places(&bytes, 1), [0; 0]);
    // It could not be appended: another record has its number.
    producer.mark_note(11, false).unwrap();
    assert_eq!(places(&bytes, 1), [11]);
}

#[test]
fn what_is_no_intake_is_refused_with_the_reason() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let _ends = create(watched, SMALL, ID, 0).unwrap();
    let good = bytes.lock().unwrap().clone();
    let refusal = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        Image::of(bytes, ID).unwrap_err().to_string()
    };
    assert_eq!(refusal(&|bytes| bytes.clear()), "it is not an intake");
    assert_eq!(refusal(&|bytes| bytes[0] = 0), "it is not an intake");
    assert_eq!(
        refusal(&|bytes| bytes[7] = b'3'),
        "version 3 of its layout is not 2, the last one that is known here"
    );
    assert_eq!(refusal(&|bytes| bytes.truncate(100)), "it has only 100 bytes");
    assert_eq!(refusal(&|bytes| bytes[9] ^= 1), "its header is damaged");
    assert_eq!(refusal(&|bytes| bytes[16] ^= 1), "its header is damaged");
    assert!(refusal(&|bytes| bytes.truncate(WORDS)).starts_with("it has 16384 bytes, for a ring of"));
    let other = Image::of(good.clone(), [0; 16]).unwrap_err().to_string();
    assert_eq!(other, "it is of another journal");
}

/// Writes entries as an older build did.
pub(in crate::journal) fn first_layout_file(
    id: [u8; 16],
    tail: u64,
    first_seq: u64,
    lines: &[Vec<u8>],
    note: &[u8],
) -> Vec<u8> {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, _consumer) = create(watched, SMALL, id, first_seq).unwrap();
    producer.note(4, note).unwrap();
    let mut file = bytes.lock().unwrap()[..WORDS + SMALL].to_vec();
    file[..8].copy_from_slice(b"TAINTAK1");
    let header_crc = crc32c::crc32c(&file[..HEADER_CRC]);
    file[HEADER_CRC..HEADER_CRC + 4].copy_from_slice(&header_crc.to_le_bytes());
    let words = [tail, first_seq, tail_crc(Point { position: tail, seq: first_seq })];
    file[TAILS[0]..TAILS[0] + 24].copy_from_slice(&words.map(u64::to_le_bytes).concat());
    let mut at = tail as usize;
    for (seq, line) in (first_seq..).zip(lines) {
        let crc = crc32c::crc32c_append(crc32c::crc32c(&seq.to_le_bytes()), line);
        let mut entry = (u64::from(crc) << 32 | line.len() as u64).to_le_bytes().to_vec();
        entry.extend(line);
        entry.resize(entry.len().next_multiple_of(8), 0);
        for byte in entry {
            file[WORDS + at % SMALL] = byte;
            at += 1;
        }
    }
    file
}

/// Guards against records that an older build has left, and that its successor does not see.
#[test]
fn what_an_older_build_has_left_in_the_first_layout_is_read() {
    let lines = (7..17).map(|seq| line(seq, 1 + seq as usize * 31)).collect::<Vec<_>>();
    for tail in [0, 8, SMALL as u64 - 8, SMALL as u64 * 5 - 1000, SMALL as u64 * 5 - 1008] {
        let image = Image::of(first_layout_file(ID, tail, 7, &lines, b"noted"), ID).unwrap();
        assert_eq!(image.lines().collect::<Vec<_>>(), (7..).zip(lines.clone()).collect::<Vec<_>>(), "{tail}");
        assert_eq!(image.notes(0).collect::<Vec<_>>(), [(4, &b"noted"[..])]);
        assert_eq!((image.tail(), image.capacity()), (Some(Point { position: tail, seq: 7 }), None));
    }
    // Up to one that is torn.
    let mut file = first_layout_file(ID, 0, 7, &lines, b"noted");
    file[WORDS + 8 + 3] ^= 1;
    assert_eq!(Image::of(file.clone(), ID).unwrap().lines().count(), 0);
    file.truncate(WORDS + SMALL - 8);
    assert!(Image::of(file, ID).unwrap_err().to_string().ends_with("for a ring of 65536"));
}

/// What is done with a ring.
#[derive(Clone, Debug)]
enum Act {
    Append(usize),
    Take(usize),
    Release,
    /// After so many changes the memory can't be written.
    Break(u64),
    Mend,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1..200_usize).prop_map(Act::Append),
        2 => (1000..30_000_usize).prop_map(Act::Append),
        3 => (1..40_000_usize).prop_map(Act::Take),
        3 => Just(Act::Release),
        1 => (0..12_u64).prop_map(Act::Break),
        2 => Just(Act::Mend),
    ];
    prop::collection::vec(act, 1..60)
}

/// What is known of a ring while it is worked with.
#[derive(Debug, Default)]
struct Known {
    lines: Vec<Vec<u8>>,
    /// Appending this one has begun, and not ended.
    begun: Option<Vec<u8>>,
    /// What was taken, and so is elsewhere.
    taken: usize,
    looks: usize,
}

const FIRST_SEQ: u64 = 1000;

impl Known {
    /// Whatever a process has just done when it dies: what was appended and is not elsewhere
    /// is there.
    fn check(&mut self, bytes: &[u8]) {
        self.looks += 1;
        let image = Image::of(bytes.to_vec(), ID).unwrap();
        let tail = image.tail().unwrap();
        let from = (tail.seq - FIRST_SEQ) as usize;
        assert!(from <= self.taken, "{from} > {}", self.taken);
        let mut lines = image.lines();
        let mut seqs = from..;
        for (seq, line) in &mut lines {
            let at = seqs.next().unwrap();
            assert_eq!(seq, FIRST_SEQ + at as u64);
            match self.lines.get(at) {
                Some(appended) => assert_eq!(line, *appended),
                None => assert_eq!(Some(line), self.begun),
            }
        }
        // All of them, unless they are just being zeroed.
        let end = seqs.start;
        assert!(end >= self.lines.len(), "{end} < {}: {:?}", self.lines.len(), tail);
        assert!(!lines.ends_in_rubbish());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_process_may_die_after_each_store(acts in acts()) {
        let known = Arc::new(Mutex::new(Known::default()));
        let bytes = memory();
        let look = {
            let known = Arc::clone(&known);
            move |bytes: &[u8]| {
                // The header is written before anybody may append.
                if let Ok(mut known) = known.try_lock() && known.looks > 0 {
                    known.check(bytes);
                }
            }
        };
        let watched = Watched::new(&bytes, look);
        let changes = Arc::clone(&watched.changes);
        let (mut producer, mut consumer) = create(watched, SMALL, ID, FIRST_SEQ).unwrap();
        known.lock().unwrap().check(&bytes.lock().unwrap());
        let mut out = Vec::new();
        for act in acts {
            match act {
                Act::Append(len) => {
                    let line = line(producer.next_seq(), len);
                    known.lock().unwrap().begun = Some(line.clone());
                    let appended = producer.append(&line);
                    let mut known = known.lock().unwrap();
                    known.begun = None;
                    if appended.is_ok() {
                        known.lines.push(line);
                    }
                }
                Act::Take(enough) => {
                    let before = (consumer.next_seq() - FIRST_SEQ) as usize;
                    out.clear();
                    let count = take(&mut consumer, &mut out, enough) as usize;
                    let mut known = known.lock().unwrap();
                    prop_assert_eq!(&out, &known.lines[before..before + count].concat());
                    known.taken = before + count;
                    prop_assert!(out.len() >= enough || known.taken == known.lines.len());
                }
                Act::Release => {
                    let is_broken = changes.load(Ordering::Relaxed) < 100;
                    prop_assert!(consumer.release().is_ok() || is_broken);
                }
                Act::Break(after) => changes.store(after, Ordering::Relaxed),
                Act::Mend => changes.store(u64::MAX, Ordering::Relaxed),
            }
            known.lock().unwrap().check(&bytes.lock().unwrap());
        }
    }

    #[test]
    fn no_image_makes_a_reader_panic(
        changes in prop::collection::vec((0..FILE, any::<u8>()), 0..40),
        near in prop::collection::vec((prop_oneof![TURN..TAILS[1] + 24, WORDS..WORDS + 100, LINES..LINES + 400], any::<u8>()), 0..20),
    ) {
        let bytes = memory();
        let watched = Watched::new(&bytes, |_: &[u8]| {});
        let (mut producer, _consumer) = create(watched, SMALL, ID, 5).unwrap();
        for seq in 5..9 {
            producer.append(&line(seq, 77)).unwrap();
        }
        producer.note(2, b"note").unwrap();
        let mut bytes = bytes.lock().unwrap().clone();
        for (at, byte) in changes.into_iter().chain(near) {
            bytes[at] = byte;
        }
        if let Ok(image) = Image::of(bytes, ID) {
            let mut lines = image.lines();
            // What is read is only ever what was appended.
            for (seq, text) in &mut lines {
                prop_assert_eq!(text, line(seq, 77));
            }
            lines.ends_in_rubbish();
            image.notes(7).count();
        }
    }
}

/// Guards against words of another program: a ring has room for its lines, however short they are.
#[test]
fn lines_for_which_the_ring_has_no_room_are_none() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let _ends = create(watched, SMALL, ID, 0).unwrap();
    let mut forged = bytes.lock().unwrap().clone();
    let mut position = 0;
    for seq in 0..SMALL as u64 / 64 {
        let text = line(seq, if seq == 0 { 65 } else { 1 });
        forged[LINES + position..][..text.len()].copy_from_slice(&text);
        forged[WORDS + seq as usize * WORD..][..WORD].copy_from_slice(&word_of(seq, &text).to_le_bytes());
        position += text.len().max(64);
    }
    assert_eq!(position, SMALL + 1);
    let image = Image::of(forged.clone(), ID).unwrap();
    let mut lines = image.lines();
    assert_eq!(lines.by_ref().count(), SMALL / 64 - 1);
    let (tail, head) = (image.tail().unwrap(), lines.end().unwrap());
    *bytes.lock().unwrap() = forged;
    let (mut producer, mut consumer) =
        resume(Watched::new(&bytes, |_: &[u8]| {}), SMALL, tail, head).unwrap();
    assert_eq!(producer.append(b"a\n"), Err(AppendFailure::Full));
    assert_eq!(take(&mut consumer, &mut Vec::new(), usize::MAX), SMALL as u64 / 64 - 1);
    consumer.release().unwrap();
    producer.append(b"a\n").unwrap();
    assert_eq!(lines_in(&bytes.lock().unwrap()), [(SMALL as u64 / 64 - 1, b"a\n".to_vec())]);
}

#[test]
fn a_mapped_file_holds_what_was_appended_by_one_thread_and_taken_by_another() {
    use std::io::{Read as _, Seek as _};
    let mut file = tempfile::tempfile().unwrap();
    if mapping_of(&file).unwrap() == Mapping::Unsafe {
        // The temporary directory is on another file system: there is nothing to be seen here.
        return;
    }
    const COUNT: u64 = 20_000;
    let mapped = Mapped::new(file.try_clone().unwrap(), Mapping::SafeWithSpace, SMALL).unwrap();
    assert!(mapped.is_by_calls(), "until it is known that there is space");
    let (mut producer, mut consumer) = create(mapped, SMALL, ID, 0).unwrap();
    let taker = std::thread::spawn(move || {
        let mut out = Vec::new();
        let mut expected = Vec::new();
        while consumer.next_seq() < COUNT {
            let from = consumer.next_seq();
            let count = take(&mut consumer, &mut out, 16 * 1024);
            for seq in from..from + count {
                expected.extend_from_slice(&line(seq, 1 + seq as usize % 500));
            }
            assert!(out == expected);
            out.clear();
            expected.clear();
            consumer.release().unwrap();
            consumer.prepare_ahead();
        }
    });
    while producer.next_seq() < COUNT {
        let seq = producer.next_seq();
        // By system calls, in the mapping, and again by system calls.
        if seq.is_multiple_of(COUNT / 3) {
            let has_space = seq == COUNT / 3;
            producer.memory().has_space(has_space);
            assert_eq!(producer.memory().is_by_calls(), !has_space);
        }
        if producer.append(&line(seq, 1 + seq as usize % 500)).is_err() {
            std::thread::yield_now();
        }
    }
    taker.join().unwrap();
    producer.append(b"the last one\n").unwrap();
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(lines_in(&bytes), [(COUNT, b"the last one\n".to_vec())]);
}
