"""What the clients were told up to a cut, and whether a server over the rebuilt disk keeps it."""

import concurrent.futures
import http.client
import json
import threading

from connection import (
    BYTES, TUS, Connection, append_resumable, content, create_chunked, create_memory, create_resumable, create_tus, create_whole,
    finish_document, resumable_offset, sha256, spans)

ENDED = (404, 410)


class Expected:
    """What was sent and told about one upload, memory or capsule."""

    def __init__(self, key):
        self.key, self.id, self.plan = key, None, None
        # Chunks and offsets: what was sent, and what was acknowledged.
        self.sending, self.chunks, self.sent, self.offset = set(), set(), 0, 0
        self.finishing = self.finished = self.ending = self.ended = False
        self.titles, self.told = [], None

    def apply(self, fact):
        for name, value in fact.items():
            match name:
                case "key": pass
                case "begin": self.plan = value
                case "sending": self.sending.add(value)
                case "chunk": self.chunks.add(value)
                case "sent": self.sent = max(self.sent, value)
                case "offset": self.offset = max(self.offset, value)
                case "titling": self.titles.append(value)
                case "titled": self.told = value
                case _: setattr(self, name, value)


def expectations(facts):
    """By keys, in the order in which the first requests were sent."""
    expected = {}
    for fact in facts:
        if fact["key"]:
            expected.setdefault(fact["key"], Expected(fact["key"])).apply(fact)
    return expected


class NoLog:
    def note(self, key, **facts):
        pass


class Verification:
    """Asks a server for everything that its clients were told, and completes what they left.

    `lost_allowed` is the promise of `process-crash` after a power loss: an acknowledgement may be lost, other bytes are never
    returned except by blobs in `damaged`, which the check has found. Lost pieces of pending uploads were found at the
    opening, so that each can be completed.
    """

    def __init__(self, port, expected, log=None, lost_allowed=False, damaged=frozenset()):
        self.port, self.expected, self.log = port, expected, log or NoLog()
        self.lost_allowed, self.damaged = lost_allowed, damaged
        self.local = threading.local()
        self.connections = []

    def run(self, threads=3):
        """The broken promises, as sentences."""
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            # Parts before the concatenations and memories that need them.
            failures = []
            for kinds in (("capsule", "whole", "chunked", "tus", "resumable"), ("concatenation", "memory")):
                things = [thing for thing in self.expected.values() if thing.plan["kind"] in kinds]
                failures += [failure for failure in pool.map(self.attempt, things) if failure]
        for connection in self.connections:
            connection.close()
        return failures

    def attempt(self, thing):
        try:
            getattr(self, thing.plan["kind"])(thing)
        except AssertionError as failure:
            return f"{thing.plan['kind']} {thing.key} ({thing.id}): {failure}"
        except (OSError, http.client.HTTPException) as failure:
            return f"{thing.plan['kind']} {thing.key} ({thing.id}): {type(failure).__name__} {failure}"
        return None

    @property
    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = Connection(self.port)
            self.connections.append(self.local.connection)
        return self.local.connection

    def call(self, *arguments, **options):
        return self.connection.call(*arguments, **options)

    def identify(self, thing, create):
        """The id of a thing; repeats a creation under its key, which finds the thing or makes it.

        Returns False if there is nothing to look for.
        """
        repeats = thing.plan.get("idempotency") and not thing.ending and not self.lost_allowed
        if thing.id and not repeats:
            return True
        if not repeats:
            return False
        found = create(self.connection, thing.key, thing.plan)
        if thing.id and found != thing.id:
            raise AssertionError(f"the repeated creation made {found}")
        thing.id = found
        self.log.note(thing.key, id=found)
        return True

    # MARK: Uploads

    def whole(self, thing):
        if self.identify(thing, create_whole):
            if thing.plan.get("idempotency") and not thing.ending and not self.lost_allowed:
                thing.finishing = thing.finished = True
                self.log.note(thing.key, finishing=True, finished=True)
            self.upload(thing, lambda document: self.lose("a blob of one request is pending"))

    def chunked(self, thing):
        if self.identify(thing, create_chunked):
            self.upload(thing, lambda document: self.complete_chunks(thing, document))

    def tus(self, thing):
        if self.identify(thing, lambda *known: create_tus(*known, 0)[0]):
            self.upload(thing, lambda document: self.complete_tus(thing))

    def resumable(self, thing):
        if self.identify(thing, lambda *known: create_resumable(*known, 0)[0]):
            self.upload(thing, lambda document: self.complete_resumable(thing))

    def upload(self, thing, complete):
        status, _, answer = self.call("GET", f"/v1/uploads/{thing.id}", expect=(200, 404, 410))
        if status != 200:
            return self.lose("the upload is not known")
        document = json.loads(answer)
        state = document["state"]
        if state in ("aborted", "expired"):
            if not thing.ending:
                return self.lose(f"the upload is {state}")
            self.call("GET", f"/v1/blobs/{thing.id}", expect=ENDED)
            self.log.note(thing.key, ended=True)
            return None
        if thing.ended:
            return self.lose(f"the upload was deleted and is {state}")
        body = content(thing.plan["seed"], thing.plan["size"])
        if state == "committed":
            if not thing.finishing:
                raise AssertionError("the upload is committed, although nobody asked for it")
            if document["length"] != len(body) or document.get("sha256") not in (None, sha256(body)):
                raise AssertionError(f"it was committed as {document}")
        else:
            if thing.finished:
                self.lose(f"it was committed and is {state}")
            if not complete(document):
                return None
        if not thing.plan.get("partial"):
            self.read(thing, body)
        return None

    def complete_chunks(self, thing, document):
        """Sends what the server misses, and finishes. Returns True."""
        plan, body = thing.plan, content(thing.plan["seed"], thing.plan["size"])
        received = {index for first, last in document["received"] for index in range(first, last + 1)}
        if not received >= thing.chunks:
            self.lose(f"chunks {sorted(thing.chunks - received)} were acknowledged and are missing")
        if not received <= thing.sending:
            raise AssertionError(f"chunks {sorted(received - thing.sending)} were never sent")
        for index, (start, end) in enumerate(spans(len(body), plan["chunk"])):
            # Some repeats of what is there: compared with the stored bytes.
            if index not in received or index % 4 == 0:
                self.log.note(thing.key, sending=index)
                self.call("PUT", f"/v1/uploads/{thing.id}/chunks/{index}", body[start:end], expect=(204,))
                self.log.note(thing.key, chunk=index)
        self.log.note(thing.key, finishing=True)
        self.call("POST", f"/v1/uploads/{thing.id}/finish", finish_document(plan, body), expect=(200,))
        self.log.note(thing.key, finished=True)
        return True

    def complete_tus(self, thing):
        body = content(thing.plan["seed"], thing.plan["size"])
        _, headers, _ = self.call("HEAD", f"/files/{thing.id}", headers=TUS)
        offset = self.judge(thing, int(headers["Upload-Offset"]), body)
        self.call("PATCH", f"/files/{thing.id}", body[offset:], {**BYTES, "Upload-Offset": str(offset)})
        self.log.note(thing.key, offset=len(body), finished=True)
        return True

    def complete_resumable(self, thing):
        body = content(thing.plan["seed"], thing.plan["size"])
        offset = self.judge(thing, resumable_offset(self.connection, thing.id, thing.plan), body)
        append_resumable(self.connection, thing.id, thing.plan, offset, len(body), expect=(201,))
        self.log.note(thing.key, offset=len(body), finished=True)
        return True

    def judge(self, thing, offset, body):
        """Holds an offset against what was sent and told, before the rest is sent. Returns it."""
        if offset < thing.offset:
            self.lose(f"offset {thing.offset} was acknowledged and is {offset}")
        if offset > max(thing.sent, thing.offset):
            raise AssertionError(f"offset {offset}, but only {thing.sent} bytes were sent")
        self.log.note(thing.key, offset=offset, sent=len(body), finishing=True)
        return offset

    def read(self, thing, body):
        if thing.id in self.damaged:
            return
        status, headers, answer = self.call("GET", f"/v1/blobs/{thing.id}", expect=(200, 500))
        if status != 200 or answer != body:
            same = next((at for at, (a, b) in enumerate(zip(answer, body)) if a != b), min(len(answer), len(body)))
            raise AssertionError(f"reading returned {status} and {len(answer)} bytes, which differ from {same} on")
        if thing.plan["kind"] != "concatenation" and headers["ETag"] != f'"sha256-{sha256(body)}"':
            raise AssertionError(f"ETag {headers['ETag']}")

    # MARK: Concatenations, memories, capsules

    def concatenation(self, thing):
        if not thing.id:
            return
        status, _, answer = self.call("GET", f"/v1/uploads/{thing.id}", expect=(200, 404))
        if status != 200 or json.loads(answer)["state"] != "committed":
            self.lose(f"it was committed and is {answer[:200]}")
            return
        self.read(thing, b"".join(content(seed, size) for _, seed, size in thing.plan["parts"]))

    def memory(self, thing):
        if not self.identify(thing, create_memory):
            return
        status, _, answer = self.call("GET", f"/v1/memories/{thing.id}", expect=(200, *ENDED))
        if status != 200:
            if not thing.ending:
                self.lose("the memory is gone")
            else:
                self.log.note(thing.key, ended=True)
            return
        if thing.ended:
            self.lose("the memory was deleted")
            return
        document = json.loads(answer)
        if document["title"] not in ([thing.told] if thing.told else [thing.key, *thing.titles]):
            self.lose(f"the title is {document['title']}")
        blobs = [asset["blob"] for asset in document["assets"] if "blob" in asset]
        if blobs != thing.plan["blobs"] or len(document["assets"]) != len(blobs) + 1:
            raise AssertionError(f"assets {document['assets']}")
        inline = self.call("GET", f"/v1/memories/{thing.id}/assets/placeholder")[2]
        if inline != content(thing.plan["seed"], thing.plan["size"]):
            raise AssertionError("the inline asset differs")
        for index in range(len(blobs)):
            # Its bytes are compared as those of the blob.
            self.call("HEAD", f"/v1/memories/{thing.id}/assets/picture-{index}")

    def capsule(self, thing):
        if thing.id and self.call("GET", f"/v1/capsules/{thing.id}", expect=(200, 404))[0] != 200:
            self.lose("the capsule is gone")

    # MARK: What may be lost

    def lose(self, sentence):
        """An acknowledgement is lost."""
        if not self.lost_allowed:
            raise AssertionError(sentence)
