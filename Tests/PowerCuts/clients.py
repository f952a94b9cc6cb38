"""Clients that put load on a recorded server, and note what they send and what they are told."""

import base64
import concurrent.futures
import contextlib
import functools
import hashlib
import http.client
import json
import random
import socket

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
# Around the largest upload that is stored in the catalogue, and of several checkpoints.
SIZES = (1, 700, 20_000, 60_000, 65_536, 65_537, 90_000, 200_000, 400_000)
CHUNKS = (8_192, 30_000, 65_536)


class Connection:
    """A connection that stays open. Any status but the expected ones is a failure of the test."""

    def __init__(self, port):
        self.port = port
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None, headers=None, expect=(200, 201, 204)):
        if isinstance(body, dict):
            body = json.dumps(body)
        try:
            self.http.request(method, path, body, headers or {})
            response = self.http.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.http.close()
            raise
        if response.status not in expect:
            raise AssertionError(f"{method} {path}: {response.status} {answer[:300].decode(errors='replace')}")
        return response.status, response.headers, answer

    def json(self, *arguments, **options):
        return json.loads(self.call(*arguments, **options)[2])

    def close(self):
        self.http.close()


@functools.lru_cache(maxsize=2048)
def content(seed, size):
    return random.Random(seed).randbytes(size)


def sha256(bytes_):
    return hashlib.sha256(bytes_).hexdigest()


def spans(size, step):
    """The chunks of a content: their starts and ends."""
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def idempotency(plan):
    return {"Idempotency-Key": f'"{plan["idempotency"]}"'} if plan.get("idempotency") else {}


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
            self.whole: 6, self.chunked: 6, self.tus: 4, self.concatenate: 1, self.remember: 3, self.collect: 1, self.delete: 4}
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
            if self.random.random() < 0.15:
                self.break_off(upload, offset, body[offset:end])
                offset = self.offset(upload)
            else:
                headers = {**BYTES, "Upload-Offset": str(offset)}
                status, _, _ = self.connection.call("PATCH", f"/files/{upload}", body[offset:end], headers, (204, 409))
                # 409: a request that broke off reached the server late.
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

    def break_off(self, upload, offset, body):
        """Sends a part of a body, and closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(
                f"PATCH /files/{upload} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
                f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body[:self.random.randrange(len(body))])

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


# MARK: - Creations, which the verification repeats


def create_whole(connection, key, plan):
    body = content(plan["seed"], plan["size"])
    return connection.json("POST", f"/v1/blobs?name={key}", body, idempotency(plan))["blob"]


def create_chunked(connection, key, plan):
    document = {"name": key, "chunk_size": plan["chunk"]}
    if not plan["open"]:
        document["length"] = plan["size"]
    return connection.json("POST", "/v1/uploads", document, idempotency(plan))["id"]


def create_memory(connection, key, plan):
    body = base64.b64encode(content(plan["seed"], plan["size"])).decode()
    document = {
        "title": key,
        "assets": [{"kind": f"picture-{index}", "blob": blob} for index, blob in enumerate(plan["blobs"])],
        "inline_assets": [{"kind": "placeholder", "type": "image/webp", "data": body}],
    }
    return connection.json("POST", "/v1/capsules/default/memories", document, idempotency(plan))["id"]


def create_tus(connection, key, plan, first):
    """Creates an upload with its first bytes. Returns its id and the offset."""
    headers = {**TUS, **idempotency(plan), "Upload-Length": str(plan["size"])}
    if plan["partial"]:
        headers["Upload-Concat"] = "partial"
    if first:
        headers.update(BYTES)
    _, answer, _ = connection.call("POST", "/files", content(plan["seed"], plan["size"])[:first] or None, headers)
    return last_segment(answer["Location"]), int(answer["Upload-Offset"])


def finish_document(plan, body):
    return {"sha256": sha256(body), **({"length": len(body)} if plan["open"] else {})}


def last_segment(url):
    return url.rsplit("/", 1)[1]


def load(port, log, seed, count, clients=6):
    """Runs clients side by side until each has made so many things. The seed is part of every key."""
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        runs = [pool.submit(Client(port, log, f"{seed}-{number}").run, count) for number in range(clients)]
        for run in runs:
            run.result()
