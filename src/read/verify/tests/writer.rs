//! Writes a sealed directory as the journal and its sealer do, step by step.

use crate::journal::storage::layout::{leaves_of, seal_of};
use crate::record::{Record, Timestamp, encode, hex};
use crate::seal::{
    Certificate, Checkpoint, Cover, DaySeal, Issued, LOST_LEAF, SignedNote, SigningKey, TreeRange,
    VerifierKey, consistency, leaf_hash,
};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

pub(super) const JOURNAL: &str = "0123456789abcdef0123456789abcdef";
pub(super) const ORIGIN: &str = "host7/app/0123456789abcdef";

pub(super) struct Writer {
    pub(super) dir: PathBuf,
    pub(super) keys: Vec<SigningKey>,
    pub(super) base: u64,
    pub(super) seq: u64,
    pub(super) tree: TreeRange,
    /// The tree at the end of the last seal, and the range since then.
    sealed: TreeRange,
    since: TreeRange,
    prev: Option<String>,
    leaves: Vec<u8>,
    pub(super) file: String,
    pub(super) nanos: i128,
    /// The time between two records.
    pub(super) step: i128,
    /// The bytes of the file that a seal is about, if a sync has failed behind them.
    prefix: Option<u64>,
    /// Lines that are not sealed yet.
    unsealed: Vec<String>,
}

pub(super) fn key(seed: u8, name: &str) -> SigningKey {
    SigningKey::of_seed(name, &[seed; 32]).unwrap()
}

/// Replaces a file, as a whole.
fn put(path: &Path, contents: &[u8]) {
    let new = path.with_extension("new");
    std::fs::write(&new, contents).unwrap();
    std::fs::rename(&new, path).unwrap();
}

impl Writer {
    /// Begins to seal at the number `base`, on 2026-11-20.
    pub(super) fn new(dir: &Path, base: u64) -> Writer {
        Writer::new_with(dir, base, key(1, ORIGIN))
    }

    pub(super) fn new_with(dir: &Path, base: u64, first: SigningKey) -> Writer {
        let mut writer = Writer::begin(dir, base, first);
        writer.opened();
        writer
    }

    fn opened(&mut self) {
        let record = Record::new("log.opened").resource("journal", JOURNAL);
        self.append(record.resource("pid", 1).resource("version", "1"));
    }

    /// Begins to seal behind the lines of another log, in this file.
    pub(super) fn continued(dir: &Path, before: &Writer, file: &str) -> Writer {
        let mut writer = Writer::begin(dir, before.seq, key(1, ORIGIN));
        (writer.file, writer.nanos) = (file.to_owned(), before.nanos);
        writer.opened();
        writer
    }

    fn begin(dir: &Path, base: u64, first: SigningKey) -> Writer {
        std::fs::create_dir_all(dir.join("seal")).unwrap();
        std::fs::create_dir_all(dir.join(".state")).unwrap();
        std::fs::write(dir.join(".state/journal.json"), format!("{{\"version\":1,\"id\":\"{JOURNAL}\"}}\n"))
            .unwrap();
        std::fs::write(dir.join("seal/log.vkey"), format!("{}\n", first.verifier())).unwrap();
        let start = "2026-11-20T09:00:00.000000000Z".parse::<Timestamp>().unwrap();
        Writer {
            dir: dir.to_owned(),
            keys: vec![first],
            base,
            seq: base,
            tree: TreeRange::at(0),
            sealed: TreeRange::at(0),
            since: TreeRange::at(0),
            prev: None,
            leaves: Vec::new(),
            file: "audit-2026-11-20.log".to_owned(),
            nanos: start.unix_nanos(),
            step: 1_000_000_123,
            prefix: None,
            unsealed: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.nanos)
    }

    fn line(&mut self, record: &Record) -> String {
        let mut record = record.clone();
        (record.ts, record.seq) = (Some(self.now()), Some(self.seq));
        self.seq += 1;
        self.nanos += self.step;
        encode::to_line(&record)
    }

    /// Appends a line that is not sealed.
    pub(super) fn append_unsealed(&mut self, record: Record) {
        let line = self.line(&record);
        self.write(&line);
        self.unsealed.push(line);
    }

    /// Seals the lines that are not sealed yet.
    pub(super) fn seal_all(&mut self) {
        for line in std::mem::take(&mut self.unsealed) {
            self.push(leaf_hash(line.as_bytes()));
        }
    }

    fn write(&self, line: &str) {
        use std::io::Write as _;
        let mut file =
            std::fs::OpenOptions::new().append(true).create(true).open(self.dir.join(&self.file)).unwrap();
        writeln!(file, "{line}").unwrap();
    }

    pub(super) fn append(&mut self, record: Record) {
        self.seal_all();
        let line = self.line(&record);
        self.write(&line);
        self.push(leaf_hash(line.as_bytes()));
    }

    fn push(&mut self, leaf: crate::seal::Hash) {
        self.tree.push(leaf);
        self.since.push(leaf);
        self.leaves.extend_from_slice(&leaf.0);
    }

    pub(super) fn events(&mut self, count: usize) {
        for number in 0..count {
            let actor = crate::record::Actor::default();
            let mut record =
                Record::new("auth.failed").actor(actor).resource("reason", format!("bad password {number}"));
            record.actor.user_id = Some(format!("user{}", self.seq % 7));
            self.append(record);
        }
    }

    /// Numbers that were lost before they were sealed.
    pub(super) fn lose(&mut self, count: u64) {
        let from = self.seq;
        for _ in 0..count {
            self.seq += 1;
            self.push(LOST_LEAF);
        }
        self.append(
            Record::new("log.file_lost")
                .resource("file", "unknown")
                .resource("from_seq", from)
                .resource("to_seq", from + count - 1),
        );
    }

    fn name(&self) -> String {
        self.keys.last().unwrap().name().to_owned()
    }

    pub(super) fn note(&self) -> SignedNote {
        let checkpoint = Checkpoint { origin: self.name(), size: self.tree.end(), root: self.tree.root() };
        SignedNote::sign(checkpoint.to_string(), self.keys.last().unwrap())
    }

    fn write_leaves(&self) {
        let path = self.dir.join("seal").join(leaves_of(&self.file));
        put(&path, &self.leaves);
    }

    /// Appends many lines of 220 bytes.
    pub(super) fn bulk(&mut self, count: usize) {
        self.step = 1_000_123;
        let mut text = Vec::new();
        for _ in 0..count {
            let mut record = Record::new("auth.failed").resource("reason", "bad password");
            record.actor.user_id = Some(format!("user{}", self.seq % 7));
            record.trace_id = Some(format!("{:038}", self.seq));
            let line = self.line(&record);
            self.push(leaf_hash(line.as_bytes()));
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        use std::io::Write as _;
        let mut file =
            std::fs::OpenOptions::new().append(true).create(true).open(self.dir.join(&self.file)).unwrap();
        file.write_all(&text).unwrap();
    }

    /// Writes the checkpoint and the sealer's position.
    pub(super) fn checkpoint(&self) {
        self.write_leaves();
        let note = self.note().to_string();
        put(&self.dir.join("seal/checkpoint"), note.as_bytes());
        let frontier = self.tree.hashes().iter().map(ToString::to_string).collect::<Vec<_>>();
        let head = format!(
            "{{\"version\":1,\"turn\":7,\"checkpoint\":{},\"base\":{},\"epoch\":{},\"frontier\":{},\"file\":\"{}\",\"offset\":1",
            serde_json::to_string(&note).unwrap(),
            self.base,
            self.keys.len(),
            serde_json::to_string(&frontier).unwrap(),
            self.file,
        );
        let slot = format!("{head},\"crc32c\":\"{:08x}\"}}", crc32c::crc32c(head.as_bytes()));
        put(&self.dir.join(".state/head"), format!("{slot:<4095}\n{:<4095}\n", "").as_bytes());
    }

    /// A record with the checkpoint.
    pub(super) fn log_checkpoint(&mut self) {
        let note = self.note().to_string();
        self.append(Record::new("log.checkpoint").resource("checkpoint", note));
    }

    /// Seals the file that has ended, and goes on in this one.
    pub(super) fn next_file(&mut self, name: &str, day: &str) {
        self.write_leaves();
        let bytes = std::fs::read(self.dir.join(&self.file)).unwrap();
        let whole = bytes.len() as u64;
        let cover = match self.prefix {
            None => Cover::Whole,
            Some(_) => Cover::Prefix { superseded_by: Some(name.to_owned()) },
        };
        let bytes = &bytes[..self.prefix.unwrap_or(whole) as usize];
        let seal = DaySeal {
            origin: self.name(),
            file: self.file.clone(),
            bytes: bytes.len() as u64,
            sha256: hex(&Sha256::digest(bytes)),
            cover,
            base: self.base,
            seqs: self.base + self.sealed.end()..self.base + self.tree.end(),
            prev: self.prev.clone(),
            tree: self.tree.clone(),
            consistency: consistency(&self.sealed, &self.since).unwrap(),
        };
        let text = SignedNote::sign(seal.to_string(), self.keys.last().unwrap()).to_string();
        put(&self.dir.join("seal").join(seal_of(&self.file)), text.as_bytes());
        self.prev = Some(hex(&Sha256::digest(&text)));
        self.sealed = self.tree.clone();
        self.since = TreeRange::at(self.tree.end());
        self.leaves.clear();
        self.prefix = None;
        self.file = name.to_owned();
        let start = format!("{day}T09:00:00.000000000Z").parse::<Timestamp>().unwrap();
        self.nanos = self.nanos.max(start.unix_nanos());
    }

    /// A sync of the file fails: these last lines, which are not sealed, are written again to another file.
    pub(super) fn fail_sync(&mut self, lines: usize, other: &str) {
        self.prefix = Some(std::fs::metadata(self.dir.join(&self.file)).unwrap().len());
        let first = self.seq;
        let texts =
            (0..lines).map(|_| self.line(&Record::new("a.b").resource("copied", true))).collect::<Vec<_>>();
        texts.iter().for_each(|line| self.write(line));
        self.next_file(other, "2026-11-20");
        for line in &texts {
            self.write(line);
            self.push(leaf_hash(line.as_bytes()));
        }
        self.append(
            Record::new("log.sync_failed")
                .resource("file", "x")
                .resource("from_seq", first)
                .resource("to_seq", self.seq - 1)
                .resource("error", "e"),
        );
    }

    /// A new key, signed by the one before.
    pub(super) fn hand_over(&mut self, restarted: Option<&str>) -> VerifierKey {
        let epoch = self.keys.len() as u64 + 1;
        let name = match restarted {
            None => self.name(),
            Some(_) => format!("{ORIGIN}/{epoch}"),
        };
        self.hand_over_to(key(epoch as u8, &name), restarted)
    }

    /// A certain new key.
    pub(super) fn hand_over_to(&mut self, next: SigningKey, restarted: Option<&str>) -> VerifierKey {
        let (epoch, name) = (self.keys.len() as u64 + 1, next.name().to_owned());
        let certificate = Certificate {
            journal: JOURNAL.to_owned(),
            origin: name,
            epoch,
            key: next.verifier(),
            size: self.tree.end(),
            root: self.tree.root(),
            seal: self.prev.clone(),
            issued: restarted.map_or(Issued::InOrder, |reason| Issued::Restarted(reason.to_owned())),
        };
        let signer = if restarted.is_some() { &next } else { self.keys.last().unwrap() };
        let note = SignedNote::sign(certificate.to_string(), signer).to_string();
        put(&self.dir.join(format!("seal/key-{epoch:06}.vkey")), note.as_bytes());
        let verifier = next.verifier();
        self.keys.push(next);
        self.checkpoint();
        verifier
    }

    pub(super) fn pruned(&self, name: &str, kept_from: u64) -> Record {
        let bytes = std::fs::read(self.dir.join(name)).unwrap();
        Record::new("log.pruned")
            .resource("file", name)
            .resource("sha256", hex(&Sha256::digest(bytes)))
            .resource("kept_from_seq", kept_from)
            .resource("pruned_files", 1)
            .resource("pruned_sha256", "0".repeat(64))
    }

    /// Prunes a file step by step, as the journal does, with a pause behind each.
    pub(super) fn prune_in_steps(&mut self, name: &str, kept_from: u64, mut pause: impl FnMut()) {
        let record = self.pruned(name, kept_from);
        let folder = self.dir.join(".state/pruned");
        std::fs::create_dir_all(&folder).unwrap();
        let on_its_way = folder.join(format!("{name}.{}", record.resource["sha256"].as_str().unwrap()));
        std::fs::rename(self.dir.join(name), &on_its_way).unwrap();
        pause();
        self.append_unsealed(record);
        pause();
        std::fs::remove_file(on_its_way).unwrap();
        std::fs::remove_file(self.dir.join("seal").join(leaves_of(name))).unwrap();
        pause();
        self.seal_all();
        self.checkpoint();
    }

    /// The same while nothing is sealed.
    pub(super) fn prune_unsealed(&mut self, name: &str, kept_from: u64) {
        let record = self.pruned(name, kept_from);
        self.append_unsealed(record);
        std::fs::remove_file(self.dir.join(name)).unwrap();
    }

    pub(super) fn prune(&mut self, name: &str, kept_from: u64) {
        let record = self.pruned(name, kept_from);
        self.append(record);
        self.checkpoint();
        std::fs::remove_file(self.dir.join(name)).unwrap();
        std::fs::remove_file(self.dir.join("seal").join(leaves_of(name))).unwrap();
    }
}

/// Returns the checkpoint of the tree without its last leaf.
pub(super) fn without_last(writer: &Writer) -> SignedNote {
    let mut tree = writer.sealed.clone();
    for leaf in writer.leaves.chunks(32).rev().skip(1).rev() {
        tree.push(crate::seal::Hash(leaf.try_into().unwrap()));
    }
    let checkpoint = Checkpoint { origin: writer.name(), size: tree.end(), root: tree.root() };
    SignedNote::sign(checkpoint.to_string(), writer.keys.last().unwrap())
}
