"""The parts of .ci/otlp that need more than a shell.

    otlp.py ports N                       prints N free ports
    otlp.py listening PORT...             waits until each port accepts connections
    otlp.py gone PID                      waits until the process has ended
    otlp.py compare RECEIVER OUTPUT DIR   checks that the receiver's output has every record of the
                                          audit log in DIR, with each field
    otlp.py nothing RECEIVER OUTPUT DIR   checks that the output has none of these records

The mapping is repeated here, from docs/siem.md and not from the code:

    ts                time and observed time
    event             body, event name, attribute `event`
    outcome           severity, attributes `outcome` and `event.outcome`
    actor.*           attributes of those names, as are trace_id and _schema_version; user_sid and
                      session_id as `user.id` and `session.id`, too
    resource.KEY      attribute of that name and of that type
    trace_id          the trace id, too, if it is one by W3C
    seq               attributes `audit.seq` and `log.record.uid`, which ends in eight hex digits of the
                      line's SHA-256
    the journal's id  resource attribute `service.instance.id`
"""

import datetime
import decimal
import hashlib
import json
import os
import pathlib
import re
import socket
import sys
import time

PATIENCE = 30
MAX_DEPTH = 24
RESOURCE = ("service.name", "audit-ci")
SCOPE = "tracing-audit"


def wait_until(what, holds):
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {PATIENCE} s")
        time.sleep(0.05)
    return found


def ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(count))]
    print(*(one.getsockname()[1] for one in sockets))


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except ConnectionRefusedError:
        return False


# --- The expected log record -------------------------------------------------------------------


def day_files(folder):
    """Returns the journal's id, and the records with their uids, by their sequence numbers."""
    journal = json.loads((folder / ".state/journal.json").read_text())["id"]
    records = {}
    for path in folder.glob("audit-*.log"):
        for line in path.read_bytes().decode().split("\n")[:-1]:
            record = json.loads(line)
            hash = hashlib.sha256(line.encode()).hexdigest()[:8]
            records[record["seq"]] = record, f"{journal}-{record['seq']}-{hash}"
    if sorted(records) != list(range(len(records))):
        sys.exit("records are missing in the day files")
    return journal, records


def nanoseconds(ts):
    moment = datetime.datetime.strptime(ts[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 10**9 + int(ts[20:29])


def expected(uid, record, typed):
    """Returns the log record that a receiver should print; `typed` formats its values."""
    trace_id = record.get("trace_id", "")
    is_w3c = re.fullmatch("[0-9a-fA-F]{32}", trace_id) and int(trace_id, 16) != 0
    attributes = {"event": record["event"], "outcome": record["outcome"], "_schema_version": "1"}
    attributes |= {"log.record.uid": uid, "audit.seq": record["seq"], "event.outcome": record["outcome"]}
    attributes |= {f"actor.{key}": value for key, value in record["actor"].items()}
    conventional = {"user_sid": "user.id", "session_id": "session.id"}
    attributes |= {conventional[key]: value for key, value in record["actor"].items()}
    attributes |= {f"resource.{key}": value for key, value in record.get("resource", {}).items()}
    attributes |= {"trace_id": trace_id} if "trace_id" in record else {}
    return {
        "time": nanoseconds(record["ts"]),
        "observed": nanoseconds(record["ts"]),
        "severity": (9, "INFO") if record["outcome"] == "success" else (13, "WARN"),
        "event_name": record["event"],
        "body": typed(record["event"], MAX_DEPTH),
        "trace_id": trace_id.lower() if is_w3c else "",
        "attributes": {key: typed(value, MAX_DEPTH) for key, value in attributes.items()},
    }


def is_too_deep(value, levels):
    return isinstance(value, (list, dict)) and levels == 0


def as_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


# --- oteltap: one line of JSON for each record ----------------------------------------------------


def in_oteltap(value, levels):
    if value is None:
        return {}
    if is_too_deep(value, levels):
        return {"stringValue": as_text(value)}
    if isinstance(value, bool):
        return {"boolValue": value}
    if is_int(value):
        return {"intValue" if value < 2**63 else "stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [in_oteltap(item, levels - 1) for item in value]}}
    entries = [{"key": key, "value": in_oteltap(item, levels - 1)} for key, item in value.items()]
    return {"kvlistValue": {"values": entries}}


def from_oteltap(output):
    for line in output.split("\n")[:-1]:
        if not line.startswith("{"):
            continue
        record = json.loads(line)
        attributes = {entry["key"]: entry["value"] for entry in record["attributes"]}
        assert len(attributes) == len(record["attributes"]), f"a key twice: {line}"
        yield attributes["log.record.uid"]["stringValue"], {
            "time": int(record["timeUnixNano"]),
            "observed": int(record["observedTimeUnixNano"]),
            "severity": (record["severityNumber"], record["severityText"]),
            "event_name": record["eventName"],
            "body": record["body"],
            "trace_id": record["traceId"],
            "attributes": attributes,
        }


# --- rotel: readable text ---------------------------------------------------------------------


def in_rotel(value, levels):
    if value is None:
        return "Empty"
    if is_too_deep(value, levels):
        return f"Str({as_text(value)})"
    if isinstance(value, bool):
        return f"Bool({str(value).lower()})"
    if is_int(value):
        return f"Int({value})" if value < 2**63 else f"Str({value})"
    if isinstance(value, float):
        digits = format(decimal.Decimal(repr(value)), "f")
        return f"Double({digits.removesuffix('.0')})"
    if isinstance(value, str):
        return f"Str({value})"
    if isinstance(value, list):
        return f"Slice({', '.join(in_rotel(item, levels - 1) for item in value)})"
    return f"Map({', '.join(f'{key}:{in_rotel(item, levels - 1)}' for key, item in value.items())})"


LOG_RECORD = re.compile(
    r"ObservedTimestamp: (\d+)\nTimestamp: (\d+)\nSeverityText: (\w+)\nSeverityNumber: \w+\((\d+)\)\n"
    r"EventName: (.*)\nBody: (.*)\nAttributes:\n     -> (.*)\n"
    r"    Trace ID       : (\w*)\n    Span ID        : \nFlags: 0",
    re.DOTALL,
)
# The separator of an attribute and its value; a key may contain a colon.
VALUE = re.compile(r": (?=(?:Str|Int|Double|Bool|Slice|Map)\(|Empty$)")


def from_rotel(output):
    for request in re.split(r"\nResourceLog #\d+\n", output)[1:]:
        head, *records = re.split(r"\nLogRecord #\d+\n", request)
        assert f"     -> {RESOURCE[0]}: Str({RESOURCE[1]})\n" in head, f"another resource: {head}"
        instance = re.search(r"     -> service\.instance\.id: Str\((\w+)\)\n", head)
        assert instance, f"no instance: {head}"
        assert f"\nInstrumentationScope {SCOPE} " in head, f"another scope: {head}"
        for text in records:
            found = LOG_RECORD.match(text)
            assert found, f"not a log record: {text[:2000]}"
            observed, at, severity, number, event_name, body, attributes, trace_id = found.groups()
            entries = [VALUE.split(entry, 1) for entry in attributes.split("\n     -> ")]
            attributes = dict(entries)
            assert len(attributes) == len(entries), f"a key twice: {text[:2000]}"
            uid = attributes["log.record.uid"][4:-1]
            assert uid.startswith(f"{instance[1]}-"), f"another instance than that of {uid}: {head}"
            yield uid, {
                "time": int(at),
                "observed": int(observed),
                "severity": (int(number), severity),
                "event_name": event_name,
                "body": body,
                "trace_id": trace_id,
                "attributes": attributes,
            }


RECEIVERS = {"oteltap": (from_oteltap, in_oteltap), "rotel": (from_rotel, in_rotel)}


def differences(wanted, got):
    for key in wanted:
        if key == "attributes":
            for name in sorted(wanted[key].keys() | got[key].keys()):
                pair = wanted[key].get(name), got[key].get(name)
                if pair[0] != pair[1]:
                    yield name, *pair
        elif wanted[key] != got[key]:
            yield key, wanted[key], got[key]


def received(read, output, journal):
    """Returns the journal's records in the order of their arrival."""
    text = pathlib.Path(output).read_bytes().decode()
    return [(uid, record) for uid, record in read(text) if uid.startswith(f"{journal}-")]


def compare(receiver, output, folder):
    read, typed = RECEIVERS[receiver]
    journal, records = day_files(pathlib.Path(folder))
    # A receiver may print a record after it has answered.
    last = records[max(records)][1]
    wait_until(f"{last} in {receiver}", lambda: re.search(f"{last}\\W", pathlib.Path(output).read_text()))
    arrivals = wait_until("a whole record", lambda: received(read, output, journal))
    first = {}
    for uid, got in arrivals:
        if uid in first and first[uid] != got:
            sys.exit(f"{uid} arrived twice, with different contents")
        first.setdefault(uid, got)
    if list(first) != [records[seq][1] for seq in sorted(records)]:
        sys.exit(f"{len(records)} records in the day files; arrived, in this order: {list(first)}")
    count = 0
    for seq, (record, uid) in records.items():
        wanted = expected(uid, record, typed)
        for name, want, got in differences(wanted, first[uid]):
            sys.exit(f"seq {seq}: {name} is {str(got)[:1000]}; expected {str(want)[:1000]}")
        count += len(wanted) - 1 + len(wanted["attributes"])
    repeats = len(arrivals) - len(first)
    print(f"{len(records)} records in {receiver}, {count} fields, {repeats} arrived more than once")


def nothing(receiver, output, folder):
    journal, _ = day_files(pathlib.Path(folder))
    if received(RECEIVERS[receiver][0], output, journal):
        sys.exit(f"{receiver} has records of {journal}")


match sys.argv[1:]:
    case ["ports", count]:
        ports(count)
    case ["listening", *some]:
        for port in some:
            wait_until(f"a listener on port {port}", lambda: is_listening(int(port)))
    case ["gone", pid]:
        wait_until(f"the end of {pid}", lambda: not os.path.exists(f"/proc/{pid}"))
    case ["compare", receiver, output, folder]:
        compare(receiver, output, folder)
    case ["nothing", receiver, output, folder]:
        nothing(receiver, output, folder)
    case _:
        sys.exit(__doc__)
