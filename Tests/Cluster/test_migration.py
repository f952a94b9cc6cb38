"""The store of one machine is moved into a cluster by a command that is killed again and again."""

import contextlib
import hashlib
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import cluster
from postgres import Postgres
from test_cluster import TusUpload

KEYS = {"AWS_ACCESS_KEY_ID": cluster.engine.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": cluster.engine.SECRET_KEY}


class MigrationTests(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="wharf-migration-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        os.chmod(self.directory, 0o755)
        self.postgres = Postgres(os.path.join(self.directory, "postgres"))
        self.addCleanup(self.postgres.stop, "fast")
        self.bucket = cluster.Bucket(os.path.join(self.directory, "seaweedfs"))
        self.addCleanup(lambda: self.bucket.kill())
        self.bucket.request("PUT", f"/{cluster.BUCKET}")
        self.location = f"s3://{cluster.BUCKET}/moved?endpoint=http://127.0.0.1:{self.bucket.port}&preset=seaweedfs"
        self.store = os.path.join(self.directory, "store")
        os.makedirs(self.store)
        self.environment = {**os.environ, **KEYS, "XDG_STATE_HOME": os.path.join(self.directory, "state")}

    def start(self, *arguments, directory=None):
        return cluster.wharf.Server(
            *arguments, directory=directory or self.store, durability="power-loss", environment=KEYS)

    def node(self):
        path = os.path.join(self.directory, "node")
        os.makedirs(path, exist_ok=True)
        return self.start("--catalogue", self.postgres.uri, "--objects", self.location, directory=path)

    def migrate(self, *arguments):
        return subprocess.Popen(
            [cluster.wharf.WHARF, "migrate", os.path.join(self.store, "data"), "--catalogue", self.postgres.uri,
             "--objects", self.location, *arguments],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def fetch(self, port, upload):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", f"/v1/blobs/{upload}")
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            return response.read()

    def test_a_store_is_moved_by_a_command_that_is_killed(self):
        chooser = random.Random(3)
        server = self.start()
        self.addCleanup(lambda: server.process.poll() is not None or server.kill())
        files = os.path.join(self.directory, "files")
        os.makedirs(files)
        digests = {}
        for number, size in enumerate([0, 1, 70_000, 3_000_000, 300_000_000] + [chooser.randrange(200_000) for _ in range(200)]):
            with open(os.path.join(files, f"{number}.bin"), "wb") as file:
                for start in range(0, size, 1 << 20):
                    file.write(chooser.randbytes(min(1 << 20, size - start)))
        put = subprocess.run(
            [cluster.wharf.WHARF, "put", "--server", server.url, files], env=self.environment, capture_output=True,
            text=True, timeout=300)
        self.assertEqual(put.returncode, 0, put.stderr + put.stdout)
        for line in put.stdout.splitlines():
            with open(os.path.join(files, line.rsplit(None, 1)[-1].rsplit("/", 1)[-1]), "rb") as file:
                digests[line.split()[0]] = hashlib.sha256(file.read()).hexdigest()
        self.assertEqual(len(digests), 205)
        data = random.Random(9).randbytes(9_000_000)
        unfinished = TusUpload(server.port, data, 1)
        unfinished.create()
        unfinished.request(
            "PATCH", unfinished.path, {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"},
            data[:5_000_001])
        self.assertEqual(unfinished.offset(), 5_000_001)

        with self.migrate() as running:
            output, errors = running.communicate(timeout=60)
            self.assertEqual(running.returncode, 75, output + errors)
            self.assertIn("in use by another process", errors)
        server.process.terminate()
        server.end()

        kills = 0
        while True:
            with self.migrate("--verify") as running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    # Later each time, so that the migration comes to its end.
                    output, errors = running.communicate(timeout=chooser.uniform(0.2, 1) + kills * 0.1)
                    break
                running.kill()
                running.communicate(timeout=60)
                kills += 1
            if kills == 3:
                with self.assertRaisesRegex(RuntimeError, "is being moved into this database"):
                    self.node()
        if "moved before" in output + errors:
            # The last kill came between the end and its message.
            self.assertEqual(running.returncode, 1, output + errors)
            self.assertIn("not verified", output + errors)
        else:
            self.assertEqual(running.returncode, 0, output + errors)
            self.assertIn("finished, nodes can be started", output)
        print(f"\n{kills} kills; {output.strip()}", file=sys.stderr)
        self.assertGreater(kills, 2)
        with self.migrate() as again:
            output, errors = again.communicate(timeout=120)
            self.assertEqual(again.returncode, 0, output + errors)
            self.assertIn("nothing was changed", output)
        check = subprocess.run(
            [cluster.wharf.WHARF, "check", os.path.join(self.store, "data")], capture_output=True, text=True, timeout=300)
        self.assertEqual(check.returncode, 0, check.stdout)

        node = self.node()
        self.addCleanup(node.stop)
        for upload, digest in digests.items():
            self.assertEqual(hashlib.sha256(self.fetch(node.port, upload)).hexdigest(), digest)
        unfinished.port = node.port
        self.assertEqual(unfinished.offset(), 5_000_001)
        status, _ = unfinished.request(
            "PATCH", unfinished.path, {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "5000001"},
            data[5_000_001:])
        self.assertEqual(status, 204)
        self.assertEqual(self.fetch(node.port, unfinished.path.rsplit("/", 1)[-1]), data)


if __name__ == "__main__":
    unittest.main()
