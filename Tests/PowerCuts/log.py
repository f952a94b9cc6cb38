"""The log that recorder.c and the clients write together: its order is the order of events."""

import collections
import enum
import json
import os
import struct

HEADER = struct.Struct("<IIQQQ")


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


class Log:
    """Appends what clients sent and were told, and what a server is about to find."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)

    def begin_with(self, disk, facts):
        """A disk after a power loss: all of it is durable."""
        for fact in facts:
            self.note(**fact)
        for name in sorted(disk.directories - {""}):
            self.append(Kind.MAKE_DIRECTORY, payload=name.encode())
        # Small numbers: those of the recorder are large.
        for number, (name, content) in enumerate(sorted(disk.files.items()), 1):
            self.append(Kind.CREATE, number, payload=name.encode())
            self.append(Kind.WRITE, number, count=len(content), payload=content)
        self.append(Kind.SYNC_BEGIN, count=Scope.DISK)
        self.append(Kind.SYNC_END, count=Scope.DISK)

    def copy(self, records):
        """A disk after a killed process: what was not synced still is not."""
        for record in records:
            self.append(*record)

    def note_server(self, **facts):
        self.note(None, **facts)

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
    """All records of a log, in order."""
    with open(path, "rb") as file:
        log = memoryview(file.read())
    records, position = [], 0
    # The numbers of files by their names, and by the numbers that the recorders of later servers gave them.
    live, numbers = {}, {}
    while position < len(log):
        length, kind, file, offset, count = HEADER.unpack_from(log, position)
        if length < HEADER.size or position + length > len(log):
            raise AssertionError(f"the log is damaged at {position}")
        payload = log[position + HEADER.size:position + length]
        position += length
        match kind:
            case Kind.UNSUPPORTED:
                raise AssertionError(f"the recorder does not support a call of {bytes(payload).decode()} as it was made")
            case Kind.CREATE:
                live[bytes(payload)] = file
            case Kind.REMOVE:
                live.pop(bytes(payload), None)
            case Kind.RENAME:
                old, new = bytes(payload).split(b"\0")
                live[new] = live.pop(old)
            case Kind.FOUND:
                numbers[file] = live[bytes(payload)]
                continue
        records.append(Record(Kind(kind), numbers.get(file, file), offset, count, payload))
    return records


def facts(records):
    """What was sent and told, in order. Those about servers have no key."""
    return [json.loads(bytes(record.payload)) for record in records if record.kind == Kind.FACT]


def path(record):
    return bytes(record.payload).decode()
