"""Uploads through a proxy to three nodes, which are killed and stopped, with their database and their bucket."""

import concurrent.futures
import contextlib
import hashlib
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import cluster

ROUNDS = int(os.environ.get("ROUNDS", "8"))
TUS = {"Tus-Resumable": "1.0.0"}


class TusUpload:
    """A client that sends a file in pieces and asks for the offset whenever anything goes wrong."""

    def __init__(self, port, data, seed):
        self.port = port
        self.data = data
        self.random = random.Random(seed)
        self.told = 0
        self.path = None

    def request(self, method, path, headers, body=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers={**TUS, **headers})
            response = connection.getresponse()
            response.read()
            return response.status, response.headers

    def insist(self, attempt, limit=180):
        """Repeats until it succeeds. Errors of proxies and of servers that cannot reach their stores are temporary."""
        deadline = time.monotonic() + limit
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                result = attempt()
                if result is not None:
                    return result
            if time.monotonic() > deadline:
                raise AssertionError(f"no success within {limit} s")
            time.sleep(self.random.uniform(0.05, 0.5))

    def create(self):
        def attempt():
            status, headers = self.request("POST", "/files", {"Upload-Length": str(len(self.data))})
            if status != 201:
                return None
            return "/files/" + headers["Location"].rsplit("/", 1)[-1]

        self.path = self.insist(attempt)

    def offset(self):
        def attempt():
            status, headers = self.request("HEAD", self.path, {})
            if status in (404, 410):
                raise AssertionError(f"the upload is gone ({status})")
            return int(headers["Upload-Offset"]) if status == 200 else None

        found = self.insist(attempt)
        if found < self.told:
            raise AssertionError(f"the offset fell from {self.told} to {found}")
        self.told = found
        return found

    def run(self):
        self.create()
        offset = 0
        while offset < len(self.data):
            piece = self.data[offset:offset + self.random.choice([100_000, 1 << 20, 3 << 20])]
            try:
                status, headers = self.request(
                    "PATCH", self.path,
                    {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}, piece)
                if status == 204:
                    offset = self.told = int(headers["Upload-Offset"])
                    continue
            except (OSError, http.client.HTTPException):
                pass
            offset = self.offset()
        return self.path.rsplit("/", 1)[-1]


class ClusterTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="wharf-cluster-")
        os.chmod(cls.directory, 0o755)
        cls.cluster = cluster.Cluster(cls.directory, settings=["--set", "sweep-interval=1s"])

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()
        shutil.rmtree(cls.directory, ignore_errors=True)

    def fetch(self, upload):
        connection = http.client.HTTPConnection("127.0.0.1", self.cluster.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", f"/v1/blobs/{upload}")
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            return response.read()

    def test_each_node_continues_what_others_began(self):
        data = random.Random(1).randbytes(5_000_000)
        first, second, third = self.cluster.nodes
        upload = TusUpload(first.port, data, 1)
        upload.create()
        for node, start, end in [(first, 0, 1), (second, 1, 2_000_000), (third, 2_000_000, 2_000_100), (first, 2_000_100, len(data))]:
            upload.port = node.port
            self.assertEqual(upload.offset(), start)
            status, headers = upload.request(
                "PATCH", upload.path, {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(start)},
                data[start:end])
            self.assertEqual((status, headers["Upload-Offset"]), (204, str(end)))
            upload.told = end
        for node in self.cluster.nodes:
            connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
            with contextlib.closing(connection):
                connection.request("GET", "/v1/blobs/" + upload.path.rsplit("/", 1)[-1], headers={"Range": "bytes=1999990-2000109"})
                response = connection.getresponse()
                self.assertEqual(response.status, 206)
                self.assertEqual(response.read(), data[1_999_990:2_000_110])

    def test_put_sends_files_through_the_proxy(self):
        files = os.path.join(self.directory, "files")
        os.makedirs(files)
        contents = {f"{number}.bin": random.Random(number).randbytes(size)
                    for number, size in enumerate([0, 1, 70_000, 3_000_000, 40_000_000])}
        for name, data in contents.items():
            with open(os.path.join(files, name), "wb") as file:
                file.write(data)
        environment = {**os.environ, "XDG_STATE_HOME": os.path.join(self.directory, "state")}
        put = subprocess.run(
            [cluster.wharf.WHARF, "put", "--server", self.cluster.url, files], env=environment, capture_output=True,
            text=True, timeout=120)
        self.assertEqual(put.returncode, 0, put.stderr + put.stdout)
        for name, data in contents.items():
            line = next(line for line in put.stdout.splitlines() if line.endswith(name))
            self.assertIn(hashlib.sha256(data).hexdigest(), line)
            self.assertEqual(self.fetch(line.split()[0]), data)

    def test_nothing_acknowledged_is_lost(self):
        """SIGKILL, SIGSTOP and restarts of everything, in turns, while clients upload."""
        stop = threading.Event()
        chooser = random.Random(7)
        done = []

        def client(number):
            results = []
            while not stop.is_set() or not results:
                data = random.Random(number * 1000 + len(results)).randbytes(chooser.choice([50_000, 2_000_000, 9_000_000]))
                results.append((TusUpload(self.cluster.port, data, number).run(), hashlib.sha256(data).hexdigest()))
            return results

        def disturb(kind):
            node = chooser.choice(self.cluster.nodes)
            if kind == "kill":
                node.kill()
                time.sleep(0.5)
                node.start()
            elif kind == "freeze":
                node.process.send_signal(signal.SIGSTOP)
                time.sleep(3)
                node.process.send_signal(signal.SIGCONT)
            elif kind == "database":
                self.cluster.postgres.stop()
                time.sleep(0.5)
                self.cluster.postgres.start()
            elif kind == "bucket":
                self.cluster.bucket.kill()
                time.sleep(0.5)
                self.cluster.bucket.restart()

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            clients = [pool.submit(client, number) for number in range(6)]
            try:
                for number in range(ROUNDS):
                    time.sleep(1)
                    disturb(["kill", "freeze", "database", "kill", "bucket"][number % 5])
            finally:
                stop.set()
            for each in clients:
                done += each.result(timeout=400)
        for upload, digest in done:
            self.assertEqual(hashlib.sha256(self.fetch(upload)).hexdigest(), digest)
        print(f"\n{len(done)} uploads survived {ROUNDS} disturbances", file=sys.stderr)
        self.check_objects()
        for upload, _ in done:
            self.delete(upload)
        self.check_objects()
        self.assertEqual(self.cluster.postgres.query("SELECT count(*) FROM receipts WHERE upload IN (SELECT seq FROM uploads WHERE state > 1)"), [["0"]])

    def delete(self, upload):
        connection = http.client.HTTPConnection("127.0.0.1", self.cluster.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("DELETE", f"/v1/blobs/{upload}")
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 204)

    def check_objects(self):
        """Every recorded segment has its object; an object without a record is announced, or garbage."""
        stored = self.cluster.stored()
        known = {row[0] for row in self.cluster.postgres.query("SELECT encode(key, 'hex') FROM receipts")}
        self.assertEqual(known - stored, set(), "segments without objects")
        waiting = {row[0] for row in self.cluster.postgres.query(
            "SELECT encode(key, 'hex') FROM announcements UNION SELECT encode(key, 'hex') FROM garbage")}
        self.assertEqual(stored - known - waiting, set(), "objects that nobody knows")


if __name__ == "__main__":
    unittest.main()
