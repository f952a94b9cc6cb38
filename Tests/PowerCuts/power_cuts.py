"""Records a server at work, cuts the power at random moments of the recording, and verifies what is left.

A recording is a log of every change below the store's directory, every sync, and everything that clients sent and were told.
Each cut takes a beginning of it, rebuilds the disk as a power loss may leave it, checks it with `wharf check`, opens it with
`wharf serve`, and asks for everything that the clients were told up to the cut. The recording itself varies from run to run;
for one recording, the seed determines every cut.
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import clients
import wharf
from disk import MODELS, Disk, rebuild
from promises import Verification, expectations
from recording import FactLog, Kind, durability, facts, read

RECORDER = os.environ["RECORDER"]
RESULTS = os.environ["POWER_CUTS_RESULTS"]
# The syncs that the test of this test ignores, by the files and directories that they are of.
IGNORED_SYNCS = {
    "objects": lambda path, record: path.startswith("bytes/") and path.count("/") == 2,
    "directories": lambda path, record: path.startswith("bytes") and path.count("/") == 1,
    "catalogue": lambda path, record: path.startswith("catalogue.db"),
}
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


# MARK: - One cut


class Cut:
    """A moment, and what becomes of everything that was not synced. Determined by the seed and the number."""

    def __init__(self, recording, seed, number):
        self.recording, self.number = recording, number
        self.random = random.Random(f"{seed} {number}")
        if recording.answers and self.random.random() < 0.5:
            self.position = self.random.choice(recording.answers)
        else:
            self.position = self.random.randrange(recording.start, len(recording.records) + 1)
        self.model = self.random.choices(MODELS, (1, 2, 5))[0]

    def __str__(self):
        return (f"cut {self.number} of {self.recording.log} ({self.recording.durability}) after record {self.position} of "
                f"{len(self.recording.records)}, {self.model}")

    def disk(self, ignores=lambda path, record: False):
        return rebuild(self.recording.records[:self.position], self.model, self.random, ignores)

    @property
    def lost_allowed(self):
        return self.recording.durability == "process-crash" and self.model != "prefix"


def verify(cut, directory, exact=False, ignores=lambda path, record: False, checks=True):
    """Rebuilds the disk of a cut in a directory, and returns the broken promises."""
    data = os.path.join(directory, "data")
    cut.disk(ignores).store(data)
    damaged, failures = set(), []
    if checks and holds_store(data):
        findings, failures = check(data, cut.lost_allowed)
        damaged = {finding.get("upload") for finding in findings}
    if failures:
        return failures
    try:
        server = wharf.Server(directory=directory, durability=cut.recording.durability, environment=SETTINGS)
    except RuntimeError as failure:
        return [str(failure)]
    try:
        expected = expectations(facts(cut.recording.records[:cut.position]))
        return Verification(
            server.port, expected, lost_allowed=cut.lost_allowed, damaged=damaged, exact=exact).run()
    finally:
        server.kill()


def holds_store(data):
    """Whether the disk has more than a directory: `wharf check` refuses to create a store."""
    return any(os.path.exists(os.path.join(data, name)) for name in ("catalogue.db", "bytes"))


def check(data, lost_allowed):
    """Checks a store. Returns its findings after a repair, and failures."""
    for repair in ([["--repair"], []] if lost_allowed else [[]]):
        done = subprocess.run(
            [wharf.WHARF, "check", "--data", data, "--json", *repair], capture_output=True, text=True, timeout=120)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        findings = [line for line in lines if "kind" in line]
        if not lines or "findings" not in lines[-1]:
            return [], [f"check: status {done.returncode}, {done.stdout}{done.stderr}"]
    broken = [finding for finding in findings if not lost_allowed or finding["repairable"] or finding["kind"] == "catalogue"]
    return findings, [f"check: {finding}" for finding in broken]


def examine(cut, keep=False, **options):
    """Verifies a cut in a directory of its own. Returns the failures, with the directory if it was kept."""
    directory = scratch()
    try:
        failures = verify(cut, directory, **options)
    except Exception as failure:  # A failure of the test itself is reported with its cut, too.
        failures = [f"{type(failure).__name__}: {failure}"]
    if failures and keep:
        return [*failures, f"kept in {directory}"]
    shutil.rmtree(directory)
    return failures


# MARK: - Many cuts


def survey(cuts, jobs, **options):
    """Examines cuts side by side and reports those that failed."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for cut, failures in zip(cuts, pool.map(lambda cut: examine(cut, **options), cuts)):
            if failures:
                failed += 1
                print(f"FAILED {cut}")
                for failure in failures:
                    print(f"    {failure}", flush=True)
    return failed


def recordings(arguments):
    """New recordings: of both durabilities, and one of a server that opens a disk after a cut and completes what is there."""
    for number in range(arguments.recordings):
        seed = arguments.seed + number
        for mode in ("power-loss", "process-crash"):
            first = record(os.path.join(RESULTS, f"{seed}-{mode}.log"), mode, seed, arguments.things)
            yield first
            if mode == "power-loss":
                cut = Cut(first, seed, "again")
                yield record(
                    os.path.join(RESULTS, f"{seed}-again.log"), mode, f"{seed}-again", arguments.things // 3 + 1,
                    cut.disk(), facts(first.records[:cut.position]))


def test_of_the_test(recording, arguments):
    """With syncs of one kind ignored the verification fails, without any help of `wharf check`."""
    missed = []
    for name, ignores in IGNORED_SYNCS.items():
        for number in range(20):
            failures = examine(Cut(recording, arguments.seed, number), ignores=ignores, checks=False)
            if failures:
                print(f"caught: ignored syncs of {name} by cut {number}  ({failures[0][:120]})", flush=True)
                break
        else:
            print(f"missed: ignored syncs of {name}")
            missed.append(name)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=100, help="number of cuts, over all recordings")
    parser.add_argument("--seed", type=int, default=1, help="of the load and of the cuts")
    parser.add_argument("--recordings", type=int, default=1, help="groups of three recordings that share the cuts")
    parser.add_argument("--things", type=int, default=25, help="uploads, memories and capsules of each of six clients")
    parser.add_argument("--jobs", type=int, default=2, help="cuts that are verified at once")
    parser.add_argument("--exact", action="store_true", help="process-crash: the check finds all lost bytes of pending uploads")
    parser.add_argument("--keep", action="store_true", help="keep the disks of failed cuts")
    parser.add_argument("--only", type=int, help="this cut alone, of --log")
    parser.add_argument("--log", help="cut this recording instead of new ones")
    parser.add_argument("--no-self-test", action="store_true", help="leave out the test of the test")
    arguments = parser.parse_args()
    os.makedirs(RESULTS, exist_ok=True)

    began, made, failed, missed = time.monotonic(), 0, 0, []
    options = {"keep": arguments.keep, "exact": arguments.exact}
    if arguments.log:
        recording = Recording(arguments.log)
        numbers = range(arguments.cuts) if arguments.only is None else [arguments.only]
        failed = survey([Cut(recording, arguments.seed, number) for number in numbers], arguments.jobs, **options)
        made = len(numbers)
    else:
        share = -(-arguments.cuts // (3 * arguments.recordings))
        for recording in recordings(arguments):
            count = min(share, arguments.cuts - made)
            failures = survey(
                [Cut(recording, arguments.seed, number) for number in range(count)], arguments.jobs, **options)
            print(f"{recording.log}: {len(recording.records)} records, {count} cuts, {failures} failed", flush=True)
            if made == 0 and not arguments.no_self_test:
                missed = test_of_the_test(recording, arguments)
            made, failed = made + count, failed + failures
            if failures == 0 and not arguments.keep:
                os.remove(recording.log)
    print(f"{made - failed} of {made} power cuts without a broken promise ({time.monotonic() - began:.0f} s)")
    sys.exit(1 if failed or missed else 0)


if __name__ == "__main__":
    main()
