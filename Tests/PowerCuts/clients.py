"""Clients that put load on a recorded server, and note what they send and what they are told."""

import concurrent.futures
import contextlib
import random
import socket

from connection import (
    BYTES, TUS, Connection, append_resumable, content, create_chunked, create_memory, create_resumable, create_tus, create_whole,
    finish_document, idempotency, last_segment, resumable_fields, resumable_state, spans)

# Around the largest upload that is stored in the catalogue, and of several checkpoints.
SIZES = (1, 700, 20_000, 60_000, 65_536, 65_537, 90_000, 200_000, 400_000)
CHUNKS = (8_192, 30_000, 65_536)
# Those of “Resumable Uploads for HTTP” that clients have.
VERSIONS = (3, 5, 6, 8, 9)


class Client:
    """Makes one thing after the other. Its name is part of every key, and the seed of all that it does."""

    def __init__(self, port, log, name):
        self.port, self.log, self.name = port, log, name
        self.random = random.Random(name)
        self.connection = Connection(port)
        # Committed blobs that no memory uses, by their ids; parts are never among them.
        self.free, self.count = [], 0

    def run(self, count):
        steps = {
            self.whole: 6, self.chunked: 6, self.tus: 4, self.resumable: 4, self.concatenate: 1, self.remember: 3, self.collect: 1, self.delete: 4}
        with concurrent.futures.ThreadPoolExecutor(4) as self.helpers:
            for _ in range(count):
                self.random.choices(list(steps), list(steps.values()))[0]()
        self.connection.close()

    def begin(self, kind, **plan):
        """Notes what is about to be created."""
        self.count += 1
        key = f"{self.name}-{self.count}"
        if self.random.random() < 0.5:
            plan["idempotency"] = key
        plan = {"kind": kind, "seed": self.random.randrange(1 << 32), "size": self.random.choice(SIZES), **plan}
        self.log.note(key, begin=plan)
        return key, plan, content(plan["seed"], plan["size"])

    # MARK: The native protocol

    def whole(self):
        key, plan, body = self.begin("whole")
        self.log.note(key, finishing=True)
        blob = create_whole(self.connection, key, plan)
        self.log.note(key, id=blob, finished=True)
        self.free.append((key, blob))

    def chunked(self):
        key, plan, body = self.begin("chunked", chunk=self.random.choice(CHUNKS), open=self.random.random() < 0.2)
        upload = create_chunked(self.connection, key, plan)
        self.log.note(key, id=upload)
        parts = list(enumerate(spans(len(body), plan["chunk"])))
        self.random.shuffle(parts)
        fate = self.random.random()
        if fate < 0.3:
            parts = parts[:self.random.randrange(len(parts) + 1)]
        if fate < 0.1:
            self.abort_while_sending(key, upload, parts, body)
            return
        if parts and self.random.random() < 0.3:
            parts.append(parts[0])
        list(self.helpers.map(lambda part: self.put_chunk(key, upload, part, body), parts))
        if fate < 0.3:
            return
        self.log.note(key, finishing=True)
        for _ in range(self.random.choice((1, 1, 2))):
            self.connection.call("POST", f"/v1/uploads/{upload}/finish", finish_document(plan, body))
            self.log.note(key, finished=True)
        self.free.append((key, upload))

    def put_chunk(self, key, upload, part, body, expect=(204, 409)):
        """409: the repeated request took over."""
        index, (start, end) = part
        self.log.note(key, sending=index)
        with contextlib.closing(Connection(self.port)) as connection:
            status, _, _ = connection.call("PUT", f"/v1/uploads/{upload}/chunks/{index}", body[start:end], expect=expect)
        if status == 204:
            self.log.note(key, chunk=index)

    def abort_while_sending(self, key, upload, parts, body):
        puts = [self.helpers.submit(self.put_chunk, key, upload, part, body, (204, 404, 409, 410)) for part in parts]
        self.log.note(key, ending=True)
        self.connection.call("DELETE", f"/v1/uploads/{upload}")
        self.log.note(key, ended=True)
        for put in puts:
            put.result()

    def delete(self):
        if not self.free:
            return
        key, blob = self.free.pop(self.random.randrange(len(self.free)))
        self.log.note(key, ending=True)
        self.connection.call("DELETE", f"/v1/blobs/{blob}")
        self.log.note(key, ended=True)

    def collect(self):
        key, plan, _ = self.begin("capsule", size=0)
        self.log.note(key, id=self.connection.json("POST", "/v1/capsules", {"title": key})["id"])

    def remember(self):
        blobs = [self.free.pop() for _ in range(min(len(self.free), self.random.randrange(1, 3)))]
        key, plan, body = self.begin("memory", size=self.random.choice((10, 3_000)), blobs=[blob for _, blob in blobs])
        memory = create_memory(self.connection, key, plan)
        self.log.note(key, id=memory)
        fate = self.random.random()
        if fate < 0.3:
            self.log.note(key, titling="changed")
            self.connection.call("PATCH", f"/v1/memories/{memory}", {"title": "changed"})
            self.log.note(key, titled="changed")
        elif fate < 0.5:
            for blob, _ in blobs:
                self.log.note(blob, ending=True)
            self.log.note(key, ending=True)
            self.connection.call("DELETE", f"/v1/memories/{memory}?assets=delete")
            self.log.note(key, ended=True)
            for blob, _ in blobs:
                self.log.note(blob, ended=True)

    # MARK: tus

    def tus(self, partial=False):
        key, plan, body = self.begin("tus", partial=partial)
        first = self.random.choice((0, 0, len(body) // 3)) if not partial else 0
        self.log.note(key, sent=first, **({"finishing": True} if first == len(body) else {}))
        upload, offset = create_tus(self.connection, key, plan, first)
        self.log.note(key, id=upload, offset=offset)
        fate = self.random.random() if not partial else 1
        while offset < len(body):
            end = min(len(body), offset + self.random.randrange(1, 150_000))
            if fate < 0.15 and end == len(body):
                return
            self.log.note(key, sent=end, **({"finishing": True} if end == len(body) else {}))
            manner = self.random.random()
            if manner < 0.15:
                self.break_off(upload, offset, body[offset:end], BYTES)
                offset = self.offset(upload)
            elif manner < 0.3:
                offset = self.watch(key, upload, offset, body[offset:end])
            else:
                headers = {**BYTES, "Upload-Offset": str(offset)}
                status, _, answer = self.connection.call(
                    "PATCH", f"/files/{upload}", body[offset:end], headers, (204, 400, 409))
                # 409, or 400 as superseded: a request that broke off reached the server late.
                assert status != 400 or b"superseded" in answer, answer
                offset = end if status == 204 else self.offset(upload)
            self.log.note(key, offset=offset, **({"finished": True} if offset == len(body) else {}))
        if fate < 0.3:
            self.log.note(key, ending=True)
            self.connection.call("DELETE", f"/files/{upload}", headers=TUS)
            self.log.note(key, ended=True)
        elif not partial:
            self.free.append((key, upload))
        return key, upload, plan

    def offset(self, upload):
        return int(self.connection.call("HEAD", f"/files/{upload}", headers=TUS)[1]["Upload-Offset"])

    def watch(self, key, upload, offset, body):
        """Asks for the durable bytes while a body is received. Returns the offset after it."""
        with contextlib.closing(Connection(self.port)) as connection:
            connection.http.putrequest("PATCH", f"/files/{upload}")
            for field in {**BYTES, "Upload-Offset": offset, "Content-Length": len(body)}.items():
                connection.http.putheader(*field)
            connection.http.endheaders()
            for start, end in spans(len(body), 40_000):
                connection.http.send(body[start:end])
                document = self.connection.json("GET", f"/v1/uploads/{upload}")
                self.log.note(key, offset=document["received_bytes"])
            response = connection.http.getresponse()
            response.read()
            return offset + len(body) if response.status == 204 else self.offset(upload)

    def break_off(self, upload, offset, body, fields):
        """Sends a part of a body, and closes the connection."""
        fields = {**fields, "Host": "localhost", "Upload-Offset": offset, "Content-Length": len(body)}
        lines = [f"PATCH /files/{upload} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall("\r\n".join(lines).encode() + body[:self.random.randrange(len(body))])

    # MARK: Resumable uploads of the IETF

    def resumable(self):
        key, plan, body = self.begin("resumable", version=self.random.choice(VERSIONS))
        # What an interim response tells is a promise as soon as it has arrived.
        self.connection.http.on_interim = lambda _, fields: self.heard(key, fields)
        try:
            if self.random.random() < 0.3:
                self.create_complete(key, plan, body)
            else:
                self.append(key, plan, body)
        finally:
            self.connection.http.on_interim = None

    def heard(self, key, fields):
        if "Location" in fields:
            self.log.note(key, id=last_segment(fields["Location"]))
        if "Upload-Offset" in fields:
            self.log.note(key, offset=int(fields["Upload-Offset"]))

    def create_complete(self, key, plan, body):
        """The shape of URLSession: the whole file with the creation."""
        self.log.note(key, sent=len(body), finishing=True)
        fields = {**resumable_fields(plan, complete=True), **idempotency(plan)}
        _, answer, _ = self.connection.call("POST", f"/v1/blobs?name={key}", body, fields)
        upload = last_segment(answer["Location"])
        self.log.note(key, id=upload, offset=len(body), finished=True)
        self.free.append((key, upload))

    def append(self, key, plan, body):
        first = self.random.choice((0, len(body) // 3))
        self.log.note(key, sent=first)
        upload, offset = create_resumable(self.connection, key, plan, first)
        self.log.note(key, id=upload, offset=offset)
        fate = self.random.random()
        is_complete = False
        while not is_complete:
            end = min(len(body), offset + self.random.randrange(1, 150_000))
            if fate < 0.3 and end == len(body):
                break
            self.log.note(key, sent=end, **({"finishing": True} if end == len(body) else {}))
            status = None
            if offset < end and self.random.random() < 0.15:
                self.break_off(upload, offset, body[offset:end], resumable_fields(
                    plan, complete=end == len(body), Content_Type="application/partial-upload"))
            else:
                status, _, answer = append_resumable(self.connection, upload, plan, offset, end, (201, 204, 400, 409))
                assert status != 400 or b"superseded" in answer, answer
            # A request that was broken off may take over from the next one, whose bytes count all the same.
            if status and status < 300:
                offset, is_complete = end, end == len(body)
            else:
                offset, is_complete = resumable_state(self.connection, upload, plan)
            self.log.note(key, offset=offset, **({"finished": True} if is_complete else {}))
        if fate < 0.15:
            self.log.note(key, ending=True)
            self.connection.call("DELETE", f"/files/{upload}", headers=resumable_fields(plan))
            self.log.note(key, ended=True)
        elif fate >= 0.3:
            self.free.append((key, upload))

    def concatenate(self):
        parts = [self.tus(partial=True) for _ in range(self.random.randrange(1, 4))]
        key, plan, _ = self.begin("concatenation", size=0, parts=[[part, plan["seed"], plan["size"]] for _, part, plan in parts])
        fields = {**TUS, **idempotency(plan), "Upload-Concat": "final;" + " ".join(f"/files/{part}" for _, part, _ in parts)}
        self.log.note(key, finishing=True)
        _, headers, _ = self.connection.call("POST", "/files", headers=fields)
        self.log.note(key, id=last_segment(headers["Location"]), finished=True)
        if self.random.random() < 0.5:
            part, upload, _ = parts[0]
            self.log.note(part, ending=True)
            self.connection.call("DELETE", f"/files/{upload}", headers=TUS)
            self.log.note(part, ended=True)


def load(port, log, seed, count, clients=6):
    """Runs clients side by side until each has made so many things. The seed is part of every key."""
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        runs = [pool.submit(Client(port, log, f"{seed}-{number}").run, count) for number in range(clients)]
        for run in runs:
            run.result()
