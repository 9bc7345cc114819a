//! A story that is told many times, and stops at another step each time.

use super::dice::Dice;
use super::promise::{Crash, check};
use super::story::Act::{self, Append, Close, Open, Synced};
use super::story::{INTAKE, Setting, Story};
use super::world::{Disk, Known};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are tried at a time: most of it is waiting.
const AT_ONCE: usize = 8;

/// How many steps are tried by default.
const SAMPLE: usize = 12;

/// How many outcomes a loss of power has, by default and of all.
const OUTCOMES: usize = 2;
const ALL_OUTCOMES: usize = 12;

fn number_in(variable: &str) -> usize {
    std::env::var(variable).ok().map_or(0, |text| text.parse().unwrap())
}

pub(super) fn is_all() -> bool {
    number_in("CRASH_ALL") > 0
}

/// A step to stop at, and the seed of all that is random then.
#[derive(Clone, Copy)]
pub(super) struct Stop {
    pub(super) step: usize,
    pub(super) seed: usize,
}

/// Stops to be tried of so many steps.
pub(super) fn stops(steps: usize) -> Vec<Stop> {
    let mut dice = Dice::new(number_in("CRASH_SEED") as u64);
    let mut stop = |step| Stop { step, seed: dice.roll(1 << 31) };
    if is_all() {
        // Beyond the end, too: it does not always take as many.
        (1..=steps + 3).map(stop).collect()
    } else {
        let shift = stop(0).seed % steps;
        (0..SAMPLE).map(|number| stop(1 + (shift + number * steps / SAMPLE) % steps)).collect()
    }
}

/// Tries all of them, some at a time.
pub(super) fn each(stops: &[Stop], attempt: impl Fn(Stop) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(stop) = stops.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = attempt(*stop) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let (tried, seed) = (stops.len(), number_in("CRASH_SEED"));
    let titles = failures.iter().filter_map(|failure| failure.lines().next()).collect::<Vec<_>>().join("\n");
    let first = failures.first().map_or("", |failure| failure);
    assert!(failures.is_empty(), "of {tried}, with CRASH_SEED={seed}:\n{titles}\n\nthe first one:\n{first}");
}

/// The acts of a story, and what it is set in.
pub(super) struct Tale {
    pub(super) setting: Setting,
    pub(super) acts: &'static [Act],
}

impl Tale {
    /// How many steps it takes if nothing happens.
    pub(super) fn steps(&self) -> usize {
        let mut story = Story::new(self.setting, 0, 1);
        story.run(self.acts).unwrap();
        story.steps().len()
    }

    pub(super) fn told(&self, stop: Stop) -> Result<Story, String> {
        let mut story = Story::new(self.setting, stop.step, stop.seed);
        story.run(self.acts).map_err(|error| described(stop, &story, &error))?;
        Ok(story)
    }

    /// A process that dies at any step loses nothing.
    pub(super) fn outlives_the_process(&self) {
        each(&stops(self.steps()), |stop| {
            let story = self.told(stop)?;
            for (disk, known) in [story.world.at_stop(), story.world.at_end()] {
                self.check(Crash::ProcessDied, disk, &known, &story, stop)?;
            }
            Ok(())
        });
    }

    /// A loss of power at any step takes nothing that was said to be on disk.
    pub(super) fn outlives_the_power(&self) {
        each(&stops(self.steps()), |stop| {
            let story = self.told(stop)?;
            let (disk, known) = story.world.at_stop();
            let mut dice = Dice::new(stop.seed as u64);
            for _ in 0..if is_all() { ALL_OUTCOMES } else { OUTCOMES } {
                let left = disk.after_power_loss(&mut dice);
                self.check(Crash::PowerLost, left, &known.after_power_loss(), &story, stop)?;
            }
            Ok(())
        });
    }

    /// It crashes at any step, is opened again, and crashes at any step of that.
    pub(super) fn outlives_a_second_crash(&self, first: Crash) {
        const AGAIN: &[Act] = &[Open, Append(2), Synced, Append(1), Close];
        each(&stops(self.steps()), |stop| {
            let story = self.told(stop)?;
            let mut dice = Dice::new(stop.seed as u64);
            let (disk, known) = story.world.at_stop();
            let mut step = if is_all() { 1 } else { 1 + dice.roll(30) };
            loop {
                let (disk, known) = match first {
                    Crash::ProcessDied => (disk.clone(), known.clone()),
                    Crash::PowerLost => (disk.after_power_loss(&mut dice), known.after_power_loss()),
                };
                let clock = match first {
                    Crash::ProcessDied => story.clock.clone(),
                    Crash::PowerLost => story.clock.booted_again(),
                };
                let seed = dice.roll(1 << 31);
                let mut again = Story::behind(disk, known, clock, self.setting, step, seed);
                let told = again.run(AGAIN);
                told.map_err(|error| {
                    described(stop, &story, &described(Stop { step, seed }, &again, &error))
                })?;
                let (disk, known) = again.world.at_stop();
                let checked = match dice.pick(&[Crash::ProcessDied, Crash::PowerLost]) {
                    // What a loss of power has spoilt before is still so.
                    Crash::ProcessDied => self.check(first, disk, &known, &again, Stop { step, seed }),
                    Crash::PowerLost => {
                        let (disk, known) = (disk.after_power_loss(&mut dice), known.after_power_loss());
                        self.check(Crash::PowerLost, disk, &known, &again, Stop { step, seed })
                    }
                };
                checked.map_err(|error| described(stop, &story, &error))?;
                if !is_all() || again.steps().len() < step {
                    return Ok(());
                }
                step += 1;
            }
        });
    }

    pub(super) fn check(
        &self,
        crash: Crash,
        disk: Disk,
        known: &Known,
        story: &Story,
        stop: Stop,
    ) -> Result<(), String> {
        let intake_bytes = if stop.seed.is_multiple_of(4) {
            INTAKE - self.setting.intake_bytes
        } else {
            self.setting.intake_bytes
        };
        let clock = match crash {
            Crash::ProcessDied => story.clock.clone(),
            Crash::PowerLost => story.clock.booted_again(),
        };
        check(crash, disk, known, &clock, intake_bytes)
            .map_err(|error| described(stop, story, &format!("{crash:?}: {error}\nknown: {known:?}")))
    }
}

pub(super) fn described(stop: Stop, story: &Story, error: &str) -> String {
    let mut text = format!("stopped at step {}, seed {}: {error}\n", stop.step, stop.seed);
    for (number, step) in story.steps().iter().enumerate() {
        text += &format!("{:4} {step}\n", number + 1);
    }
    text
}
