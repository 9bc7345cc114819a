"""What .ci/query measures and compares. See there."""

import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

AUDITLOG, PYTHON, SAMPLE, LARGE = sys.argv[1:5]
IS_QUICK = "--quick" in sys.argv
FIELD = ("provider_name", "whisper-cpp")


def run(command, stdout=subprocess.DEVNULL):
    """Returns the seconds, the most memory in MiB, and the status of a command."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=stdout)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, process.returncode


def files(folder):
    return sorted(str(path) for path in Path(folder).glob("audit-*.log"))


def query(folder, *arguments):
    done = subprocess.run([AUDITLOG, "query", folder, "--format", "raw", *arguments], capture_output=True)
    assert done.returncode in (0, 1) and not done.stderr, (arguments, done.returncode, done.stderr)
    return done.stdout.splitlines()


def jq(folder, condition):
    """Returns the lines for which a condition holds, as they are written: jq changes large numbers."""
    program = f". as $line | fromjson | select({condition}) | $line"
    done = subprocess.run(["jq", "-Rr", program, *files(folder)], capture_output=True, check=True)
    return done.stdout.splitlines()


def values(records, path):
    found = []
    for record in records:
        value = record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, (list, dict)):
            found.append(value)
    return found


def random_queries(folder, how_many):
    """Yields the arguments of a query, and the same in the language of jq."""
    choose = random.Random(7)
    lines = [line for name in files(folder) for line in open(name, encoding="utf-8")]
    records = [json.loads(line) for line in choose.sample(lines, min(4000, len(lines)))]
    paths = [("actor", "user_id"), ("actor", "tenant"), ("actor", "kind"), ("trace_id",), ("outcome",), ("event",)]
    # jq compares numbers as 64-bit floats, so not those of `resource.revision`.
    paths += [("resource", key) for key in (
        "provider_name", "attempt", "attempts", "latency_ms", "reason", "provider_kind", "mode", "bytes", "id", "method")]
    times = sorted(record["ts"] for record in records)
    for _ in range(how_many):
        arguments, conditions = [], []
        for _ in range(choose.randint(1, 3)):
            kind = choose.random()
            path = choose.choice(paths)
            place = "." + ".".join(path)
            value = choose.choice(values(records, path))
            written = json.dumps(value, ensure_ascii=False)
            if kind < 0.15:
                glob, begin = choose.choice([("auth.*", "^auth\\\\."), ("mode.*", "^mode\\\\."), ("*ed", "ed$")])
                if "--event" not in arguments:
                    arguments += ["--event", glob]
                    conditions.append(f'.event | test("{begin}")')
            elif kind < 0.3:
                first, last = sorted(choose.sample(times, 2))
                arguments += ["--since", first, "--until", last] if "--since" not in arguments else []
                conditions.append(f'.ts >= "{first}" and .ts < "{last}"' if len(arguments) and arguments[-1] == last else "true")
            elif kind < 0.4:
                first = choose.randrange(len(lines))
                if "--seq" not in arguments:
                    arguments += ["--seq", f"{first}..{first + 5000}"]
                    conditions.append(f".seq >= {first} and .seq <= {first + 5000}")
            elif kind < 0.5:
                arguments += ["--where", ".".join(path)]
                conditions.append(f"{place} != null")
            elif kind < 0.6:
                arguments += ["--where", "!" + ".".join(path)]
                conditions.append(f"{place} == null")
            elif kind < 0.7:
                arguments += ["--where", f"{'.'.join(path)}!={written}"]
                conditions.append(f"{place} != null and {place} != {written}")
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                sign = choose.choice(["<", "<=", ">", ">=", "="])
                arguments += ["--where", f"{'.'.join(path)}{sign}{written}"]
                conditions.append(f'({place} | type) == "number" and {place} {"==" if sign == "=" else sign} {written}')
            else:
                arguments += ["--where", f"{'.'.join(path)}={written}"]
                conditions.append(f"{place} == {written}")
        yield arguments, " and ".join(f"({condition})" for condition in conditions)


def compare(folder, how_many):
    some = 0
    for arguments, condition in random_queries(folder, how_many):
        ours, theirs = query(folder, *arguments), jq(folder, condition)
        assert ours == theirs, f"{arguments}: {len(ours)} lines, jq has {len(theirs)} for {condition}"
        assert query(folder, *arguments, "--reverse") == ours[::-1], arguments
        some += bool(ours)
    print(f"{how_many} random queries: the lines are those of jq, byte for byte, in both directions ({some} found any)")
    assert some > how_many / 4


DUCKDB = """
import duckdb, sys
duckdb.sql("SET threads = 2")
duckdb.sql("SET enable_progress_bar = false")
columns = "{'ts': 'VARCHAR', 'event': 'VARCHAR', 'outcome': 'VARCHAR', 'resource': 'JSON', 'seq': 'UBIGINT'}"
print(duckdb.sql(f"SELECT count(*) FROM read_json('{sys.argv[1]}/audit-*.log', format='newline_delimited', "
                 f"columns={columns}) WHERE resource->>'provider_name' = 'whisper-cpp'").fetchall()[0][0])
"""


def measure(folder):
    size = sum(os.path.getsize(name) for name in files(folder))
    ours = [AUDITLOG, "query", folder, "--where", "=".join(("resource." + FIELD[0], FIELD[1]))]
    contenders = {
        "auditlog query": ours + ["--format", "raw"],
        "auditlog query --count": ours + ["--count"],
        "auditlog query, each line parsed": [
            AUDITLOG, "query", folder, "--where", "resource.attempt>=3", "--count"],
        "DuckDB read_json": [PYTHON, "-c", DUCKDB, folder],
        "jq": ["jq", "-c", f'select(.resource.{FIELD[0]} == "{FIELD[1]}")', *files(folder)],
    }
    counts = {
        "auditlog": subprocess.check_output(contenders["auditlog query --count"]).strip(),
        "DuckDB": subprocess.check_output(contenders["DuckDB read_json"]).strip(),
    }
    assert len(set(counts.values())) == 1, counts
    seconds, memory = {name: [] for name in contenders}, {name: 0 for name in contenders}
    for _ in range(1 if IS_QUICK else 3):
        for name, command in contenders.items():
            took, most, status = run(command)
            assert status == 0, name
            seconds[name].append(took)
            memory[name] = max(memory[name], most)
    print(f"\n{size / 1e9:.2f} GB, {int(counts['auditlog'])} records found, {os.cpu_count()} processors; medians")
    for name in contenders:
        took = statistics.median(seconds[name])
        print(f"  {name:34} {took:8.3f} s {size / took / 1e9:7.2f} GB/s {memory[name]:8.0f} MiB")
    recent = [AUDITLOG, "query", folder, "--event", "auth.failed", "--since", "1 day ago", "--format", "raw"]
    runs = [run(recent) for _ in range(5 if IS_QUICK else 21)]
    day = statistics.median(took for took, _, _ in runs)
    print(f"  --event auth.failed --since '1 day ago': {1000 * day:.1f} ms, {max(most for _, most, _ in runs):.0f} MiB")
    most = max(memory["auditlog query"], memory["auditlog query --count"], *(most for _, most, _ in runs))
    assert most < 64, f"{most} MiB"
    if not IS_QUICK:
        median = {name: statistics.median(took) for name, took in seconds.items()}
        assert day < 0.05, day
        assert 5 * median["auditlog query"] <= median["jq"], median
        assert median["auditlog query"] <= median["DuckDB read_json"], median


# In a process of its own: as the memory of a command that it starts, the system counts this one's, too, as it was at the fork.
comparison = multiprocessing.get_context("fork").Process(target=compare, args=(SAMPLE, 20 if IS_QUICK else 200))
comparison.start()
comparison.join()
assert comparison.exitcode == 0
measure(LARGE)
