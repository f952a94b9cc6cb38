"""The disk after a power loss, rebuilt from a recording.

The fault model. Of a file, everything before the beginning of a sync that has returned is there. Of every later write
each sector of 512 bytes may be there or not; sectors that are missing below the end of the file are zeros, or what they
were before. A later change of the size happened or not. The names of a directory are durable as of the beginning of
its last sync that has returned, and a sync of a file makes no name durable. Of later changes of names a directory has
those up to some moment, or each name has its own moment; a rename within a directory is atomic. A sync of the disk
covers everything.
"""

import os
import posixpath
import stat

from log import Kind, Scope, path

SECTOR = 512
# In place of a path, for syncs of the whole disk.
WHOLE = "*"
# The server's control socket: a name without bytes, made by a call that is not recorded.
SOCKET = "control"
MODELS = ("prefix", "strict", "random")


class Durable:
    """Up to which record each file and each directory is durable."""

    def __init__(self, records, ignores=lambda path: False):
        self.files, self.directories, self.disk = {}, {}, 0
        begins, names = {}, {}
        for index, record in enumerate(records):
            if record.kind == Kind.CREATE:
                names[record.file] = path(record)
            elif record.kind == Kind.SYNC_BEGIN:
                begins[record.offset] = index
            elif record.kind == Kind.SYNC_END:
                # The record after the begin is the earliest that is not covered.
                begin = begins[record.offset]
                if record.count == Scope.DISK:
                    if not ignores(WHOLE):
                        self.disk = max(self.disk, begin)
                elif record.count == Scope.DIRECTORY:
                    name = path(record)
                    if not ignores(name):
                        self.directories[name] = max(self.directories.get(name, 0), begin)
                elif not ignores(names[record.file]):
                    self.files[record.file] = max(self.files.get(record.file, 0), begin)

    def covers_file(self, number, index):
        return index < max(self.files.get(number, 0), self.disk)

    def covers_directory(self, name, index):
        return index < max(self.directories.get(name, 0), self.disk)


class Disk:
    """Files and directories by their paths."""

    def __init__(self, files, directories):
        self.files, self.directories = files, directories

    def store(self, root):
        os.makedirs(root)
        for directory in sorted(self.directories):
            if directory:
                os.mkdir(os.path.join(root, directory), 0o700)
        for name, content in self.files.items():
            with open(os.open(os.path.join(root, name), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)

    @staticmethod
    def load(root):
        files, directories = {}, {""}
        for directory, names, leaves in os.walk(root):
            below = os.path.relpath(directory, root)
            below = "" if below == "." else below
            directories.update(posixpath.join(below, name) for name in names)
            for leaf in leaves:
                if stat.S_ISSOCK(os.lstat(os.path.join(directory, leaf)).st_mode):
                    continue
                with open(os.path.join(directory, leaf), "rb") as file:
                    files[posixpath.join(below, leaf)] = bytearray(file.read())
        return Disk(files, directories)


def rebuild(records, model, random, ignores=lambda path: False):
    """A disk that a power loss after these records may leave.

    `prefix` keeps everything, as when only the process is killed; `strict` keeps what is durable; `random` draws the fate of
    everything else. `ignores` makes syncs count as not made.
    """
    durable = Durable(records, ignores)
    names = Names()
    contents = {}
    for index, record in enumerate(records):
        if record.kind in (Kind.CREATE, Kind.MAKE_DIRECTORY, Kind.REMOVE, Kind.RENAME):
            names.apply(index, record)
        elif record.kind in (Kind.WRITE, Kind.SET_SIZE, Kind.EXTEND):
            contents.setdefault(record.file, []).append((index, record))
    tree = names.survivors(durable, model, random)
    files, directories = {}, {""}
    for name, number in tree.items():
        if number is None:
            directories.add(name)
        else:
            files[name] = content(
                contents.get(number, ()), lambda index: durable.covers_file(number, index), model, random)
    return Disk(files, directories)


# MARK: - Bytes


def content(changes, is_durable, model, random):
    """What is left of a file."""
    bytes_ = bytearray()
    # Whole files survive or vanish often enough: that is how the disk reorders them.
    keeping = random.choice((0, 0.1, 0.5, 0.9, 1)) if model == "random" else 1 if model == "prefix" else 0
    for index, record in changes:
        durable = is_durable(index)
        kept = durable or random.random() < keeping
        whole = durable or keeping == 1 or random.random() < 0.5
        if record.kind == Kind.SET_SIZE and kept:
            resize(bytes_, record.count)
        elif record.kind == Kind.EXTEND and kept:
            grow(bytes_, record.offset + record.count)
        elif record.kind == Kind.WRITE and kept and whole:
            put(bytes_, record.offset, record.payload)
        elif record.kind == Kind.WRITE and kept:
            tear(bytes_, record, random)
        elif record.kind == Kind.WRITE and model == "random" and random.random() < 0.1:
            # The size is there, the bytes are not.
            grow(bytes_, record.offset + record.count)
    return bytes_


def grow(bytes_, size):
    if len(bytes_) < size:
        bytes_.extend(bytes(size - len(bytes_)))


def resize(bytes_, size):
    del bytes_[size:]
    grow(bytes_, size)


def put(bytes_, offset, payload):
    grow(bytes_, offset)
    bytes_[offset:offset + len(payload)] = payload


def tear(bytes_, record, random):
    """Some sectors of a write: its beginning, its end, or any."""
    start, end = record.offset, record.offset + record.count
    sectors = range(start // SECTOR, (end - 1) // SECTOR + 1)
    cut = random.randrange(len(sectors) + 1)
    form = random.randrange(3)
    chosen = (sectors[:cut], sectors[cut:], [sector for sector in sectors if random.random() < 0.5])[form]
    if random.random() < 0.5:
        grow(bytes_, end)
    for sector in chosen:
        low, high = max(start, sector * SECTOR), min(end, (sector + 1) * SECTOR)
        put(bytes_, low, record.payload[low - start:high - start])


# MARK: - Names


class Names:
    """The changes of names, by directory. A name leads to the number of a file, or to None for a directory."""

    def __init__(self):
        # Changes of a directory: the index of the record, and what each name leads to afterwards.
        self.changes = {}
        # As the process sees it.
        self.live = {}

    def apply(self, index, record):
        if record.kind == Kind.RENAME:
            old, new = path(record).split("\0")
            if posixpath.dirname(old) != posixpath.dirname(new) or self.live[old] is None:
                raise AssertionError(f"renaming {old} to {new} is not modelled")
            number = self.live.pop(old)
            self.live[new] = number
            self.change(index, posixpath.dirname(old), {posixpath.basename(old): Absent, posixpath.basename(new): number})
            return
        directory, leaf = posixpath.split(path(record))
        if path(record) == SOCKET:
            return
        if record.kind == Kind.REMOVE:
            del self.live[path(record)]
            self.change(index, directory, {leaf: Absent})
        else:
            number = record.file if record.kind == Kind.CREATE else None
            self.live[path(record)] = number
            self.change(index, directory, {leaf: number})

    def change(self, index, directory, effects):
        self.changes.setdefault(directory, []).append((index, effects))

    def survivors(self, durable, model, random, directory=""):
        """Paths below a directory, and what they lead to."""
        entries, pending = {}, []
        for index, effects in self.changes.get(directory, ()):
            if durable.covers_directory(directory, index) or model == "prefix":
                entries.update(effects)
            else:
                pending.append(effects)
        if model == "random":
            for effects in surviving(pending, random):
                entries.update(effects)
        tree = {}
        for leaf, number in entries.items():
            if number is Absent:
                continue
            name = posixpath.join(directory, leaf)
            tree[name] = number
            if number is None:
                tree.update(self.survivors(durable, model, random, name))
        return tree


class Absent:
    """Where a removed name leads to."""


def surviving(pending, random):
    """The unsynced changes of a directory that happened: up to a moment, or up to one for each name."""
    if not pending:
        return []
    if random.random() < 0.5 or any(len(effects) > 1 for effects in pending):
        return pending[:random.randrange(len(pending) + 1)]
    of_name = {}
    for effects in pending:
        of_name.setdefault(next(iter(effects)), []).append(effects)
    return [effects for chain in of_name.values() for effects in chain[:random.randrange(len(chain) + 1)]]
