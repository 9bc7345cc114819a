//! What the sealer's thread does: hashes what is on disk, and signs it.

use crate::follow::{Feed, OnMissing};
use crate::journal::storage::layout::{leaves_of, seal_of};
use crate::journal::{DayFileName, Folder, Subscription, slots};
use crate::record::{self, Record, hex};
use crate::report::Level;
use crate::seal::{Checkpoint, DaySeal, LOST_LEAF, SignedNote, VerifierKey, consistency};
use crate::sealer::days::adopted::adopt;
use crate::sealer::days::base::said_base;
use crate::sealer::days::day_end::{Ended, read_again};
use crate::sealer::days::leaves::{Leaves, Part};
use crate::sealer::keys::epochs::HandOver;
use crate::sealer::keys::place::KeyPlace;
use crate::sealer::keys::signing::{Restarted, Signing};
use crate::sealer::lag::Lag;
use crate::sealer::news::log_seal_restarted;
use crate::sealer::signer::signatures::Signatures;
use crate::sealer::state::position::{Guard, HEAD, Head, Position};
use crate::sealer::state::start::{CHECKPOINT, Claim, Start, mismatch, seal, start};
use crate::sealer::trouble::{Outcome, Trouble, with};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a checkpoint is signed at most, while there is a backlog.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long a number may be in no file, and named by no record: a file may be on its way to another name.
const PATIENCE: Duration = Duration::from_secs(1);

/// What seals a journal.
#[derive(Debug)]
pub(crate) struct Worker {
    signing: Signing,
    signatures: Signatures,
    position: Position,
    claims: Vec<Claim>,
    feed: Feed,
    pub(super) lag: Lag,
    turn: u64,
    /// The newest checkpoint that is signed, once there is one.
    published: Option<(Checkpoint, SignedNote)>,
    published_at: Instant,
}

impl Worker {
    /// Finds where the tree goes on. `origin` is that of a log that was never sealed.
    pub(crate) fn start(journal: &Subscription, key: Option<PathBuf>, origin: &str) -> Outcome<Worker> {
        let directory = journal.directory();
        let place = key.map_or_else(|| KeyPlace::Inside(Arc::clone(directory)), KeyPlace::Outside);
        let signing = Signing::load(journal, place, origin)?;
        if signing.is_new() && matches!(signing.place(), KeyPlace::Inside(_)) {
            journal.reports().post(Level::Info, || {
                format!(
                    "the key that seals the log was made in {}, beside the log: a copy of the directory has it, too; \
                     `seal_key` puts it elsewhere",
                    signing.place().path().display()
                )
            });
        }
        // The log may have been opened before, and could not be sealed. Records that are pruned are not waited for.
        let first = || {
            let said = said_base(journal)?.filter(|base| *base >= journal.kept_from());
            Ok(said.unwrap_or_else(|| journal.opened_at()))
        };
        let Start { position, claims, turn, is_first } =
            start(&**directory, signing.chain(), signing.place(), first)?;
        if is_first && signing.is_new() && position.base > 0 {
            adopt(journal, position.base)?;
        }
        let feed = feed(&position);
        let (signatures, lag, published_at) = (Signatures::default(), Lag::new(None), Instant::now());
        Ok(Worker { signing, signatures, position, claims, feed, lag, turn, published: None, published_at })
    }

    /// Has a signer sign as well.
    pub(super) fn with_signer(mut self, journal: &Subscription, signatures: &Signatures) -> Worker {
        signatures.begins(journal, self.signing.place(), self.own_chain());
        self.signing.announces_to(signatures.clone());
        Worker { signatures: signatures.clone(), ..self }
    }

    /// Returns the public keys of all epochs, if the newest one is this log's own.
    pub(super) fn own_chain(&self) -> Option<&[VerifierKey]> {
        self.signing.has_key().then(|| self.chain())
    }

    /// Returns the number before which all records are sealed.
    pub(super) fn sealed_until(&self) -> u64 {
        self.published.as_ref().map_or(0, |(checkpoint, _)| self.position.base + checkpoint.size)
    }

    /// Returns the number before which all day files have their seals.
    pub(super) fn files_sealed_until(&self) -> u64 {
        self.position.base + self.position.sealed.end()
    }

    /// Returns the number of the next record to hash.
    pub(crate) fn next_seq(&self) -> u64 {
        self.position.next_seq()
    }

    /// Returns whether a record that is not the log's own came since the last `log.checkpoint`.
    pub(super) fn has_events(&self) -> bool {
        self.position.has_events
    }

    /// Returns the public keys of all epochs.
    pub(crate) fn chain(&self) -> &[VerifierKey] {
        self.signing.chain()
    }

    /// Returns the number of the record that is the first leaf.
    #[cfg(test)]
    pub(crate) fn base(&self) -> u64 {
        self.position.base
    }

    pub(super) fn origin(&self) -> &str {
        self.signing.origin()
    }

    /// Hashes the records before number `upto`, and signs them.
    pub(crate) fn seal(&mut self, journal: &Subscription, upto: u64) -> Outcome<()> {
        self.lag.begin();
        // A key is handed over at the end of a day file, before the next line: its seal has the old one's signature.
        let renewed = if self.signing.is_due() { self.publish(journal, true) } else { Ok(()) };
        let done = renewed.and_then(|()| self.hash(journal, upto)).and_then(|()| {
            let is_news = self.published.as_ref().is_none_or(|(last, _)| last.size != self.position.size());
            if is_news { self.publish(journal, false) } else { Ok(()) }
        });
        if done.is_err() {
            // What was read and not taken over is read again.
            self.feed = feed(&self.position);
        }
        done
    }

    /// Appends `log.checkpoint`, if other records than the log's own were sealed since the last one.
    pub(crate) fn send_checkpoint(&mut self, journal: &Subscription) -> Outcome<()> {
        if !self.position.has_events || !self.claims.is_empty() {
            return Ok(());
        }
        self.position.has_events = false;
        self.publish(journal, true).inspect_err(|_| self.position.has_events = true)?;
        if let Some((checkpoint, note)) = &self.published {
            self.signatures.record(journal, note, checkpoint);
        }
        Ok(())
    }

    fn hash(&mut self, journal: &Subscription, upto: u64) -> Outcome<()> {
        loop {
            let stop_at = self.claims.first().map_or(u64::MAX, |claim| claim.size);
            let mut leaves = Leaves::behind(self.position.size(), stop_at);
            let read = self.feed.read(journal, upto, &mut leaves);
            let path = || journal.path().display().to_string();
            read.map_err(with(format!("could not read the day files in {}", path())))?;
            if leaves.parts.is_empty() && !self.pass_over_lost(journal, upto)? {
                self.lag.end(journal.reports());
                return Ok(());
            }
            for part in leaves.parts {
                self.take(journal, part)?;
            }
            self.check_claims()?;
            if self.published_at.elapsed() >= INTERVAL {
                self.publish(journal, false)?;
                self.lag.look(journal.reports(), self.position.next_seq(), upto);
                journal.deliver_reports();
            }
        }
    }

    /// Takes over the leaves of lines that follow one another in one file.
    fn take(&mut self, journal: &Subscription, part: Part) -> Outcome<()> {
        let is_another = |file: &DayFileName| *file != part.file || part.begin < self.position.offset;
        if let Some(before) = self.position.file.filter(is_another) {
            self.file_ended(journal, before, part.file)?;
        }
        self.position.file = Some(part.file);
        self.write_leaves(journal, &part.bytes)?;
        self.position.in_file.join(&part.range);
        self.position.offset = part.offset;
        self.position.has_events |= part.has_events;
        Ok(())
    }

    /// Adds the leaf of a lost record for numbers that a record names as lost. Returns whether there were any.
    fn pass_over_lost(&mut self, journal: &Subscription, upto: u64) -> Outcome<bool> {
        let next = self.position.next_seq();
        let Some(missing) = self.feed.missing() else {
            return Ok(false);
        };
        let lost = journal.declared_lost(next).map_err(with(journal.path().display()))?;
        // Some of the range may be there all the same.
        let end = lost.map(|end| end.min(upto).min(missing.behind.unwrap_or(end)));
        let Some(end) = end.filter(|end| *end > next) else {
            if missing.since.elapsed() < PATIENCE {
                return Ok(false);
            }
            return Err(Trouble::Passing(format!(
                "record {next} is in no day file in {}, and no record names it as lost",
                journal.path().display()
            )));
        };
        // A piece at a time: the range may be long.
        let stop_at = self.claims.first().map_or(u64::MAX, |claim| claim.size);
        let count = (end - next).min(16 * 1024).min(stop_at - self.position.size());
        let mut bytes = Vec::new();
        for _ in 0..count {
            bytes.extend_from_slice(LOST_LEAF.as_bytes());
        }
        self.write_leaves(journal, &bytes)?;
        (0..count).for_each(|_| self.position.in_file.push(LOST_LEAF));
        self.feed.pass_to(self.position.next_seq());
        Ok(true)
    }

    /// Appends to the leaves of the current file; without one, they are left out.
    fn write_leaves(&self, journal: &Subscription, bytes: &[u8]) -> Outcome<()> {
        let Some(file) = self.position.file else {
            return Ok(());
        };
        let name = leaves_of(&file.to_string());
        let offset = (self.position.size() - self.position.sealed.end()) * 32;
        let written = journal.directory().write_in(Folder::Seal, &name, offset, bytes);
        written.map_err(with(self.path(journal, &name)))
    }

    /// Compares the tree with the claim for its size.
    fn check_claims(&mut self) -> Outcome<()> {
        while let Some(claim) = self.claims.first().filter(|claim| claim.size <= self.position.size()) {
            if self.position.tree().root() != claim.root {
                return Err(mismatch(claim));
            }
            self.claims.remove(0);
        }
        Ok(())
    }

    /// Seals a day file that has ended: the next line is in another one.
    fn file_ended(&mut self, journal: &Subscription, file: DayFileName, next: DayFileName) -> Outcome<()> {
        if !self.claims.is_empty() {
            // What was sealed before is hashed again, and its seal is there.
            self.leave_unsealed(journal, file, next);
            return Ok(());
        }
        let ended = if self.has_seal(journal, file)? {
            // The lines behind records that it has lost, which are in another file, come in a second part.
            Ended::Gone
        } else {
            read_again(journal, &self.position, file, next)?
        };
        match ended {
            Ended::Same { bytes, sha256, cover } => {
                // A key whose day has ended signs the day's seal: it is handed over behind that.
                self.restart_if_lost(journal)?;
                let tree = self.position.tree();
                let seqs = self.position.base + self.position.sealed.end()..self.position.next_seq();
                let seal = DaySeal {
                    origin: self.origin().to_owned(),
                    file: file.to_string(),
                    bytes,
                    sha256,
                    cover,
                    base: self.position.base,
                    seqs,
                    prev: self.position.newest_seal.clone(),
                    consistency: consistency(&self.position.sealed, &self.position.since_seal())
                        .unwrap_or_default(),
                    tree,
                };
                // A cache: a verifier that lacks it names the file instead of the line.
                let leaves = leaves_of(&seal.file);
                journal.directory().sync_in(Folder::Seal, &leaves).unwrap_or(());
                let name = seal_of(&seal.file);
                let note = self.signing.sign(seal.to_string())?;
                let note = self.signatures.add_to_seal(journal, &name, note).to_string();
                let written = journal.directory().replace_in(Folder::Seal, &name, note.as_bytes(), true);
                written.map_err(with(self.path(journal, &name)))?;
                self.position.file_has_ended(Some(hex(&Sha256::digest(note.as_bytes()))));
            }
            Ended::Gone => self.leave_unsealed(journal, file, next),
            Ended::Changed => {
                let (from_seq, to_seq) =
                    (self.position.base + self.position.in_file.begin(), self.next_seq() - 1);
                let error = "it does not have the lines any more that were hashed when they were on disk";
                journal.reports().post(Level::Error, || {
                    format!("{} can't be sealed: {error}", journal.path().join(file.to_string()).display())
                });
                journal.emit(
                    Record::new("log.seal_mismatch")
                        .outcome(record::Outcome::Failure)
                        .resource("file", file.to_string())
                        .resource("from_seq", from_seq)
                        .resource("to_seq", to_seq)
                        .resource("error", error),
                );
                self.leave_unsealed(journal, file, next);
            }
        }
        let is_next_day = next.day > file.day;
        if is_next_day {
            self.signing.day_has_ended();
        }
        self.publish(journal, true)?;
        if is_next_day { self.send_checkpoint(journal) } else { Ok(()) }
    }

    /// Returns whether a file has the seal of an earlier part of its lines, which others are signed over by now.
    fn has_seal(&self, journal: &Subscription, file: DayFileName) -> Outcome<bool> {
        let name = seal_of(&file.to_string());
        let contents = journal.directory().read_in(Folder::Seal, &name);
        let contents = contents.map_err(with(self.path(journal, &name)))?;
        let known = contents.and_then(|contents| seal(&contents, self.chain()).ok());
        Ok(known.is_some_and(|seal| seal.seqs.start < self.position.base + self.position.sealed.end()))
    }

    /// Goes on behind a file that gets no seal; its leaves become those of the next one.
    fn leave_unsealed(&mut self, journal: &Subscription, file: DayFileName, next: DayFileName) {
        let [old, new] = [file, next].map(|name| leaves_of(&name.to_string()));
        // Leaves are a cache: without them, a verifier names the file instead of the line.
        journal.directory().move_file(Folder::Seal, &old, Folder::Seal, &new).unwrap_or(());
        self.position.file_has_ended(None);
    }

    fn state(&self) -> HandOver {
        let tree = self.position.tree();
        HandOver { size: tree.end(), root: tree.root(), seal: self.position.newest_seal.clone() }
    }

    /// Begins another origin if the key was lost, once all that was signed is known to be there.
    fn restart_if_lost(&mut self, journal: &Subscription) -> Outcome<()> {
        let at = self.state();
        let Some(Restarted { old_origin, reason }) = self.signing.restart_if_lost(journal, at)? else {
            return Ok(());
        };
        let origin = self.origin().to_owned();
        journal.reports().post(Level::Error, || {
            format!("the log is sealed under another origin from now on, `{origin}`: {reason}")
        });
        // For those who look for it: the file has it until the next one is signed.
        let last = journal.directory().read_in(Folder::Seal, CHECKPOINT).ok().flatten();
        let last = last.and_then(|last| String::from_utf8(last).ok());
        journal.emit(log_seal_restarted(reason, origin, old_origin, last));
        Ok(())
    }

    /// Signs the tree, and writes down how far it has come. If `is_synced`, that survives a loss of power.
    /// Nothing is signed before all that was signed is there.
    fn publish(&mut self, journal: &Subscription, is_synced: bool) -> Outcome<()> {
        self.published_at = Instant::now();
        // The base is in the head alone at first: without it, later numbers would be other leaves.
        let is_synced = is_synced || self.published.is_none();
        if !self.claims.is_empty() {
            return Ok(());
        }
        self.restart_if_lost(journal)?;
        let hands_over = self.signing.is_due();
        let at = self.state();
        self.signing.hand_over(journal, at)?;
        // The steps of a hand-over are synced.
        let is_synced = is_synced || hands_over;
        let tree = self.position.tree();
        let checkpoint = Checkpoint { origin: self.origin().to_owned(), size: tree.end(), root: tree.root() };
        let note = self.signing.sign(checkpoint.to_string())?;
        self.turn += 1;
        let head = Head::of(&self.position, note.to_string(), self.signing.epoch(), self.turn);
        let slot = slots::encode(&head).map_err(with(".state/head"))?;
        let directory = journal.directory();
        if is_synced {
            directory.write_state(HEAD, &slot.file())
        } else {
            directory.write_in_state(HEAD, slot.offset, &slot.bytes)
        }
        .map_err(with(".state/head"))?;
        let (place, guard) = (self.signing.place(), Guard::of(&tree, self.turn));
        let written = place.write_guard(&guard, is_synced);
        written.map_err(with(format!("the guard beside {}", place.path().display())))?;
        let text = note.to_string();
        let written = directory.replace_in(Folder::Seal, CHECKPOINT, text.as_bytes(), is_synced);
        written.map_err(with(self.path(journal, CHECKPOINT)))?;
        self.published = Some((checkpoint, note));
        if hands_over { self.signing.finish_hand_over() } else { Ok(()) }
    }

    fn path(&self, journal: &Subscription, name: &str) -> String {
        journal.path().join(Folder::Seal.path_of(name)).display().to_string()
    }
}

/// Returns a feed that continues at a position. A number that is in no file is not passed over.
fn feed(position: &Position) -> Feed {
    let at = position.file.map(|file| (file, position.offset));
    Feed::new(position.next_seq(), at, OnMissing::Wait)
}
