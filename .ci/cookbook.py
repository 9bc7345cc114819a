"""What .ci/cookbook runs. See there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

AUDITLOG, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
IS_UPDATE = "--update" in sys.argv
ROOT = Path.cwd()


def run_page(page):
    """Runs the commands of a page, in its order, and compares what they print."""
    shutil.copytree(ROOT / "tests/cli/fixtures/audit", FOLDER / "audit")
    os.symlink(ROOT / "docs", FOLDER / "docs")
    (FOLDER / "home").mkdir()
    environment = os.environ | {"HOME": str(FOLDER / "home"), "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    environment.pop("XDG_CONFIG_HOME", None)
    text, commands, wrong = page.read_text(), 0, []

    def block(match):
        nonlocal commands
        kind, body = match[1], match[2]
        if kind == "sql":
            (FOLDER / "audit.sql").write_text(body)
            return match[0]
        out = []
        for command, expected in re.findall(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", body, re.M):
            commands += 1
            script = command.replace("\n> ", "\n")
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=FOLDER, env=environment, capture_output=True, timeout=60)
            printed = done.stdout.decode().replace("\r\n", "\n")
            if done.returncode or not IS_UPDATE and printed != expected:
                wrong.append(f"$ {command}\nstatus {done.returncode}\n{printed}{done.stderr.decode()}\ninstead of\n{expected}")
            out.append(f"$ {command}\n{printed}")
        return f"```{kind}\n{''.join(out)}```\n"

    updated = re.sub(r"^```(console|sql)\n(.*?)^```\n", block, text, flags=re.M | re.S)
    assert not wrong, "\n".join(wrong)
    assert commands > 10
    if IS_UPDATE:
        page.write_text(updated)
    print(f"{page.name}: {commands} commands print what the page says")


def blocks(page, kind, contains):
    found = re.findall(rf"^```{kind}\n(.*?)^```\n", (ROOT / "docs" / page).read_text(), re.M | re.S)
    found = [body for body in found if contains in body]
    assert len(found) == 1, (page, contains, len(found))
    return found[0]


def check_prometheus():
    """Checks the alarm rules, and the metrics that `auditlog health` writes."""
    rules = FOLDER / "rules.yml"
    rules.write_text(blocks("operations.md", "yaml", "alert: AuditLogUnhealthy"))
    subprocess.run(["promtool", "check", "rules", rules], check=True, stdout=subprocess.DEVNULL)
    metrics = FOLDER / "audit.prom"
    subprocess.run([AUDITLOG, "health", FOLDER / "audit", "--prometheus", metrics], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    text = metrics.read_text()
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
    # A rule for a metric that there is not would never alarm.
    for name in set(re.findall(r"\bauditlog_\w+", rules.read_text())):
        assert name in text or name == "auditlog_refused_total", f"{name} is not written: {text}"
    tests = FOLDER / "tests.yml"
    tests.write_text(ALARMS)
    subprocess.run(["promtool", "test", "rules", tests], check=True, stdout=subprocess.DEVNULL)
    print("operations.md: promtool accepts the alarm rules, which alarm when they should, and the metrics")


# What the rules say of three logs in ten minutes.
ALARMS = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'auditlog_health_state{dir="/well"}', values: '0x10' }
      - { series: 'auditlog_health_state{dir="/ill"}', values: '0 0 2x8' }
      - { series: 'auditlog_refused_total{dir="/ill"}', values: '0 0 0 5x7' }
      - { series: 'auditlog_refused_total{dir="/well"}', values: '3x10' }
      - { series: 'auditlog_health_timestamp_seconds{dir="/well"}', values: '0+60x10' }
      - { series: 'auditlog_health_timestamp_seconds{dir="/stale"}', values: '0x10' }
    alert_rule_test:
      - eval_time: 5m
        alertname: AuditLogUnhealthy
        exp_alerts: [{ exp_labels: { dir: /ill }, exp_annotations: { summary: "/ill: auditlog health is 2" } }]
      - eval_time: 4m
        alertname: AuditEventsRefused
        exp_alerts: [{ exp_labels: { dir: /ill } }]
      - eval_time: 10m
        alertname: AuditHealthNotRun
        exp_alerts: [{ exp_labels: { dir: /stale } }]
      - eval_time: 1m
        alertname: AuditHealthNotRun
        exp_alerts: []
"""


def check_units():
    """Checks the units with systemd itself, where it is installed."""
    units = sorted((ROOT / "docs/systemd").iterdir())
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not there: the units were not checked")
        return
    # The programs that they start are not installed here.
    for unit in units:
        text = re.sub(r"^(ExecStart\w*=)\S+", r"\1/bin/true", unit.read_text(), flags=re.M)
        (FOLDER / unit.name).write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", *(FOLDER / unit.name for unit in units)], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if any(unit.name in line for unit in units)]
    assert done.returncode == 0 and not complaints, done.stderr
    print(f"systemd-analyze accepts {', '.join(unit.name for unit in units)}")


run_page(ROOT / "docs/cookbook.md")
if not IS_UPDATE:
    check_prometheus()
    if (ROOT / "docs/systemd").is_dir():
        check_units()
