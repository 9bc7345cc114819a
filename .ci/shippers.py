"""What .ci/shippers runs. See there."""

import collections
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

TOOLS, FOLDER, BUILT = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
IS_QUICK = "--quick" in sys.argv
AUDIT = FOLDER / "audit"
LIBRARIES = next(TOOLS.glob("usr/lib/*-linux-gnu"))
FOLDERS = [LIBRARIES, TOOLS / "usr/lib/syslog-ng", TOOLS / LIBRARIES.relative_to(TOOLS / "usr")]
ENVIRONMENT = os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, FOLDERS))}


def configuration(contains):
    """Returns a configuration of the page, with the folders of this test."""
    page = Path("docs/shippers.md").read_text()
    found = [body for body in re.findall(r"^```\w*\n(.*?)^```\n", page, re.M | re.S) if contains in body]
    assert len(found) == 1, (contains, len(found))
    text = found[0].replace("/var/log/myapp/audit", str(AUDIT))
    return text.replace("/var/spool/audit-shipped", str(FOLDER)).replace("/var/spool/rsyslog", str(FOLDER / "rsyslog-state"))


class Shipper:
    """A shipper that runs, with the file in which lines arrive."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.out = FOLDER / f"{name}.log"
        self.process = None

    def start(self):
        errors = open(FOLDER / f"{self.name}.err", "ab")
        self.process = subprocess.Popen(self.command, env=ENVIRONMENT, stdout=errors, stderr=errors)
        time.sleep(0.5)
        assert self.process.poll() is None, (self.name, (FOLDER / f"{self.name}.err").read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.name

    def kill(self):
        self.process.kill()
        self.process.wait()

    def lines(self):
        return self.out.read_bytes().split(b"\n")[:-1] if self.out.exists() else []


def rsyslog():
    (FOLDER / "rsyslog-state").mkdir()
    (FOLDER / "rsyslog.conf").write_text(configuration("imfile"))
    modules = next(TOOLS.glob("usr/lib/*-linux-gnu/rsyslog"))
    program = TOOLS / "usr/sbin/rsyslogd"
    checked = subprocess.run([program, "-N1", "-M", modules, "-f", FOLDER / "rsyslog.conf"], env=ENVIRONMENT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    return Shipper("rsyslog", [program, "-n", "-M", modules, "-f", FOLDER / "rsyslog.conf", "-i", FOLDER / "rsyslog.pid"])


def syslog_ng():
    program = TOOLS / "usr/sbin/syslog-ng"
    modules = next(TOOLS.rglob("libaffile.so")).parent
    (FOLDER / "syslog-ng.conf").write_text("@version: 3.38\n" + configuration("wildcard-file"))
    command = [program, "-F", "--no-caps", "-f", FOLDER / "syslog-ng.conf", "-R", FOLDER / "syslog-ng.persist"]
    command += ["-c", FOLDER / "syslog-ng.ctl", "-p", FOLDER / "syslog-ng.pid", f"--module-path={modules}"]
    return Shipper("syslog-ng", command)


def write(begin, events, step, killed_after=None):
    """Runs the application, to its end or until it is killed."""
    command = [BUILT / "examples/busy_days", AUDIT, begin, str(events), str(step)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if killed_after and int(line) >= killed_after:
            process.kill()
            break
    status = process.wait()
    assert status == (-signal.SIGKILL if killed_after else 0), status


def written():
    return [line for path in AUDIT.glob("audit-*.log") for line in path.read_bytes().split(b"\n")[:-1]]


def wait_for(shipper, count):
    deadline = time.monotonic() + 60
    while len(shipper.lines()) < count and time.monotonic() < deadline:
        time.sleep(0.1)


def check_backup():
    """Backs up a log while it is written, restores the backup, and goes on with it, as docs/installation.md has it."""
    log, bundle = FOLDER / "backed-up", FOLDER / "backup.tar.zst"
    writing = subprocess.Popen([BUILT / "examples/busy_days", log, "2026-05-27T23:30:00Z", "40000", "0"], stdout=subprocess.PIPE, text=True)
    for line in writing.stdout:
        # It is sealed by then, each second anew.
        if int(line) == 12000:
            subprocess.run([BUILT / "auditlog", "bundle", log, "--output", bundle, "--quiet"], check=True)
    assert writing.wait() == 0
    verified = subprocess.run([BUILT / "auditlog", "verify", bundle], capture_output=True, text=True)
    # The lines of the last second may not be sealed yet; on this clock, they are of more than an hour.
    findings = [line for line in verified.stdout.splitlines()[2:] if not line.startswith(("note:", "unsealed_tail:"))]
    assert verified.returncode in (0, 2) and not findings, verified
    subprocess.run(["tar", "-xf", bundle], cwd=FOLDER, check=True)
    restored = FOLDER / "audit-log"
    before = read(restored)
    assert 12000 <= len(before) < 40000 and sorted(before) == list(range(len(before))), len(before)
    subprocess.run([BUILT / "examples/busy_days", restored, "2026-05-31T12:00:00Z", "500", "0"], check=True, stdout=subprocess.DEVNULL)
    after = read(restored)
    assert sorted(after) == list(range(len(after))) and len(after) > len(before) + 500, len(after)
    assert all(after[seq] == line for seq, line in before.items())
    print(f"a backup of a running log, {len(before)} records, was restored, and goes on to {len(after)}")


def read(log):
    """Returns the lines of a log by their numbers, all of them sound."""
    done = subprocess.run([BUILT / "auditlog", "query", log, "--format", "raw"], capture_output=True, text=True)
    notes = [line for line in done.stderr.splitlines() if not line.startswith("note:")]
    assert done.returncode == 0 and not notes, done.stderr
    return {json.loads(line)["seq"]: line for line in done.stdout.split("\n")[:-1]}


AUDIT.mkdir()
AUDIT.chmod(0o700)
shippers = [rsyslog(), syslog_ng()]
for shipper in shippers:
    shipper.start()
many = 700 if IS_QUICK else 6300
# Each begins behind the end of the one before; 17,280 events are a day.
write("2026-05-27T23:30:00Z", many, 0)
write("2026-05-28T12:00:00Z", many, 0, killed_after=many * 3 // 4)
write("2026-05-28T23:30:00Z", many, 7200)
for shipper in shippers:
    shipper.stop()
# What is written while a shipper does not run arrives when it does.
write("2026-05-29T23:00:00Z", many, -1800)
for shipper in shippers:
    shipper.start()
write("2026-05-30T23:50:00Z", many, 0)
lines = written()
days = sorted({path.name[6:16] for path in AUDIT.glob("audit-*.log")})
assert len(days) >= 4, days
is_sound = subprocess.run([BUILT / "auditlog", "query", AUDIT, "--count", "--quiet"], capture_output=True, text=True)
assert (is_sound.returncode, int(is_sound.stdout)) == (0, len(lines)), is_sound
for shipper in shippers:
    wait_for(shipper, len(lines))
    # Nor does a line arrive later that has arrived before.
    time.sleep(2)
    shipper.stop()
    wanted, got = collections.Counter(lines), collections.Counter(shipper.lines())
    missing, more = wanted - got, got - wanted
    example = next(iter(missing or more), b"").decode(errors="replace")[:300]
    print(f"{shipper.name}: {len(lines)} lines of {len(days)} days, {missing.total()} missing, {more.total()} duplicate or altered")
    assert not missing and not more, example
for shipper in shippers:
    shipper.start()
command = [BUILT / "examples/busy_days", AUDIT, "2026-06-01T12:00:00Z", str(2 * many), "0"]
writing = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
for line in writing.stdout:
    if int(line) in (many // 2 // 100 * 100, many // 100 * 100):
        for shipper in shippers:
            shipper.kill()
            shipper.start()
assert writing.wait() == 0
lines = written()
for shipper in shippers:
    wait_for(shipper, len(lines))
    time.sleep(2)
    shipper.stop()
    wanted, got = collections.Counter(lines), collections.Counter(shipper.lines())
    missing, more = wanted - got, got - wanted
    print(f"{shipper.name}, killed twice: {len(lines)} lines, {missing.total()} missing, {more.total()} of them again")
    # What was half written when it was killed is written again.
    assert not missing, next(iter(missing))
check_backup()
