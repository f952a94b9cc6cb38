"""TLS, and HTTP/2 over it: tuspy, httpx, and frames written by hand with h2."""

import asyncio
import base64
import hashlib
import io
import os
import socket
import ssl
import subprocess
import tempfile
import unittest
import unittest.mock

import h2.config
import h2.connection
import h2.events
import httpx
from tusclient.client import TusClient

import wharf
from support import content


class SecureTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.certificate, key = (os.path.join(cls.directory.name, name) for name in ("cert.pem", "key.pem"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", key, "-out", cls.certificate], check=True, capture_output=True)
        cls.server = wharf.Server("--tls-certificate", cls.certificate, "--tls-key", key)
        cls.url = cls.server.url
        cls.context = ssl.create_default_context(cafile=cls.certificate)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.directory.cleanup()

    def test_tuspy(self):
        body = content(3_000_000)
        with unittest.mock.patch.dict(os.environ, REQUESTS_CA_BUNDLE=self.certificate):
            uploader = TusClient(self.url + "files").uploader(file_stream=io.BytesIO(body), chunk_size=1_000_000)
            uploader.upload()
        self.assertTrue(uploader.url.startswith("https://"))
        blob = uploader.url.rsplit("/", 1)[1]
        with httpx.Client(verify=self.context) as client:
            answer = client.get(f"{self.url}v1/blobs/{blob}")
        self.assertEqual(answer.http_version, "HTTP/1.1")
        self.assertEqual(answer.content, body)

    def test_parallel_chunks_over_one_connection(self):
        asyncio.run(self.parallel_chunks())

    async def parallel_chunks(self):
        body = content(20_000_000)
        size = 1 << 20
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(verify=self.context, http2=True, limits=limits, base_url=self.url) as client:
            begun = await client.post(
                "/v1/uploads", json={"name": "a", "length": len(body), "chunk_size": size})
            self.assertEqual(begun.http_version, "HTTP/2")
            upload = begun.json()["id"]
            answers = await asyncio.gather(*(
                client.put(f"/v1/uploads/{upload}/chunks/{number}", content=body[number * size:(number + 1) * size])
                for number in range((len(body) + size - 1) // size)))
            self.assertEqual({answer.status_code for answer in answers}, {204})
            finished = await client.post(
                f"/v1/uploads/{upload}/finish", json={"sha256": hashlib.sha256(body).hexdigest()})
            self.assertEqual(finished.status_code, 200)
            copies = await asyncio.gather(*(client.get(f"/v1/blobs/{upload}") for _ in range(3)))
            for copy in copies:
                self.assertEqual(copy.content, body)

    def test_a_body_of_unknown_length(self):
        body = content(2_000_000)
        pieces = (body[start:start + 70_000] for start in range(0, len(body), 70_000))
        with httpx.Client(verify=self.context, http2=True, base_url=self.url) as client:
            put = client.post("/v1/blobs?name=a", content=pieces)
            self.assertEqual((put.http_version, put.status_code), ("HTTP/2", 201))
            self.assertEqual(client.get("/v1/blobs/" + put.json()["blob"]).content, body)

    # Frames

    def connect(self):
        self.context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        line = self.context.wrap_socket(plain, server_hostname="localhost")
        self.assertEqual(line.selected_alpn_protocol(), "h2")
        connection = h2.connection.H2Connection(
            h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
        connection.initiate_connection()
        line.sendall(connection.data_to_send())
        return line, connection

    def head(self, method, path, *fields):
        return [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path), *fields]

    def events(self, line, connection, until):
        """All events up to one of a type; everything there is, if the server closes the connection before."""
        found = []
        while not any(isinstance(event, until) for event in found):
            data = line.recv(65536)
            if not data:
                break
            found += connection.receive_data(data)
            line.sendall(connection.data_to_send())
        return found

    def test_trailers_carry_the_checksum(self):
        line, connection = self.connect()
        body = b"hello world"
        connection.send_headers(1, self.head(
            "POST", "/files", ("tus-resumable", "1.0.0"), ("upload-length", str(len(body)))), end_stream=True)
        line.sendall(connection.data_to_send())
        created = self.events(line, connection, h2.events.StreamEnded)
        fields = dict(next(event.headers for event in created if isinstance(event, h2.events.ResponseReceived)))
        path = "/" + fields[b"location"].decode().split("/", 3)[3]
        for stream, digest, status in ((3, b"\0" * 20, b"460"), (5, hashlib.sha1(body).digest(), b"204")):
            connection.send_headers(stream, self.head(
                "PATCH", path, ("tus-resumable", "1.0.0"), ("upload-offset", "0"),
                ("content-type", "application/offset+octet-stream"), ("trailer", "Upload-Checksum")))
            connection.send_data(stream, body)
            checksum = "sha1 " + base64.b64encode(digest).decode()
            connection.send_headers(stream, [("upload-checksum", checksum)], end_stream=True)
            line.sendall(connection.data_to_send())
            answer = self.events(line, connection, h2.events.StreamEnded)
            fields = dict(next(event.headers for event in answer if isinstance(event, h2.events.ResponseReceived)))
            self.assertEqual(fields[b":status"], status)
        line.close()

    def test_fields_of_connections_are_refused(self):
        line, connection = self.connect()
        connection.send_headers(1, self.head("GET", "/healthz", ("connection", "close")), end_stream=True)
        line.sendall(connection.data_to_send())
        reset = [
            event for event in self.events(line, connection, h2.events.StreamReset)
            if isinstance(event, h2.events.StreamReset)]
        self.assertEqual([event.error_code for event in reset], [1])
        line.close()

    def test_rapid_resets_end_the_connection(self):
        with httpx.Client(verify=self.context, http2=True) as client:
            before = self.requests(client, "getHealth")
        line, connection = self.connect()
        with self.assertRaises(OSError):
            for number in range(1, 20_000, 2):
                connection.send_headers(number, self.head("GET", "/healthz"), end_stream=True)
                connection.reset_stream(number)
                line.sendall(connection.data_to_send())
        with httpx.Client(verify=self.context, http2=True) as client:
            self.assertEqual(client.get(self.url + "healthz").text, "ok\n")
            # The line holds more than the server has taken: it is the requests that were begun which count.
            self.assertLess(self.requests(client, "getHealth") - before, 300)

    def requests(self, client, operation):
        lines = client.get(self.url + "metrics").text.splitlines()
        return sum(
            float(line.split()[-1]) for line in lines
            if line.startswith("wharf_requests_total{") and f'operation="{operation}"' in line)


if __name__ == "__main__":
    unittest.main()
