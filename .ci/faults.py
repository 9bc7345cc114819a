"""Injects faults into the system calls of an emitter, one fault in each run.

The emitter and the judge are tests/a_killed_process_loses_nothing.rs, whose executable is the
argument. The emitter records 52 events from two threads, reports for each whether it was
acknowledged, flushes twice, and shuts down; after each flush a day passes. A run without a fault
shows which system calls concern the audit directory. Each of them, identified by its name and by
the number of such calls that its thread made before, then fails in a run of its own, once or from
then on, or kills the process. (strace counts per thread: both emitting threads may meet the fault.)
After each run

- the judge opens the log without faults. Each acknowledged record is in the day files with its
  number, or named in `log.file_lost`, but not both; no refused one is there; numbers are
  consecutive; lines are whole. (A torn line that could not be moved aside stays at the end of its
  file; these are counted.)
- the emitter ended without a failure or panic, or by the injected SIGKILL. If it could not open the
  log, its error names the directory.
- after a failed sync of a day file it did not report a flush before the records were written to
  another file and that was synced; after one of the directory, before the directory was synced.

Short writes are real, by RLIMIT_FSIZE: strace can falsify the result of a write, but then no byte is
written, and a caller that believes the result must be wrong.
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

# The approximate number of runs in a sample. FAULTS_SEED repeats a sample.
SAMPLE = 350
SEED = int(os.environ.get("FAULTS_SEED", time.time()))
print(f"FAULTS_SEED={SEED}")

# `close` never fails: strace would leave the descriptor open, which Linux never does.
NEVER_FAIL = {"close"}

FAULTS = ["error=EIO", "error=ENOSPC", "error=EINTR", "signal=SIGKILL"]
LASTING = ["error=EIO", "error=ENOSPC"]
SYNCS = {"fsync", "fdatasync", "sync_file_range", "msync", "syncfs"}

TORN = b'{"_schema_version":"1","ts":"20'


class Run:
    """A run of the emitter in its own directory, with a fault."""

    # The paths in the directory that the emitter uses: only calls with one of them are traced, counted
    # and changed.
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
            # The limit must not apply to strace, which writes a file as well.
            script = f'trap "" XFSZ; exec prlimit --fsize={limit} "$@"'
            arguments = ["sh", "-c", script, "sh", *arguments]
        # A run must not hang.
        command = ["timeout", "--signal=KILL", "20"] + strace + arguments
        run = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(self.said, "ab") as said:
            said.write(run.stdout)
        self.stdout = run.stdout.decode()
        self.stderr = run.stderr.decode()
        self.status = run.returncode
        return self

    def calls(self):
        """Yields the system calls in the order of their return: the time of the call, the count of calls
        of that name in the thread, the name, the text."""
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
        # Calls that did not return.
        yield from begun.values()

    def has_met_it(self):
        killed = self.status != 0
        return killed or any("(INJECTED)" in text for *_, text in self.calls())

    def problems(self, may_be_killed):
        """Yields a description of each problem after the run."""
        if "panicked" in self.stdout + self.stderr:
            yield "a panic"
        # strace ends like the process that it traces.
        if self.status != 0 and not (may_be_killed and self.status == -signal.SIGKILL):
            yield f"the emitter ended with {self.status}"
        unopened = re.findall(r"child: not opened: (.*)", self.stdout)
        if any(self.audit not in why for why in unopened):
            yield "the error does not name the directory"
        if unopened and re.search(r"child: \d", self.stdout):
            yield "events, although the log was not opened"
        yield from self.false_syncs()
        # Records that could not be synced are written again; a failing journal may be unable to record that.
        fails = {"SYNCS_FAIL": "1"} if "error" in self.what else {}
        arguments, env = self.test(
            "a_judge_for_scripts", AUDIT_JUDGE=self.audit, AUDIT_SAID=self.said, **fails
        )
        judge = subprocess.run(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.judged = judge.stdout.decode()
        if judge.returncode != 0:
            yield "the judge failed"
        if "left torn" in self.judged and "error" not in self.what:
            yield "a torn line at the end of a file"

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
                yield f"a flush was reported, but {path} was not synced"


def left_by_a_crash(folder):
    """Returns a journal whose process was killed, with a torn line at its end."""
    run = Run(folder, "crash")
    run.emit(["pwrite64,write,pwritev2,writev:signal=SIGKILL:when=12"])
    for name in os.listdir(run.audit):
        if name.startswith("audit-"):
            with open(os.path.join(run.audit, name), "ab") as file:
                file.write(TORN)
    template = os.path.join(folder, "left")
    os.rename(run.place, template)
    return template


def paths_of(folder, template):
    """Returns the paths that an emitter uses, and those of further files of its days."""
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
    """Returns the faults of each system call that concerns the log."""
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
    """Returns a random sample of this size, or all faults."""
    chosen = range(len(faults))
    if not ALL and so_many < len(faults):
        chosen = sorted(random.Random(SEED).sample(chosen, so_many))
    print(f"  {len(chosen)} of {len(faults)}", flush=True)
    return [faults[index] for index in chosen]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        for name, template in [("a new journal", None), ("a journal after a crash", left_by_a_crash(folder))]:
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
        "{runs} runs, {met} met their fault, {unopened} logs not opened, {torn} torn lines at the end of a file, "
        "{failed} FAILED".format(**counted)
    )
    sys.exit(counted["failed"] > 0)


main()
