"""What disks, limits and neighbours can do to a running log, one case after another.

    bad_disk.py TEST [CASE...]

TEST is the executable of tests/a_bad_day_loses_nothing.rs, which has the emitter and the judge.
Each case is a function below; its docstring says which mistake it guards against. Run by
.ci/bad-disk, as root, in a mount namespace of its own.
"""

import ctypes
import os
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent

# In milliseconds: what a call may take, and what a busy machine may add.
APPEND_DEADLINE = 100
PATIENCE = 250


def run(*command, check=True):
    return subprocess.run([str(word) for word in command], check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Disk:
    """An ext4 in a file, mounted; behind an unreliable disk if `is_unreliable`."""

    def __init__(self, folder, megabytes, is_unreliable=False):
        self.image, self.mount, self.fuse = folder / "image", folder / "mount", folder / "fuse"
        self.word, self.server, self.ballast = folder / "word", None, None
        self.mount.mkdir()
        self.fuse.mkdir()
        run("truncate", "-s", f"{megabytes}M", self.image)
        run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        device = self.image
        if is_unreliable:
            command = [sys.executable, HERE / "unreliable_disk.py", self.image, self.fuse, self.word]
            self.server = subprocess.Popen(command, stdout=subprocess.PIPE)
            assert self.server.stdout.readline() == b"ready\n"
            device = self.fuse / "disk"
        self.mount_loop(device)

    def mount_loop(self, device):
        run("mount", "-o", "loop", device, self.mount)
        number = os.stat(self.mount).st_dev
        queue = pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/queue/max_sectors_kb")
        # A request that FUSE splits, and of which only a part fails, counts as written for the loop device.
        queue.write_text("128")

    def behave(self, word):
        """The unreliable disk does so from now on."""
        new = self.word.with_suffix(".new")
        new.write_text(word)
        new.rename(self.word)

    def freeze(self):
        run("fsfreeze", "-f", self.mount)

    def thaw(self):
        run("fsfreeze", "-u", self.mount)

    def fill(self, leave=0):
        """Takes all space, but for so many bytes."""
        self.ballast = os.open(self.mount / "ballast", os.O_RDWR | os.O_CREAT)
        at = os.fstat(self.ballast).st_size
        for piece in (1 << 20, 1 << 16, 1 << 12):
            while True:
                space = os.statvfs(self.mount)
                if space.f_bavail * space.f_frsize - leave < piece:
                    break
                try:
                    os.posix_fallocate(self.ballast, at, piece)
                    at += piece
                except OSError:
                    break

    def empty(self):
        if self.ballast is not None:
            os.ftruncate(self.ballast, 0)
            os.close(self.ballast)
            self.ballast = None
            (self.mount / "ballast").unlink()

    def remount(self):
        """Forgets what is in memory alone."""
        unmount(self.mount)
        self.mount_loop(self.fuse / "disk" if self.server else self.image)

    def cut_power(self):
        """What is on the disk now is all there is; the disk is a reliable one from then on."""
        after = self.image.with_suffix(".after")
        shutil.copyfile(self.image, after)
        self.close()
        run("e2fsck", "-fy", after, check=False)
        self.image = after
        self.mount_loop(after)

    def close(self):
        unmount(self.mount)
        if self.server:
            unmount(self.fuse)
            self.server.wait()
            self.server = None


def unmount(folder):
    for _ in range(200):
        if run("umount", folder, check=False).returncode == 0:
            return
        time.sleep(0.05)
    run("umount", "-l", folder)


class Emitter:
    """A running emitter, and what it says."""

    def __init__(self, test, dir, notes, before=(), prepare=None, env=(), **orders):
        words = {"dir": dir, "notes": notes, "threads": 8, "pause_us": 1000, "deadline_ms": APPEND_DEADLINE, **orders}
        environment = {**os.environ, "RUST_BACKTRACE": "0", **dict(env)}
        environment["AUDIT_ORDERS"] = " ".join(f"{key}={value}" for key, value in words.items())
        command = [*before, test, "--exact", "an_emitter", "--nocapture", "--test-threads=1"]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=prepare, bufsize=0, cwd="/",
        )
        self.said, self.noise = [], []
        self.hearer = threading.Thread(target=self._hear, daemon=True)
        self.hearer.start()

    def _hear(self):
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip()
            begin = text.find("child: ")
            (self.noise if begin < 0 else self.said).append(text[begin + 7 :] if begin >= 0 else text)

    @property
    def pid(self):
        return self.process.pid

    def tell(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
        except OSError:
            pass

    def says(self, begin, timeout=20, after=0):
        """What it says that begins so, or `None`."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            for line in self.said[after:]:
                if line.startswith(begin):
                    return line
            if self.process.poll() is not None and not self.hearer.is_alive():
                break
            time.sleep(0.005)
        return next((line for line in self.said[after:] if line.startswith(begin)), None)

    def took(self, command, timeout=20):
        """How many milliseconds the call took, and its result; `None` if it did not return."""
        before = len(self.said)
        self.tell(command)
        line = self.says(command.split()[0] + " ", timeout, before)
        return (int(line.split()[1]), " ".join(line.split()[2:])) if line else (None, "did not return")

    def wait(self, timeout=30):
        """Its status, or `None` if it does not end: then it is killed."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self.hearer.join(5)
        return status

    def kill(self):
        """Kills it, and says when."""
        at = time.monotonic_ns()
        self.process.kill()
        self.process.wait(60)
        self.hearer.join(5)
        return at


class Place:
    """A folder with a disk and an emitter's notes; counts what is wrong."""

    def __init__(self, test, megabytes=64, is_unreliable=False):
        self.test = test
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.notes = self.folder / "notes"
        self.notes.mkdir()
        self.disk = Disk(self.folder, megabytes, is_unreliable) if megabytes else None
        self.dir = (self.disk.mount if self.disk else self.folder) / "audit"
        self.faults = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run("chattr", "-R", "-i", self.dir, check=False)
        if self.disk:
            self.disk.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def emitter(self, **orders):
        emitter = Emitter(self.test, self.dir, self.notes, **orders)
        emitter.says("opened")
        return emitter

    def holds(self, claim, what):
        if not claim:
            self.faults.append(what)

    def within(self, what, took, limit):
        millis, result = took
        shown = f"{what} took {millis} ms ({result[:160]})"
        print(f"    {shown}")
        self.holds(millis is not None and millis <= limit, f"{shown}, and may take {limit}")

    def judge(self, ignore=(), **words):
        judge(self.test, self.dir, self.notes, self.faults, ignore, **words)


def judge(test, dir, notes, faults, ignore=(), **words):
    """Has the judge look; returns its counts. `moved` and `killed` may be lists."""
    orders = [f"dir={dir}", f"notes={notes}"]
    for key, value in words.items():
        orders += [f"{key}={each}" for each in (value if isinstance(value, list) else [value])]
    environment = {**os.environ, "RUST_BACKTRACE": "0", "AUDIT_JUDGE": " ".join(orders)}
    command = [test, "--exact", "a_judge_for_scripts", "--nocapture", "--test-threads=1"]
    try:
        said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    except subprocess.TimeoutExpired:
        faults.append("the judge does not come to an end")
        return {}
    text = said.stdout.decode(errors="replace")
    verdict = re.search(r"judged: (.*)", text)
    if not verdict:
        faults.append(f"the judge failed: {text[-800:]}")
        return {}
    print(f"    {verdict[1]}")
    for fault in re.findall(r"child: fault: (.*)", text):
        if not any(word in fault for word in ignore):
            faults.append(fault)
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", verdict[1])}


LONGEST = APPEND_DEADLINE + PATIENCE
# What only a power cut may take: what was not said to be on disk.
UNSYNCED = ("acknowledged, neither", "numbers given to two", "log.gap")


def unreliable(place, power, is_full):
    emitter = place.emitter(threads=2, pause_us=40_000, sync_every=1, power=power, waker=0)
    time.sleep(0.4)
    place.disk.behave("eio-lines")
    if is_full:
        place.disk.fill()
    time.sleep(1.6)
    place.disk.behave("ok")
    time.sleep(0.5)
    if is_full:
        place.disk.empty()
    time.sleep(2)
    print(f"    flush: {emitter.took('flush 5000')}")
    emitter.kill()
    place.disk.cut_power()
    place.judge(ignore=UNSYNCED)


def sync_fails(test):
    """A failed sync is asked again, Linux says OK, and records count as synced that are not on disk."""
    with Place(test, is_unreliable=True) as place:
        unreliable(place, 0, False)
        return place.faults


def sync_fails_power_loss(test):
    """The same where each event waits for the disk."""
    with Place(test, is_unreliable=True) as place:
        unreliable(place, 1, False)
        return place.faults


def sync_fails_on_a_full_disk(test):
    """The same where the copy has no space."""
    with Place(test, is_unreliable=True) as place:
        unreliable(place, 0, True)
        return place.faults


def waker(test):
    """A waker that polls at once, woken by a sync that fails, waits for a lock that its own thread has."""
    faults = []
    for intake in (8 << 20, 0):
        with Place(test, is_unreliable=True) as place:
            emitter = place.emitter(threads=2, pause_us=10_000, sync_every=3, waker=1, intake=intake)
            time.sleep(0.3)
            place.disk.behave("eio-lines")
            time.sleep(1.5)
            place.disk.behave("ok")
            place.within("stats", emitter.took("stats", 5), PATIENCE)
            place.within("flush", emitter.took("flush 5000", 10), 5000 + PATIENCE)
            place.within("shutdown", emitter.took("shutdown 3000", 10), 3000 + PATIENCE)
            killed = emitter.kill()
            place.judge(longest_ms=LONGEST if intake else 0, killed=f"{emitter.pid}:{killed}")
            faults += [f"intake {intake}: {fault}" for fault in place.faults]
    return faults


def no_room_for_the_intake(test):
    """With less than `intake_bytes` free at open, `intake.new` takes all there is, and is not removed."""
    faults = []
    for before in ("nothing", "an intake", "a smaller intake", "a damaged intake"):
        with Place(test, megabytes=64) as place:
            intake = place.dir / ".state/intake"
            if before != "nothing":
                emitter = place.emitter(threads=2, pause_us=500, intake=8 << 20 if before == "an intake" else 1 << 20)
                time.sleep(0.3)
                killed = [f"{emitter.pid}:{emitter.kill()}"]
                if before == "a damaged intake":
                    with open(intake, "r+b") as file:
                        file.write(bytes(4096))
            else:
                killed = []
            place.disk.fill(leave=4 << 20)
            for start in range(3):
                emitter = place.emitter(threads=2, pause_us=2000, intake=16 << 20)
                time.sleep(1)
                result = emitter.took("flush 2000")
                what = f"after {before}, start {start}"
                left = place.dir / ".state/intake.new"
                place.holds(not left.exists(), f"{what}: {left.name} is still there, with {left.exists() and left.stat().st_blocks * 512} bytes")
                place.holds(result[1] == "ok", f"{what}: flush: {result}")
                place.holds(emitter.said[:1] == ["opened"], f"{what}: {emitter.said[:3]}")
                killed.append(f"{emitter.pid}:{emitter.kill()}")
            place.disk.empty()
            # What was only in the damaged intake is another matter.
            ignore = ["log.gap"] + (["neither there", "given to two"] if before == "a damaged intake" else [])
            place.judge(killed=killed, ignore=ignore)
            faults += place.faults
    return faults


def frozen(test):
    """A frozen file system holds one caller in a page fault, and all others behind the lock that it has."""
    with Place(test) as place:
        emitter = place.emitter()
        time.sleep(0.5)
        place.disk.freeze()
        try:
            time.sleep(1)
            place.within("stats, while frozen", emitter.took("stats", 3), PATIENCE)
            place.within("flush(1 s), while frozen", emitter.took("flush 1000", 3), 1000 + PATIENCE)
            time.sleep(1)
        finally:
            place.disk.thaw()
        time.sleep(1.5)
        place.within("shutdown", emitter.took("shutdown 10000"), 10_000)
        place.holds(emitter.wait() == 0, f"the emitter ended: {emitter.process.returncode}")
        place.judge(longest_ms=LONGEST, late_allowed=1)
        return place.faults


def frozen_power_loss(test):
    """The same where each event waits for the disk: as long as `sync_deadline`, and no longer."""
    with Place(test) as place:
        emitter = place.emitter(power=1, sync_deadline_ms=1000)
        time.sleep(0.5)
        place.disk.freeze()
        time.sleep(4)
        place.disk.thaw()
        time.sleep(1)
        place.holds(emitter.wait() == 0, f"the emitter ended: {emitter.process.returncode}")
        place.judge(longest_ms=LONGEST + 1000, late_allowed=1)
        return place.faults


def ends_while(test, freeze, call, limit):
    with Place(test, is_unreliable=not freeze) as place:
        emitter = place.emitter()
        time.sleep(0.5)
        place.disk.freeze() if freeze else place.disk.behave("hang")
        try:
            time.sleep(0.5)
            place.within(call, emitter.took(call, limit / 1000 + 3), limit)
        finally:
            place.disk.thaw() if freeze else place.disk.behave("ok")
        emitter.wait()
        place.judge(longest_ms=LONGEST, late_allowed=1, ignore=["log.gap"])
        return place.faults


# An emitter lets its own threads have half a second before it calls.


def shutdown_while_frozen(test):
    """`shutdown` waits without limit for locks and threads that the disk holds."""
    return ends_while(test, True, "shutdown 3000", 3000 + PATIENCE)


def drop_while_frozen(test):
    """The guard's drop does."""
    return ends_while(test, True, "drop", 5000 + PATIENCE)


def shutdown_while_the_disk_hangs(test):
    """A sync that never returns is waited for by `shutdown(500 ms)`."""
    return ends_while(test, False, "shutdown 500", 500 + PATIENCE)


def drop_while_the_disk_hangs(test):
    """And by the guard's drop."""
    return ends_while(test, False, "drop", 5000 + PATIENCE)


def slow_syncs(test):
    """Syncs of two seconds under a lock that callers need: at an operator's `prune`, say."""
    # Room for what a fast machine writes meanwhile: a full disk is another story.
    with Place(test, megabytes=1024, is_unreliable=True) as place:
        emitter = place.emitter()
        time.sleep(0.5)
        place.disk.behave("slow 2000")
        for _ in range(2):
            emitter.took("prune", 30)
        place.within("stats", emitter.took("stats", 10), PATIENCE)
        time.sleep(1)
        place.disk.behave("ok")
        emitter.wait()
        place.judge(longest_ms=LONGEST)
        return place.faults


def immutable(test):
    """`chattr -R +i` on an open directory: stores into the mapping end in SIGBUS."""
    with Place(test) as place:
        emitter = place.emitter()
        time.sleep(0.3)
        run("chattr", "-R", "+i", place.dir)
        time.sleep(1.5)
        place.holds(emitter.process.poll() is None, f"the emitter ended: {emitter.process.poll()}")
        run("chattr", "-R", "-i", place.dir)
        time.sleep(0.5)
        place.holds(emitter.wait() == 0, f"the emitter ended: {emitter.process.returncode}")
        place.judge(longest_ms=LONGEST, ignore=["log.gap"])
        return place.faults


def file_size_limit(test):
    """RLIMIT_FSIZE, below the intake's size or reached later: SIGXFSZ ends the process."""
    faults = []
    for limit in (1 << 20, 12 << 20):
        with Place(test) as place:
            def prepare():
                # Python ignores it, and so would what it starts.
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

            # Its notes must not meet the limit.
            emitter = place.emitter(threads=2, pause_us=1000, padding=8000, prepare=prepare)
            time.sleep(3)
            place.holds(emitter.says("opened", 1), f"limit {limit}: {emitter.said[:2]} {emitter.noise[-2:]}")
            status = emitter.wait()
            place.holds(status == 0, f"limit {limit}: the emitter ended: {status}, {emitter.said[-2:]}")
            place.judge(ignore=["log.gap"])
            faults += place.faults
    return faults


def kill_on(number):
    """A seccomp filter that kills the process at that system call; to be run in the child."""
    def prepare():
        libc = ctypes.CDLL(None, use_errno=True)
        program = b"".join(
            struct.pack("<HBBI", *line)
            for line in ((0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7FFF0000))
        )
        buffer = ctypes.create_string_buffer(program)
        fprog = struct.pack("<HxxxxxxQ", 4, ctypes.addressof(buffer))
        assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, fprog, 0, 0) == 0
    return prepare


def killing_filter(test):
    """A unit file's `SystemCallFilter=~@resources` kills a process that lowers a thread's priority."""
    with Place(test, megabytes=None) as place:
        env = {"INVOCATION_ID": "0123456789abcdef0123456789abcdef"}
        emitter = place.emitter(threads=2, mirror=1, prepare=kill_on(141), env=env.items())
        time.sleep(1)
        status = emitter.wait()
        place.holds(status == 0, f"the emitter ended: {status} ({emitter.said[-2:]})")
        return place.faults


def swapped_parent(test):
    """The owner of the parent swaps the new directory for a link before its mode is set: a foreign
    directory's mode is changed. The system call that makes it returns late, so that there is time."""
    faults = []
    for call in ("mkdir", "mkdirat"):
        with Place(test, megabytes=None) as place:
            parent, victim = place.folder / "parent", place.folder / "victim"
            parent.mkdir()
            victim.mkdir(mode=0o755)
            shutil.chown(parent, 65534, 65534)
            place.folder.chmod(0o755)
            place.dir = parent / "audit"
            victim_mode, ends = victim.stat().st_mode, threading.Event()

            def swap():
                while not ends.is_set():
                    try:
                        (parent / "audit").rename(parent / "stolen")
                        (parent / "audit").symlink_to(victim)
                        return
                    except OSError:
                        time.sleep(0.001)

            attacker = threading.Thread(target=swap)
            attacker.start()
            inject = ["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:delay_exit=400000"]
            emitter = place.emitter(threads=1, before=inject)
            time.sleep(0.5)
            # strace ends with it; killed, it would leave it behind.
            emitter.wait()
            ends.set()
            attacker.join()
            mode = victim.stat().st_mode
            place.holds(mode == victim_mode, f"{call}: the victim's mode is {mode:o}, and was {victim_mode:o}")
            place.holds(not any(victim.iterdir()), f"{call}: there are files in the victim: {list(victim.iterdir())}")
            faults += place.faults
    return faults


CASES = [
    sync_fails, sync_fails_power_loss, sync_fails_on_a_full_disk, waker, no_room_for_the_intake, frozen,
    frozen_power_loss, shutdown_while_frozen, drop_while_frozen, shutdown_while_the_disk_hangs, drop_while_the_disk_hangs,
    slow_syncs, immutable, file_size_limit, killing_filter, swapped_parent,
]


def main():
    test, wanted = sys.argv[1], sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = 0
    for case in CASES:
        if wanted and case.__name__ not in wanted:
            continue
        print(f"{case.__name__}:", flush=True)
        try:
            faults = case(test)
        except Exception as error:  # The other cases are to be run all the same.
            faults = [f"the script failed: {type(error).__name__}: {error}"]
        failed += bool(faults)
        for fault in faults:
            print(f"    FAULT: {fault}")
        print("    well" if not faults else "    FAILED", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
