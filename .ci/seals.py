"""Verifies a sealed directory with the PyPI package tlog-scales: .ci/seals.

    seals.py DIRECTORY LOG.vkey [FILE.tlog-proof...]

Checked with its code are signatures, checkpoints, inclusion and consistency; the root is computed here.
"""

import glob
import hashlib
import json
import os
import re
import sys

from tlog_scales.signing import NoteSignature, Vkey
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof
from tlog_scales.utils import b64dec

directory, pinned, proofs = sys.argv[1], sys.argv[2], sys.argv[3:]


def sha256(data):
    return hashlib.sha256(data).digest()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check(condition, what):
    if not condition:
        sys.exit(f"WRONG: {what}")


def opened(note, keys, what):
    """Returns the text of a note that one of the keys has signed."""
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    signed = False
    for line in signatures.splitlines():
        signature = NoteSignature.from_line(line)
        for key in keys:
            if key.match(signature):
                try:
                    key.get_verifier().key.verify(signature.payload, text.encode())
                except Exception as error:
                    sys.exit(f"WRONG: {what}: {error!r}")
                signed = True
    check(signed, f"{what} is not signed")
    return text


def values(text, key):
    return re.findall(f"^{key} (.*)$", text, re.MULTILINE)


keys = [Vkey.from_string(read(pinned).strip())]
check(read(f"{directory}/seal/log.vkey") == read(pinned), "the first key is another one")
signed = []  # (what, size, root)
names_of_seals = []
for number, path in enumerate(sorted(glob.glob(f"{directory}/seal/key-*.vkey")), 2):
    text = opened(read(path), keys[-1:], path)
    check(values(text, "epoch") == [str(number)] and path.endswith(f"key-{number:06}.vkey"), path)
    keys.append(Vkey.from_string(values(text, "key")[0]))
    check(keys[-1].name == keys[0].name, path)
    signed.append((path, int(values(text, "size")[0]), b64dec(values(text, "root")[0])))
    names_of_seals += values(text, "seal")

checkpoint = Checkpoint.from_text(read(f"{directory}/seal/checkpoint"))
checkpoint.verify(keys[-1])
check(checkpoint.origin == keys[0].name, "the checkpoint is of another log")
signed.append(("the checkpoint", checkpoint.size, checkpoint.root_hash))

# Seals, in order.
seals, base = {}, 0
for path in glob.glob(f"{directory}/seal/*.seal"):
    text = opened(read(path), keys, path)
    check(values(text, "prev")[0] not in seals, f"two seals follow one: {path}")
    seals[values(text, "prev")[0]] = (path, text)
    base = int(values(text, "base")[0])
prev, size, root, gone, limits = "none", 0, sha256(b""), None, {}
ordered = 0
while prev in seals:
    path, text = seals[prev]
    start, end = (int(number) - base for number in values(text, "range")[0].split())
    check(start == size, f"{path} does not begin where the one before ended")
    new_root = b64dec(values(text, "root")[0])
    ConsistencyProof(size, end, [b64dec(value) for value in values(text, "consistency")]).check(root, new_root)
    signed.append((path, end, new_root))
    size, root, prev = end, new_root, hashlib.sha256(read(path).encode()).hexdigest()
    ordered += 1
    if prev in names_of_seals:
        names_of_seals.remove(prev)
    file = values(text, "file")[0]
    limits[file] = int(values(text, "bytes")[0])
    if os.path.exists(f"{directory}/{file}"):
        with open(f"{directory}/{file}", "rb") as opened_file:
            data = opened_file.read()
        whole = len(data) == limits[file] or not values(text, "SHA256")
        digest = hashlib.sha256(data[: limits[file]]).hexdigest()
        check(whole and f" ({file}) = {digest}\n" in text, f"{file} was changed: its SHA-256 differs")
    else:
        gone = (end, [b64dec(value) for value in values(text, "frontier")])
check(ordered == len(seals), "a seal is missing")
check(set(names_of_seals) <= {"none"}, "a seal that a certificate names is missing")

lines = {}
for path in glob.glob(f"{directory}/audit-*.log"):
    with open(path, "rb") as file:
        data = file.read()[: limits.get(os.path.basename(path))]
    last = -1
    for line in data.split(b"\n"):
        seq = re.search(rb'"seq":(\d+)}$', line)
        if seq:
            check(int(seq[1]) > last, f"record {int(seq[1])} does not stand in its place")
            last = int(seq[1])
            check(lines.setdefault(int(seq[1]), line) == line, f"record {int(seq[1])} is there twice")

begin, frontier = gone or (0, [])
check(not any(base <= seq < base + begin for seq in lines), "a file is gone, although older ones are there")
records = (json.loads(line) for seq, line in lines.items() if b'"kept_from_seq":' in line and seq < base + checkpoint.size)
kept_from = max((record["resource"].get("kept_from_seq", 0) for record in records if record["event"].startswith("log.")), default=0)
check(begin == 0 or base + begin <= kept_from, "a file is gone, and no sealed line says that it was pruned")
tree = list(zip([1 << bit for bit in range(63, -1, -1) if begin >> bit & 1], frontier))


def root_of(tree):
    if not tree:
        return sha256(b"")
    root = tree[-1][1]
    for _, left in reversed(tree[:-1]):
        root = sha256(b"\1" + left + root)
    return root


roots = {begin: root_of(tree)}
wanted = {size for _, size, _ in signed}
for leaf in range(begin, checkpoint.size):
    tree.append((1, sha256(b"\0" + lines.get(base + leaf, b""))))
    while len(tree) > 1 and tree[-2][0] == tree[-1][0]:
        (count, left), (_, right) = tree[-2:]
        tree[-2:] = [(2 * count, sha256(b"\1" + left + right))]
    if leaf + 1 in wanted:
        roots[leaf + 1] = root_of(tree)
for what, size, root in signed:
    check(size < begin or roots.get(size) == root, f"{what}: the root differs from that of the lines")

checked = 0
for path in proofs:
    head, note = read(path).split("\n\n", 1)
    head = [line for line in head.split("\n") if not line.startswith("extra ")]
    check(head[0] == "c2sp.org/tlog-proof@v1", path)
    index = int(head[1].removeprefix("index "))
    of = Checkpoint.from_text(note)
    opened(note, keys, path)
    if base + index in lines:
        leaf = sha256(b"\0" + lines[base + index])
        InclusionProof(index, of.size, [b64dec(line) for line in head[2:]]).check(leaf, of.root_hash)
        checked += 1
print(f"{len(keys)} keys, {len(seals)} seals, {len(signed)} signed trees, {checkpoint.size - begin} lines, {checked} proofs")
