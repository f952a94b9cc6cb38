"""The log that recorder.c and the clients write together: its order is the order of events."""

import collections
import enum
import json
import os
import struct

HEADER = struct.Struct("<IIQQQ")
# The recorder counts from one.
FORMER_FILES = 1 << 32


class Kind(enum.IntEnum):
    """As in recorder.c."""

    FACT = 0
    FOUND = 1
    CREATE = 2
    MAKE_DIRECTORY = 3
    REMOVE = 4
    RENAME = 5
    WRITE = 6
    SET_SIZE = 7
    EXTEND = 8
    SYNC_BEGIN = 9
    SYNC_END = 10
    UNSUPPORTED = 11


class Scope(enum.IntEnum):
    """What a sync covers."""

    FILE = 0
    DIRECTORY = 1
    DISK = 2


Record = collections.namedtuple("Record", "kind file offset count payload")


class FactLog:
    """Appends what clients sent and were told.

    A new log begins with the disk that the server finds and the facts about it, and with the sync that makes all of it durable.
    """

    def __init__(self, path, durability, disk=None, facts=()):
        self.descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
        self.note(None, durability=durability)
        for fact in facts:
            self.note(**fact)
        if disk:
            for name in sorted(disk.directories - {""}):
                self.append(Kind.MAKE_DIRECTORY, payload=name.encode())
            for number, (name, content) in enumerate(sorted(disk.files.items()), FORMER_FILES):
                self.append(Kind.CREATE, number, payload=name.encode())
                self.append(Kind.WRITE, number, count=len(content), payload=content)
        self.append(Kind.SYNC_BEGIN, count=Scope.DISK)
        self.append(Kind.SYNC_END, count=Scope.DISK)

    def note(self, key, **facts):
        self.append(Kind.FACT, payload=json.dumps({"key": key, **facts}).encode())

    def append(self, kind, file=0, offset=0, count=0, payload=b""):
        record = HEADER.pack(HEADER.size + len(payload), kind, file, offset, count) + payload
        # One write: O_APPEND makes it atomic among all that append.
        if os.write(self.descriptor, record) != len(record):
            raise OSError("the log could not be written")

    def close(self):
        os.close(self.descriptor)


def read(path):
    """All records of a log, in order, and the number of those before the recorded server."""
    with open(path, "rb") as file:
        log = memoryview(file.read())
    records, position, start = [], 0, 0
    # The numbers of files that the log began with, by the names and then by the numbers that the recorder gave them.
    former, numbers = {}, {}
    while position < len(log):
        length, kind, file, offset, count = HEADER.unpack_from(log, position)
        if length < HEADER.size or position + length > len(log):
            raise AssertionError(f"the log is damaged at {position}")
        payload = log[position + HEADER.size:position + length]
        if kind == Kind.UNSUPPORTED:
            raise AssertionError(f"the recorder does not support a call of {bytes(payload).decode()} as it was made")
        position += length
        if kind == Kind.CREATE and file >= FORMER_FILES:
            former[bytes(payload)] = file
        if kind == Kind.FOUND:
            numbers[file] = former[bytes(payload)]
            continue
        records.append(Record(Kind(kind), numbers.get(file, file), offset, count, payload))
        if kind == Kind.SYNC_END and offset == 0:
            start = len(records)
    return records, start


def facts(records):
    """What was sent and told, in order."""
    all_ = (json.loads(bytes(record.payload)) for record in records if record.kind == Kind.FACT)
    return [fact for fact in all_ if fact["key"]]


def durability(records):
    return json.loads(bytes(records[0].payload))["durability"]


def path(record):
    return bytes(record.payload).decode()
