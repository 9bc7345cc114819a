"""Injects one fault after another into the system calls of an emitter.

The emitter and the judge are tests/a_killed_process_loses_nothing.rs, whose executable is
the argument. The emitter records 52 events from two threads, says of each whether it was
acknowledged, flushes twice, and shuts down; after each flush a day goes by. A run without
a fault shows which system calls have to do with the audit directory: each of them, by its
name and by how many of that name its thread has made before, then fails in a run of its
own, once or from then on, or kills the process. (strace counts in each thread: both
emitting threads may meet the fault.) After each run

- the judge opens the log without faults. What was acknowledged is in the day files, with
  its number, or named in `log.file_lost`, but not both; what was refused is not there;
  numbers follow one another; lines are whole. (Where a torn line could not be taken away,
  it stays at the end of its file: that is counted.)
- the emitter has ended well, or by the SIGKILL that was injected; without a panic. Where it
  could not open the log, it has said why, and which directory it is about;
- after a sync of a day file, or of the directory, that failed, it has not claimed that all is
  on disk before it was written again, into another file, and that was synced (the directory:
  before it was).

Short writes are real ones, from RLIMIT_FSIZE: strace can make a write claim that it wrote
less, but then nothing was written at all, and who believes it can only be wrong.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TEST = sys.argv[1]
ALL = os.environ.get("FAULTS_ALL") == "1"

# How many runs a sample is of, about; and which: FAULTS_SEED repeats one.
SAMPLE = 350
SEED = int(os.environ.get("FAULTS_SEED", time.time()))
print(f"FAULTS_SEED={SEED}")

# `close` is not among those that fail: strace would leave the descriptor open, as Linux never does.
NEVER_FAIL = {"close"}

FAULTS = ["error=EIO", "error=ENOSPC", "error=EINTR", "signal=SIGKILL"]
LASTING = ["error=EIO", "error=ENOSPC"]
SYNCS = {"fsync", "fdatasync", "sync_file_range", "msync", "syncfs"}

TORN = b'{"_schema_version":"1","ts":"20'


class Run:
    """An emitter in a directory of its own, with a fault."""

    # All paths of the directory that were seen in use: only calls with one of them are traced,
    # counted and tampered with.
    paths = set()

    def __init__(self, folder, what, template=None):
        self.what = what
        self.place = os.path.join(folder, "run")
        shutil.rmtree(self.place, ignore_errors=True)
        if template:
            shutil.copytree(template, self.place)
        else:
            os.makedirs(self.place)
        self.audit = os.path.join(self.place, "audit")
        self.said = os.path.join(self.place, "said")
        self.trace = os.path.join(self.place, "trace")
        self.child = 2 if template else 1

    def test(self, name, **env):
        arguments = [TEST, "--exact", name, "--nocapture", "--test-threads=1"]
        return arguments, {**os.environ, "RUST_BACKTRACE": "0", **env}

    def emit(self, faults=(), limit=None):
        """Runs the emitter."""
        arguments, env = self.test(
            "an_emitter_for_scripts", AUDIT_EMITTER=self.audit, AUDIT_CHILD=str(self.child)
        )
        strace = ["strace", "-f", "-y", "-ttt", "-o", self.trace]
        strace += [word for path in sorted(self.paths) for word in ("-P", path)]
        strace += [word for fault in faults for word in ("-e", f"inject={fault}")]
        if limit:
            # Not strace itself, which has a file to write, too.
            script = f'trap "" XFSZ; exec prlimit --fsize={limit} "$@"'
            arguments = ["sh", "-c", script, "sh", *arguments]
        # Nothing blocks for ever.
        command = ["timeout", "--signal=KILL", "20"] + strace + arguments
        run = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(self.said, "ab") as said:
            said.write(run.stdout)
        self.stdout = run.stdout.decode()
        self.stderr = run.stderr.decode()
        self.status = run.returncode
        return self

    def calls(self):
        """The system calls, as they returned: when it began, how many of that name the thread
        has made, its name, its text."""
        counts, begun = {}, {}
        with open(self.trace, errors="replace") as trace:
            for line in trace:
                thread, at, text = line.rstrip("\n").split(maxsplit=2)
                resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", text)
                if resumed and thread in begun:
                    at, n, name, text = begun.pop(thread)
                    yield at, n, name, text + resumed[1]
                    continue
                call = re.match(r"(\w+)\(", text)
                if not call:
                    continue
                name = call[1]
                n = counts[thread, name] = counts.get((thread, name), 0) + 1
                if text.endswith("<unfinished ...>"):
                    begun[thread] = float(at), n, name, text
                else:
                    yield float(at), n, name, text
        # Those that none has come back from.
        yield from begun.values()

    def has_met_it(self):
        killed = self.status != 0
        return killed or any("(INJECTED)" in text for *_, text in self.calls())

    def problems(self, may_be_killed):
        """What is wrong after the run, in words."""
        if "panicked" in self.stdout + self.stderr:
            yield "a panic"
        # A process that is killed takes strace with it.
        if self.status != 0 and not (may_be_killed and self.status == -signal.SIGKILL):
            yield f"the emitter has ended with {self.status}"
        unopened = re.findall(r"child: not opened: (.*)", self.stdout)
        if any(self.audit not in why for why in unopened):
            yield "the directory is not named"
        if unopened and re.search(r"child: \d", self.stdout):
            yield "events, though the log was not opened"
        yield from self.false_syncs()
        # What could not be synced is written again, and a journal that fails may not tell of it.
        fails = {"SYNCS_FAIL": "1"} if "error" in self.what else {}
        arguments, env = self.test(
            "a_judge_for_scripts", AUDIT_JUDGE=self.audit, AUDIT_SAID=self.said, **fails
        )
        judge = subprocess.run(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.judged = judge.stdout.decode()
        if judge.returncode != 0:
            yield "the judge says no"
        if "left torn" in self.judged and "error" not in self.what:
            yield "a torn line is left"

    def false_syncs(self):
        claims = [float(at) for at in re.findall(r"child: (?:flushed|closed) ([\d.]+)", self.stdout)]
        failed = {}
        for at, _, name, text in self.calls():
            synced = name in SYNCS and re.search(r"<([^>]*)>", text)
            if synced and (synced[1] == self.audit or "/audit/audit-" in synced[1]):
                if "(INJECTED)" in text:
                    failed[synced[1]] = (at, float("inf"))
                elif "error=EINTR" in self.what or synced[1] == self.audit:
                    failed.pop(synced[1], None)  # tried again
                else:
                    again = [path for path in failed if path not in (self.audit, synced[1])]
                    for path in again:
                        failed[path] = (failed[path][0], min(at, failed[path][1]))
        for path, (at, again) in failed.items():
            if any(at < claim < again for claim in claims):
                yield f"a claim that all is on disk, and {path} is not"


def left_by_a_crash(folder):
    """A journal whose process was killed, with a torn line at its end."""
    run = Run(folder, "to be left")
    run.emit(["pwrite64,write,pwritev2,writev:signal=SIGKILL:when=12"])
    for name in os.listdir(run.audit):
        if name.startswith("audit-"):
            with open(os.path.join(run.audit, name), "ab") as file:
                file.write(TORN)
    template = os.path.join(folder, "left")
    os.rename(run.place, template)
    return template


def paths_of(folder, template):
    """The paths that an emitter uses, and those of further files of its days."""
    Run.paths = set()
    run = Run(folder, "to see paths", template).emit()
    with open(run.trace, errors="replace") as trace:
        paths = set(re.findall(re.escape(run.audit) + r"[\w./-]*", trace.read()))
    for path in list(paths):
        stem = path.removesuffix(".log")
        if stem != path:
            paths.update(f"{re.sub('[.][0-9]+$', '', stem)}.{number}.log" for number in range(1, 9))
    return paths


def plan(folder, template):
    """Each system call that has to do with the log, with what may come of it."""
    Run.paths = paths_of(folder, template)
    run = Run(folder, "no fault", template).emit()
    report(run, list(run.problems(False)))
    calls = list(dict.fromkeys((name, n) for _, n, name, _ in run.calls()))
    print(f"  {len(calls)} system calls: {', '.join(sorted({name for name, _ in calls}))}")
    faults = []
    for name, n in calls:
        for fault in FAULTS:
            if fault.startswith("signal") or name not in NEVER_FAIL:
                faults.append(f"{name}:{fault}:when={n}")
        for fault in LASTING:
            if name not in NEVER_FAIL:
                faults.append(f"{name}:{fault}:when={n}+")
    return faults


counted = {"runs": 0, "met": 0, "unopened": 0, "torn": 0, "failed": 0}


def report(run, problems):
    counted["runs"] += 1
    counted["met"] += run.has_met_it()
    counted["unopened"] += "child: not opened" in run.stdout
    counted["torn"] += "left torn" in run.judged
    if problems:
        counted["failed"] += 1
        kept = os.path.join("target", "faults", re.sub(r"\W+", "-", run.what))
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(run.place, kept)
        print(f"FAILED  {run.what}: {'; '.join(problems)}; kept in {kept}")
        print("  " + "\n  ".join(run.stderr.splitlines()[-6:] + run.judged.splitlines()[-12:]))


def sample(faults, so_many):
    """So many of them, other ones each time, or all."""
    chosen = range(len(faults))
    if not ALL and so_many < len(faults):
        chosen = sorted(random.Random(SEED).sample(chosen, so_many))
    print(f"  {len(chosen)} of {len(faults)}", flush=True)
    return [faults[index] for index in chosen]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        for name, template in [("a new journal", None), ("what a crash has left", left_by_a_crash(folder))]:
            print(f"{name}:", flush=True)
            for fault in sample(plan(folder, template), SAMPLE // 2):
                run = Run(folder, f"{name} {fault}", template).emit([fault])
                report(run, list(run.problems("SIGKILL" in fault)))
        print("short writes:", flush=True)
        Run.paths = paths_of(folder, None)
        limits = [
            (limit, faults)
            for limit in range(20, 16_000, 97)
            for faults in ([], ["ftruncate:error=EIO:when=2+"])
        ]
        for limit, faults in sample(limits, SAMPLE // 6):
            run = Run(folder, f"short writes {limit} {' '.join(faults)}").emit(faults, limit)
            report(run, list(run.problems(False)))
    print(
        "{runs} runs, {met} have met their fault, {unopened} logs not opened, {torn} torn lines left, "
        "{failed} FAILED".format(**counted)
    )
    sys.exit(counted["failed"] > 0)


main()
