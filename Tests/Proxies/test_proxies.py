"""The recipes of docs/proxies.md, each with its proxy in front of a server."""

import base64
import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import interim
import wharf

RECIPES = open(os.path.join(os.path.dirname(__file__), "../../docs/proxies.md"), encoding="utf-8").read()
VERSION = {"Tus-Resumable": "1.0.0"}
# A final upload repeats the URLs of its parts in one field.
http.client._MAXLINE = 1 << 18
PATCH = {**VERSION, "Content-Type": "application/offset+octet-stream"}


def recipe(language):
    """The block of a language in the document."""
    return re.search(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def eventually(condition, limit=20):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition does not come true")
        time.sleep(0.02)


class Proxied:
    """A server behind a proxy."""

    program = None
    # Whether a client that has sent a part of its body, and is silent, receives a response.
    answers_silent_clients = True
    # Whether interim responses pass, which IETF resumable uploads need to resume.
    passes_interim = True

    @classmethod
    def setUpClass(cls):
        if not shutil.which(cls.program):
            raise unittest.SkipTest(f"{cls.program} is not installed")
        interim = ["--set", "interim-responses=on"] if cls.passes_interim else []
        cls.server = wharf.Server("--set", "trusted-proxies=127.0.0.1", *interim)
        cls.directory = tempfile.mkdtemp(prefix="wharf-proxy-")
        cls.port = free_port()
        cls.log = open(os.path.join(cls.directory, "log"), "w+", encoding="utf-8")
        cls.process = subprocess.Popen(cls.command(), stdout=cls.log, stderr=subprocess.STDOUT, cwd=cls.directory)
        try:
            eventually(lambda: cls.process.poll() is not None or cls.accepts())
            if cls.process.poll() is not None:
                cls.log.seek(0)
                raise RuntimeError(f"{cls.program} did not start: {cls.log.read()}")
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.wait(30)
        cls.log.close()
        cls.server.stop()
        shutil.rmtree(cls.directory)

    @classmethod
    def accepts(cls):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", cls.port), timeout=1):
            return True
        return False

    @classmethod
    def write(cls, name, text):
        """Writes a recipe with the ports of this test, and returns its path."""
        path = os.path.join(cls.directory, name)
        text = re.sub(r"\b8000\b", str(cls.port), re.sub(r"\b8080\b", str(cls.server.port), text))
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def request(self, method, path, headers=VERSION, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def create(self, length, **more):
        headers = {**VERSION, **{name.replace("_", "-"): value for name, value in more.items()}}
        if length is not None:
            headers["Upload-Length"] = str(length)
        status, headers, _ = self.request("POST", "/files", headers)
        self.assertEqual(status, 201)
        prefix = f"http://127.0.0.1:{self.port}/files/"
        self.assertTrue(headers["Location"].startswith(prefix), headers["Location"])
        return "/files/" + headers["Location"].removeprefix(prefix)

    def patch(self, path, offset, body):
        return self.request("PATCH", path, {**PATCH, "Upload-Offset": str(offset)}, body)

    def offset(self, path):
        status, headers, _ = self.request("HEAD", path)
        self.assertEqual(status, 200)
        return int(headers["Upload-Offset"])

    @contextlib.contextmanager
    def open_patch(self, path, length, first):
        """A PATCH whose client has sent its first bytes and is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            head = {**PATCH, "Host": f"127.0.0.1:{self.port}", "Upload-Offset": "0", "Content-Length": str(length)}
            lines = [f"PATCH {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
            connection.sendall("\r\n".join(lines).encode() + first)
            yield connection


class ProxyTests(Proxied):
    """What clients do through each proxy."""

    def test_long_metadata(self):
        metadata = "filename " + base64.b64encode(b"kiss.jpg").decode() + ",note " + base64.b64encode(b"x" * 9_000).decode()
        path = self.create(5, Upload_Metadata=metadata)
        status, headers, _ = self.request("HEAD", path)
        self.assertEqual(status, 200)
        self.assertEqual(headers["Upload-Metadata"], metadata)
        self.assertEqual(self.patch(path, 0, b"hello")[0], 204)
        self.assertEqual(self.request("GET", path)[2], b"hello")

    def test_many_parts(self):
        part = self.create(1, Upload_Concat="partial")
        self.assertEqual(self.patch(part, 0, b"x")[0], 204)
        parts = [self.create(0, Upload_Concat="partial") for _ in range(16)] * 16
        urls = " ".join([*(f"http://127.0.0.1:{self.port}{url}" + "?" + "x" * 300 for url in parts), part])
        concat = "final;" + urls
        self.assertGreater(len(concat), 90_000)
        path = self.create(None, Upload_Concat=concat)
        status, headers, _ = self.request("HEAD", path)
        self.assertEqual(status, 200)
        self.assertEqual(headers["Upload-Concat"], concat)

    def test_bodies_are_not_stored_first(self):
        path = self.create(2_000_000)
        with self.open_patch(path, 2_000_000, b"x" * 1_000_000) as connection:
            eventually(lambda: self.offset(path) == 1_000_000)
            connection.sendall(b"x" * 1_000_000)
            self.assertIn(b" 204 ", connection.recv(65536))
        self.assertEqual(self.offset(path), 2_000_000)

    def test_a_takeover_from_a_silent_client(self):
        path = self.create(2_000_000)
        with self.open_patch(path, 2_000_000, b"x" * 1_000_000) as connection:
            eventually(lambda: self.offset(path) == 1_000_000)
            self.assertEqual(self.patch(path, 1_000_000, b"x" * 1_000_000)[0], 204)
            if not self.answers_silent_clients:
                connection.sendall(b"x" * 1_000_000)
            self.assertIn(b" 400 ", connection.recv(65536))

    def test_interim_responses(self):
        seen = []
        connection = interim.Connection("127.0.0.1", self.port, timeout=30)
        connection.on_interim = lambda status, fields: seen.append((status, fields["Location"]))
        with contextlib.closing(connection):
            connection.request(
                "POST", "/v1/blobs?name=kiss.jpg", b"hello", {"Upload-Draft-Interop-Version": "8", "Upload-Complete": "?1"})
            response = connection.getresponse()
            self.assertEqual(response.status, 201)
            location = response.headers["Location"]
        self.assertTrue(location.startswith(f"http://127.0.0.1:{self.port}/files/"), location)
        self.assertEqual(seen[:1], [(104, location)] if self.passes_interim else [])

    def test_a_restart(self):
        path = self.create(5)
        self.assertEqual(self.patch(path, 0, b"he")[0], 204)
        self.server.kill()
        status, headers, _ = self.request("HEAD", path)
        self.assertEqual((status, headers["Retry-After"]), (423, "2"))
        self.server.start()
        eventually(lambda: self.request("HEAD", path)[0] == 200)
        self.assertEqual(self.offset(path), 2)


class Nginx:
    program = "nginx"
    passes_interim = False
    listen = "listen 8000;"

    @classmethod
    def command(cls):
        temporary = "".join(
            f"{kind}_temp_path {cls.directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = cls.write(
            "nginx.conf",
            f"daemon off; pid {cls.directory}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off; {temporary} {recipe('nginx').replace('listen 8000;', cls.listen)} }}")
        return ["nginx", "-e", "stderr", "-c", path]


class NginxTests(Nginx, ProxyTests, unittest.TestCase):
    pass


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class NginxHTTP2Tests(Nginx, Proxied, unittest.TestCase):
    listen = "listen 8000 http2;"

    def test_resumable_uploads(self):
        """nginx takes an interim response for the final one, which would break the stream."""
        result = subprocess.run(
            ["curl", "--silent", "--show-error", "--http2-prior-knowledge", "--data-binary", "@" + __file__,
             "--header", "Upload-Draft-Interop-Version: 8", "--header", "Upload-Complete: ?1", "--write-out", "%{http_code}",
             f"http://127.0.0.1:{self.port}/v1/blobs?name=kiss.jpg"],
            capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((result.returncode, result.stdout[-3:]), (0, "201"), result.stderr)


class HAProxyTests(ProxyTests, unittest.TestCase):
    program = "haproxy"

    @classmethod
    def command(cls):
        response = cls.write("restarting.http", recipe("http"))
        path = cls.write("haproxy.cfg", recipe("haproxy").replace("/etc/haproxy/restarting.http", response))
        return ["haproxy", "-db", "-f", path]


class CaddyTests(ProxyTests, unittest.TestCase):
    program = "caddy"
    answers_silent_clients = False

    @classmethod
    def command(cls):
        path = cls.write("Caddyfile", "{\n    admin off\n}\n" + recipe("caddy"))
        return ["caddy", "run", "--adapter", "caddyfile", "--config", path]


if __name__ == "__main__":
    unittest.main()
