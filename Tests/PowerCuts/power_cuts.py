"""Records a server at work, cuts the power at random moments of the recording, and verifies what is left.

A recording is a log of every change below the store's directory, every sync, and everything that clients sent and were told.
Each cut takes a beginning of it, rebuilds the disk as a power loss may leave it, checks it with `wharf check`, opens it with
`wharf serve`, and asks for everything that the clients were told up to the cut. The recording itself varies from run to run;
for one recording, the seed determines every cut.
"""

import argparse
import os
import sys
import time

from cuts import Cut, Tally, survey, test_of_the_test
from recording import Recording, record, record_after_cut

RESULTS = os.environ["POWER_CUTS_RESULTS"]
# Recordings with one seed.
GROUP = 4


def recordings(arguments):
    """New recordings: of both durabilities; of a server after a power cut; and of one at `power-loss` whose predecessor,
    of either durability, was killed."""
    for number in range(arguments.recordings):
        seed = arguments.seed + number
        few = arguments.things // 3 + 1

        def log(name):
            return os.path.join(RESULTS, f"{seed}-{name}.log")

        strict = record(log("power-loss"), "power-loss", f"{seed}", arguments.things)
        yield strict
        yield record_after_cut(
            log("cut"), Cut(strict, seed, "cut", ("strict", "random")), "power-loss", f"{seed}-cut", few)
        lax = record(log("process-crash"), "process-crash", f"{seed}", arguments.things)
        yield lax
        killed = Cut((strict, lax)[seed % 2], seed, "killed", ("prefix",), is_late=True)
        yield record_after_cut(log("killed"), killed, "power-loss", f"{seed}-killed", few)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=100, help="number of cuts, over all recordings")
    parser.add_argument("--seed", type=int, default=1, help="of the load and of the cuts")
    parser.add_argument("--recordings", type=int, default=1, help="groups of four recordings that share the cuts")
    parser.add_argument("--things", type=int, default=25, help="uploads, memories and capsules of each of six clients")
    parser.add_argument("--jobs", type=int, default=2, help="cuts that are verified at once")
    parser.add_argument("--keep", action="store_true", help="keep the disks of failed cuts")
    parser.add_argument("--only", type=int, help="this cut alone, of --log")
    parser.add_argument("--log", help="cut this recording instead of new ones")
    parser.add_argument("--no-self-test", action="store_true", help="leave out the test of the test")
    arguments = parser.parse_args()
    os.makedirs(RESULTS, exist_ok=True)

    began = time.monotonic()
    tally = Tally()
    succeeded = survey_one(arguments, tally) if arguments.log else survey_new(arguments, tally)
    summary = f"{tally} ({time.monotonic() - began:.0f} s)"
    print(summary)
    with open(os.path.join(RESULTS, "summary.log"), "w") as file:
        print(summary, file=file)
    sys.exit(1 if tally.failed or not succeeded else 0)


def survey_one(arguments, tally):
    recording = Recording(arguments.log)
    numbers = range(arguments.cuts) if arguments.only is None else [arguments.only]
    cuts = [Cut(recording, arguments.seed, number) for number in numbers]
    survey(cuts, tally, arguments.jobs, keep=arguments.keep)
    return True


def survey_new(arguments, tally):
    """Returns whether the recordings and the tests of the test succeeded."""
    succeeded = True
    share = -(-arguments.cuts // (GROUP * arguments.recordings))
    try:
        for recording in recordings(arguments):
            count = min(share, arguments.cuts - tally.made)
            cuts = [Cut(recording, arguments.seed, number) for number in range(count)]
            failures = survey(cuts, tally, arguments.jobs, keep=arguments.keep)
            print(f"{recording.log}: {len(recording.records)} records, {count} cuts, {failures} failed", flush=True)
            if not arguments.no_self_test:
                succeeded = test_of_the_test(recording, arguments.seed) and succeeded
            if failures == 0 and not arguments.keep:
                os.remove(recording.log)
    except (AssertionError, RuntimeError) as failure:
        print(f"FAILED recording: {failure}")
        return False
    return succeeded


if __name__ == "__main__":
    main()
