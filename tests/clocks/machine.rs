//! The machine on which a script runs.

use crate::clocks::judge::Judge;
use crate::clocks::script::{Op, Script, Time};
use crate::clocks::witness::{SeenFile, Witness};
use crate::support::TEST_TYPES;
use crate::support::clock::{DAY, SECOND, TestClock, day_file_of};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, Record};

pub(crate) struct Machine {
    folder: tempfile::TempDir,
    clock: TestClock,
    retention_days: u32,
    log: Option<(AuditLayer, AuditGuard)>,
    witness: Witness,
    judge: Judge,
    removed: Vec<(String, SeenFile)>,
}

/// Creates a folder in memory if possible: these tests are not about the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl Machine {
    fn new(retention_days: u32) -> Machine {
        let folder = folder();
        let witness = Witness::of(folder.path().join("audit"));
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        let judge = Judge::new(retention_days);
        Machine { folder, clock, retention_days, log: None, witness, judge, removed: Vec::new() }
    }

    pub(crate) fn run(script: &Script) {
        let mut machine = Machine::new(script.retention_days);
        machine.open(false);
        for op in &script.ops {
            match op {
                Op::Event => machine.event(),
                Op::Clock(time) => machine.time(*time),
                Op::Restart { boots, closed } => {
                    machine.close();
                    closed.iter().for_each(|time| machine.time(*time));
                    if *boots {
                        machine.clock.reboot();
                    }
                    machine.open(!boots);
                }
                Op::Prune => machine.prune(),
            }
            machine.look();
            machine.files_that_are_gone_were_old();
        }
        machine.old_files_go_at_last();
        machine.close();
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    fn guard(&self) -> &AuditGuard {
        &self.log.as_ref().unwrap().1
    }

    fn time(&mut self, time: Time) {
        time.happen(&self.clock);
        self.judge.shows(self.clock.wall());
        if let Time::Step(nanos) = time {
            self.judge.step(nanos);
        }
    }

    fn open(&mut self, same_boot: bool) {
        let last = self.witness.last();
        let builder = AuditLayer::builder(self.dir()).catalog(TEST_TYPES).clock(self.clock.clone());
        // Days pass at once: no file would have its seal yet.
        self.log = Some(builder.retention_days(self.retention_days).unsealed().open().unwrap());
        self.judge.shows(self.clock.wall());
        self.look();
        self.judge.opened(last, same_boot, self.clock.truth(), self.clock.wall());
        self.pruning_is_suspended_if_it_must_be();
        self.files_that_are_gone_were_old();
    }

    fn close(&mut self) {
        // However long that takes on a busy machine: the drop of a guard gives up after five seconds.
        if let Some((_layer, guard)) = self.log.take() {
            guard.shutdown(Duration::from_secs(60)).unwrap();
        }
        self.look();
        self.judge.steps_are_recorded();
        self.judge.closed();
        assert!(self.witness.newest().is_some(), "the newest file was removed");
        self.witness.assert_that_all_is_accounted_for();
        self.files_that_are_gone_were_old();
    }

    fn event(&mut self) {
        let seq = self.guard().handle().append(Record::new("a.b")).result().unwrap().unwrap();
        self.look();
        let (event, wall) = (self.witness.records[&seq], self.clock.wall());
        // The file before may have been created and removed between two looks.
        let is_waited_out = self
            .witness
            .records
            .get(&(seq - 1))
            .is_none_or(|before| event.ts == before.ts && (0..=SECOND).contains(&(before.ts - wall)));
        assert!(event.ts == wall || is_waited_out, "{event:?} at {wall}");
        self.judge.event();
        self.pruning_is_suspended_if_it_must_be();
    }

    fn prune(&mut self) {
        let newest = self.witness.newest().map(str::to_owned);
        let before = self.witness.files.clone();
        let cutoff = day_file_of(self.clock.wall() - i128::from(self.retention_days) * DAY);
        let names = self.guard().handle().prune().unwrap();
        self.look();
        assert!(names.iter().all(|name| before.contains_key(name)), "{names:?}");
        for name in before.keys() {
            // Retention goes by the day, and a day may have further files.
            let is_old = name[..16] < cutoff[..16];
            let is_gone = !self.witness.files.contains_key(name);
            assert!(is_gone || !is_old || Some(name) == newest.as_ref(), "{name} was not pruned");
            assert!(!names.contains(name) || is_old && is_gone, "{name} was pruned");
        }
        self.removed.retain(|(name, _)| !names.contains(name));
        self.files_that_are_gone_were_old();
        self.judge.pruned(self.clock.truth(), self.clock.wall());
        self.pruning_is_suspended_if_it_must_be();
    }

    fn old_files_go_at_last(&mut self) {
        self.event();
        self.prune();
        let cutoff = day_file_of(self.clock.wall() - i128::from(self.retention_days) * DAY);
        assert!(self.witness.files.keys().all(|name| name[..16] >= cutoff[..16]));
    }

    fn look(&mut self) {
        let (news, gone) = self.witness.look(self.clock.truth());
        self.judge.hear(&news);
        self.removed.extend(gone);
    }

    fn files_that_are_gone_were_old(&mut self) {
        for (name, file) in self.removed.drain(..) {
            self.judge.removed(&name, &file, self.clock.truth());
        }
    }

    fn pruning_is_suspended_if_it_must_be(&self) {
        assert_eq!(self.guard().handle().stats().pruning_suspended, self.judge.suspended);
    }
}
