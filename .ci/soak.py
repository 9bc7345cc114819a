"""Random troubles for a running log, and a judge after each round.

    soak.py TEST SECONDS

TEST is the executable of tests/a_bad_day_loses_nothing.rs. In each round an emitter of eight threads
records on an ext4 of its own, behind an unreliable disk (.ci/unreliable_disk.py), with a collector
beside it, and meets one trouble after another: see TROUBLES. It is killed and started again in
between. At the end of a round all troubles end, the log is shut down, the disk is mounted anew (so
that what is in memory alone is gone), the collector gets what it has not got, and the judge compares
what was acknowledged with what is there.

It prints a line for each round and the sums, and exits with 1 on

    missing     acknowledged, neither in the log nor in a directory that was moved, nor in `log.file_lost`
    twice       a number that two records were given
    holes       a number that no record has and nothing names
    untold      refused, and no `log.gap` counts it (but in the second before a kill, and by a process
                whose lock another one has taken)
    late        a call that took longer than `append_deadline` plus 250 ms, without the time in which the
                process did not run; one for each freeze and each hang of the disk is allowed
    undelivered in the log, and never at the collector
    unsealed    no record is covered by a checkpoint: the log is sealed, as any log is by default
    accused     a `log.seal_mismatch`, and no trouble has changed, moved or removed what was written
    errors      what the reader can't read; a process that ended by itself, or did not end

SOAK_SEED repeats a sequence of troubles, as far as the machine's own timing lets it; SOAK_ONLY, a list
of troubles, chooses among them; SOAK_KEEP keeps a failed round's folder.
"""

import collections
import os
import random
import re
import shutil
import signal
import sys
import time

from bad_disk import LONGEST, Emitter, Place, judge, run

SEED = int(os.environ.get("SOAK_SEED", time.time()))
ROUND = 25  # seconds of troubles
MEGABYTES = 512

# After a removal, so many seconds pass before a kill, or before the disk can't take what was held back:
# within it, a kill may lose that. (The log has 60 ms on a machine that is not busy; its tests see to that.)
NOTICED = 0.5
# A day file that was moved, cut or removed is noticed within a second of the next event.
LOOKED_AT = 1.5


class Round:
    def __init__(self, test, dice, only):
        self.test, self.dice, self.only = test, dice, only
        self.place = Place(test, MEGABYTES, is_unreliable=True)
        self.disk, self.dir, self.notes = self.place.disk, self.place.dir, self.place.notes
        self.away = self.disk.mount / "away"
        self.away.mkdir()
        self.moved, self.killed, self.faults = [], [], []
        self.counts, self.timeline = collections.Counter(), []
        self.late_allowed, self.lives, self.safe_at, self.ignored = 0, 0, 0.0, []
        self.emitter = None
        self.start()

    def start(self):
        # All that it was given, at a pace that the judge can follow; now and then as fast as it goes.
        burst = self.dice.choice([1, 1, 8, 40])
        # A small intake is soon full.
        intake, longest = self.dice.choice([(8 << 20, 256 << 10), (8 << 20, 256 << 10), (1 << 18, 1 << 15)])
        self.emitter = Emitter(
            self.test, self.dir, self.notes, mirror=1, pause_us=4000 * burst, burst=burst,
            padding=self.dice.choice([20, 200, 3000]), threads=8, intake=intake, max_record=longest,
        )
        self.lives += 1
        if not self.emitter.says("opened", 30):
            self.faults.append(f"not opened: {self.emitter.said} {self.emitter.noise[-3:]}")

    def sleep(self, least, most):
        time.sleep(self.dice.uniform(least, most))

    def fresh(self, name):
        return self.away / f"{len(self.timeline)}-{name}"

    def day_files(self):
        """The last one is open: of those that an earlier process has ended, the log knows nothing, and of a
        copy that is taken away its original is no substitute while the disk fails."""
        def first_seq(file):
            numbers = re.findall(r'"seq":(\d+)}\n', file.open(errors="replace").read(40_000))
            return int(numbers[0]) if numbers else -1

        return sorted(self.dir.glob("audit-*.log"), key=first_seq) if self.dir.exists() else []

    def removed(self, seconds=NOTICED):
        self.safe_at = max(self.safe_at, time.monotonic() + seconds)

    # The troubles. Each ends before the next one begins.

    def move_directory(self):
        to = self.fresh("audit")
        self.dir.rename(to)
        self.moved.append(to)
        self.removed()

    def remove_directory(self):
        gone = self.fresh("gone")
        self.dir.rename(gone)
        shutil.rmtree(gone)
        self.removed(LOOKED_AT)

    def move_state(self):
        (self.dir / ".state").rename(self.fresh("state"))
        self.removed()

    def remove_state(self):
        gone = self.fresh("state")
        (self.dir / ".state").rename(gone)
        shutil.rmtree(gone)
        self.removed()

    def remove_intake(self):
        (self.dir / ".state/intake").unlink()
        self.removed()

    def remove_lock(self):
        (self.dir / ".state/lock").unlink()
        self.removed()

    def second_writer(self):
        (self.dir / ".state/lock").unlink()
        self.sleep(0, 0.3)
        # Among the notes of the round: what it is acknowledged counts.
        other = Emitter(self.test, self.dir, self.notes, threads=2, pause_us=4000)
        other.says("opened", 7)
        time.sleep(0.5)
        other.tell("shutdown 5000")
        if other.wait(20) is None:
            self.faults.append("the second writer does not end")
        said = " ".join(self.emitter.said).lower()
        if "opened" in other.said:
            if "lock" not in said:
                self.faults.append("a second writer came in, and the first one did not name the lock")
            # The one that has lost its lock is of no use any more, and can't tell what it refused.
            self.ignored.append("log.gap")
            self.end_life()
        self.removed()

    def remove_day_file(self):
        for file in self.day_files()[-1:]:
            file.unlink()
        self.removed(LOOKED_AT)

    def move_day_file(self):
        for file in self.day_files()[-1:]:
            file.rename(self.fresh(file.name))
        self.removed(LOOKED_AT)

    def cut_day_file(self):
        for file in self.day_files()[-1:]:
            length = file.stat().st_size
            os.truncate(file, self.dice.randrange(length + 1))
        self.removed(LOOKED_AT)

    def freeze(self):
        self.late_allowed += 1
        self.disk.freeze()
        try:
            self.sleep(0.5, 4)
        finally:
            self.disk.thaw()

    def disk_hangs(self):
        self.late_allowed += 1
        self.behaves("hang", 0.5, 3)

    def disk_fails(self):
        self.damages()
        self.behaves("eio-lines", 0.5, 2.5)

    def damages(self):
        # The file whose sync has failed has damaged lines from then on; its records are in a copy.
        self.ignored.append("errors of the reader")

    def disk_is_slow(self):
        self.behaves("slow 700", 1, 3)

    def behaves(self, word, least, most):
        self.disk.behave(word)
        try:
            self.sleep(least, most)
        finally:
            self.disk.behave("ok")

    def disk_is_full(self):
        self.disk.fill(leave=self.dice.choice([0, 0, 1 << 16, 1 << 20]))
        self.sleep(0.5, 2.5)
        self.disk.empty()

    def failing_and_full(self):
        self.damages()
        self.disk.behave("eio-lines")
        try:
            self.disk.fill()
            self.sleep(0.5, 2)
        finally:
            self.disk.behave("ok")
        self.sleep(0.1, 1)
        self.disk.empty()

    def kill(self):
        time.sleep(max(0.0, self.safe_at - time.monotonic()))
        self.killed.append(f"{self.emitter.pid}:{self.emitter.kill()}")
        self.start()

    def kill_on_a_full_disk(self):
        time.sleep(max(0.0, self.safe_at - time.monotonic()))
        self.disk.fill()
        self.sleep(0, 0.3)
        self.killed.append(f"{self.emitter.pid}:{self.emitter.kill()}")
        self.disk.empty()
        self.start()

    def stop(self):
        os.kill(self.emitter.pid, signal.SIGSTOP)
        self.sleep(0.1, 2)
        os.kill(self.emitter.pid, signal.SIGCONT)

    def restart(self):
        self.end_life()

    def collector_fails(self):
        (self.notes / "collector").write_text(self.dice.choice(["away", "refuses", "panics", "hangs"]))
        self.sleep(0.5, 3)
        (self.notes / "collector").write_text("ok")

    TROUBLES = [
        move_directory, remove_directory, move_state, remove_state, remove_intake, remove_lock, second_writer,
        remove_day_file, move_day_file, cut_day_file, freeze, disk_hangs, disk_fails, disk_is_slow, disk_is_full,
        failing_and_full, kill, kill, kill, kill_on_a_full_disk, stop, restart, collector_fails, collector_fails,
    ]

    # What changes lines that were signed, or takes them away.
    CHANGE_LINES = {
        "move_directory", "remove_directory", "remove_day_file", "move_day_file", "cut_day_file", "disk_fails", "failing_and_full",
    }

    # What keeps the log from putting right what was removed.
    HOLD_IT_UP = {freeze, disk_hangs, disk_fails, disk_is_slow, disk_is_full, failing_and_full, stop}

    def end_life(self, again=True):
        """Ends the process in order, and starts the next one."""
        took = self.emitter.took("shutdown 10000", 25)
        status = self.emitter.wait(10)
        if took[0] is None or took[0] > 10_250:
            self.faults.append(f"shutdown(10 s) took {took[0]} ms: {took[1][:200]}")
        if status != 0:
            self.faults.append(f"the emitter ended: {status}; {self.emitter.said[-2:]} {self.emitter.noise[-3:]}")
        if again:
            self.start()

    def run(self, until):
        chosen = [trouble for trouble in Round.TROUBLES if not self.only or trouble.__name__ in self.only]
        while time.monotonic() < until and not self.faults:
            if self.emitter.process.poll() is not None:
                status = self.emitter.wait()
                self.faults.append(f"the emitter ended by itself: {status}; {self.emitter.said[-2:]} {self.emitter.noise[-4:]}")
                break
            self.sleep(0.05, 0.6)
            trouble = self.dice.choice(chosen)
            self.timeline.append((round(time.monotonic(), 2), trouble.__name__))
            if trouble in Round.HOLD_IT_UP:
                time.sleep(max(0.0, self.safe_at - time.monotonic()))
            try:
                trouble(self)
            except FileNotFoundError as error:
                # The log has not made it anew yet.
                self.timeline.append((round(time.monotonic(), 2), f"not there: {error.filename}"))
                continue
            self.counts[trouble.__name__] += 1

    def verdict(self):
        """Ends the troubles and the round; returns the judge's counts."""
        (self.notes / "collector").write_text("ok")
        if self.emitter.process.poll() is None:
            time.sleep(LOOKED_AT)
            self.end_life(again=False)
        self.disk.remount()
        last = Emitter(self.test, self.dir, self.notes, mirror=1, threads=0)
        opened = last.says("opened", 30)
        took = last.took("shutdown 60000", 70) if opened else None
        if not opened or took[1] != "ok":
            self.faults.append(f"the mirror's rest was not delivered: {took} {last.said[-2:]} {last.noise[-2:]}")
        last.wait(10)
        sealed = self.sealed()
        faults = []
        counts = judge(
            self.test, self.dir, self.notes, faults, self.ignored, moved=self.moved, killed=self.killed,
            longest_ms=LONGEST, late_allowed=self.late_allowed, collector=1,
        )
        self.faults += faults
        return {**counts, **sealed}

    def sealed(self):
        """How many records the newest checkpoint covers, and how often the log told of its seals."""
        checkpoint = self.dir / "seal/checkpoint"
        sealed = int(checkpoint.read_text().split("\n")[1]) if checkpoint.exists() else 0
        if sealed == 0:
            self.faults.append("no record is sealed")
        counts = collections.Counter(sealed=sealed)
        for file in self.dir.glob("audit-*.log"):
            for event in re.findall(rb'"event":"log\.(seal_[a-z]+|checkpoint)"', file.read_bytes()):
                counts[event.decode()] += 1
        if counts["seal_mismatch"] and not Round.CHANGE_LINES & {name for _, name in self.timeline}:
            self.faults.append("a mismatch of seals is told, and no line was changed")
        return counts

    def close(self):
        if self.emitter and self.emitter.process.poll() is None:
            self.emitter.kill()
        if self.faults and "SOAK_KEEP" in os.environ:
            kept = self.place.folder.with_name(f"soak-{SEED}-{os.getpid()}-{int(time.time())}")
            run("cp", "-a", self.dir, kept, check=False)
            run("cp", "-a", self.notes, f"{kept}-notes", check=False)
            print(f"    kept: {kept}")
        self.disk.behave("ok")
        self.place.__exit__()


def main():
    test, seconds = sys.argv[1], int(sys.argv[2])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    only = os.environ.get("SOAK_ONLY", "").replace(",", " ").split()
    dice = random.Random(SEED)
    print(f"SOAK_SEED={SEED}", flush=True)
    sums, troubles, kinds, rounds, failed = collections.Counter(), collections.Counter(), collections.Counter(), 0, 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        rounds += 1
        soak = Round(test, dice, only)
        try:
            soak.run(min(until, time.monotonic() + ROUND))
            counts = soak.verdict()
        except Exception as error:
            soak.faults.append(f"the script failed: {type(error).__name__}: {error}")
            counts = {}
        finally:
            soak.close()
        slowest = max(sums["slowest_ms"], counts.get("slowest_ms", 0))
        sums.update(counts)
        sums["slowest_ms"] = slowest
        sums["lives"] += soak.lives
        sums["late_allowed"] += soak.late_allowed
        troubles.update(soak.counts)
        print(f"round {rounds}: {soak.lives} processes, {sum(soak.counts.values())} troubles: "
              f"{'well' if not soak.faults else 'FAILED'}", flush=True)
        if soak.faults:
            failed += 1
            for fault in soak.faults:
                print(f"    FAULT: {fault[:600]}")
                kinds[" ".join(word for word in fault.split(":")[0].split() if not word.isdigit())[:60]] += 1
            begin = soak.timeline[0][0] if soak.timeline else 0
            print("    " + ", ".join(f"{at - begin:.1f} {name}" for at, name in soak.timeline), flush=True)
    print("troubles: " + ", ".join(f"{name} {count}" for name, count in sorted(troubles.items())))
    print("sums: " + ", ".join(f"{name}={count}" for name, count in sorted(sums.items())))
    print(f"{rounds} rounds, {failed} failed" + "".join(f"; {kind}: {count}" for kind, count in kinds.most_common()))
    sys.exit(1 if failed else 0)


main()
