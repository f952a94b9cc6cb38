"""Recordings of a server at work."""

import os
import random
import shutil
import tempfile

import clients
import wharf
from disk import Disk, rebuild
from promises import Verification, expectations
from recording import FactLog, Kind, durability, read

RECORDER = os.environ["RECORDER"]
# Small steps: an append has several checkpoints, and nothing is reserved on each of many disks.
SETTINGS = {
    "WHARF_ACTIVE_UPLOADS_MAX": "100000", "WHARF_CHECKPOINT_BYTES": "64KiB", "WHARF_CHECKPOINT_INTERVAL": "50ms",
    "WHARF_FREE_BYTES_MIN": "64KiB", "WHARF_IMAGING": "off", "WHARF_EVENT_LOOP_THREADS": "2", "WHARF_THREADS": "4",
}


class Recording:
    """A log. Cuts are after the records that the server found."""

    def __init__(self, log):
        self.log = log
        self.records, self.start = read(log)
        self.durability = durability(self.records)
        # After these clients have just been told something: half of the cuts are there.
        self.answers = [
            index + 1 for index, record in enumerate(self.records) if record.kind == Kind.FACT and index >= self.start]


def scratch():
    """Memory, if there is some to store files in: the cuts have been made already."""
    return tempfile.mkdtemp(prefix="power-cuts-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def record(log, mode, seed, things, disk=None, told=()):
    """Runs clients against a recorded server, over a disk that a cut left or over none, and returns the recording."""
    directory = scratch()
    try:
        data = os.path.realpath(os.path.join(directory, "data"))
        (disk or Disk({}, {""})).store(data)
        noted = FactLog(log, mode, disk, told)
        environment = {
            **SETTINGS, "LD_PRELOAD": RECORDER, "RECORDER_LOG": log, "RECORDER_ROOT": data, "RECORDER_SYNC_DELAY": "1000"}
        server = wharf.Server(directory=directory, durability=mode, environment=environment)
        try:
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
