"""What a node refuses at its start, and what is replaced while it serves."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import cluster
import engine
import wharf


class NodeTests(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="wharf-node-")
        self.addCleanup(shutil.rmtree, self.directory)
        os.chmod(self.directory, 0o755)
        self.file = os.path.join(self.directory, "credentials")
        self.write(engine.SECRET_KEY)
        self.cluster = cluster.Cluster(self.directory, nodes=1, settings=(
            "--set", f"objects-credentials={self.file}", "--set", "reload-interval=100ms", "--set", "sweep-interval=1s",
            "--set", "objects-removal-delay=2h"))
        self.addCleanup(self.cluster.close)

    def write(self, secret):
        with open(self.file, "w") as file:
            file.write(f"[default]\naws_access_key_id = {engine.ACCESS_KEY}\naws_secret_access_key = {secret}\n")

    def upload(self):
        """The status of the response."""
        request = urllib.request.Request(f"{self.cluster.url}/v1/blobs", data=os.urandom(200_000), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    def eventually(self, status):
        deadline = time.monotonic() + 60
        while (found := self.upload()) != status:
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.1)

    def test_another_bucket_or_prefix_is_refused(self):
        here = self.cluster.location_at(self.cluster.bucket.port)
        others = [here.replace("/segments?", "/segment?"), here.replace(f"s3://{cluster.BUCKET}/", "s3://other/")]
        self.cluster.bucket.request("PUT", "/other")

        def require_refusal():
            for location in others:
                with self.assertRaises(RuntimeError) as caught:
                    wharf.Server(
                        "--catalogue", self.cluster.postgres.uri, "--objects", location,
                        environment=cluster.CREDENTIALS).stop()
                self.assertIn("the store is in another bucket, or below another prefix", str(caught.exception))

        # Nothing is recorded but the mark.
        require_refusal()
        self.assertEqual(self.upload(), 201)
        require_refusal()
        self.assertEqual(self.cluster.check()[0], 0)
        mark, = self.cluster.marks()
        self.cluster.s3.delete_object(Bucket=cluster.BUCKET, Key=mark)
        self.cluster.nodes[0].kill()
        self.cluster.nodes[0].start()
        self.assertEqual(self.cluster.marks(), [mark])
        self.assertEqual(self.upload(), 201)

    def test_deleted_bytes_stay_for_a_while(self):
        self.assertEqual(self.upload(), 201)
        stored = self.cluster.stored()
        self.assertEqual(len(stored), 1)
        (blob,), = self.cluster.postgres.query("SELECT encode(id, 'hex') FROM uploads")
        with urllib.request.urlopen(
                urllib.request.Request(f"{self.cluster.url}/v1/blobs/{blob}", method="DELETE"), timeout=60) as response:
            self.assertEqual(response.status, 204)
        # Long enough for sweeps.
        time.sleep(3)
        self.assertEqual(self.cluster.stored(), stored)
        self.assertEqual(self.cluster.check()[0], 0)
        self.cluster.postgres.query("UPDATE garbage SET due_at = due_at - interval '2 hours'")
        deadline = time.monotonic() + 60
        while self.cluster.stored():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def start(self, catalogue, objects=None, environment=cluster.CREDENTIALS):
        """Starts a node that does not get to serve; returns its status and what it said."""
        node = subprocess.run(
            [wharf.WHARF, "serve", "--listen", "127.0.0.1:0", "--catalogue", catalogue, "--objects",
             objects or self.cluster.location_at(self.cluster.bucket.port)],
            capture_output=True, text=True, timeout=120, env={**os.environ, **environment})
        return node.returncode, node.stderr

    def test_what_a_store_refuses_ends_with_another_status_than_its_absence(self):
        uri = self.cluster.postgres.uri
        secret = {**cluster.CREDENTIALS, "AWS_SECRET_ACCESS_KEY": "wrong"}
        for status, words, arguments in (
                (64, "check the user", [uri.replace("postgres@", "nobody@")]),
                (64, "check the name of the database", [uri + "_absent"]),
                (64, "sslmode", [uri + "?sslmode=require"]),
                (64, "libpq", [uri + "?no_such_option=1"]),
                (64, "Check the access key", [uri, None, secret]),
                (75, "Connection refused", [self.cluster.postgres.uri_at(engine.free_ports(1)[0])]),
                (75, "connection refused", [uri, self.cluster.location_at(engine.free_ports(1)[0])])):
            found, said = self.start(*arguments)
            self.assertEqual(found, status, said)
            self.assertIn(words, said)

    def readiness(self):
        """The status, and the store that is away."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.cluster.nodes[0].port}/readyz", timeout=60) as response:
                return response.status, None
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["store"]

    def becomes_ready(self, *expected):
        deadline = time.monotonic() + 60
        while (found := self.readiness()) != expected:
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.1)

    def test_readiness_names_the_store_that_is_away(self):
        self.becomes_ready(200, None)
        self.cluster.postgres.stop()
        self.becomes_ready(503, "database")
        self.cluster.postgres.start()
        self.becomes_ready(200, None)
        self.cluster.bucket.kill()
        self.becomes_ready(503, "bucket")
        self.cluster.bucket.restart()
        self.becomes_ready(200, None)

    def test_the_file_is_read_again_when_it_changes(self):
        self.assertEqual(self.upload(), 201)
        self.write("revoked")
        self.eventually(503)
        self.write(engine.SECRET_KEY)
        self.eventually(201)


if __name__ == "__main__":
    unittest.main()
