"""Power cuts of a recording, and what a server makes of the disks that they leave."""

import concurrent.futures
import json
import os
import random
import shutil
import subprocess

import wharf
from disk import MODELS, WHOLE, rebuild
from log import facts
from promises import Verification, expectations
from recording import SETTINGS, scratch

# The syncs that the test of this test ignores, by the files and directories that they are of, for each recording of a group.
# The whole disk is synced by a server at `power-loss` over the store of one at `process-crash`.
IGNORED_SYNCS = {
    "power-loss": {
        "objects": lambda path: path.startswith("bytes/") and path.count("/") == 2,
        "directories": lambda path: path.startswith("bytes") and path.count("/") == 1,
        "the catalogue": lambda path: path.startswith("catalogue.db"),
    },
    "killed process-crash": {"the disk": lambda path: path == WHOLE},
}
# Facts that a client was told.
ACKNOWLEDGED = {"id", "chunk", "offset", "finished", "ended", "titled"}
# Of the models of a disk.
WEIGHTS = {"prefix": 1, "strict": 2, "random": 5}


class Cut:
    """A moment, and what becomes of everything that was not synced. Determined by the seed and the number."""

    def __init__(self, recording, seed, number, models=MODELS, is_late=False):
        self.recording, self.seed, self.number = recording, seed, number
        draws = random.Random(f"{seed} {number}")
        start, end = recording.start, len(recording.records)
        if is_late:
            start = (start + end) // 2
        answers = [position for position in recording.answers if position >= start]
        self.position = draws.choice(answers) if answers and draws.random() < 0.5 else draws.randrange(start, end + 1)
        self.model = draws.choices(models, [WEIGHTS[model] for model in models])[0]
        # Otherwise the server is the first to open the disk.
        self.is_checked_first = draws.random() < 0.5 or self.lost_allowed

    def __str__(self):
        return (f"cut {self.number} of {self.recording.log} ({self.recording.durability}) after record {self.position} of "
                f"{len(self.recording.records)}, {self.model}")

    def disk(self, ignores=lambda path: False):
        """The same one each time."""
        draws = random.Random(f"{self.seed} {self.number} disk")
        return rebuild(self.recording.records[:self.position], self.model, draws, ignores)

    @property
    def acknowledgements(self):
        return sum(not ACKNOWLEDGED.isdisjoint(fact) for fact in facts(self.recording.records[:self.position]))

    @property
    def lost_allowed(self):
        return self.model != "prefix" and self.recording.may_lose(self.position)


def verify(cut, directory, ignores=lambda path: False, checks=True):
    """Rebuilds the disk of a cut in a directory, and returns the broken promises."""
    data = os.path.join(directory, "data")
    cut.disk(ignores).store(data)
    damaged = set()
    if checks and cut.is_checked_first and holds_store(data):
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
        failures = Verification(
            server.port, expected, lost_allowed=cut.lost_allowed, damaged=damaged).run()
    finally:
        server.kill()
    if failures or not checks or cut.lost_allowed:
        return failures
    return check(data, False)[1]


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


def examine(cut, keep=False, ignores=lambda path: False, **options):
    """Verifies a cut in a directory of its own. Returns the failures, with a directory that holds its disk if it is kept."""
    directory = scratch()
    try:
        failures = verify(cut, directory, ignores=ignores, **options)
    except Exception as failure:  # A failure of the test itself is reported with its cut, too.
        failures = [f"{type(failure).__name__}: {failure}"]
    if failures and keep:
        cut.disk(ignores).store(os.path.join(directory, "before"))
        return [*failures, f"kept: {directory}/before, and {directory}/data after the verification"]
    shutil.rmtree(directory)
    return failures


# MARK: - Many cuts


class Tally:
    """Of the cuts so far: how many failed, and what clients had been told before them."""

    made = failed = acknowledgements = 0

    def __str__(self):
        return (f"{self.made - self.failed} of {self.made} power cuts without a broken promise, after {self.acknowledgements} "
                "acknowledgements")


def survey(cuts, tally, jobs, **options):
    """Examines cuts side by side, counts them and reports those that failed. Returns their number."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for cut, failures in zip(cuts, pool.map(lambda cut: examine(cut, **options), cuts)):
            tally.made += 1
            tally.acknowledgements += cut.acknowledgements
            if failures:
                failed += 1
                print(f"FAILED {cut}")
                for failure in failures:
                    print(f"    {failure}", flush=True)
    tally.failed += failed
    return failed


def test_of_the_test(recording, seed):
    """With syncs of one kind ignored the verification fails, without any help of `wharf check`."""
    caught = True
    for name, ignores in IGNORED_SYNCS.get(recording.kind, {}).items():
        for number in range(20):
            failures = examine(Cut(recording, seed, number), ignores=ignores, checks=False)
            if failures:
                print(f"caught: ignored syncs of {name} by cut {number}  ({failures[0][:120]})", flush=True)
                break
        else:
            print(f"missed: ignored syncs of {name}")
            caught = False
    return caught
