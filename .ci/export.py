"""What .ci/export checks. See there."""

import csv
import datetime
import hashlib
import ipaddress
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pycef
import syslog_rfc5424_parser.parser as rfc5424
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

AUDITLOG, FOLDER = sys.argv[1], Path(sys.argv[2])
IS_QUICK = "--quick" in sys.argv
RANDOM = 300 if IS_QUICK else 2000

# What means something to one of the formats, or to those who read them.
PARTS = [
    "ada", "7", "007", "1e5", "TRUE", "2026-05-28", " ", "  ", ",", ";", "\"", "\"\"", "'", "|", "\\", "\\\\", "=", "==", "]", "[",
    "\n", "\r\n", "\t", "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\")", "cs1=x", " key=", "\x1b[31m", "\x00", "\x7f", "\x85",
    "\u2028", "\u202e", "\ufeff", "ä", "漢字", "\U0001f600", "{\"a\":[1]}", "</x>", "&amp;", "%s", "${x}", "CEF:0|a|b", "<13>1 - - -",
]
choose = random.Random(7)


def text(most=4, without=""):
    found = "".join(choose.choice(PARTS) for _ in range(choose.randint(1, most)))
    found = "".join(c for c in found if c not in without)
    return found or "x"


def value(depth=0):
    kind = choose.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return choose.choice([0, 1, -1, 2**64 - 1, -(2**63), 0.5, -0.25, 1234567.875])
    if kind == 1:
        return choose.choice([True, False])
    if kind < 6:
        return text()
    if kind == 6:
        return [value(depth + 1) for _ in range(choose.randrange(4))]
    return {text(2): value(depth + 1) for _ in range(choose.randrange(4))}


def actor():
    found = {}
    for key, one in [
        ("user_sid", lambda: choose.choice(["S-1-5-21-1", text()])),
        ("user_id", text),
        ("session_id", text),
        ("kind", lambda: choose.choice(["user", "service", "system"])),
        ("tenant", text),
        ("address", lambda: choose.choice(["203.0.113.7", "2001:db8::1"])),
        ("user_agent", text),
    ]:
        if choose.random() < 0.4:
            found[key] = one()
    return found


def resource():
    found = {}
    for key, one in [
        ("type", lambda: choose.choice(["account", "invoice", text()])),
        ("id", lambda: choose.choice([text(), 7])),
        ("name", text),
        ("reason", text),
        ("duration_ms", lambda: choose.choice([0, 17, 2**63, 1.5])),
        ("permissions", lambda: choose.choice([["read", "write"], text(), [], [1]])),
    ]:
        if choose.random() < 0.3:
            found[key] = one()
    for _ in range(choose.randrange(4)):
        found[text(2)] = value()
    return found


def write_log(folder, types, how_many):
    """Writes day files as the log does, and returns their lines."""
    begin = datetime.datetime(2026, 5, 27, 7, tzinfo=datetime.timezone.utc)
    lines = []
    own = {"journal": "00112233445566778899aabbccddeeff", "host": "app1", "application": "billing", "application_version": "1.0"}
    events = [("log.opened", {}, own, "success")]
    for name in types:
        events.append((name, {}, own if name == "log.opened" else {}, "success"))
        events.append((name, actor(), own if name == "log.opened" else resource(), "failure"))
    for _ in range(how_many):
        name = choose.choice([*(name for name in types if name != "log.opened"), "auth.other", "invoice.sent", "a.b"])
        events.append((name, actor(), resource(), choose.choice(["success", "failure"])))
    for seq, (name, who, what, outcome) in enumerate(events):
        ts = begin + datetime.timedelta(seconds=30 * seq)
        record = {"_schema_version": "1", "ts": ts.strftime("%Y-%m-%dT%H:%M:%S.") + f"{seq:09}Z", "event": name, "actor": who}
        record |= {"resource": what} if what else {}
        record["outcome"] = outcome
        record |= {"trace_id": f"{seq:032x}"} if seq % 3 == 0 else {}
        record["seq"] = seq
        lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
    folder.mkdir()
    for line in lines:
        with open(folder / f"audit-{json.loads(line)['ts'][:10]}.log", "a", encoding="utf-8", newline="") as file:
            file.write(line + "\n")
    return lines


def export(log, kind, *arguments):
    """Returns the bytes of an export, which is to be whole and without a warning."""
    path = FOLDER / f"export.{kind}"
    command = [AUDITLOG, "export", log, "--format", kind, "--output", path, *arguments]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, (kind, done.returncode, done.stderr.decode()[:2000])
    contents = path.read_bytes()
    assert hashlib.sha256(contents).hexdigest() == done.stdout.decode().split()[0], kind
    piped = subprocess.run([AUDITLOG, "export", log, "--format", kind, *arguments], capture_output=True)
    assert piped.stdout.splitlines()[:-1] == contents.splitlines()[:-1], f"{kind}: a pipe gets what a file gets"
    return contents


def without_end(contents, kind):
    """Returns the lines before the end, once what it says of them was found to be so."""
    *lines, last, rest = contents.decode().split("\n")
    assert rest == "", kind
    before = contents[: -len(last.encode()) - 1]
    assert hashlib.sha256(before).hexdigest() in last and str(len(lines)) in last, (kind, last)
    return lines, last


def check_ocsf(log, lines, types):
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.5.0"))
    classes = {one["uid"]: one for one in get_ocsf_schema(version="1.5.0")["classes"].values()}
    validators = {}

    def validate(event):
        key = event["class_uid"], tuple(event["metadata"].get("profiles", []))
        if key not in validators:
            name = schema.lookup_class_name_from_uid(key[0])
            validators[key] = Draft202012Validator(schema.get_class_schema(class_name=name, profiles=list(key[1])))
        error = next(validators[key].iter_errors(event), None)
        assert error is None, f"{error.message} at {list(error.absolute_path)} of {json.dumps(event)}"

    exported, last = without_end(export(log, "ocsf"), "ocsf")
    assert len(exported) == len(lines)
    seen = set()
    for event, line in zip(map(json.loads, exported), lines):
        validate(event)
        record = json.loads(line)
        assert event["raw_data"] == line and event["raw_data_size"] == len(line.encode())
        assert event["metadata"]["uid"].endswith(f":{record['seq']}") and event["metadata"]["event_code"] == record["event"]
        assert event["type_uid"] == 100 * event["class_uid"] + event["activity_id"]
        one = classes[event["class_uid"]]
        assert event["class_name"] == one["caption"]
        assert event["category_name"] == one["attributes"]["category_uid"]["enum"][str(event["category_uid"])]["caption"]
        assert event["type_name"] == one["attributes"]["type_uid"]["enum"][str(event["type_uid"])]["caption"]
        activity = one["attributes"]["activity_id"]["enum"][str(event["activity_id"])]["caption"]
        assert event["activity_name"] == (record["event"] if event["activity_id"] == 99 else activity)
        assert event["status_id"] == (1 if record["outcome"] == "success" else 2)
        expected = types.get(record["event"])
        if expected:
            assert (event["class_uid"], event["activity_id"]) == (expected["class_uid"], expected["activity_id"]), record["event"]
        elif record["event"].startswith("auth."):
            assert event["class_uid"] == 3002
        else:
            assert event["class_uid"] == 0
        actor = event.get("actor", {})
        named = record["actor"].get("user_sid", record["actor"].get("user_id"))
        assert named is None or actor["user"]["uid"] == named
        assert actor.get("session", {}).get("uid") == record["actor"].get("session_id")
        rest = event.get("unmapped", {}).get("resource", {})
        # What is not in `unmapped` has a place of its own.
        for key, found in record.get("resource", {}).items():
            if key in rest:
                assert rest[key] == found or isinstance(found, float), (key, event)
            else:
                assert key in ("type", "id", "name", "reason", "duration_ms", "permissions"), (key, event)
        seen.add((event["class_uid"], event["activity_id"]))
    end = json.loads(last)
    validate(end)
    assert (end["class_uid"], end["activity_id"], end["unmapped"]["export"]["records"]) == (1008, 3, len(lines))
    assert all(event_type["class_uid"] in {uid for uid, _ in seen} for event_type in types.values())
    # The validator would see what is wrong.
    for damage in ({"user": {}}, {"status_id": "1"}, {"more": 1}, {"activity_id": 42}):
        event = next(event for event in map(json.loads, exported) if event["class_uid"] == 3002)
        try:
            validate(event | damage)
        except AssertionError:
            continue
        raise SystemExit(f"the validator accepts {damage}")
    print(f"OCSF: {len(lines)} events of {len(seen)} types are valid")


# The fields of ECS 8.17 that there are, with their types.
ECS = {
    "@timestamp": "date", "message": "text", "ecs.version": "keyword", "event.kind": "keyword", "event.category": "keywords",
    "event.type": "keywords", "event.action": "keyword", "event.outcome": "keyword", "event.reason": "keyword", "event.dataset": "keyword",
    "event.provider": "keyword", "event.id": "keyword", "event.sequence": "long", "event.original": "keyword", "user.id": "keyword",
    "user.name": "keyword", "source.address": "keyword", "source.ip": "ip", "user_agent.original": "keyword", "organization.id": "keyword",
    "trace.id": "keyword", "host.name": "keyword", "service.name": "keyword", "service.version": "keyword",
}
CATEGORIES = {
    "api": "access admin allowed change creation deletion denied end info start user",
    "authentication": "end info start", "configuration": "access change creation deletion info", "database": "access change info error",
    "file": "access change creation deletion info", "iam": "admin change creation deletion group info user",
    "package": "access change deletion info installation start", "process": "access change end info start",
}


def check_ecs(log, lines):
    exported, last = without_end(export(log, "ecs"), "ecs")
    assert len(exported) == len(lines)

    def check(name, found):
        kind = ECS[name]
        if kind == "keywords":
            assert isinstance(found, list) and all(isinstance(one, str) for one in found), name
        elif kind == "long":
            assert isinstance(found, int) and -(2**63) <= found < 2**63, name
        else:
            assert isinstance(found, str), name
        if kind == "ip":
            ipaddress.ip_address(found)
        if kind == "date":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", found), found

    for document, line in zip(map(json.loads, [*exported, last]), [*lines, None]):
        for outer, inner in document.items():
            if outer == "audit":
                continue
            for name, found in inner.items() if isinstance(inner, dict) else [(None, inner)]:
                check(f"{outer}.{name}" if name else outer, found)
        event = document["event"]
        assert event["kind"] == "event" and event["outcome"] in ("success", "failure", "unknown")
        for category in event.get("category", []):
            assert set(event["type"]) <= set(CATEGORIES[category].split()), event
        if line:
            record = json.loads(line)
            assert event["original"] == line and event["action"] == record["event"]
            assert document["audit"].get("actor", {}) == record["actor"]
            assert document["audit"].get("resource", {}) == record.get("resource", {})
    assert document["audit"]["export"]["records"] == len(lines)
    print(f"ECS: {len(lines)} documents have fields of the types that ECS 8 has")


def unescape(found):
    names = {"n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda match: names.get(match[1], match[1]), found, flags=re.S)


def visible(found):
    """Returns a text as formats show it that have no way to write control characters."""
    return "".join(f"\\u{{{ord(c):x}}}" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in found)


def check_cef(log, lines):
    exported, last = without_end(export(log, "cef"), "cef")
    assert len(exported) == len(lines)
    for message, line in zip(exported, lines):
        record, found = json.loads(line), pycef.parse(message)
        assert found["DeviceVendor"] == "tracing-audit" and found["DeviceEventClassID"] == record["event"], message
        assert unescape(found["record"]) == line, message
        assert found["outcome"] == record["outcome"] and found["dvchost"] == "app1"
        user = record["actor"].get("user_sid", record["actor"].get("user_id"))
        # This parser takes white space from the end of a value.
        shown = None if user is None else "".join(c if c in "\r\n" else visible(c) for c in user)
        assert (unescape(found["suid"]).strip() if "suid" in found else None) == (shown and shown.strip()), message
    assert pycef.parse(last)["cnt"] == str(len(lines))
    print(f"CEF: {len(lines)} messages are read back by pycef as they were")


def check_syslog(log, lines):
    exported, last = without_end(export(log, "syslog"), "syslog")
    assert len(exported) == len(lines)
    read = 0
    for message, line in zip(exported, lines):
        record = json.loads(line)
        # This parser takes the `"` behind an escaped backslash for an escaped one. The library's own tests have such values.
        if any(part.endswith("\\") for part in record["actor"].values()):
            continue
        read += 1
        found = rfc5424.parse(message)
        assert found.message == line, message
        assert (found.header.pri, found.header.hostname, found.header.appname) == (108 if record["outcome"] == "failure" else 110, "app1", "billing")
        assert found.header.msgid == record["event"][:32] and found.header.timestamp == record["ts"][:26] + "Z"
        [element] = found.structured_data
        params = {key: re.sub(r'\\(["\\\]])', r"\1", param) for key, param in element.sd_params}
        assert element.sd_id == "audit@32473" and params["seq"] == str(record["seq"])
        for key, param in record["actor"].items():
            assert params[key] == visible(param), message
    assert dict(rfc5424.parse(last).structured_data[0].sd_params)["records"] == str(len(lines))
    assert read > len(lines) / 2
    print(f"syslog: {read} messages are read back by syslog-rfc5424-parser as they were")


def check_csv(log, lines):
    contents = export(log, "csv")
    beside = (FOLDER / "export.csv.sha256").read_text()
    assert f"# records: {len(lines)}\n" in beside
    subprocess.run(["sha256sum", "-c", "--quiet", "export.csv.sha256"], cwd=FOLDER, check=True)
    rows = list(csv.reader(iter_rows(contents)))
    assert len(rows) == len(lines) + 1
    for row, line in zip(rows[1:], lines):
        record, cells = json.loads(line), dict(zip(rows[0], row))
        expected = {"ts": record["ts"], "seq": str(record["seq"]), "event": record["event"], "outcome": record["outcome"], **record["actor"]}
        for key, cell in expected.items():
            assert cells[key] == ("'" if cell[:1] in "=+-@\t\r" else "") + cell, (key, cells[key], cell)
        assert cells["resource"] == "" if "resource" not in record else json.loads(cells["resource"]) == record["resource"]
    print(f"CSV: {len(lines)} rows are read back as they were, and no cell is a formula")
    return contents


def iter_rows(contents):
    """Yields the text in lines that end with a newline alone, as a file opened with newline='' does."""
    for part in contents.decode().split("\n")[:-1]:
        yield part + "\n"


def check_office():
    """Opens the CSV in LibreOffice, and compares each cell."""
    import openpyxl

    # A spreadsheet has no control characters, and cells of up to 32,767 characters. It ends lines in cells its own way.
    global PARTS
    PARTS = [part for part in PARTS if not any(ord(c) < 32 and c not in "\n\t" or 127 <= ord(c) < 160 for c in part)]
    log = FOLDER / "office"
    write_log(log, ["auth.failed", "data.read"], RANDOM)
    contents = export(log, "csv")
    rows = list(csv.reader(iter_rows(contents)))
    # Separated by commas, quoted by ", UTF-8, from line 1; quoted cells are text, and nothing but decimal numbers is detected.
    options = "CSV:44,34,76,1,,0,true,false"
    home = f"-env:UserInstallation=file://{FOLDER}/office-home"
    command = ["soffice", home, "--headless", f"--infilter={options}", "--convert-to", "xlsx", "--outdir", FOLDER, FOLDER / "export.csv"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    sheet = openpyxl.load_workbook(FOLDER / "export.xlsx").active
    found = [list(row) for row in sheet.iter_rows()]
    assert len(found) == len(rows), (len(found), len(rows))
    cells = 0
    for row, expected in zip(found, rows):
        for cell, text in zip(row, expected):
            assert cell.data_type != "f", f"a formula: {cell.value!r} of {text!r}"
            value = "" if cell.value is None else str(cell.value)
            assert value == text, f"{value!r} is not {text!r} ({cell.coordinate})"
            cells += 1
    print(f"CSV: LibreOffice has {cells} cells as they were")


types = json.loads(subprocess.check_output([AUDITLOG, "catalog", "--format", "json"]))["event_types"]
types = {event_type["name"]: event_type["ocsf"] for event_type in types}
assert all(types.values()), [name for name, ocsf in types.items() if not ocsf]
log = FOLDER / "log"
lines = write_log(log, list(types), RANDOM)
check_ocsf(log, lines, types)
check_ecs(log, lines)
check_cef(log, lines)
check_syslog(log, lines)
check_csv(log, lines)
if not IS_QUICK:
    check_office()
