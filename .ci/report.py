"""Random journals with faults, and what a report of each must say. See .ci/report."""

import datetime
import html.parser
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

AUDITLOG, FOLDER, SEALED = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
IS_QUICK = "--quick" in sys.argv
NANOS = 10**9
HOSTILE = [
    "</title><script>alert(1)</script>", '"onload="alert(1)', "\u202egnp.exe", "<svg/onload=alert(1)>", "&lt;b&gt;",
    "a\x1b[2J\x00b", "'><img src=x onerror=alert(1)>", "]]>", "-->", "x" * (1 << 20),
]


def ts(nanos):
    time = datetime.datetime.fromtimestamp(nanos // NANOS, datetime.timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{nanos % NANOS:09}Z"


class Journal:
    """A journal that is written by hand, with what is to be found in it."""

    def __init__(self, dir, seed, texts=None):
        self.dir, self.random, self.texts = dir, random.Random(seed), texts
        dir.mkdir(parents=True)
        self.now = int(datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.timezone.utc).timestamp()) * NANOS
        self.seq, self.last, self.is_open, self.files = 0, None, False, {}
        self.unexplained = self.explained = self.gap_events = self.steps = self.opened = self.cut_off = 0
        self.off = 0
        self.closed_at = None
        self.day, self.index = None, 0

    def text(self, otherwise):
        return self.random.choice(self.texts) if self.texts else otherwise

    def write(self, event, resource, outcome="success", actor=None):
        self.now += self.random.randint(1, 900 * NANOS)
        line = {"_schema_version": "1", "ts": ts(self.now), "event": event, "actor": actor or {}, "resource": resource,
                "outcome": outcome, "seq": self.seq}
        day = line["ts"][:10]
        if day != self.day:
            self.day, self.index = day, 0
        name = f"audit-{day}.log" if self.index == 0 else f"audit-{day}.{self.index}.log"
        with open(self.dir / name, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.files.setdefault(name, [self.seq, self.seq])[1] = self.seq
        self.seq += 1
        self.last = self.now

    def open(self, retention_days=30):
        was_open, before = self.is_open, self.last
        self.write("log.opened", {
            "journal": "0123456789abcdef0123456789abcdef", "pid": 1, "version": self.text("0.1.0"), "host": self.text("app1"),
            "application": self.text("billing"), "hold": False,
            "settings": {"retention_days": retention_days, "mirrors": [self.text("siem")], "redact": [self.text("password")],
                         self.text("application"): self.text("billing")}})
        self.opened += 1
        if was_open:
            self.cut_off += 1
            self.off += (self.now - before) // NANOS
        elif self.closed_at is not None:
            self.off += (self.now - self.closed_at) // NANOS
        self.is_open = True

    def close(self):
        self.write("log.closed", {"recorded": self.seq, "refused": 0})
        self.closed_at, self.is_open = self.now, False

    def events(self, count):
        choose = self.random
        for _ in range(count):
            actor = {}
            if choose.random() < 0.9:
                actor["user_id"] = self.text(f"user{choose.randrange(9)}")
            if choose.random() < 0.5:
                actor["tenant"] = self.text(f"tenant{choose.randrange(3)}")
            if choose.random() < 0.3:
                actor["address"] = "203.0.113.7"
            resource = {"k": self.text("v")}
            if choose.random() < 0.1:
                resource["_violations"] = ["resource.k: unknown"]
            event = self.text(choose.choice(["auth.ok", "auth.failed", "data.exported", "settings.changed"]))
            self.write(event, resource, choose.choice(["success", "success", "failure"]), actor)

    def gap(self):
        count = self.random.randint(1, 50)
        self.write("log.gap", {"count": count, "first_ts": ts(self.now), "last_ts": ts(self.now), "events": ["a.b"]}, "failure")
        self.gap_events += count

    def step(self):
        # Ahead: a clock that goes back may leave the day.
        seconds = self.random.randint(1, 9000)
        before, self.now = self.now, self.now + seconds * NANOS
        self.write("log.clock_step", {"before": ts(before), "after": ts(self.now), "step_seconds": seconds})
        self.steps += 1

    def lose(self, is_explained):
        if self.now // NANOS % 86_400 > 80_000:
            # The lines behind it are to be in the same file.
            return
        count = self.random.randint(1, 20)
        first = self.seq
        self.seq += count
        # The log goes on in another file then.
        self.index += 1
        if is_explained:
            self.write("log.file_lost", {"file": self.text("audit-2026-03-01.log"), "from_seq": first, "to_seq": self.seq - 1},
                       "failure")
            self.explained += count
        else:
            self.write("auth.ok", {"k": "v"}, actor={"user_id": "user1"})
            self.unexplained += count
        # A line that stands alone behind missing ones would be taken for a forged one.
        self.events(2)

    def trouble(self):
        what = self.random.choice(["mirror", "seal", "sync", "disk", "dead"])
        since = ts(self.now)
        name = self.text("siem")
        if what == "mirror":
            self.write("log.mirror_failed", {"mirror": name, "since": since, "from_seq": 1, "error": self.text("refused")}, "failure")
            self.events(2)
            self.write("log.mirror_restored", {"mirror": name, "since": since, "seconds": 3, "from_seq": 1, "behind": 2})
        elif what == "seal":
            self.write("log.seal_failed", {"since": since, "from_seq": 1, "error": self.text("disk full")}, "failure")
            self.write("log.seal_restored", {"since": since, "seconds": 3})
        elif what == "sync":
            self.write("log.sync_failed", {"file": "a", "from_seq": 1, "to_seq": 2, "error": self.text("EIO")}, "failure")
        elif what == "disk":
            self.write("log.disk_low", {"free_bytes": 1, "level": self.text("low")}, "failure")
        else:
            self.write("log.dead_letter", {"mirror": name, "record_seq": 1, "kept_in": "x", "error": self.text("400")}, "failure")

    def fill(self, days):
        actions = [lambda: self.events(self.random.randint(1, 40)), self.gap, self.step, lambda: self.lose(True),
                   lambda: self.lose(False) if self.is_faulty else None, self.trouble, self.open]
        self.open()
        for _ in range(days):
            for _ in range(self.random.randint(1, 4)):
                self.random.choice(actions)()
            self.events(5)
            if self.random.random() < 0.4:
                self.close()
                self.now += self.random.randint(1, 30) * 3600 * NANOS
                self.open()
            self.now += 86_400 * NANOS
        self.close()


def jq(dir, program):
    done = subprocess.run(["jq", "-cn", program, *sorted(map(str, dir.glob("audit-*.log")))], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def report(dir, page, *arguments):
    done = subprocess.run([AUDITLOG, "report", str(dir), "-o", str(page), *arguments], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, (dir, done.stderr)
    return json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))


class Tables(html.parser.HTMLParser):
    """The tables of a page, by their labels."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.label, self.cell, self.region = {}, None, None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "div":
            self.region = attrs.get("aria-label")
        elif tag == "table":
            self.label = self.region
            self.tables.setdefault(self.label, [])
        elif tag == "tr" and self.label:
            self.tables[self.label].append([])
        elif tag in ("td", "th") and self.label:
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag == "table":
            self.label = None
        elif tag in ("td", "th") and self.cell is not None:
            self.tables[self.label][-1].append(self.cell)
            self.cell = None

    def rows(self, label):
        return self.tables.get(label, [[]])[1:]


def number(text):
    return int(text.replace(",", ""))


def compare(journal, facts, page):
    """Compares each figure with jq's, and with what was done."""
    dir, activity, log = journal.dir, facts["activity"], facts["logs"][0]
    count = lambda condition: jq(dir, f"[inputs | select({condition})] | length")
    own = '(.event | startswith("log."))'
    assert activity["records"] == count("true")
    assert activity["failures"] == count('.outcome == "failure"')
    assert activity["of_applications"] == count(f"{own} | not")
    assert activity["with_actor"] == count(f"({own} | not) and .actor != {{}}")
    assert activity["with_address"] == count(".actor.address != null")
    assert activity["with_violations"] == count(".resource._violations != null")
    events = jq(dir, 'reduce inputs as $r ({}; .[$r.event][0] += 1 | .[$r.event][1] += if $r.outcome == "failure" then 1 else 0 end)')
    assert {one["event"]: [one["records"], one["failures"]] for one in activity["events"]} == events
    days = jq(dir, 'reduce inputs as $r ({}; .[$r.ts[:10]][0] += 1 | .[$r.ts[:10]][1] += if $r.outcome == "failure" then 1 else 0 end)')
    assert {day: [of["records"], of["failures"]] for day, of in activity["days"].items()} == days
    tables = Tables(page.read_text(encoding="utf-8"))
    assert {row[0]: [number(row[1]), number(row[2])] for row in tables.rows("Event types")} == events
    assert {row[0]: [number(row[1]), number(row[2])] for row in tables.rows("Records by day")} == days

    ends = jq(dir, "[inputs.seq] | [min, max, length]")
    complete = log["completeness"]
    assert [complete["first_seq"], complete["last_seq"], complete["numbered"]] == ends
    assert complete["unexplained"] == journal.unexplained and complete["explained"] == journal.explained, complete
    assert ends[1] - ends[0] + 1 == ends[2] + complete["explained"] + complete["unexplained"] and complete["reconciles"]
    assert complete["gap_events"] == journal.gap_events == jq(dir, '[inputs | select(.event == "log.gap").resource.count] | add // 0')
    assert len(log["time"]["steps"]) == journal.steps == count('.event == "log.clock_step"')
    steps = jq(dir, '[inputs | select(.event == "log.clock_step").resource.step_seconds] | max')
    assert log["time"]["largest_step_seconds"] == steps
    gone = log["interruptions"]
    assert (gone["opened"], gone["cut_off"]) == (journal.opened, journal.cut_off) == (count('.event == "log.opened"'), journal.cut_off)
    # Each interruption is counted in whole seconds.
    assert abs(gone["seconds_closed"] + gone["seconds_cut_off"] - journal.off) <= len(gone["list"]), (gone["seconds_closed"] + gone["seconds_cut_off"], journal.off)
    for file in log["integrity"]["files"]:
        sums = subprocess.check_output(["sha256sum", dir / file["name"]], text=True).split()[0]
        assert file["sha256"] == sums and [file["first_seq"], file["last_seq"]] == journal.files[file["name"]], file
    expected = "unexplained" if journal.unexplained else "explained" if journal.explained or journal.gap_events else "complete"
    assert facts["verdict"]["completeness"] == expected, (facts["verdict"], expected)
    assert facts["verdict"]["integrity"] == "unsealed", (dir, log["integrity"]["findings"][:3])


def random_journals(count):
    for seed in range(count):
        journal = Journal(FOLDER / "journals" / str(seed), seed)
        journal.is_faulty = seed % 2 == 1
        journal.fill(journal.random.randint(3, 30))
        page = FOLDER / "pages" / f"random-{seed}.html"
        compare(journal, report(journal.dir, page, "--names"), page)
        if seed > 0:
            # They are all alike in the browser.
            page.unlink()
    print(f"{count} random journals: each figure is that of jq, and each verdict is right")


def hostile_journal():
    journal = Journal(FOLDER / '"onload=<script>', 1, HOSTILE)
    journal.is_faulty = True
    journal.fill(4)
    facts = report(journal.dir, FOLDER / "pages" / "hostile.html", "--names")
    assert facts["verdict"]["completeness"] == "unexplained"


def tampered_journals():
    """A sealed journal, and what was done to it: the verdict on its integrity."""
    def change(dir):
        day = sorted(dir.glob("audit-*.log"))[1]
        text = day.read_text(encoding="utf-8")
        day.write_text(text.replace('"eve"', '"bob"', 1), encoding="utf-8")

    def cut(dir):
        day = sorted(dir.glob("audit-*.log"))[-1]
        day.write_bytes(b"".join(day.read_bytes().splitlines(True)[:-2]))

    key = SEALED.parent / "audit.vkey"
    attacks = [
        ("sound", lambda dir: None, "authentic", "complete"),
        ("changed", change, "tampered", "complete"),
        ("cut", cut, "tampered", None),
        ("a day gone", lambda dir: sorted(dir.glob("audit-*.log"))[1].unlink(), "tampered", "unexplained"),
        ("a seal gone", lambda dir: sorted((dir / "seal").glob("*.seal"))[0].unlink(), "tampered", "complete"),
        ("no checkpoint", lambda dir: (dir / "seal/checkpoint").unlink(), "incomplete", "complete"),
    ]
    for name, attack, integrity, completeness in attacks:
        dir = FOLDER / "sealed" / name
        shutil.copytree(SEALED, dir)
        attack(dir)
        facts = report(dir, FOLDER / "pages" / f"{name.replace(' ', '-')}.html", "--key", str(key))
        assert facts["verdict"]["integrity"] == integrity, (name, facts["verdict"])
        assert completeness in (None, facts["verdict"]["completeness"]), (name, facts["verdict"])
    # Without the key, it is no better than this.
    facts = report(FOLDER / "sealed/sound", FOLDER / "pages" / "no-key.html")
    assert facts["verdict"]["integrity"] == "consistent"
    print(f"{len(attacks)} journals that were sealed: the verdict on each is right")


def sample_as_the_page_says():
    """The recipe on the page for auditors draws the same rows."""
    page = Path("docs/compliance/README.md").read_text(encoding="utf-8")
    recipe = {}
    exec(page.split("```python\n")[1].split("```")[0], recipe)
    facts = ["--names", "--population", "*", "--sample", "7", "--seed", "a seed"]
    report(FOLDER / "sealed/sound", FOLDER / "sampled.html", *facts)
    manifest = json.loads((FOLDER / "sampled.sample/manifest.json").read_text(encoding="utf-8"))
    population = manifest["population"]
    drawn = recipe["sample"](population["sha256"], population["records"], 7, "a seed")
    assert drawn == [row["row"] for row in manifest["rows"]], (drawn, manifest)
    sums = subprocess.check_output(["sha256sum", FOLDER / "sampled.population.csv"], text=True).split()[0]
    assert sums == population["sha256"]
    print("the rows of a sample are those that the page's recipe draws")


class Elements(html.parser.HTMLParser):
    """The elements of a page, and what could run or load something."""

    def __init__(self, text):
        super().__init__()
        self.names, self.active = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.active |= {name for name, value in attrs if name.startswith("on") or name in ("style", "src", "srcdoc", "action")}
        self.active |= {value for name, value in attrs if name in ("href", "xlink:href") and not value.startswith("#")}


def pages():
    """The pages as a browser has understood them."""
    allowed = set("html head meta title style body a header main section div h1 h2 h3 p strong br span dl dt dd table thead tbody tr th td "
                  "code pre ul li svg desc defs pattern rect line text".split())
    for page in sorted((FOLDER / "pages").glob("*.html")):
        profile = FOLDER / "profile"
        done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                               f"--user-data-dir={profile}", "--dump-dom", f"file://{page}"], capture_output=True, text=True, timeout=120)
        seen = Elements(done.stdout)
        assert "table" in seen.names, (page, done.stderr[-500:])
        assert seen.names <= allowed and not seen.active, (page, seen.names - allowed, seen.active)
    print("no page has an element beyond the list in a browser, and nothing that runs or loads")


os.makedirs(FOLDER / "pages")
random_journals(5 if IS_QUICK else 20)
hostile_journal()
tampered_journals()
sample_as_the_page_says()
pages()
