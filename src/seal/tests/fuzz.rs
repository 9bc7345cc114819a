//! Random bytes, and random changes of valid texts: no parser panics, and what one accepts is written
//! again as it was. Runs for as many seconds as `FUZZ_SECONDS` says, for each format; a moment without it.

#![allow(clippy::print_stderr, reason = "a long run says how much it has done")]

use super::samples::all;
use crate::seal::note::signing_key::SigningKey;
use crate::seal::{Certificate, Checkpoint, DaySeal, Hash, Proof, SignedNote, VerifierKey, WitnessKey};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use std::fmt::Display;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// A change of a text.
#[derive(Clone, Debug)]
enum Change {
    /// Replaces a byte.
    Byte(Index, u8),
    /// Flips a bit.
    Bit(Index, u8),
    /// Removes some bytes.
    Remove(Index, usize),
    /// Inserts some bytes.
    Insert(Index, Vec<u8>),
    /// Copies bytes from one place to another.
    Copy(Index, usize, Index),
    /// Removes a line, or repeats it elsewhere.
    RemoveLine(Index),
    RepeatLine(Index, Index),
    /// Inserts what stands in texts of the formats.
    Word(Index, &'static str),
    /// Replaces a number by another.
    Number(Index, u64),
}

const WORDS: &[&str] = &[
    "\n",
    "\n\n",
    " ",
    "+",
    "=",
    "0",
    "-",
    "none",
    "— ",
    "\u{85}",
    "\r",
    "\0",
    "é",
    "origin ",
    "frontier ",
    "consistency ",
    "restarted ",
    "superseded-by ",
    "extra ",
    "index ",
    "SHA256-PREFIX",
    "prev none\n",
    "18446744073709551615",
    "9223372036854775807",
    "9223372036854775808",
    "AAAA",
    "PRIVATE+KEY+",
];

fn change() -> impl Strategy<Value = Change> {
    let number = prop_oneof![0_u64..20, Just(u64::MAX), Just(i64::MAX as u64), any::<u64>()];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Change::Bit(at, bit)),
        (any::<Index>(), 1_usize..50).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), proptest::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), 1_usize..100, any::<Index>())
            .prop_map(|(from, count, to)| Change::Copy(from, count, to)),
        any::<Index>().prop_map(Change::RemoveLine),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::RepeatLine(from, to)),
        (any::<Index>(), proptest::sample::select(WORDS)).prop_map(|(at, word)| Change::Word(at, word)),
        (any::<Index>(), number).prop_map(|(at, number)| Change::Number(at, number)),
    ]
}

fn apply(change: &Change, bytes: &mut Vec<u8>) {
    let length = bytes.len();
    let lines =
        |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let insert = |bytes: &mut Vec<u8>, at: usize, new: &[u8]| drop(bytes.splice(at..at, new.iter().copied()));
    match change {
        _ if length == 0 => bytes.push(b'\n'),
        Change::Byte(at, byte) => bytes[at.index(length)] = *byte,
        Change::Bit(at, bit) => bytes[at.index(length)] ^= 1 << bit,
        Change::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..length.min(at + count));
        }
        Change::Insert(at, new) => insert(bytes, at.index(length + 1), new),
        Change::Copy(from, count, to) => {
            let from = from.index(length);
            let new = bytes[from..length.min(from + count)].to_vec();
            insert(bytes, to.index(length + 1), &new);
        }
        Change::RemoveLine(at) => {
            let mut lines = lines(bytes);
            lines.remove(at.index(lines.len()));
            *bytes = lines.concat();
        }
        Change::RepeatLine(from, to) => {
            let mut lines = lines(bytes);
            let line = lines[from.index(lines.len())].clone();
            lines.insert(to.index(lines.len() + 1), line);
            *bytes = lines.concat();
        }
        Change::Word(at, word) => insert(bytes, at.index(length + 1), word.as_bytes()),
        Change::Number(at, number) => {
            let at = at.index(length);
            if let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit) {
                let start = at + start;
                let end = bytes[start..].iter().position(|byte| !byte.is_ascii_digit());
                let end = end.map_or(length, |end| start + end);
                bytes.splice(start..end, number.to_string().into_bytes());
            }
        }
    }
}

/// Runs `check` with random changes of the samples whose names begin with `name`, and with random bytes.
fn fuzz(name: &str, check: impl Fn(&str)) {
    let samples = all().into_iter().filter(|(format, _)| format.starts_with(name));
    let samples = samples.map(|(_, text)| text.into_bytes()).collect::<Vec<_>>();
    assert!(!samples.is_empty());
    for sample in &samples {
        check(std::str::from_utf8(sample).unwrap());
    }
    let sample = proptest::sample::select(samples);
    let changed = (sample, proptest::collection::vec(change(), 1..6)).prop_map(|(mut bytes, changes)| {
        changes.iter().for_each(|change| apply(change, &mut bytes));
        bytes
    });
    let input = prop_oneof![
        20 => changed,
        1 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => "[a-z0-9+/= \n—]{0,300}".prop_map(String::into_bytes),
    ];
    let seconds = std::env::var("FUZZ_SECONDS").ok().map(|seconds| seconds.parse::<u64>().unwrap());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let mut cases = 0_u64;
    while cases < 60 || end.is_some_and(|end| Instant::now() < end) {
        let case = input.new_tree(&mut runner).unwrap();
        let result = runner.run_one(case, |bytes| {
            // A file that is not UTF-8 is refused before it is parsed.
            check(&String::from_utf8_lossy(&bytes));
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        cases += 1;
    }
    if end.is_some() {
        eprintln!("{name}: {cases} texts");
    }
}

/// Asserts that a text is refused, or written again as it was.
fn one_spelling<T: FromStr<Err: Display> + ToString>(text: &str) {
    match text.parse::<T>() {
        Ok(parsed) => assert_eq!(parsed.to_string(), text),
        Err(error) => {
            let message = error.to_string();
            assert!(message.len() < 2500 && !message.contains(|c: char| c.is_control()), "{message:?}");
        }
    }
}

/// Asserts that a text is refused, or written again as it was, but for a newline at its end.
fn one_spelling_or_a_line<T: FromStr<Err: Display> + ToString>(text: &str) {
    match text.parse::<T>() {
        Ok(_) => one_spelling::<T>(text.strip_suffix('\n').unwrap_or(text)),
        Err(_) => one_spelling::<T>(text),
    }
}

#[test]
fn notes() {
    let key = super::samples::key(1).verifier();
    let valid = all().into_iter().filter_map(|(_, text)| text.parse::<SignedNote>().ok()).collect::<Vec<_>>();
    fuzz("", |text| {
        one_spelling::<SignedNote>(text);
        if let Ok(note) = text.parse::<SignedNote>()
            && note.verify([&key]).is_ok()
        {
            assert!(valid.iter().any(|valid| valid.text() == note.text()), "a forgery: {text}");
        }
    });
}

#[test]
fn proofs() {
    let key = super::samples::key(1).verifier();
    fuzz("proof", |text| {
        one_spelling::<Proof>(text);
        if let Ok(proof) = text.parse::<Proof>()
            && proof.verify(super::samples::line(3).as_bytes(), [&key]).is_ok()
        {
            let valid = super::samples::proof(3, 11);
            assert_eq!((proof.index, proof.path), (valid.index, valid.path), "a forgery: {text}");
            assert_eq!(proof.checkpoint.text(), valid.checkpoint.text(), "a forgery: {text}");
        }
    });
}

#[test]
fn checkpoints() {
    fuzz("checkpoint", |text| match text.parse::<Checkpoint>() {
        // Its extensions are not kept.
        Ok(checkpoint) => assert!(text.starts_with(&checkpoint.to_string()), "{text}"),
        Err(_) => one_spelling::<Checkpoint>(text),
    });
}

#[test]
fn certificates() {
    fuzz("certificate", one_spelling::<Certificate>);
}

#[test]
fn seals() {
    fuzz("seal", |text| {
        one_spelling::<DaySeal>(text);
        if let Ok(seal) = text.parse::<DaySeal>() {
            // The numbers are in order.
            assert!(seal.leaves().start <= seal.leaves().end && seal.tree.end() == seal.leaves().end);
            assert!(!seal.file.contains(['/', '\\']));
        }
    });
}

#[test]
fn verifier_keys() {
    fuzz("verifier key", one_spelling_or_a_line::<VerifierKey>);
    fuzz("witness key", one_spelling_or_a_line::<WitnessKey>);
    fuzz("witness key", |text| drop(WitnessKey::parse_all(text)));
    fuzz("checkpoint", |text| text.lines().for_each(one_spelling::<Hash>));
}

#[test]
fn private_keys() {
    fuzz("private key", |text| {
        if let Ok(key) = SigningKey::parse(text) {
            assert_eq!(*key.to_text(), format!("{}\n", text.strip_suffix('\n').unwrap_or(text)));
        }
    });
}
