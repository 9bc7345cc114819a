use super::format::*;
use super::memory::Memory;
use super::*;
use crate::journal::storage::{Mapping, system::mapping_of};
use proptest::prelude::*;
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

impl<F: Fn(&[u8]) + Send + Sync + 'static> Memory for Watched<F> {
    fn load(&self, at: usize) -> u64 {
        u64::from_le_bytes(*self.bytes.lock().unwrap()[at..].first_chunk().unwrap())
    }

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

    fn read(&self, at: usize, len: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes.lock().unwrap()[at..at + len]);
    }
}

fn memory() -> Bytes {
    Arc::new(Mutex::new(vec![0; RING + SMALL]))
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
    let bytes = bytes.lock().unwrap();
    let shown =
        bytes[RING..RING + 24].iter().map(|byte| crate::record::hex(&[*byte])).collect::<Vec<_>>().join(" ");
    let text = include_str!("mod.rs");
    for word in shown.as_bytes().chunks(24) {
        let word = std::str::from_utf8(word).unwrap().trim();
        assert!(text.contains(word), "{word}");
    }
    assert_eq!(&bytes[..8], b"TAINTAK1");
    assert_eq!(lines_in(&bytes), [(7, b"{\"n\":7}\n".to_vec())]);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, mut consumer) = create(watched, SMALL, ID, 0).unwrap();
    assert_eq!(producer.append(&line(0, SMALL - 15)), Err(AppendFailure::TooLong));
    // With its word, and the word of 0 behind it, it fills the ring.
    producer.append(&line(0, SMALL - 16)).unwrap();
    let before = bytes.lock().unwrap().clone();
    assert_eq!(producer.append(b"a"), Err(AppendFailure::Full));
    assert_eq!(*bytes.lock().unwrap(), before);
    assert_eq!(producer.fill().bytes(), SMALL as u64 - 8);
    let mut out = Vec::new();
    assert_eq!(consumer.take(&mut out, 1), 1);
    assert_eq!(out, line(0, SMALL - 16));
    assert_eq!(producer.append(b"a"), Err(AppendFailure::Full));
    consumer.release().unwrap();
    producer.append(b"a").unwrap();
    assert_eq!(lines_in(&bytes.lock().unwrap()), [(1, b"a".to_vec())]);
}

#[test]
fn used_space_holds_nothing_any_more() {
    let bytes = memory();
    let watched = Watched::new(&bytes, |_: &[u8]| {});
    let (mut producer, mut consumer) = create(watched, SMALL, ID, 0).unwrap();
    let mut out = Vec::new();
    for seq in 0..1000 {
        producer.append(&line(seq, 1 + seq as usize % 3000)).unwrap();
        consumer.take(&mut out, usize::MAX);
        consumer.release().unwrap();
        assert!(bytes.lock().unwrap()[RING..].iter().all(|byte| *byte == 0), "{seq}");
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
        refusal(&|bytes| bytes[7] = b'2'),
        "version 2 of its layout is not 1, the one that is known here"
    );
    assert_eq!(refusal(&|bytes| bytes.truncate(100)), "it has only 100 bytes");
    assert_eq!(refusal(&|bytes| bytes[9] ^= 1), "its header is damaged");
    assert_eq!(refusal(&|bytes| bytes[16] ^= 1), "its header is damaged");
    assert!(refusal(&|bytes| bytes.truncate(RING)).starts_with("it has 16384 bytes, for a ring of"));
    let other = Image::of(good.clone(), [0; 16]).unwrap_err().to_string();
    assert_eq!(other, "it is of another journal");
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
                    let count = consumer.take(&mut out, enough) as usize;
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
        changes in prop::collection::vec((0..RING + SMALL, any::<u8>()), 0..40),
        near in prop::collection::vec((prop_oneof![TURN..TAILS[1] + 24, RING..RING + 400], any::<u8>()), 0..20),
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
            let count = consumer.take(&mut out, 16 * 1024);
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
