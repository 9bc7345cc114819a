//! A process that is killed at any moment loses no record for which it has a receipt: while it emits, recovers
//! or shuts down; around midnight; on a full disk. One process after another runs on the same journal, which
//! continues without a gap or a torn line.
//!
//! `KILL_ROUNDS=n` kills n processes in each test; `KILL_SEED=n` repeats the choices of a seed, as far
//! as the machine's timing permits.
//!
//! `.ci/faults` injects faults into the system calls of `an_emitter_for_scripts`, and checks the result with
//! `a_judge_for_scripts`.

mod crashes;
mod support;

use crashes::clock::ShiftedClock;
use crashes::emitter::{Orders, builder, emit};
use crashes::judge::{Judge, files};
use crashes::victim::{ORDERS, Victim};
use crashes::witness::Witness;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::child::{child_argument, on_a_tmpfs, open_folder, said, say};
use support::clock::{DAY, TestClock};
use support::dice::Dice;

const LONG: Duration = Duration::from_secs(60);

/// The number of processes that die on one journal.
const ROUNDS_ON_ONE: u64 = 30;

/// The longest padding of an event, in bytes.
const LONGEST: usize = 150_000;

/// The same for scripts that inject faults.
const SCRIPTS_LONGEST: usize = 2000;

const A_DAY: Duration = Duration::from_secs(24 * 3600);

fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap())
}

fn dice(test: &str) -> Dice {
    let seed = std::env::var("KILL_SEED")
        .map_or_else(|_| RandomState::new().hash_one(test) >> 32, |seed| seed.parse().unwrap());
    eprintln!("{test}: KILL_SEED={seed}");
    Dice::new(seed)
}

fn up_to(dice: &mut Dice, longest: Duration) -> Duration {
    Duration::from_nanos(dice.roll(longest.as_nanos() as usize) as u64)
}

/// A journal on which one process after another is killed.
struct Scene<'a> {
    /// The folder with the executable.
    place: &'a Path,
    dir: PathBuf,
    longest: usize,
    shift: Duration,
    children: u64,
    witness: Witness,
    judge: Judge,
}

impl Scene<'_> {
    fn new(place: &Path, dir: PathBuf) -> Scene<'_> {
        let (witness, judge) = (Witness::default(), Judge::default());
        Scene { place, dir, longest: LONGEST, shift: Duration::ZERO, children: 0, witness, judge }
    }

    /// Starts an emitter with so many events for each of so many flushes.
    fn victim(&mut self, events: u64, flushes: u64) -> Victim {
        self.children += 1;
        let Scene { longest, shift, children: child, .. } = *self;
        let sleep = Duration::ZERO;
        let orders = Orders { child, threads: 4, events, flushes, longest, shift, sleep };
        self.witness.threads += orders.threads;
        Victim::begin(self.place, &self.dir, orders)
    }

    fn dies_emitting(&mut self, dice: &mut Dice) {
        // Without end, or with some flushes.
        let (events, flushes) = if dice.roll(3) == 0 { (20, 1 << 40) } else { (1 << 40, 1) };
        let victim = self.victim(events, flushes);
        victim.await_word(None, &mut self.witness);
        victim.end(up_to(dice, Duration::from_millis(60)), &mut self.witness);
    }

    fn dies_opening(&mut self, dice: &mut Dice) {
        let victim = self.victim(1 << 40, 1);
        victim.await_word(Some("opening"), &mut self.witness);
        victim.end(up_to(dice, Duration::from_millis(3)), &mut self.witness);
    }

    fn dies_closing(&mut self, dice: &mut Dice) {
        let victim = self.victim(dice.roll(30) as u64, 1);
        victim.await_word(Some("closing"), &mut self.witness);
        victim.end(up_to(dice, Duration::from_millis(5)), &mut self.witness);
    }

    /// Appends a torn line to a day file, as a process leaves that dies while writing.
    fn is_torn(&self, dice: &mut Dice) {
        let files = files(&self.dir);
        let Some(newest) = files.iter().max_by_key(|path| path.metadata().unwrap().modified().unwrap())
        else {
            return;
        };
        let text = fs::read(newest).unwrap();
        if !text.ends_with(b"\n") {
            return;
        }
        let begin = text[..text.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let torn = begin + 1 + dice.roll(text.len() - begin - 1);
        File::options().append(true).open(newest).unwrap().write_all(&text[begin..torn]).unwrap();
    }

    /// Opens and closes the log, and reads the new records.
    fn is_judged(&mut self) {
        let (layer, guard) = builder(&self.dir, &ShiftedClock::new(self.shift)).open().unwrap();
        drop(layer);
        guard.shutdown(LONG).unwrap();
        self.judge.read(&self.dir, self.longest);
        self.judge.compare(&self.witness);
        assert!(self.judge.left_torn.is_empty(), "torn lines at the end of {:?}", self.judge.left_torn);
        assert!(self.judge.lost.is_empty(), "reported as lost without a reason: {:?}", self.judge.lost);
    }

    /// Reads all files again from the start.
    fn ends(mut self) {
        self.is_judged();
        self.judge = Judge::default();
        self.is_judged();
        eprintln!(
            "{} children, {} acknowledged, {} refused, {} records in {} files, {} torn lines, {} in gaps",
            self.children,
            self.witness.recorded.len(),
            self.witness.refused.len(),
            self.judge.count(),
            files(&self.dir).len(),
            self.judge.torn,
            self.judge.gaps,
        );
    }
}

/// Kills so many processes, on one journal after another.
fn on_journals(test: &str, mut round: impl FnMut(&mut Scene<'_>, &mut Dice)) {
    let mut dice = dice(test);
    let mut left = rounds();
    while left > 0 {
        let folder = open_folder();
        let mut scene = Scene::new(folder.path(), folder.path().join("audit"));
        for _ in 0..left.min(ROUNDS_ON_ONE) {
            round(&mut scene, &mut dice);
            // Otherwise the next child is the first to open the journal after this one.
            if dice.roll(2) == 0 {
                scene.is_judged();
            }
        }
        scene.ends();
        left -= left.min(ROUNDS_ON_ONE);
    }
}

#[test]
fn emitting_opening_and_closing() {
    on_journals("emitting_opening_and_closing", |scene, dice| {
        match dice.roll(10) {
            0..6 => scene.dies_emitting(dice),
            6 => scene.dies_closing(dice),
            _ => {
                if dice.roll(2) == 0 && scene.dir.exists() {
                    scene.is_torn(dice);
                }
                scene.dies_opening(dice);
            }
        };
    });
}

#[test]
fn around_midnight() {
    let midnight = TestClock::at("2027-01-01T00:00:00Z").truth();
    on_journals("around_midnight", |scene, dice| {
        // Each child has a midnight some time after its start, and the machine sleeps for a day, so that
        // the files show how many children reached their midnight.
        let midnight = midnight + 2 * i128::from(scene.children) * DAY;
        scene.shift = ShiftedClock::shift_to(midnight, up_to(dice, Duration::from_millis(80)));
        match dice.roll(5) {
            0 => scene.dies_opening(dice),
            _ => scene.dies_emitting(dice),
        }
    });
}

/// Kills processes on a full disk, of which each gets a little space.
#[test]
fn on_a_full_disk() {
    if let Some(mount) = child_argument() {
        let mut dice = dice("on_a_full_disk");
        let mut scene = Scene::new(mount.parent().unwrap(), mount.join("audit"));
        scene.longest = 20_000;
        scene.is_judged();
        let mut ballast = Ballast::on(&mount);
        for _ in 0..rounds() {
            ballast.fill();
            ballast.give(dice.roll(96 << 10));
            let victim = scene.victim(1 << 40, 1);
            victim.await_word(None, &mut scene.witness);
            let delay = up_to(&mut dice, Duration::from_millis(30));
            std::thread::sleep(delay);
            if dice.roll(2) == 0 {
                ballast.give(dice.roll(32 << 10));
            }
            victim.end(delay, &mut scene.witness);
            // Recovery needs some space.
            if dice.roll(2) == 0 {
                ballast.give(PLENTY);
                scene.is_judged();
            }
        }
        ballast.give(PLENTY);
        scene.ends();
        say("done");
        return;
    }
    let folder = open_folder();
    // The log grows with each round and must not fill the disk.
    let size = format!("size={}m", 64 + 2 * rounds());
    if let Some(output) = on_a_tmpfs("on_a_full_disk", folder.path(), &size) {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said(&output), ["done"]);
    }
}

/// A file that fills the disk and frees some space.
struct Ballast(File);

/// The space that acknowledged records may need, in bytes.
const PLENTY: usize = 16 << 20;

impl Ballast {
    fn on(mount: &Path) -> Ballast {
        Ballast(File::options().create(true).append(true).open(mount.join("ballast")).unwrap())
    }

    fn fill(&mut self) {
        for piece in [1 << 20, 4096] {
            while self.0.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    fn give(&self, bytes: usize) {
        let len = self.0.metadata().unwrap().len();
        self.0.set_len(len.saturating_sub(bytes as u64)).unwrap();
    }
}

#[test]
fn an_emitter_to_be_killed() {
    if let (Some(dir), Ok(orders)) = (child_argument(), std::env::var(ORDERS)) {
        emit(&dir, orders.parse().unwrap());
    }
}

/// With the environment variable `AUDIT_EMITTER`, a directory, this emits 52 events from two threads, as the
/// child with the number `AUDIT_CHILD`. After half of them it flushes, and a day passes. Otherwise it does
/// nothing.
#[test]
fn an_emitter_for_scripts() {
    if let Some(dir) = std::env::var_os("AUDIT_EMITTER") {
        let child = std::env::var("AUDIT_CHILD").unwrap().parse().unwrap();
        let (shift, sleep) = (Duration::ZERO, A_DAY);
        let orders =
            Orders { child, threads: 2, events: 13, flushes: 2, longest: SCRIPTS_LONGEST, shift, sleep };
        emit(Path::new(&dir), orders);
    }
}

/// With the environment variable `AUDIT_JUDGE`, a directory, this compares its day files with the emitters'
/// reports in the file `AUDIT_SAID`. Otherwise it does nothing.
#[test]
fn a_judge_for_scripts() {
    let Some(dir) = std::env::var_os("AUDIT_JUDGE").map(PathBuf::from) else {
        return;
    };
    let said = fs::read_to_string(std::env::var_os("AUDIT_SAID").unwrap()).unwrap();
    let mut witness = Witness::default();
    for line in said.lines().filter_map(|line| Some(line.split_once("child: ")?.1)) {
        witness.hear(line);
        witness.threads += if line == "opened" { 2 } else { 0 };
    }
    let (layer, guard) = builder(&dir, &ShiftedClock::new(3 * A_DAY)).open().unwrap();
    drop(layer);
    guard.shutdown(LONG).unwrap();
    let mut judge = Judge::default();
    judge.read(&dir, SCRIPTS_LONGEST);
    judge.compare(&witness);
    for file in &judge.left_torn {
        println!("left torn: {}", file.display());
    }
    println!(
        "judged: {} acknowledged, {} refused, {} reported as lost",
        witness.recorded.len(),
        witness.refused.len(),
        judge.lost.len()
    );
}
