//! A sealed directory, written without a log: the example of `docs/seals.md`, and what `.ci/seals` hands to
//! programs of others when it is given no directory.

use crate::record::hex;
use crate::seal::{
    Certificate, Checkpoint, Cover, DaySeal, Hash, Issued, Proof, SignedNote, SigningKey, TreeRange,
    consistency, inclusion, leaf_hash,
};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

const JOURNAL: &str = "0123456789abcdef0123456789abcdef";
const ORIGIN: &str = "db1.example/shop/0123456789abcdef";

/// Writes the files of a sealed log, in which each day has a key of its own.
struct Writer {
    directory: PathBuf,
    leaves: Vec<Hash>,
    tree: TreeRange,
    epoch: u64,
    key: SigningKey,
    /// The SHA-256 of the newest seal.
    prev: Option<String>,
    /// The size of the tree at the newest seal.
    sealed: u64,
    /// How many bytes of the newest day file are lines of the tree.
    in_file: usize,
}

/// Returns the key of an epoch. The keys of a log are random; those of an example need not be secret.
fn key(epoch: u64) -> SigningKey {
    let seed = Sha256::digest(format!("the key of epoch {epoch}"));
    SigningKey::of_seed(ORIGIN, &seed.into()).unwrap()
}

impl Writer {
    fn new(directory: &Path) -> Writer {
        fs::create_dir_all(directory.join("seal")).unwrap();
        let key = key(1);
        fs::write(directory.join("seal/log.vkey"), format!("{}\n", key.verifier())).unwrap();
        let tree = TreeRange::at(0);
        let (leaves, directory) = (Vec::new(), directory.to_owned());
        Writer { directory, leaves, tree, epoch: 1, key, prev: None, sealed: 0, in_file: 0 }
    }

    /// Writes a day file.
    fn day(&mut self, name: &str, lines: &[String]) {
        self.day_with_more(name, lines, "");
    }

    /// Writes a day file with something behind its lines.
    fn day_with_more(&mut self, name: &str, lines: &[String], more: &str) {
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        self.in_file = text.len();
        fs::write(self.directory.join(format!("audit-{name}.log")), text + more).unwrap();
        lines.iter().for_each(|line| self.leaf(line));
    }

    /// Adds lines to the newest day file.
    fn append(&mut self, name: &str, lines: &[String]) {
        let path = self.directory.join(format!("audit-{name}.log"));
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        self.in_file += text.len();
        fs::write(&path, fs::read_to_string(&path).unwrap() + &text).unwrap();
        lines.iter().for_each(|line| self.leaf(line));
    }

    fn leaf(&mut self, line: &str) {
        let leaf = leaf_hash(line.as_bytes());
        self.leaves.push(leaf);
        self.tree.push(leaf);
    }

    fn range(&self, begin: u64, end: u64) -> TreeRange {
        let mut range = TreeRange::at(begin);
        self.leaves[begin as usize..end as usize].iter().for_each(|leaf| range.push(*leaf));
        range
    }

    /// Writes the seal of the newest day file, and makes the next key.
    fn end(&mut self, name: &str) {
        self.seal(name, Cover::Whole);
        self.hand_over();
    }

    /// Writes the seal of the newest day file.
    fn seal(&mut self, name: &str, cover: Cover) {
        let file = format!("audit-{name}.log");
        let bytes = fs::read(self.directory.join(&file)).unwrap();
        let size = self.tree.end();
        let seal = DaySeal {
            origin: ORIGIN.to_owned(),
            file: file.clone(),
            bytes: self.in_file as u64,
            sha256: hex(&Sha256::digest(&bytes[..self.in_file])),
            cover,
            base: 0,
            seqs: self.sealed..size,
            prev: self.prev.take(),
            tree: self.tree.clone(),
            consistency: consistency(&self.range(0, self.sealed), &self.range(self.sealed, size)).unwrap(),
        };
        let note = SignedNote::sign(seal.to_string(), &self.key).to_string();
        fs::write(self.directory.join("seal").join(file.replace(".log", ".seal")), &note).unwrap();
        let leaves = self.leaves[self.sealed as usize..].iter().flat_map(|leaf| *leaf.as_bytes());
        fs::write(
            self.directory.join("seal").join(file.replace(".log", ".leaf")),
            leaves.collect::<Vec<_>>(),
        )
        .unwrap();
        self.prev = Some(hex(&Sha256::digest(note)));
        self.sealed = size;
    }

    /// Makes the next key.
    fn hand_over(&mut self) {
        let size = self.tree.end();
        self.epoch += 1;
        let next = key(self.epoch);
        let certificate = Certificate {
            journal: JOURNAL.to_owned(),
            origin: ORIGIN.to_owned(),
            epoch: self.epoch,
            key: next.verifier(),
            size,
            root: self.tree.root(),
            seal: self.prev.clone(),
            issued: Issued::InOrder,
        };
        let note = SignedNote::sign(certificate.to_string(), &self.key).to_string();
        fs::write(self.directory.join(format!("seal/key-{:06}.vkey", self.epoch)), note).unwrap();
        self.key = next;
    }

    /// Writes the checkpoint.
    fn checkpoint(&self) -> SignedNote {
        let checkpoint =
            Checkpoint { origin: ORIGIN.to_owned(), size: self.tree.end(), root: self.tree.root() };
        let note = SignedNote::sign(checkpoint.to_string(), &self.key);
        fs::write(self.directory.join("seal/checkpoint"), note.to_string()).unwrap();
        note
    }

    /// Writes the proof of a line.
    fn proof(&self, seq: u64, file: &Path) {
        let (before, behind) = (self.range(0, seq), self.range(seq + 1, self.tree.end()));
        let path = inclusion(&before, &behind).unwrap();
        let proof = Proof { extra: None, index: seq, path, checkpoint: self.checkpoint() };
        fs::write(file, proof.to_string()).unwrap();
    }
}

/// A line of schema 1.
fn line(day: &str, seq: u64, event: &str) -> String {
    format!(
        "{{\"_schema_version\":\"1\",\"ts\":\"{day}T09:30:{:02}.{:09}Z\",\"event\":\"{event}\",\"actor\":{{\"user_id\":\"ada\"}},\
         \"resource\":{{\"reason\":\"an example\"}},\"outcome\":\"success\",\"seq\":{seq}}}",
        seq / 1000 % 60,
        seq % 1000,
    )
}

/// A line of the log about itself.
fn control(day: &str, seq: u64, event: &str, resource: &str) -> String {
    let line = line(day, seq, event).replace("\"actor\":{\"user_id\":\"ada\"}", "\"actor\":{}");
    line.replace("\"reason\":\"an example\"", resource)
}

/// Writes a log of two days and five lines: the example of `docs/seals.md`.
fn example(directory: &Path) {
    let mut writer = Writer::new(directory);
    let line = |day, seq, event| line(day, seq, event);
    writer.day(
        "2026-11-22",
        &[
            line("2026-11-22", 0, "session.began"),
            line("2026-11-22", 1, "invoice.exported"),
            line("2026-11-22", 2, "session.ended"),
        ],
    );
    writer.end("2026-11-22");
    writer
        .day("2026-11-23", &[line("2026-11-23", 3, "session.began"), line("2026-11-23", 4, "invoice.paid")]);
    writer.checkpoint();
    writer.proof(1, &directory.join("1.tlog-proof"));
}

/// Returns the files that a page shows: each is a block of text behind its name.
fn files_of(page: &str) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    for (at, marker) in page.match_indices("`:\n\n```text\n") {
        let (before, behind) = (&page[..at], &page[at + marker.len()..]);
        let name = &before[before.rfind('`').unwrap() + 1..];
        files.push((name, &behind[..behind.find("```").unwrap()]));
    }
    files
}

#[test]
fn the_page_shows_what_is_written() {
    let page = include_str!("../../../../docs/seals.md");
    let directory = tempfile::tempdir().unwrap();
    example(directory.path());
    let files = files_of(page);
    let names = files.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            "audit-2026-11-22.log",
            "audit-2026-11-23.log",
            "seal/log.vkey",
            "seal/key-000002.vkey",
            "seal/checkpoint",
            "seal/audit-2026-11-22.seal",
            "1.tlog-proof",
        ]
    );
    for (name, text) in files {
        let written = fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(text, written, "{name}: the page differs");
    }
}

/// Writes proofs of `count` lines that are spread over a sealed directory, as far as they were not pruned.
fn write_proofs(directory: &Path, proofs: &Path, count: u64) {
    let note = fs::read_to_string(directory.join("seal/checkpoint")).unwrap().parse::<SignedNote>().unwrap();
    let checkpoint = note.text().parse::<Checkpoint>().unwrap();
    let (mut base, mut begin) = (0, TreeRange::at(0));
    for entry in fs::read_dir(directory.join("seal")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "seal") {
            let seal = fs::read_to_string(path).unwrap().parse::<SignedNote>().unwrap();
            let seal = seal.text().parse::<DaySeal>().unwrap();
            base = seal.base;
            if !directory.join(&seal.file).exists() && seal.tree.end() > begin.end() {
                begin = seal.tree;
            }
        }
    }
    // A number that no line has was lost before it was sealed.
    let mut leaves = vec![leaf_hash(b""); (checkpoint.size - begin.end()) as usize];
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        for line in fs::read_to_string(path).unwrap().lines() {
            let seq =
                line.rsplit_once("\"seq\":").and_then(|(_, seq)| seq.strip_suffix('}')?.parse::<u64>().ok());
            let index = seq.and_then(|seq| seq.checked_sub(base + begin.end()));
            if let Some(leaf) = index.and_then(|index| leaves.get_mut(index as usize)) {
                *leaf = leaf_hash(line.as_bytes());
            }
        }
    }
    for number in 0..count {
        let at = (number * 1_000_003 % leaves.len() as u64) as usize;
        let mut before = begin.clone();
        leaves[..at].iter().for_each(|leaf| before.push(*leaf));
        let index = before.end();
        let mut behind = TreeRange::at(index + 1);
        leaves[at + 1..].iter().for_each(|leaf| behind.push(*leaf));
        let path = inclusion(&before, &behind).unwrap();
        let proof = Proof { extra: None, index, path, checkpoint: note.clone() };
        fs::write(proofs.join(format!("{}.tlog-proof", base + index)), proof.to_string()).unwrap();
    }
}

/// Writes proofs of lines of the directory in the environment's variable `SEALED_DIRECTORY` into
/// `SEALED_PROOFS`.
#[test]
#[ignore = "for `.ci/seals`"]
fn proofs_for_scripts() {
    let [directory, proofs] =
        ["SEALED_DIRECTORY", "SEALED_PROOFS"].map(|name| PathBuf::from(std::env::var_os(name).unwrap()));
    write_proofs(&directory, &proofs, 20);
}

/// Writes a directory into that of the environment's variable `SEALED_DIRECTORY`, and proofs of some lines into
/// `SEALED_PROOFS`. `SEALED_EXAMPLE` makes it the example of `docs/seals.md`.
#[test]
#[ignore = "for `.ci/seals`"]
fn a_sealed_directory_for_scripts() {
    let directory = PathBuf::from(std::env::var_os("SEALED_DIRECTORY").unwrap());
    if std::env::var_os("SEALED_EXAMPLE").is_some() {
        return example(&directory);
    }
    let proofs = PathBuf::from(std::env::var_os("SEALED_PROOFS").unwrap());
    let mut writer = Writer::new(&directory);
    let mut seq = 0;
    for day in 1..=5_u64 {
        let date = format!("2026-11-{day:02}");
        let count = 377 * day + 13;
        let mut lines = (0..count).map(|number| line(&date, seq + number, "data.read")).collect::<Vec<_>>();
        match day {
            3 => {
                let note = writer.checkpoint().to_string().replace('\n', "\\n");
                lines[7] = control(&date, seq + 7, "log.checkpoint", &format!("\"checkpoint\":\"{note}\""));
            }
            5 => {
                let pruned = "\"file\":\"audit-2026-11-01.log\",\"kept_from_seq\":390";
                lines[5] = control(&date, seq + 5, "log.pruned", pruned);
            }
            _ => {}
        }
        seq += count;
        if day == 2 {
            // A sync has failed: the last three lines of the file were written again, to another one.
            let (first, again) = lines.split_at(400);
            let other = format!("{date}.1");
            let twice = again[..3].iter().map(|line| format!("{line}\n")).collect::<String>();
            writer.day_with_more(&date, first, &twice);
            writer.seal(&date, Cover::Prefix { superseded_by: Some(format!("audit-{other}.log")) });
            // Two records behind them were lost before they were sealed.
            writer.day(&other, &again[..100]);
            writer.leaf("");
            writer.leaf("");
            writer.append(&other, &again[102..]);
            writer.end(&other);
            continue;
        }
        writer.day(&date, &lines);
        if day < 5 {
            writer.end(&date);
        }
    }
    writer.checkpoint();
    writer.proof(0, &proofs.join("0.tlog-proof"));
    // Retention: the day file and its leaves are gone, its seal stays.
    fs::remove_file(directory.join("audit-2026-11-01.log")).unwrap();
    fs::remove_file(directory.join("seal/audit-2026-11-01.leaf")).unwrap();
    write_proofs(&directory, &proofs, 20);
}
