"""A server whose memories are what a test says they are: states that a real store reaches rarely, or late.

It serves the page itself from a real server, and answers the API from memory.
"""

import base64
import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pictures import encoded, picture

CAPSULE = "0" * 31 + "1"
OWN = {"id": CAPSULE, "title": "", "owner": "local", "writers": [], "readers": [], "role": "owner"}
SHAPES = [(1600, 1067), (1067, 1600), (1600, 1067), (1600, 900), (1200, 1200), (1600, 1067), (2100, 900)]


class GalleryServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, page, count=0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = page
        self.memories = [memory(index) for index in range(count)]
        self.pending = []
        self.deleted = []
        self.refusals = {}
        self.pictures = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A browser that goes elsewhere takes no more of its pictures."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def bytes_of(self, id, kind):
        """Of an asset; pictures are made once."""
        if (id, kind) not in self.pictures:
            index = int(id, 16)
            image = picture(index, *SHAPES[index % len(SHAPES)])
            longest = {"thumb": 512, "display": 1600, "original": 1600}[kind]
            self.pictures[id, kind] = encoded(image, longest=longest)
        return self.pictures[id, kind]


def memory(index, **changes):
    width, height = SHAPES[index % len(SHAPES)]
    tiny = encoded(picture(index, 96, max(1, 96 * height // width)), longest=32, quality=60)
    return {
        "id": f"{index:032x}", "capsule": CAPSULE, "creator": "local", "title": f"IMG_{1000 + index}.jpg",
        "description": "", "tags": [], "type": "image/jpeg", "taken_at": f"2026-06-{1 + index % 28:02}T18:{index % 60:02}:00.000Z",
        "created_at": "2026-06-30T10:00:00.000Z", "state": "complete",
        "assets": [
            {"id": "1", "kind": "original", "type": "image/jpeg", "size": 4_200_000 + index, "sha256": ""},
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
                self.json({"derivations": self.server.pending})
            case ["v1", "memories", id, "assets", kind]:
                self.answer(200, "image/webp", self.server.bytes_of(id, kind))
            case _:
                self.hand_on()

    def do_DELETE(self):
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["v1", "memories", id]:
                self.server.deleted.append(self.path)
                self.server.memories = [memory for memory in self.server.memories if memory["id"] != id]
                self.answer(204, None, b"")
            case _:
                self.refuse(404)

    def memories(self, query):
        assert query["order"] == "newest" and query["include"] == "inline", self.path
        newest = list(reversed(self.server.memories))
        start = next((place for place, memory in enumerate(newest) if memory["id"] == query.get("cursor")), 0)
        page = newest[start:start + int(query["limit"])]
        rest = newest[start + int(query["limit"]):]
        self.json({"memories": page} | ({"next": rest[0]["id"]} if rest else {}))

    def hand_on(self):
        with urllib.request.urlopen(self.server.page.url + self.path.lstrip("/")) as answer:
            fields = {name: answer.headers[name] for name in ("Content-Security-Policy", "X-Content-Type-Options")}
            self.answer(answer.status, answer.headers["Content-Type"], answer.read(), fields)

    def json(self, document):
        self.answer(200, "application/json", json.dumps(document).encode())

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
