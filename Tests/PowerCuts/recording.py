"""Recordings of a server at work."""

import os
import random
import shutil
import tempfile

import clients
import wharf
from disk import Disk, rebuild
from log import Kind, Log, facts, read
from promises import Verification, expectations

RECORDER = os.environ["RECORDER"]
# Small steps: an append has several checkpoints, and nothing is reserved on each of many disks.
SETTINGS = {
    "WHARF_ACTIVE_UPLOADS_MAX": "100000", "WHARF_CHECKPOINT_BYTES": "64KiB", "WHARF_CHECKPOINT_INTERVAL": "50ms",
    "WHARF_FREE_BYTES_MIN": "64KiB", "WHARF_IMAGING": "off", "WHARF_EVENT_LOOP_THREADS": "2", "WHARF_THREADS": "4",
}


class Recording:
    """A log. Cuts are after the records that its last server found."""

    def __init__(self, log):
        self.log, self.records = log, read(log)
        answers, servers, self.opened = [], [], len(self.records)
        for index, record in enumerate(self.records):
            if record.kind != Kind.FACT:
                continue
            fact = facts([record])[0]
            if "durability" in fact:
                servers.append((index + 1, fact["durability"]))
                self.opened = len(self.records)
            elif "opened" in fact:
                self.opened = index + 1
            else:
                answers.append(index + 1)
        self.start, self.durability = servers[-1]
        # Of the server that was killed before, if one was.
        self.former_durability = servers[-2][1] if len(servers) > 1 else None
        # After these clients have just been told something: half of the cuts are there.
        self.answers = [position for position in answers if position >= self.start]

    @property
    def kind(self):
        """How the disk of the server came to be, or its durability if it made the disk."""
        if self.former_durability:
            return f"killed {self.former_durability}"
        return "cut" if self.start > 1 else self.durability

    def may_lose(self, position):
        """Whether a power loss may take acknowledgements: those at `process-crash`, until a stricter server is open."""
        return self.durability == "process-crash" or self.former_durability == "process-crash" and position < self.opened


def scratch():
    """A directory in memory, if there is enough: nothing here has to survive."""
    has_room = os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 1 << 30
    return tempfile.mkdtemp(prefix="power-cuts-", dir="/dev/shm" if has_room else None)


def record(log, durability, seed, things):
    """Runs clients against a server over an empty disk."""
    return run(Log(log), log, durability, seed, things, Disk({}, {""}), ())


def record_after_cut(log, cut, durability, seed, things):
    """Runs a server over the disk that a cut leaves, completes what its clients left, and runs further clients."""
    records = cut.recording.records[:cut.position]
    noted, disk = Log(log), cut.disk()
    if cut.model == "prefix":
        noted.copy(records)
    else:
        noted.begin_with(disk, [fact for fact in facts(records) if fact["key"]])
    return run(noted, log, durability, seed, things, disk, facts(records))


def run(noted, log, durability, seed, things, disk, told):
    directory = scratch()
    try:
        data = os.path.realpath(os.path.join(directory, "data"))
        disk.store(data)
        noted.note_server(durability=durability)
        environment = {
            **SETTINGS, "LD_PRELOAD": RECORDER, "RECORDER_LOG": log, "RECORDER_ROOT": data, "RECORDER_SYNC_DELAY": "1000"}
        server = wharf.Server(directory=directory, durability=durability, environment=environment)
        try:
            noted.note_server(opened=True)
            failures = Verification(server.port, expectations(told), noted).run()
            if failures:
                raise AssertionError("\n".join(failures))
            clients.load(server.port, noted, seed, things)
        finally:
            # A stopped server has recorded its last call; a killed one may not have.
            server.process.terminate()
            server.end()
            noted.close()
        recording = Recording(log)
        require_complete(recording, Disk.load(data))
        return recording
    finally:
        shutil.rmtree(directory)


def require_complete(recording, actual):
    """What the recording adds up to is what is on the disk: no call went past the recorder."""
    final = rebuild(recording.records, "prefix", random.Random(0))
    if final.directories != actual.directories or set(final.files) != set(actual.files):
        raise AssertionError(f"names differ: {set(final.files) ^ set(actual.files)}, {final.directories ^ actual.directories}")
    for name, content in actual.files.items():
        if final.files[name] != content:
            raise AssertionError(f"{name} differs from what was recorded of it")
