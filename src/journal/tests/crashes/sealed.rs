//! A sealed journal that crashes at any step: each checkpoint that was ever published is a beginning of the tree
//! that it has in the end, and nothing is told of a change that was not made.

use super::story::{self, SteadyClock};
use super::world::{Disk, Known, Lines, World, lines_in};
use super::*;
use crate::error::Chain;
use crate::journal::Journal;
use crate::journal::storage::Directory as _;
use crate::journal::storage::layout::Folder;
use crate::record::{Record, hex};
use crate::seal::{Checkpoint, DaySeal, LOST_LEAF, SignedNote, TreeRange, leaf_hash};
use crate::sealer::{GivenSigner, SignedWorker};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

const SEALING: &[Act] = &[Open, Append(3), Synced, Seal, Append(3), Synced, Seal, Append(1), Close];
pub(super) const SEALING_DAYS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Seal,
    Pass(DAY),
    Append(3),
    Synced,
    Seal,
    Pass(DAY),
    Append(2),
    Synced,
    SealAndRecord,
    Close,
];
pub(super) const SEALING_AGAIN: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Seal,
    Append(2),
    Die,
    Open,
    Append(1),
    Synced,
    SealAndRecord,
    Pass(DAY),
    Append(2),
    Synced,
    Die,
    Open,
    Append(1),
    Synced,
    Seal,
    Close,
];
pub(super) const SEALING_THROUGH_POWER_CUTS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Seal,
    Append(4),
    LosePower,
    Open,
    Append(2),
    Synced,
    SealAndRecord,
    Pass(DAY),
    Append(2),
    Synced,
    Seal,
    LosePower,
    Open,
    Append(1),
    Synced,
    Seal,
    Close,
];
const SEALING_FAILED_SYNCS: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Seal,
    FailSync(0),
    Append(3),
    Synced,
    Append(2),
    SyncedAtLast,
    Seal,
    FailSyncs(2),
    Append(3),
    Synced,
    Append(1),
    SyncedAtLast,
    SealAndRecord,
    Pass(DAY),
    Append(1),
    Synced,
    Seal,
    Close,
];
const SEALING_REMOVED_FILES: &[Act] = &[
    Open,
    Append(3),
    Synced,
    Seal,
    RemoveDayFiles,
    Append(3),
    SyncedAtLast,
    Seal,
    Pass(DAY),
    Append(2),
    SyncedAtLast,
    Seal,
    Close,
];

impl Tale {
    /// It crashes at any step, and is sealed to its end after that.
    pub(super) fn stays_consistent(&self) {
        let stops = stops(self.steps());
        // A story takes longer with its seals: fewer steps are tried by default.
        let some = stops.iter().copied().step_by(if is_all() { 1 } else { 4 }).collect::<Vec<_>>();
        each(&some, |stop| {
            let story = self.told(stop)?;
            let mut dice = Dice::new(stop.seed as u64);
            let removed = story.world.removed_lines();
            for (disk, known) in [story.world.at_stop(), story.world.at_end()] {
                self.check_seals(disk, &known, &removed, &story.clock, stop)
                    .map_err(|error| described(stop, &story, &format!("the process died: {error}")))?;
            }
            let (disk, known) = story.world.at_stop();
            let (left, known) = (disk.after_power_loss(&mut dice), known.after_power_loss());
            self.check_seals(left, &known, &removed, &story.clock.booted_again(), stop)
                .map_err(|error| described(stop, &story, &format!("the power was lost: {error}")))
        });
    }

    fn check_seals(
        &self,
        disk: Disk,
        known: &Known,
        removed: &Lines,
        clock: &SteadyClock,
        stop: Stop,
    ) -> Result<(), String> {
        let world = World::new(disk, known.clone(), 0, stop.seed);
        let setting = Setting { retention_days: u32::MAX, ..self.setting };
        let journal = story::open(&world, clock, setting)?;
        for event in 0..2 {
            story::append_at_last(&journal, u64::MAX - event)?;
        }
        journal.flush(Duration::from_secs(60)).map_err(|error| Chain(&error).to_string())?;
        let mut worker = seal_to_the_end(&journal, self.setting.has_signer)?;
        if self.setting.has_signer {
            signed::check_certificates(&world, &journal.subscribe(), &mut worker)?;
        }
        let worker = worker.worker;
        drop(journal);
        let lines = lines(&world);
        let base = worker.base();
        let end = lines.last_key_value().map_or(0, |(seq, _)| seq + 1);
        // A record that was sealed has its leaf, also if its file was removed and is gone with the process.
        let sealed = known.published.iter().map(|(size, _)| *size).max().unwrap_or(0);
        let line = |seq| lines.get(&seq).or_else(|| removed.get(&seq).filter(|_| seq < sealed));
        let leaf = |seq| line(seq).map_or(LOST_LEAF, |line| leaf_hash(line));
        let roots = std::iter::once(TreeRange::at(0).root()).chain((base..end).scan(
            TreeRange::at(0),
            |tree, seq| {
                tree.push(leaf(seq));
                Some(tree.root())
            },
        ));
        let roots = roots.collect::<Vec<_>>();
        for (size, root) in &known.published {
            if roots.get(*size as usize).map(ToString::to_string).as_ref() != Some(root) {
                return Err(format!(
                    "the checkpoint of {size} records that was published is not of this log"
                ));
            }
        }
        let text = |name: &str| {
            let contents = world.read_in(Folder::Seal, name).map_err(|error| error.to_string())?;
            String::from_utf8(contents.unwrap_or_default()).map_err(|error| error.to_string())
        };
        let note = text("checkpoint")?.parse::<SignedNote>().map_err(|error| error.to_string())?;
        note.verify(worker.chain().last()).map_err(|error| error.to_string())?;
        let last = note.text().parse::<Checkpoint>().map_err(|error| error.to_string())?;
        if roots.get(last.size as usize) != Some(&last.root) {
            return Err("the last checkpoint is not of this log".to_owned());
        }
        let mut seals = Vec::new();
        for name in world.names(Folder::Seal).map_err(|error| error.to_string())? {
            if name.ends_with(".seal") {
                let text = text(&name)?;
                let note = text.parse::<SignedNote>().map_err(|error| format!("{name}: {error}"))?;
                note.verify(worker.chain()).map_err(|error| format!("{name}: {error}"))?;
                let seal = note.text().parse::<DaySeal>().map_err(|error| format!("{name}: {error}"))?;
                seals.push((seal, hex(&Sha256::digest(text))));
            }
        }
        seals.sort_by_key(|(seal, _)| seal.seqs.end);
        let (mut reached, mut prev) = (base, None);
        for (seal, sha256) in seals {
            if seal.seqs.start != reached || seal.prev != prev {
                return Err(format!("the seal of {} does not follow the one before", seal.file));
            }
            if roots.get((seal.seqs.end - base) as usize) != Some(&seal.tree.root()) {
                return Err(format!("the root in the seal of {} is not that of its records", seal.file));
            }
            (reached, prev) = (seal.seqs.end, Some(sha256));
        }
        let alarms = ["log.seal_mismatch", "log.seal_restarted"];
        for line in lines.values() {
            let record = Record::from_line(line).map_err(|error| error.to_string())?;
            if alarms.contains(&&*record.event) {
                return Err(format!("a false alarm: {record}"));
            }
        }
        Ok(())
    }
}

fn seal_to_the_end(journal: &Journal, has_signer: bool) -> Result<SignedWorker, String> {
    let tap = journal.subscribe();
    let signer = if has_signer { signed::good_signer() } else { GivenSigner::default() };
    let mut worker =
        SignedWorker::start(&tap, story::ORIGIN, signer).map_err(|trouble| trouble.to_string())?;
    let mut trouble = None;
    for _ in 0..600 {
        let upto = tap.synced();
        trouble = worker.seal(&tap, false).err();
        if trouble.is_none() && worker.worker.next_seq() >= upto {
            return Ok(worker);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(trouble.map_or_else(|| "it is not sealed to its end".to_owned(), |trouble| trouble.to_string()))
}

/// The lines of the records in the day files.
fn lines(world: &World) -> Lines {
    lines_in(world.day_files().values())
}

/// Files are kept: a root is computed from all lines.
fn stay_consistent(acts: &'static [Act]) {
    for setting in [DIRECT, BUFFERED] {
        Tale { setting: Setting { retention_days: 100, ..setting }, acts }.stays_consistent();
    }
}

#[test]
fn a_sealed_journal_that_crashes_stays_what_its_checkpoints_say() {
    stay_consistent(SEALING);
    stay_consistent(SEALING_DAYS);
    stay_consistent(SEALING_AGAIN);
    stay_consistent(SEALING_THROUGH_POWER_CUTS);
}

#[test]
fn records_that_were_written_again_are_sealed_once() {
    stay_consistent(SEALING_FAILED_SYNCS);
    stay_consistent(SEALING_REMOVED_FILES);
}

/// Records of a removed file are in a further one if they could not be written again at once, and the next records
/// in one that got its name.
#[test]
fn a_file_that_got_the_name_of_a_removed_one_is_not_taken_for_it() {
    for setting in [DIRECT, BUFFERED] {
        let mut story = Story::new(Setting { retention_days: 100, ..setting }, 0, 1);
        story.tell(&[Open, Append(3), Synced, Seal, Append(3), Synced, Die]).unwrap();
        let (_, known) = story.world.at_end();
        let sealed = known.published.last().unwrap().0 as usize;
        let (name, contents) = story.world.day_files().pop_first().unwrap();
        let all = contents.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
        let (sealed, rest) = all.split_at(sealed);
        assert!(!sealed.is_empty() && !rest.is_empty());
        story.world.remove(Folder::Days, &name).unwrap();
        for (name, part) in [(name.replace(".log", ".1.log"), sealed), (name, rest)] {
            story.world.create(&name).unwrap().append(&part.concat()).unwrap();
        }
        story.tell(&[Open, Pass(DAY), Append(2), Synced, Seal, Close]).unwrap();
        for line in lines(&story.world).values() {
            let record = Record::from_line(line).unwrap();
            assert!(!["log.seal_mismatch", "log.file_lost"].contains(&&*record.event), "{record}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("seal")).unwrap();
        for (name, contents) in story.world.day_files() {
            std::fs::write(folder.path().join(name), contents).unwrap();
        }
        for name in story.world.names(Folder::Seal).unwrap() {
            let contents = story.world.read_in(Folder::Seal, &name).unwrap().unwrap();
            std::fs::write(folder.path().join("seal").join(name), contents).unwrap();
        }
        let verification = crate::read::verify(folder.path()).run().unwrap();
        assert_eq!(verification.findings(), [], "{verification}");
    }
}
