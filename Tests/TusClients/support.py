"""A server to test clients against, and a line to it that breaks."""

import base64
import contextlib
import hashlib
import random
import socket
import threading
import unittest
import urllib.request

import wharf

VERSION = {"Tus-Resumable": "1.0.0"}


class Server(wharf.Server):
    """The server as clients of tus ask it."""

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}/files"

    def head(self, url):
        request = urllib.request.Request(url, method="HEAD", headers=VERSION)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers

    def read(self, url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read()


class Line:
    """Passes bytes on to a server. After so many from the client it does what it was told, and breaks."""

    def __init__(self, port, limit, then=lambda: None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target, self.limit, self.then = port, limit, then
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}/files"

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self.pass_up, args=(client, server), daemon=True).start()
                threading.Thread(target=self.pass_down, args=(client, server), daemon=True).start()

    def pass_up(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(16384):
                with self.lock:
                    self.limit -= len(data)
                    broken = self.limit <= 0
                if broken:
                    self.listener.close()
                    self.then()
                    break
                server.sendall(data)
        client.close()
        server.close()

    def pass_down(self, client, server):
        with contextlib.suppress(OSError):
            while data := server.recv(16384):
                client.sendall(data)
        client.close()


def content(count, seed=1):
    """Bytes that look like none of their neighbours."""
    return random.Random(seed).randbytes(count)


def direct(url, server):
    """The URL of an upload that was created over a line, without the line."""
    return f"{server.endpoint}/{url.rsplit('/', 1)[1]}"


class TusTestCase(unittest.TestCase):
    """Has a server for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def require_upload(self, url, body):
        """An upload is finished and has these bytes."""
        headers = self.server.head(url)
        self.assertEqual(headers["Upload-Offset"], str(len(body)))
        self.assertEqual(hashlib.sha256(self.server.read(url)).digest(), hashlib.sha256(body).digest())

    def require_partly_done(self, url, body):
        """Some bytes of an upload were kept, and not all."""
        offset = int(self.server.head(url)["Upload-Offset"])
        self.assertGreater(offset, 0)
        self.assertLess(offset, len(body))
        return offset

    def metadata(self, url):
        pairs = [pair.strip().split(" ") for pair in self.server.head(url)["Upload-Metadata"].split(",")]
        return {pair[0]: base64.b64decode(pair[1]) if len(pair) > 1 else b"" for pair in pairs}
