"""A node that reaches its database and its bucket over TLS, and refuses those that cannot prove who they are."""

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import cluster
import wharf
from postgres import Postgres


class SecureRelay:
    """Speaks TLS for a server that does not."""

    def __init__(self, target, certificate, key):
        self.target = target
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate, key)
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        if not self.started.wait(20):
            raise RuntimeError("the relay did not start")

    def serve(self):
        async def listen():
            server = await asyncio.start_server(self.accept, "127.0.0.1", 0, ssl=self.context)
            self.port = server.sockets[0].getsockname()[1]
            self.started.set()

        self.loop.run_until_complete(listen())
        self.loop.run_forever()

    async def accept(self, reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)

        async def pass_on(source, sink):
            try:
                while data := await source.read(1 << 16):
                    sink.write(data)
                    await sink.drain()
            except OSError:
                pass
            finally:
                sink.close()

        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer))

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)


class TLSTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="wharf-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        os.chmod(cls.directory, 0o755)
        cls.authority, key = cls.certificate("localhost", "DNS:localhost")
        cls.other, other_key = cls.certificate("other", "DNS:other.example")
        cls.bucket = cluster.Bucket(os.path.join(cls.directory, "seaweedfs"))
        cls.addClassCleanup(cls.bucket.kill)
        cls.bucket.request("PUT", f"/{cluster.BUCKET}")
        cls.relay = SecureRelay(cls.bucket.port, cls.authority, key)
        cls.addClassCleanup(cls.relay.close)
        cls.other_relay = SecureRelay(cls.bucket.port, cls.other, other_key)
        cls.addClassCleanup(cls.other_relay.close)
        cls.postgres = Postgres(os.path.join(cls.directory, "postgres"))
        cls.addClassCleanup(cls.postgres.stop, "fast")
        cls.postgres.stop("fast")
        for source, name in ((cls.authority, "server.crt"), (key, "server.key")):
            path = os.path.join(cls.postgres.data, name)
            shutil.copy(source, path)
            os.chmod(path, 0o600)
            if os.geteuid() == 0:
                shutil.chown(path, "postgres")
        with open(os.path.join(cls.postgres.data, "postgresql.conf"), "a") as file:
            file.write("ssl = on\n")
        # Nobody without TLS.
        with open(os.path.join(cls.postgres.data, "pg_hba.conf"), "w") as file:
            file.write("hostssl all all 127.0.0.1/32 trust\n")
        cls.postgres.start()

    @classmethod
    def certificate(cls, name, alternative):
        """One that signs itself: the paths of it and of its key."""
        certificate, key = (os.path.join(cls.directory, f"{name}.{end}") for end in ("pem", "key"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}", "-keyout", key, "-out", certificate],
            check=True, capture_output=True)
        return certificate, key

    def catalogue(self, authority):
        return f"postgres://postgres@localhost:{self.postgres.port}/postgres?sslmode=verify-full&sslrootcert={authority}"

    def flags(self, port, authority=None, catalogue=None):
        return [
            "--catalogue", catalogue or self.catalogue(self.authority),
            "--objects", f"s3://{cluster.BUCKET}/wharf?endpoint=https://localhost:{port}&preset=seaweedfs",
            *(["--set", f"objects-authorities={authority}"] if authority else [])]

    def start(self, *flags):
        return wharf.Server(*flags, environment=cluster.CREDENTIALS)

    def refusal(self, *flags):
        with self.assertRaises(RuntimeError) as caught:
            self.start(*flags).stop()
        return str(caught.exception)

    def test_both_are_reached_and_verified(self):
        node = self.start(*self.flags(self.relay.port, self.authority))
        try:
            data = os.urandom(3_000_000)
            request = urllib.request.Request(f"http://127.0.0.1:{node.port}/v1/blobs", data=data, method="POST")
            with urllib.request.urlopen(request, timeout=60) as response:
                location = response.headers["Location"]
            with urllib.request.urlopen(f"http://127.0.0.1:{node.port}{location}", timeout=60) as response:
                self.assertEqual(response.read(), data)
            check = subprocess.run(
                [wharf.WHARF, "check", "--verify", *self.flags(self.relay.port), "--objects-authorities", self.authority], env={**os.environ, **cluster.CREDENTIALS},
                capture_output=True, text=True, timeout=120)
            self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        finally:
            node.stop()

    def test_a_bucket_of_an_unknown_authority_is_refused(self):
        for authority in (None, self.other):
            message = self.refusal(*self.flags(self.relay.port, authority))
            self.assertIn("status 64", message)
            self.assertIn("its certificate is not valid (expired, for another name, or of an authority", message)

    def test_a_bucket_with_the_certificate_of_another_host_is_refused(self):
        message = self.refusal(*self.flags(self.other_relay.port, self.other))
        self.assertIn("its certificate is for another name", message)

    def test_a_bucket_without_tls_is_refused(self):
        self.assertIn("it does not speak TLS", self.refusal(*self.flags(self.bucket.port)))

    def test_a_database_of_an_unknown_authority_is_refused(self):
        message = self.refusal(*self.flags(self.relay.port, self.authority, self.catalogue(self.other)))
        self.assertIn("certificate verify failed", message)
        plain = self.refusal(*self.flags(
            self.relay.port, self.authority, f"postgres://postgres@localhost:{self.postgres.port}/postgres?sslmode=disable"))
        self.assertIn("status 64", plain)
        self.assertIn("no pg_hba.conf entry", plain)


if __name__ == "__main__":
    unittest.main()
