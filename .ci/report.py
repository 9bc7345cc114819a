"""Random journals with faults, and what a report of each must say. See .ci/report."""

import datetime
import hashlib
import html.parser
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

AUDITLOG, BUSY_DAYS, FOLDER, SEALED = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
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
        self.closed_at = None
        self.day, self.index = None, 0
        # What was done, with the number of the record that tells of it.
        self.lost, self.openings, self.failures = [], [], []
        self.kept_from = self.pruned_files = 0
        self.digest, self.secret = "0" * 64, ["password"]

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

    def settings(self):
        return {"retention_days": 30, "mirrors": [self.text("siem")], "redact": [self.text(key) for key in self.secret],
                self.text("application"): self.text("billing")}

    def pruned(self):
        return {"kept_from_seq": self.kept_from, "pruned_files": self.pruned_files, "pruned_sha256": self.digest}

    def open(self):
        was_open, before = self.is_open, self.last
        if self.random.random() < 0.3:
            self.secret = self.random.choice([["password"], ["password", "pin"], []])
        self.write("log.opened", {
            "journal": "0123456789abcdef0123456789abcdef", "pid": 1, "version": self.text("0.1.0"), "host": self.text("app1"),
            "application": self.text("billing"), "hold": False, **self.pruned(), "settings": self.settings()})
        off = 0 if before is None else self.now - (before if was_open else self.closed_at)
        self.openings.append((self.seq - 1, was_open, off // NANOS))
        self.is_open = True

    def close(self):
        self.write("log.closed", {"recorded": self.seq, "refused": 0})
        self.closed_at, self.is_open = self.now, False

    def prune(self, most):
        """Deletes the files of the oldest days, but not of the last day that there is."""
        days = sorted({name[6:16] for name in self.files} - {self.day})[:most]
        old = [name for name in self.in_order() if name[6:16] in days]
        for name in old:
            digest = hashlib.sha256((self.dir / name).read_bytes()).hexdigest()
            (self.dir / name).unlink()
            first, last = self.files.pop(name)
            self.kept_from = self.files[self.in_order()[0]][0]
            self.pruned_files += 1
            self.digest = hashlib.sha256(bytes.fromhex(self.digest + digest)).hexdigest()
            self.write("log.pruned", {"file": name, "from_seq": first, "to_seq": last, "sha256": digest, **self.pruned()})
        if old:
            self.write("log.config_changed", {"settings": self.settings()})

    def in_order(self):
        return sorted(self.files, key=self.files.get)

    def first(self):
        return self.files[self.in_order()[0]][0]

    def missing(self):
        """How many numbers are missing between records, and how many before the first one: with a word, and without."""
        first = self.first()
        lost = [one for one in self.lost if one[2] >= first]
        within = [one for one in lost if one[0] > first]
        # A record behind what is gone may still tell of a part of it.
        before = [(max(one[0], self.kept_from), one[1]) for one in lost if one[0] < first and one[3]]
        before = sum(to - from_seq + 1 for from_seq, to in before if from_seq <= to)
        count = lambda is_told: sum(to - from_seq + 1 for from_seq, to, _, told in within if told == is_told)
        return count(True), count(False), before, first - self.kept_from - before

    def events(self, count):
        choose = self.random
        for _ in range(count):
            actor = {}
            if choose.random() < 0.9:
                actor["user_id"] = self.text(f"user{choose.randrange(9)}")
            if choose.random() < 0.1:
                actor["session_id"] = "s1"
            if choose.random() < 0.5:
                actor["tenant"] = self.text(f"tenant{choose.randrange(3)}")
            if choose.random() < 0.3:
                actor["address"] = "203.0.113.7"
            resource = {"k": self.text("v")}
            if choose.random() < 0.1:
                resource["_violations"] = ["resource.k: unknown"]
            if choose.random() < 0.1:
                resource["_redacted"] = [self.text(key) for key in choose.sample(["password", "pin", "iban"], choose.randint(1, 3))]
            event = self.text(choose.choice(["auth.ok", "auth.failed", "data.exported", "settings.changed", "privacy.export", "privacy.delete"]))
            self.write(event, resource, choose.choice(["success", "success", "failure"]), actor)

    def gap(self):
        count = self.random.randint(1, 50)
        self.write("log.gap", {"count": count, "first_ts": ts(self.now), "last_ts": ts(self.now), "events": ["a.b"]}, "failure")

    def step(self):
        # Ahead: a clock that goes back may leave the day.
        seconds = self.random.randint(1, 9000)
        before, self.now = self.now, self.now + seconds * NANOS
        self.write("log.clock_step", {"before": ts(before), "after": ts(self.now), "step_seconds": seconds})

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
        else:
            self.write("auth.ok", {"k": "v"}, actor={"user_id": "user1"})
        self.lost.append((first, first + count - 1, self.seq - 1, is_explained))
        # A line that stands alone behind missing ones would be taken for a forged one.
        self.events(2)

    def trouble(self):
        what = self.random.choice(["mirror", "seal", "sync", "disk", "dead", "read"])
        since = ts(self.now)
        name = self.text("siem")
        if what == "mirror":
            self.write("log.mirror_failed", {"mirror": name, "since": since, "from_seq": 1, "error": self.text("refused")}, "failure")
            self.events(2)
            # Its begin may have been pruned by then.
            self.now += self.random.choice([0, 86_400 * NANOS])
            self.events(2)
            self.failures.append(self.seq)
            self.write("log.mirror_restored", {"mirror": name, "since": since, "seconds": 3, "from_seq": 1, "behind": 2})
        elif what == "seal":
            self.write("log.seal_failed", {"since": since, "from_seq": 1, "error": self.text("disk full")}, "failure")
            self.write("log.seal_restored", {"since": since, "seconds": 3})
        elif what == "sync":
            self.write("log.sync_failed", {"file": "a", "from_seq": 1, "to_seq": 2, "error": self.text("EIO")}, "failure")
        elif what == "read":
            self.write("log.read", {"uid": 0, "command": self.text("query"), "arguments": [], "directories": [], "records": self.random.randrange(9)})
        elif what == "disk":
            self.write("log.disk_low", {"free_bytes": 1, "level": self.text("low")}, "failure")
        else:
            self.write("log.dead_letter", {"mirror": name, "record_seq": 1, "kept_in": "x", "error": self.text("400")}, "failure")

    def fill(self, days):
        actions = [lambda: self.events(self.random.randint(1, 40)), self.gap, self.step, lambda: self.lose(True),
                   lambda: self.lose(False) if self.is_faulty else None, self.trouble, self.open, lambda: self.prune(self.random.randint(1, 4)) if self.is_pruned else None]
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


def compare(dir, facts, page):
    """Compares each figure with jq's."""
    activity, log, people = facts["activity"], facts["logs"][0], facts["personal_data"]
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
    assert ends[1] - ends[0] + 1 == ends[2] + complete["explained"] + complete["unexplained"] and complete["reconciles"]
    assert complete["gap_events"] == jq(dir, '[inputs | select(.event == "log.gap").resource.count] | add // 0')
    assert len(log["time"]["steps"]) == count('.event == "log.clock_step"')
    steps = jq(dir, '[inputs | select(.event == "log.clock_step").resource.step_seconds] | max')
    assert log["time"]["largest_step_seconds"] == steps
    assert log["interruptions"]["opened"] == count('.event == "log.opened"')
    assert log["copies"]["dead_letters"] == count('.event == "log.dead_letter"')
    files = {file.name for file in dir.glob("audit-*.log")}
    assert {file["name"] for file in log["integrity"]["files"]} == files
    for file in log["integrity"]["files"]:
        sums = subprocess.check_output(["sha256sum", dir / file["name"]], text=True).split()[0]
        lines = [json.loads(line)["seq"] for line in (dir / file["name"]).read_text(encoding="utf-8").splitlines()]
        assert [file["sha256"], file["first_seq"], file["last_seq"], file["records"]] == [sums, lines[0], lines[-1], len(lines)], file

    keys = {one["name"]: one["records"] for one in people["actor_keys"]}
    assert keys == {key: count(f".actor.{key} != null") for key in keys} and len(keys) == 6
    assert people["with_redacted"] == count(".resource._redacted != null")
    redacted = jq(dir, "reduce (inputs.resource._redacted // [])[] as $key ({}; .[$key] += 1)")
    assert {one["name"]: one["records"] for one in people["redacted"]} == redacted
    assert {one["event"]: [one["records"], one["failures"]] for one in people["privacy"]} \
        == {event: counts for event, counts in events.items() if event.startswith("privacy.")}
    readings = jq(dir, 'reduce (inputs | select(.event == "log.read").resource) as $r ({}; .[$r.command][0] += 1 | .[$r.command][1] += $r.records)')
    assert {one["command"]: [one["times"], one["records"]] for one in people["readings"]} == readings
    secret = jq(dir, "[inputs | select(.resource.settings?.redact)] | sort_by(.seq) | map(.resource.settings.redact)"
                     " | reduce .[] as $keys ([]; if .[-1] == $keys then . else . + [$keys] end)")
    assert [setting["keys"] for setting in log["redaction"]] == secret
    deletions = jq(dir, '[inputs | select(.event == "log.pruned")] | sort_by(.seq) | map(.resource | [.file, .from_seq, .to_seq, .sha256])')
    assert [[one[key] for key in ("file", "from_seq", "to_seq", "sha256")] for one in log["retention"]["deletions"]] == deletions
    shown = {label: [[row[0], *map(number, row[1:])] for row in tables.rows(label)] for label in (
        "Records by what identifies an actor", "Values that were left out", "Records about personal data", "Reading of logs")}
    assert dict(shown["Records by what identifies an actor"]) == keys and dict(shown["Values that were left out"]) == redacted
    assert {event: counts for event, *counts in shown["Records about personal data"]} == {one["event"]: events[one["event"]] for one in people["privacy"]}
    assert {command: counts for command, *counts in shown["Reading of logs"]} == readings


def as_it_was_made(journal, facts):
    """Compares the facts with what was done to a journal that was written by hand."""
    log, first = facts["logs"][0], journal.first()
    complete, gone = log["completeness"], log["interruptions"]
    missing = [complete[key] for key in ("explained", "unexplained", "explained_beside", "unexplained_beside")]
    assert missing == list(journal.missing()), (missing, journal.missing())
    openings = [one for one in journal.openings if one[0] >= first]
    cut_off = [one for one in openings if one[1] and one[0] > first]
    assert (gone["opened"], gone["cut_off"]) == (len(openings), len(cut_off)), (gone["opened"], gone["cut_off"], openings)
    off = sum(one[2] for one in openings if one[0] > first)
    # Each interruption is counted in whole seconds.
    assert abs(gone["seconds_closed"] + gone["seconds_cut_off"] - off) <= len(gone["list"]), (gone["seconds_closed"], gone["seconds_cut_off"], off)
    assert len([one for one in gone["list"] if one["kind"] == "off"]) == (first > 0 and openings[:1] != [] and openings[0][0] == first)
    assert log["copies"]["failures"] == len([seq for seq in journal.failures if seq >= first])
    explained, unexplained, *before = journal.missing()
    is_explained = explained or before[0] or complete["gap_events"]
    expected = "unexplained" if unexplained or before[1] else "explained" if is_explained else "complete"
    assert facts["verdict"]["completeness"] == expected, (facts["verdict"], expected)
    assert facts["verdict"]["integrity"] == "unsealed", log["integrity"]["findings"][:3]


def random_journals(count):
    for seed in range(count):
        journal = Journal(FOLDER / "journals" / str(seed), seed)
        journal.is_faulty, journal.is_pruned = seed % 2 == 1, seed % 4 > 1
        journal.fill(journal.random.randint(3, 30))
        if seed % 4 == 3 and len(journal.files) > 1:
            # Without a word.
            name = journal.in_order()[0]
            (journal.dir / name).unlink()
            del journal.files[name]
        page = FOLDER / "pages" / f"random-{seed}.html"
        facts = report(journal.dir, page, "--names")
        compare(journal.dir, facts, page)
        as_it_was_made(journal, facts)
        if journal.pruned_files:
            # The first day of all is among those that were pruned.
            facts = report(journal.dir, FOLDER / "whole.html", "--from", "2026-03-01")
            expected = {"unexplained": "unexplained"}.get(facts["verdict"]["completeness"], "pruned")
            assert facts["verdict"]["completeness"] == expected and facts["logs"][0]["completeness"]["pruned_below"] == journal.kept_from
        if seed > 0:
            # They are all alike in the browser.
            page.unlink()
    print(f"{count} random journals: each figure is that of jq, and each verdict is right")


def hostile_journal():
    journal = Journal(FOLDER / '"onload=<script>', 1, HOSTILE)
    journal.is_faulty = journal.is_pruned = True
    journal.fill(4)
    while all(is_told for *_, is_told in journal.lost):
        journal.now += 3600 * NANOS
        journal.lose(False)
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

    def first_gone(dir):
        sorted(dir.glob("audit-*.log"))[0].unlink()

    key, pruned = SEALED.parent / "audit.vkey", sealed_and_pruned()
    attacks = [
        (SEALED, "sound", lambda dir: None, "authentic", "complete"),
        (SEALED, "changed", change, "tampered", "complete"),
        (SEALED, "cut", cut, "tampered", "unexplained"),
        (SEALED, "a day gone", lambda dir: sorted(dir.glob("audit-*.log"))[1].unlink(), "tampered", "unexplained"),
        (SEALED, "the first day gone", first_gone, "tampered", "unexplained"),
        (SEALED, "a seal gone", lambda dir: sorted((dir / "seal").glob("*.seal"))[0].unlink(), "tampered", "complete"),
        (SEALED, "no checkpoint", lambda dir: (dir / "seal/checkpoint").unlink(), "incomplete", "complete"),
        (pruned, "pruned", lambda dir: None, "authentic", "complete"),
        (pruned, "pruned and cut", cut, "tampered", "unexplained"),
        (pruned, "pruned and the first day gone", first_gone, "tampered", "unexplained"),
        (pruned, "pruned and a seal gone", lambda dir: sorted((dir / "seal").glob("*.seal"))[-1].unlink(), "tampered", "complete"),
    ]
    for log, name, attack, integrity, completeness in attacks:
        dir = FOLDER / "sealed" / name
        shutil.copytree(log, dir, ignore=shutil.ignore_patterns("requests"))
        attack(dir)
        page = FOLDER / "pages" / f"{name.replace(' ', '-')}.html"
        facts = report(dir, page, "--key", str(key if log == SEALED else FOLDER / "pruned.vkey"), "--names")
        assert facts["verdict"]["integrity"] == integrity, (name, facts["verdict"], facts["logs"][0]["integrity"]["findings"])
        assert facts["verdict"]["completeness"] == completeness, (name, facts["verdict"], facts["logs"][0]["completeness"])
        compare(dir, facts, page)
    # Its whole life is more than what is left, and without the key, it is no better than this.
    facts = report(FOLDER / "sealed/pruned", FOLDER / "whole.html", "--from", "2026-03-01")
    assert facts["verdict"]["completeness"] == "pruned"
    facts = report(FOLDER / "sealed/sound", FOLDER / "pages" / "no-key.html")
    assert facts["verdict"]["integrity"] == "consistent"
    print(f"{len(attacks)} journals that were sealed, some of them pruned: each figure is that of jq, and the verdict on each is right")


def sealed_and_pruned():
    """An application has written this on some days in March, and again when some of these were to be deleted."""
    dir = FOLDER / "sealed-and-pruned"
    def run(begin, events):
        subprocess.run([BUSY_DAYS, dir, begin, str(events), "0"], check=True, stdout=subprocess.DEVNULL)
    for day in range(1, 7):
        run(f"2026-03-0{day}T12:00:00Z", 300)
    subprocess.run([AUDITLOG, "key", "pin", dir, FOLDER / "pruned.vkey"], check=True, stdout=subprocess.DEVNULL)
    for minute in range(9):
        run(f"2026-06-03T{12 + minute}:00:00Z", 500)
        if not (dir / "audit-2026-03-04.log").exists():
            break
    assert sorted(file.name for file in dir.glob("audit-*.log"))[0] == "audit-2026-03-05.log"
    return dir


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
