//! Another program moves or removes the log's directory, or its state, under a running log, and the process dies or
//! the power is lost then or later.
//!
//! Until the log has seen it, the next process knows nothing of what was in the directory, nor of what was in the
//! intake alone if its state is gone. From then on each record is there or named, and a directory that has the
//! records of the open file is in place again before the next one is on disk.

use super::world::{Taken, Taking};
use super::*;

const BEGUN: &[Act] = &[Open, Append(3), Synced, Append(4), Synced, Append(3), Synced, Close];
const REFUSED: &[Act] = &[Open, Append(2), AppendTooLong, Append(3), Synced, AppendTooLong, Append(3), Close];
const MIDNIGHT: &[Act] =
    &[Open, Append(3), Pass(DAY), Append(3), Synced, Pass(DAY), Append(4), Synced, Append(1), Close];
const CONTINUED: &[Act] =
    &[Open, Append(3), Synced, Append(3), Die, Open, Append(3), Synced, Append(4), Synced, Close];

/// What is taken away, and how.
const ALL: [(Taken, bool); 4] =
    [(Taken::Directory, false), (Taken::Directory, true), (Taken::State, false), (Taken::State, true)];

impl Tale {
    /// A directory is taken away some steps before the world stops.
    fn outlives_its_directory(&self) {
        each(&stops(self.steps()), |stop| {
            let mut dice = Dice::new(stop.seed as u64);
            for at_least in [0, 3, 8, 20] {
                let (taken, is_removed) = dice.pick(&ALL);
                let step = stop.step.saturating_sub(at_least + dice.roll(4)).max(1);
                let has_intake = self.setting.intake_bytes > 0;
                let mut story = Story::new(self.setting, stop.step, stop.seed);
                story.world.take(Taking { step, taken, is_removed, has_intake });
                story.run(self.acts).map_err(|error| described(stop, &story, &error))?;
                for (disk, known) in [story.world.at_stop(), story.world.at_end()] {
                    self.check(Crash::ProcessDied, disk, &known, &story, stop)?;
                }
                let (disk, known) = story.world.at_stop();
                let left = disk.after_power_loss(&mut dice);
                self.check(Crash::PowerLost, left, &known.after_power_loss(), &story, stop)?;
            }
            Ok(())
        });
    }
}

#[test]
fn a_journal_whose_directory_is_taken_away_loses_only_what_was_not_seen() {
    for acts in [BEGUN, REFUSED, MIDNIGHT, CONTINUED] {
        for setting in [DIRECT, BUFFERED] {
            Tale { setting: Setting { retention_days: 100, ..setting }, acts }.outlives_its_directory();
        }
    }
}

/// Guards against a journal that never looks for its directory, or names its records instead of rescuing them.
#[test]
fn a_directory_that_was_taken_away_is_in_place_again_with_the_records_of_the_open_file() {
    both(&[Open, Append(3), Synced, Append(4), Synced], |tale| {
        let steps = tale.steps();
        let stops = stops(steps).into_iter().map(|stop| Stop { step: stop.step.min(steps / 2), ..stop });
        each(&stops.collect::<Vec<_>>(), |Stop { step, seed }| {
            let (taken, is_removed) = ALL[seed % ALL.len()];
            let mut story = Story::new(tale.setting, 0, seed);
            let has_intake = tale.setting.intake_bytes > 0;
            story.world.take(Taking { step, taken, is_removed, has_intake });
            story.tell(tale.acts)?;
            if !story.world.has_taken() {
                return Ok(());
            }
            // The day files are looked at each quarter of a second.
            story.tell(&[Append(3), Committed, SyncedAtLast, Append(3), SyncedAtLast])?;
            let is_away = story.world.is_away() || story.world.is_intake_lost();
            story.tell(&[Close])?;
            if is_away {
                return Err(described(Stop { step, seed }, &story, "the directory is not in place"));
            }
            story.world.stop();
            let (disk, mut known) = story.world.at_stop();
            known.records.append(&mut known.removed);
            tale.check(Crash::ProcessDied, disk, &known, &story, Stop { step, seed })
        });
    });
}
