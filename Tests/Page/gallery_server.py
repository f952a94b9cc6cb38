"""A server whose memories are what a test says they are: states that a real store reaches rarely, or late.

It serves the page itself from a real server, and answers the API from memory.
"""

import base64
import datetime
import functools
import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pictures import encoded, picture

CAPSULE = "0" * 31 + "1"
OWN = {"id": CAPSULE, "title": "", "owner": "local", "writers": [], "readers": [], "role": "owner"}
# Photos that differ.
DIFFERENT = 40
SHAPES = [(1600, 1067), (1067, 1600), (1600, 1067), (1600, 900), (1200, 1200), (1600, 1067), (2100, 900)]


class GalleryServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, page, count=0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = page
        self.memories = [memory(index) for index in range(count)]
        self.pending = []
        self.deleted = []
        self.files = []
        self.fetched = []
        self.prepared = []
        self.refusals = {}
        self.pictures = {}
        self.film = b""
        self.listed = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A browser that goes elsewhere takes no more of its pictures."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def bytes_of(self, id, kind):
        """Of an asset; pictures are made once, and of many memories they repeat."""
        id = f"{int(id, 16) % DIFFERENT:032x}"
        if (id, kind) not in self.pictures:
            index = int(id, 16)
            image = picture(index, *SHAPES[index % len(SHAPES)])
            longest = {"thumb": 512, "display": 1600, "original": 1600}[kind]
            self.pictures[id, kind] = encoded(image, longest=longest)
        return self.pictures[id, kind]


@functools.cache
def tiny_picture(index):
    width, height = SHAPES[index % len(SHAPES)]
    return encoded(picture(index, 96, max(1, 96 * height // width)), longest=32, quality=60)


def taken_at(index):
    """Seven hours after the photo before."""
    time = datetime.datetime(2026, 6, 1, 8) + datetime.timedelta(hours=7 * index)
    return time.strftime("%Y-%m-%dT%H:%M:00")


def memory(index, **changes):
    width, height = SHAPES[index % len(SHAPES)]
    tiny = tiny_picture(index % DIFFERENT)
    return {
        "id": f"{index:032x}", "capsule": CAPSULE, "creator": "local", "title": f"IMG_{1000 + index}.jpg",
        "description": "", "tags": [], "type": "image/jpeg", "taken_at": taken_at(index),
        "created_at": "2026-06-30T10:00:00.000Z", "state": "complete",
        "assets": [
            {"id": "1", "kind": "original", "type": "image/jpeg", "size": 4_200_000 + index, "sha256": "", "blob": f"{index:032x}"},
            {"id": "2", "kind": "display", "type": "image/webp", "size": 1, "width": width, "height": height, "sha256": ""},
            {"id": "3", "kind": "thumb", "type": "image/webp", "size": 1, "width": width // 3, "height": height // 3, "sha256": ""},
            {"id": "4", "kind": "placeholder", "type": "image/webp", "size": len(tiny), "sha256": "", "inline": True,
             "data": base64.b64encode(tiny).decode()},
        ],
    } | changes


def original_only(index, reason):
    whole = memory(index, state="original_only", reason=reason)
    whole["assets"] = whole["assets"][:1]
    return whole


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        parts = address.path.strip("/").split("/")
        if status := self.server.refusals.get(parts[-1]):
            return self.refuse(status)
        match parts:
            case ["v1", "capsules"]:
                self.json({"capsules": [OWN]})
            case ["v1", "capsules", "default"]:
                self.json(OWN)
            case ["v1", "capsules", _, "memories"]:
                self.memories(query)
            case ["v1", "capsules", _, "derivations"]:
                assert query["order"] == "newest", self.path
                self.json({"derivations": self.server.pending[:100], "pending": len(self.server.pending)})
            case ["v1", "blobs"]:
                assert query["memory"] == "none", self.path
                self.json({"blobs": self.server.files})
            case ["v1", "blobs", id]:
                self.server.fetched.append(id)
                self.answer(200, "application/octet-stream", b"file " + id[-1:].encode())
            case ["v1", "downloads", _]:
                self.answer(200, "application/zip", b"", {"Content-Disposition": "attachment"})
            case ["v1", "memories", _, "assets", "video"]:
                self.answer(200, "video/webm", self.server.film)
            case ["v1", "memories", id, "assets", kind]:
                self.answer(200, "image/webp", self.server.bytes_of(id, kind))
            case _:
                self.hand_on()

    def do_DELETE(self):
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["v1", "blobs", id]:
                self.server.files = [file for file in self.server.files if file["blob"] != id]
                self.answer(204, None, b"")
            case ["v1", "memories", id]:
                self.server.deleted.append(self.path)
                self.server.memories = [memory for memory in self.server.memories if memory["id"] != id]
                self.answer(204, None, b"")
            case _:
                self.refuse(404)

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["v1", "downloads"]:
                if status := self.server.refusals.get("downloads"):
                    return self.refuse(status)
                self.server.prepared.append(document)
                self.json({"ticket": "0" * 32, "size": 1, "expires_at": "2026-06-30T10:00:00.000Z"}, 201)
            case _:
                self.refuse(404)

    def memories(self, query):
        assert query["include"] == "inline", self.path
        order = {"newest": lambda memory: memory["id"],
                 "newest_taken": lambda memory: (memory.get("taken_at") or memory["created_at"], memory["id"])}
        if "cursor" in query:
            newest, start = self.server.listed, int(query["cursor"])
        else:
            newest, start = sorted(self.server.memories, key=order[query["order"]], reverse=True), 0
            # Pages go on in the list that the first one was of.
            self.server.listed = newest
        end = start + int(query["limit"])
        self.json({"memories": newest[start:end]} | ({"next": str(end)} if end < len(newest) else {}))

    def hand_on(self):
        with urllib.request.urlopen(self.server.page.url + self.path.lstrip("/")) as answer:
            fields = {name: answer.headers[name] for name in ("Content-Security-Policy", "X-Content-Type-Options")}
            self.answer(answer.status, answer.headers["Content-Type"], answer.read(), fields)

    def json(self, document, status=200):
        self.answer(status, "application/json", json.dumps(document).encode())

    def refuse(self, status):
        problem = {"type": "urn:wharf:error:unavailable", "title": "The store is busy.", "status": status,
                   "detail": "Try again.", "code": "unavailable"}
        self.answer(status, "application/problem+json", json.dumps(problem).encode())

    def answer(self, status, type, body, fields={}):
        self.send_response(status)
        for name, value in fields.items():
            if value:
                self.send_header(name, value)
        if type:
            self.send_header("Content-Type", type)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
