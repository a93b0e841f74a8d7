#!/usr/bin/env python3
"""Checks an audit trail of Poortwachter, without Poortwachter.

    audit_verify.py DIR [--key checkpoint.pub]... [--checkpoint FILE] [--live]

Only the standard library is needed. Where the package `cryptography` is installed, signatures are checked too;
where it is not, that is said. Exits 0 when all is right, 1 when something is not, 2 when it could not be checked.

The format: one JSON object a line. `hash` is the SHA-256 of the line's text before `,"hash"`, `prev` the hash of the
line before, `seq` counts from 1. A file begins with a `segment` line and ends with a `checkpoint`, whose `root` is
the RFC 6962 tree hash over the lines before it in the file and whose `signature` is Ed25519 over the text that
`statement` below makes. A file that a crash left without its last checkpoint is told of by a `recovery` line at the
beginning of the next. Files whose time was over are missing: `tombstone` lines, with a signature behind them, say which
stretches of the chain are gone.
"""

import argparse
import hashlib
import json
import os
import re
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

NAME = re.compile(r"([0-9]{12,})-.*Z\.jsonl\Z")
LINE = re.compile(
    rb'\{"v":1,"seq":(0|[1-9]\d*),(.*),"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}\Z', re.DOTALL
)
TAIL = len(',"hash":"') + 64 + len('"}')


def sha256(data):
    return hashlib.sha256(data).digest()


class Tree:
    """RFC 6962 section 2.1, leaf by leaf."""

    def __init__(self):
        self.size, self.parts = 0, []

    def add(self, line):
        part = (1, sha256(b"\0" + line))
        while self.parts and self.parts[-1][0] == part[0]:
            left = self.parts.pop()
            part = (2 * left[0], sha256(b"\1" + left[1] + part[1]))
        self.parts.append(part)
        self.size += 1

    def root(self):
        if not self.parts:
            return sha256(b"").hex()
        hashes = [part[1] for part in self.parts]
        joined = hashes.pop()
        while hashes:
            joined = sha256(b"\1" + hashes.pop() + joined)
        return joined.hex()


def read(line):
    """The line's number, prev, hash and members, if it is as it was written."""
    found = LINE.match(line)
    if not found or hashlib.sha256(line[:-TAIL]).hexdigest() != found[4].decode():
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    kind = re.match(rb'"kind":"([^"]*)"', found[2])
    record.update(kind=kind[1].decode() if kind else "", seq=int(found[1]))
    record.update(prev=found[3].decode(), hash=found[4].decode())
    return record


def says_all(record):
    """Whether it has what checking needs of its kind."""
    kind = record["kind"]
    texts = {"segment": "name trail public", "checkpoint": "trail segment root time why key signature"}
    if not all(isinstance(record.get(key), str) for key in texts.get(kind, "").split()):
        return False
    if kind == "tombstone":
        lists = [record.get("removed"), record.get("gone")]
        return all(isinstance(each, list) for each in lists) and all(map(is_stretch, lists[0] + lists[1]))
    return kind != "checkpoint" or isinstance(record.get("size"), int)


def is_stretch(each):
    if not isinstance(each, dict) or not all(isinstance(each.get(key), int) for key in ("from", "to")):
        return False
    return all(re.fullmatch("[0-9a-f]{64}", str(each.get(key))) for key in ("before", "last"))


def statement(record):
    lines = ["poortwachter audit checkpoint v1"]
    lines += [f"{key} {record[key]}" for key in ("trail", "segment", "seq", "prev", "size", "root", "time", "why")]
    return ("\n".join(lines) + "\n").encode()


def signed(record, public):
    try:
        if record["key"] != sha256(b"poortwachter key id\n" + bytes.fromhex(public))[:8].hex():
            return False
        if Ed25519PublicKey is None:
            return True
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(record["signature"]), statement(record)
        )
        return True
    except (InvalidSignature, ValueError):
        return False


def covered(hole, gone):
    """Whether stretches that are gone make up the missing one, each continuing the one before."""
    first, last, prev, end = hole
    reached = {(first, prev)}
    for at in sorted({stretch[0] for stretch in gone}):
        for start, stop, before, hash in gone:
            if start == at and stop >= start and stop <= last and (start, before) in reached:
                reached.add((stop + 1, hash))
    return (last + 1, end) in reached


def key_of(path):
    words = open(path, "rb").read().decode(errors="replace").split()
    if len(words) != 2 or words[0] != "poortwachter-checkpoint-public-key-v1" or not re.fullmatch("[0-9a-f]{64}", words[1]):
        raise OSError(f"{path} is no public key for checkpoints")
    return words[1]


def check(directory, keys, witnessed, live):
    faults, notes = [], []
    names = sorted(
        (name for name in os.listdir(directory) if NAME.match(name)), key=lambda name: (int(NAME.match(name)[1]), name)
    )
    seq, prev, trail, previous = 1, "0" * 64, None, None
    pending, ended, lines, behind = [], "stop", 0, 0
    holes, told_gone, signed_gone = [], [], []

    def is_gone(segment):
        first = NAME.match(segment) if isinstance(segment, str) else None
        return first and any(hole[0] <= int(first[1]) <= hole[1] for hole, _ in holes)

    for name in names:
        data = open(os.path.join(directory, name), "rb").read()
        tree, at, whole, bad, public, seal = Tree(), 0, 0, 0, None, None
        number = 0
        while (end := data.find(b"\n", at)) >= 0:
            line, at, number = data[at:end], end + 1, number + 1
            where = f"{name}, line {number}"
            record = read(line)
            if record is None:
                bad += 1
                continue
            if bad:
                faults.append(f"{where}: {bad} lines before it are not as they were written")
            elif number == 1 and record["seq"] > seq:
                holes.append(((seq, record["seq"] - 1, prev, record["prev"]), where))
            elif record["seq"] != seq or record["prev"] != prev:
                faults.append(f"{where}, seq {record['seq']}: does not continue the line before (seq {seq - 1})")
            bad, whole = 0, at
            seq, prev = record["seq"] + 1, record["hash"]
            lines, behind, kind = lines + 1, behind + 1, record["kind"]
            if not says_all(record):
                faults.append(f"{where}: a {kind} line that lacks what such a line says")
                kind = ""
            if seal:
                faults.append(f"{where}: stands behind the end of its segment")
            seal = None
            if (tree.size == 0) != (kind == "segment"):
                faults.append(f"{where}: no header, or one in the wrong place")
            if kind == "segment":
                follows = record.get("previous") == previous or is_gone(record.get("previous"))
                if record["name"] != name or not follows or trail not in (None, record["trail"]):
                    faults.append(f"{where}: the header does not fit")
                trail, public = record["trail"], record["public"]
                if keys and public not in keys:
                    faults.append(f"{where}: signed with a key that was not given")
            elif kind == "recovery" and record.get("cause") == "unsealed":
                told = tuple(record.get(key) for key in ("segment", "lines", "bytes", "root", "torn_bytes", "torn_sha256"))
                if pending and pending[0] == told:
                    pending.pop(0)
                    notes.append(f"{told[0]}: ended without a seal, {told[4]} bytes torn; sealed by seq {seq - 1}")
                elif not is_gone(told[0]):
                    faults.append(f"{where}: tells of an unfinished segment otherwise than it is")
            elif kind != "recovery":
                faults += [f"{told[0]}: ends without a seal, and no record says why" for told in pending]
                pending = []
            if kind == "tombstone":
                stretches = record["removed"] + record["gone"]
                told_gone += [tuple(each[key] for key in ("from", "to", "before", "last")) for each in stretches]
            if kind == "checkpoint":
                about = (record["trail"], record["segment"], record["size"], record["root"])
                if about != (trail, name, tree.size, tree.root()):
                    faults.append(f"{where}: the checkpoint is not about the lines before it")
                elif public is None or not signed(record, public):
                    faults.append(f"{where}: the signature is not right")
                else:
                    behind = 0
                    signed_gone += told_gone
                    told_gone = []
                if record["why"] in ("segment", "stop"):
                    seal = record["why"]
            tree.add(line)
            witnessed.discard(line)
        torn = data[whole:]
        ended, previous = (seal if seal and not torn else None), name
        if ended is None:
            pending.append((name, tree.size, whole, tree.root(), len(torn), sha256(torn).hex()))
    if not lines:
        faults.append("there is no trail here")
    for hole, where in holes:
        if covered(hole, signed_gone):
            notes.append(f"lines {hole[0]} to {hole[1]} were removed when their time was over; tombstones say so")
        else:
            faults.append(f"{where}: lines {hole[0]} to {hole[1]} are missing, and no signed tombstone says why")
    faults += [f"{told[0]}: ends without a seal, and no record says why" for told in pending[:-1]]
    if not live and ended is None:
        faults.append("the trail ends without a seal")
    if not live and ended == "segment":
        faults.append("the last segment says that another follows, and there is none")
    faults += ["a checkpoint known from elsewhere is not in the trail" for _ in witnessed]
    if behind:
        notes.append(f"{behind} lines stand behind the last checkpoint")
    if Ed25519PublicKey is None:
        notes.append("signatures were not checked: the package `cryptography` is not installed")
    return faults, notes, lines, seq - 1, prev


def main():
    parser = argparse.ArgumentParser(description="Checks an audit trail of Poortwachter.")
    parser.add_argument("directory")
    parser.add_argument("--key", action="append", default=[], help="a public key its checkpoints may be signed with")
    parser.add_argument("--checkpoint", help="a file with checkpoints known from elsewhere, one a line")
    parser.add_argument("--live", action="store_true", help="the gateway may be writing to it")
    given = parser.parse_args()
    witnessed = set()
    try:
        if given.checkpoint:
            witnessed = {line for line in open(given.checkpoint, "rb").read().split(b"\n") if line}
        keys = [key_of(path) for path in given.key]
        faults, notes, lines, seq, prev = check(given.directory, keys, witnessed, given.live)
    except OSError as error:
        print(f"audit_verify.py: {error}", file=sys.stderr)
        return 2
    if lines and not keys:
        notes.append("checked with the key that the trail names itself; give --key to know whose it is")
    for fault in faults:
        print(f"fault: {fault}")
    for note in notes:
        print(f"note: {note}")
    print(f"{'failed' if faults else 'ok'}: {lines} lines, up to seq {seq} with hash {prev}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
