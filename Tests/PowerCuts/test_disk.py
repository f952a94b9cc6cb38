"""The fault model of disk.py, by value."""

import random
import unittest

from disk import SECTOR, rebuild
from log import Kind, Record, Scope


class Records:
    """Builds a log by hand."""

    def __init__(self):
        self.records = []

    def add(self, kind, file=0, offset=0, count=0, payload=b""):
        self.records.append(Record(kind, file, offset, count, payload))
        return self

    def create(self, file, name):
        return self.add(Kind.CREATE, file, payload=name.encode())

    def directory(self, name):
        return self.add(Kind.MAKE_DIRECTORY, payload=name.encode())

    def remove(self, name):
        return self.add(Kind.REMOVE, payload=name.encode())

    def write(self, file, payload, offset=0):
        return self.add(Kind.WRITE, file, offset, len(payload), payload)

    def sync(self, scope, file=0, name="", number=1):
        return self.begin(scope, file, name, number).end(scope, file, name, number)

    def begin(self, scope, file=0, name="", number=1):
        return self.add(Kind.SYNC_BEGIN, file, number, scope, name.encode())

    def end(self, scope, file=0, name="", number=1):
        return self.add(Kind.SYNC_END, file, number, scope, name.encode())

    def strict(self):
        return rebuild(self.records, "strict", random.Random(0)).files

    def outcomes(self):
        """What many random cuts after the last record leave."""
        disks = [rebuild(self.records, "random", random.Random(seed)) for seed in range(2000)]
        return {tuple(sorted((name, bytes(content)) for name, content in disk.files.items())) for disk in disks}


def named():
    """A file whose name is durable."""
    return Records().create(1, "a").sync(Scope.DIRECTORY)


class DiskTests(unittest.TestCase):
    def test_a_killed_process_loses_nothing(self):
        log = Records().create(1, "a").write(1, b"x")
        self.assertEqual(rebuild(log.records, "prefix", random.Random(0)).files, {"a": b"x"})

    def test_a_sync_covers_what_returned_before_it_began(self):
        log = named().write(1, b"x").begin(Scope.FILE, 1).write(1, b"y", 1).end(Scope.FILE, 1)
        self.assertEqual(log.strict(), {"a": b"x"})

    def test_a_sync_counts_once_it_has_returned(self):
        self.assertEqual(named().write(1, b"x").begin(Scope.FILE, 1).strict(), {"a": b""})

    def test_a_sync_of_a_file_keeps_no_name(self):
        self.assertEqual(Records().create(1, "a").write(1, b"x").sync(Scope.FILE, 1).strict(), {})

    def test_a_sync_of_the_disk_keeps_everything(self):
        self.assertEqual(Records().create(1, "a").write(1, b"x").sync(Scope.DISK).strict(), {"a": b"x"})

    def test_a_lost_directory_takes_its_files_along(self):
        log = Records().directory("d").create(1, "d/a").sync(Scope.DIRECTORY, name="d")
        self.assertEqual(log.outcomes(), {(), (("d/a", b""),)})

    def test_a_removed_name_may_come_back(self):
        self.assertEqual(named().remove("a").outcomes(), {(), (("a", b""),)})

    def test_a_name_leads_to_one_of_its_files(self):
        log = named().write(1, b"1").sync(Scope.FILE, 1).remove("a").create(2, "a").write(2, b"2").sync(Scope.FILE, 2)
        self.assertEqual(log.outcomes(), {(), (("a", b"1"),), (("a", b"2"),)})

    def test_names_are_lost_in_any_order(self):
        log = Records().create(1, "a").create(2, "b")
        self.assertEqual({tuple(name for name, _ in disk) for disk in log.outcomes()}, {(), ("a",), ("b",), ("a", "b")})

    def test_a_rename_is_atomic(self):
        log = named().add(Kind.RENAME, payload=b"a\0b")
        self.assertEqual(log.outcomes(), {(("a", b""),), (("b", b""),)})

    def test_a_torn_write_has_whole_sectors(self):
        old, new = b"o" * 3 * SECTOR, b"n" * 2 * SECTOR
        log = named().write(1, old).sync(Scope.FILE, 1).write(1, new, SECTOR // 2)
        half = SECTOR // 2
        pieces = [(0, half), (half, SECTOR), (SECTOR, 2 * SECTOR), (2 * SECTOR, 2 * SECTOR + half), (2 * SECTOR + half, 3 * SECTOR)]
        forms = set()
        for ((_, content),) in log.outcomes():
            forms.add("".join(chr(content[start]) for start, _ in pieces))
            for start, end in pieces:
                self.assertEqual(len(set(content[start:end])), 1)
        self.assertEqual(forms, {f"o{a}{b}{c}o" for a in "on" for b in "on" for c in "on"})

    def test_lost_bytes_below_the_size_are_zeros(self):
        contents = {dict(disk)["a"] for disk in named().write(1, b"x").outcomes()}
        self.assertEqual(contents, {b"", b"x", b"\0"})


if __name__ == "__main__":
    unittest.main()
