//! Another program removes the intake's name while the journal has it mapped, and the process dies then or
//! later.
//!
//! Until the committer has seen it, what is in the intake alone may be lost, and its numbers with it. From
//! then on each record is named, and each is there once the new intake is.

use super::*;

const HELD: &[Act] = &[Open, Append(3), Synced, Append(4), Synced, Append(3), Close];
const REFUSED: &[Act] = &[Open, Append(2), AppendTooLong, Append(2), Synced, AppendTooLong, Append(2), Close];
const MIDNIGHT: &[Act] = &[Open, Append(3), Pass(DAY), Append(3), Synced, Pass(DAY), Append(2), Close];
const CONTINUED: &[Act] =
    &[Open, Append(3), Synced, Append(3), Die, Open, Append(2), Synced, Append(1), Close];

impl Tale {
    /// The intake's name is removed some steps before the world stops.
    fn told_without_intake(&self, stop: Stop, before: usize) -> Result<Story, String> {
        let removed_at = stop.step.saturating_sub(before).max(1);
        let mut story = Story::new(self.setting, stop.step, stop.seed);
        story.world.remove_intake_at(removed_at);
        story.run(self.acts).map_err(|error| described(stop, &story, &error))?;
        Ok(story)
    }

    fn outlives_its_intake(&self) {
        each(&stops(self.steps()), |stop| {
            let mut dice = Dice::new(stop.seed as u64);
            for at_least in [0, 2, 4, 6] {
                let story = self.told_without_intake(stop, at_least + dice.roll(2))?;
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

fn tales() -> [Tale; 4] {
    [HELD, REFUSED, MIDNIGHT, CONTINUED].map(|acts| Tale { setting: BUFFERED, acts })
}

#[test]
fn a_process_that_dies_after_its_intake_was_removed_loses_only_what_was_not_seen() {
    tales().iter().for_each(Tale::outlives_its_intake);
}

/// Guards against a journal that never looks for the name: what is lost then counts as not seen.
#[test]
fn an_intake_that_was_removed_is_in_place_again_before_the_next_record_is_on_disk() {
    let tale = Tale { setting: BUFFERED, acts: &[Open, Append(3), Synced, Append(2), Synced] };
    let steps = tale.steps();
    let stops = stops(steps).into_iter().map(|stop| Stop { step: stop.step.min(steps / 2), ..stop });
    each(&stops.collect::<Vec<_>>(), |Stop { step, seed }| {
        let mut story = Story::new(tale.setting, 0, seed);
        story.world.remove_intake_at(step);
        story.tell(tale.acts)?;
        if !story.world.has_removed_intake() {
            return Ok(());
        }
        // Each of these is taken from the intake after a look.
        story.tell(&[Append(1), Synced, Append(1), Synced])?;
        let is_lost = story.world.is_intake_lost();
        story.tell(&[Close])?;
        if is_lost {
            return Err(described(Stop { step, seed }, &story, "the intake is not in place"));
        }
        story.world.stop();
        let (disk, known) = story.world.at_stop();
        tale.check(Crash::ProcessDied, disk, &known, &story, Stop { step, seed })
    });
}
