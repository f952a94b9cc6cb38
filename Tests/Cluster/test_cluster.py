"""Uploads through a proxy to three nodes that publish and scrub, and are killed, stopped and cut off, with their database and
their bucket."""

import concurrent.futures
import contextlib
import hashlib
import http.client
import inspect
import io
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(__file__))
import cluster

ROUNDS = int(os.environ.get("ROUNDS", "9"))
# What says nothing any more is given up after 20 s, so the silences come first.
DISTURBANCES = [
    "silence to bucket", "kill", "silence to postgres", "freeze", "reset to postgres", "database", "reset to bucket", "bucket",
    "upgrade",
]
TUS = {"Tus-Resumable": "1.0.0"}
# Longer than nodes and clients wait: PostgreSQL ends a statement, or a transaction that says nothing, after 10 s; nodes give a
# silent bucket up after 20 s, as the clients here do with silent nodes.
LONG_FREEZE_SECONDS = 25
FREEZES_PER_LONG = 5
PHOTO = os.path.join(os.path.dirname(__file__), "../ImagingTests/Fixtures/jpeg-95pc.jpg")
# A scrub follows the other, and each takes some seconds.
SETTINGS = [
    "--set", "sweep-interval=1s", "--publish", "for/people", "--set", "publish-at-once=2", "--set", "scrub-interval=1s",
    "--set", "scrub-rate=64MiB"]


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

    def delete(self):
        def attempt():
            status, _ = self.request("DELETE", self.path, {})
            # An attempt without a response may have succeeded.
            return status if status in (204, 404, 410) else None

        self.insist(attempt)

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


class PutClient:
    """`wharf put`, run until it succeeds: each run continues what earlier ones have sent."""

    def __init__(self, url, directory, protocol):
        self.directory = directory
        self.command = [cluster.wharf.WHARF, "put", "--server", url, "--protocol", protocol]
        self.environment = {**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")}
        self.count = 0
        os.makedirs(directory)

    def put(self, data, limit=180):
        """The id of the blob, and its digest."""
        self.count += 1
        path = os.path.join(self.directory, f"{self.count}.bin")
        with open(path, "wb") as file:
            file.write(data)
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            run = subprocess.run(
                [*self.command, path], env=self.environment, capture_output=True, text=True, timeout=limit)
            if run.returncode == 0:
                os.remove(path)
                return run.stdout.split()[0], hashlib.sha256(data).hexdigest()
            time.sleep(0.5)
        raise AssertionError(f"no success within {limit} s: {run.stderr}")


def noise(width, height):
    """A PNG (RFC 2083) that does not shrink."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + random.Random(row).randbytes(3 * width) for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def photo(text):
    """A JPEG (ITU-T T.81) with a comment, which makes it another file than those with other ones."""
    with open(PHOTO, "rb") as file:
        data = file.read()
    comment = text.encode()
    return data[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment + data[2:]


def has_imaging():
    return os.path.exists(os.path.join(os.path.dirname(cluster.wharf.WHARF), "wharf-imaging"))


class ClusterTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="wharf-cluster-")
        os.chmod(cls.directory, 0o755)
        cls.cluster = cluster.Cluster(cls.directory, settings=SETTINGS, cuts=True)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()
        shutil.rmtree(cls.directory, ignore_errors=True)

    @staticmethod
    def call(port, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def eventually(self, condition, limit=120):
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"not within {limit} s: {inspect.getsource(condition).strip()}\n{self.state()}")
            time.sleep(0.2)

    def state(self):
        """What the nodes logged last, and what they hold."""
        rows = {
            table: self.cluster.postgres.query(f"SELECT * FROM {table}")
            for table in ("scrub", "scrub_stretches", "announcements")}
        logs = "".join(f"node {number}:\n" + "".join(f"  {line.rstrip()}\n" for line in node.lines[-20:])
                       for number, node in enumerate(self.cluster.nodes))
        return f"{rows}\n{logs}"

    def fetch(self, upload):
        status, _, body = self.call(self.cluster.port, "GET", f"/v1/blobs/{upload}")
        self.assertEqual(status, 200)
        return body

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
            path = "/v1/blobs/" + upload.path.rsplit("/", 1)[-1]
            status, _, body = self.call(node.port, "GET", path, headers={"Range": "bytes=1999990-2000109"})
            self.assertEqual((status, body), (206, data[1_999_990:2_000_110]))

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

    def test_every_node_serves_a_download_that_another_prepared(self):
        data = random.Random(2).randbytes(300_000)
        blobs = []
        for name in ["a.bin", "b.bin"]:
            status, _, body = self.call(self.cluster.nodes[0].port, "POST", f"/v1/blobs?name={name}", data)
            self.assertEqual(status, 201)
            blobs.append(json.loads(body)["blob"])
        first, second, third = [node.port for node in self.cluster.nodes]

        def prepare(port, document):
            status, _, body = self.call(port, "POST", "/v1/downloads", json.dumps(document).encode())
            self.assertEqual(status, 201, body)
            return "/v1/downloads/" + json.loads(body)["ticket"]

        film = prepare(first, {"blobs": blobs[:1]})
        for port in [second, third, first, self.cluster.port]:
            status, _, body = self.call(port, "GET", film, headers={"Range": "bytes=1000-1999"})
            self.assertEqual((status, body), (206, data[1000:2000]))
        archive = prepare(second, {"blobs": blobs, "archive": "both.zip"})
        self.assertEqual(self.call(third, "HEAD", archive)[0], 200)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda port: self.call(port, "GET", archive), [first, second, third] * 2))
        self.assertEqual(sorted(status for status, _, _ in answers), [200] + 5 * [404])
        served = next(body for status, _, body in answers if status == 200)
        with zipfile.ZipFile(io.BytesIO(served)) as files:
            self.assertEqual({name: files.read(name) for name in files.namelist()}, {"a.bin": data, "b.bin": data})

    def test_a_node_derives_a_picture_that_is_too_large_for_memory(self):
        if not has_imaging():
            self.skipTest("wharf-imaging is not installed")
        picture = noise(900, 700)
        self.assertGreater(len(picture), 1 << 20)
        status, _, body = self.call(
            self.cluster.port, "POST", "/v1/blobs?name=noise.png&type=image/png&derive=photo", picture)
        self.assertEqual(status, 201, body)
        upload = json.loads(body)["upload"]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            _, _, body = self.call(self.cluster.port, "GET", f"/v1/uploads/{upload}")
            derivation = json.loads(body)["derivation"]
            if derivation["state"] != "pending":
                break
            time.sleep(0.1)
        self.assertEqual(derivation["state"], "done", body)

    def test_another_node_derives_what_a_lost_one_began(self):
        if not has_imaging():
            self.skipTest("wharf-imaging is not installed")
        node, *others = self.cluster.nodes

        def thaw():
            node.process.send_signal(signal.SIGCONT)

        for lose, restore, width in [
                (node.kill, node.start, 1900), (lambda: node.process.send_signal(signal.SIGSTOP), thaw, 2000)]:
            status, _, body = self.call(
                node.port, "POST", "/v1/blobs?name=noise.png&type=image/png&derive=photo", noise(width, 1500))
            self.assertEqual(status, 201, body)
            upload = json.loads(body)["blob"]

            def derivation():
                (state, attempts, is_held), = self.cluster.postgres.query(
                    "SELECT derivations.state, attempts, holder IS NOT NULL FROM derivations JOIN uploads ON seq = upload "
                    f"WHERE uploads.id = '\\x{upload}'")
                return int(state), int(attempts), is_held == "t"

            # That takes a second.
            deadline = time.monotonic() + 60
            while not derivation()[2]:
                self.assertLess(time.monotonic(), deadline, derivation())
            lose()
            try:
                self.assertEqual(derivation(), (0, 1, True))
                self.pass_ten_minutes()
                # A node looks what is due when a photo arrives.
                last = self.upload_photo(photo(f"after {width}"), others[0].port)
                self.eventually(lambda: derivation() == (1, 2, False))
            finally:
                restore()
            # A node that has woken goes on with the first attempt meanwhile.
            photos = [upload, last, self.upload_photo(photo(f"restored {width}"), node.port)]
            self.require_derived(photos)
            for blob, in self.cluster.postgres.query("SELECT encode(blob, 'hex') FROM assets WHERE blob IS NOT NULL"):
                self.fetch(blob)
        for memory, in self.cluster.postgres.query("SELECT encode(id, 'hex') FROM memories"):
            self.assertEqual(self.call(self.cluster.port, "DELETE", f"/v1/memories/{memory}?assets=delete")[0], 204)

    def test_nothing_acknowledged_is_lost(self):
        """SIGKILL, SIGSTOP, SIGTERM of one node after another, restarts and cut connections, in turns, while clients of all
        protocols upload, and nodes derive, publish and scrub. Then all is deleted, and the bucket has nothing that is not recorded."""
        stop = threading.Event()
        chooser = random.Random(7)
        sizes = [50_000, 2_000_000, 9_000_000]
        # The largest one is published in parts.
        tus_sizes = [*sizes, 18_000_000]
        lines = [len(node.lines) for node in self.cluster.nodes]
        # A node takes a hundred of them at a time to verify.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(self.upload_small, range(120)))

        def tus(number):
            results = []
            while not stop.is_set() or not results:
                data = random.Random(number * 1000 + len(results)).randbytes(chooser.choice(tus_sizes))
                results.append((TusUpload(self.cluster.port, data, number).run(), hashlib.sha256(data).hexdigest()))
            return results

        def delete(number):
            ids = []
            while not stop.is_set() or not ids:
                data = random.Random(number * 1000 + len(ids)).randbytes(chooser.choice(tus_sizes))
                upload = TusUpload(self.cluster.port, data, number)
                ids.append(upload.run())
                # Some are published by then, some are just being published.
                time.sleep(upload.random.uniform(0, 1))
                upload.delete()
            return ids

        def put(number, protocol):
            results = []
            client = PutClient(self.cluster.url, os.path.join(self.directory, f"put{number}"), protocol)
            while not stop.is_set() or not results:
                results.append(client.put(random.Random(number * 1000 + len(results)).randbytes(chooser.choice(sizes))))
            return results

        def derive():
            results = []
            while has_imaging() and (not stop.is_set() or not results):
                data = photo(f"{len(results)}")
                results.append((self.upload_photo(data, self.cluster.port), hashlib.sha256(data).hexdigest()))
                stop.wait(1)
            return results

        checks = []

        def check():
            """Beside uploads and sweeps there is no issue; a check without its database or bucket is not completed."""
            while not stop.is_set() or not checks:
                status, found = self.cluster.check(*(["--verify"] if len(checks) % 10 == 9 else []))
                if status != 75:
                    checks.append((status, found[:-1]))

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            clients = [pool.submit(tus, number) for number in range(3)]
            clients += [pool.submit(put, 3, "native"), pool.submit(put, 4, "ietf")]
            deleter = pool.submit(delete, 5)
            photographer = pool.submit(derive)
            checker = pool.submit(check)
            try:
                for number in range(ROUNDS):
                    time.sleep(0.5)
                    turn, kind = divmod(number, len(DISTURBANCES))
                    if DISTURBANCES[kind] == "freeze" and turn % FREEZES_PER_LONG == 0:
                        done += self.freeze_long(chooser)
                    else:
                        self.disturb(DISTURBANCES[kind], chooser)
            finally:
                stop.set()
            counts = []
            for each in clients:
                results = each.result(timeout=400)
                counts.append(len(results))
                done += results
            deleted = deleter.result(timeout=400)
            photos = photographer.result(timeout=400)
            done += photos
            checker.result(timeout=400)
        self.pass_ten_minutes()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda each: (each[0], hashlib.sha256(self.fetch(each[0])).hexdigest()), done)
            self.assertEqual(list(found), done)
        print(
            f"\n{len(done)} uploads survived {ROUNDS} disturbances: {sum(counts[:3])} by tus, {counts[3]} by the native "
            f"protocol, {counts[4]} by the IETF's, {len(photos)} photos, and the others before or to nodes beside a frozen "
            f"one; {len(deleted)} were deleted meanwhile; {len(checks)} checks beside them", file=sys.stderr)
        self.assertEqual(set(map(str, checks)), {str((0, []))})
        self.require_derived([upload for upload, _ in photos])
        self.require_published(done)
        self.require_clean()
        self.require_shared_scrub()
        for memory, in self.cluster.postgres.query("SELECT encode(id, 'hex') FROM memories"):
            self.assertEqual(self.call(self.cluster.port, "DELETE", f"/v1/memories/{memory}?assets=delete")[0], 204)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.delete, [each[0] for each in done if each not in photos]))
        self.require_clean()
        self.compare_objects()
        self.require_published([])
        self.require_no_garbage()
        self.require_clean()
        for node, first in zip(self.cluster.nodes, lines):
            self.assertEqual([line for line in node.lines[first:] if "stored bytes are damaged" in line], [])
        self.assertEqual(self.cluster.postgres.query("SELECT count(*) FROM receipts WHERE upload IN (SELECT seq FROM uploads WHERE state > 1)"), [["0"]])
        # A node uses a key within ten minutes after it announced it. Those that it has left were made a day older in the database,
        # and swept.
        for node in self.cluster.nodes:
            node.kill()
            node.start()

    def disturb(self, kind, chooser):
        node = chooser.choice(self.cluster.nodes)
        relay = node.relays[kind.endswith("bucket")]
        match kind.split()[0]:
            case "kill":
                node.kill()
                self.pass_ten_minutes()
                time.sleep(0.5)
                node.start()
            case "freeze":
                node.process.send_signal(signal.SIGSTOP)
                time.sleep(1.5)
                # Others take over what it will go on with.
                self.pass_ten_minutes()
                time.sleep(1.5)
                node.process.send_signal(signal.SIGCONT)
            case "upgrade":
                for each in self.cluster.nodes:
                    self.assertEqual(each.restart(), 0)
            case "database":
                self.cluster.postgres.stop()
                time.sleep(0.5)
                self.cluster.postgres.start()
            case "bucket":
                self.cluster.bucket.kill()
                time.sleep(0.5)
                self.cluster.bucket.restart()
            case "silence":
                relay.silence()
                time.sleep(chooser.uniform(0.5, 3))
                relay.heal()
            case "reset":
                relay.reset()
                time.sleep(chooser.uniform(0.1, 1))
                relay.heal()

    def freeze_long(self, chooser):
        """Stops a node for longer than anything waits. The others do not wait for what it holds: each takes an upload
        meanwhile. Returns these."""
        node = chooser.choice(self.cluster.nodes)
        began = time.monotonic()
        node.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(1.5)
            # Others take over what it will go on with.
            self.pass_ten_minutes()
            taken = []
            for number, other in enumerate(each for each in self.cluster.nodes if each is not node):
                data = chooser.randbytes(200_000 + number)
                upload = TusUpload(other.port, data, number)
                taken.append((upload.run(), hashlib.sha256(data).hexdigest()))
                self.assertLess(time.monotonic() - began, LONG_FREEZE_SECONDS, "a node waits for a frozen one")
            time.sleep(began + LONG_FREEZE_SECONDS - time.monotonic())
        finally:
            node.process.send_signal(signal.SIGCONT)
        return taken

    def upload_photo(self, data, port, limit=180):
        """Until it succeeds. Only the last attempt's response says the id."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, _, body = self.call(
                    port, "POST", "/v1/blobs?name=photo.jpg&type=image/jpeg&derive=photo", data)
                if status == 201:
                    return json.loads(body)["blob"]
            time.sleep(0.5)
        self.fail(f"no success within {limit} s")

    def upload_small(self, number):
        """The id of a blob that is just too large for the database, and its digest."""
        data = random.Random(number).randbytes(66_000 + number)
        status, _, body = self.call(self.cluster.port, "POST", f"/v1/blobs?name={number}.bin", data)
        self.assertEqual(status, 201, body)
        return json.loads(body)["blob"], hashlib.sha256(data).hexdigest()

    def pass_ten_minutes(self):
        """For what a node holds: others take it over. Failed derivations, publications and removals are tried again."""
        self.cluster.postgres.query(
            """
            UPDATE derivations SET held_since = held_since - interval '11 minutes', due_at = least(due_at,
                (extract(epoch FROM now()) * 1000)::bigint) WHERE state = 0;
            UPDATE scrub_stretches SET expires_at = expires_at - interval '11 minutes';
            UPDATE publications SET held_since = held_since - interval '11 minutes', due_at = least(due_at, now()) WHERE state = 0;
            UPDATE unpublished SET due_at = now()
            """)

    def require_derived(self, photos):
        """Each of these has one memory, with each derivative once."""
        if not photos:
            return
        # Once: each start is an attempt. A node looks what is due when a photo arrives.
        self.pass_ten_minutes()
        for number, node in enumerate(self.cluster.nodes):
            self.upload_photo(photo(f"last {number}"), node.port)
        self.eventually(
            lambda: self.cluster.postgres.query("SELECT count(*) FROM derivations WHERE state = 0") == [["0"]])
        found = self.cluster.postgres.query(
            """
            SELECT encode(originals.blob, 'hex'), count(DISTINCT memories.id), count(*), count(DISTINCT assets.kind)
            FROM assets AS originals JOIN memories ON memories.seq = originals.memory JOIN assets ON assets.memory = memories.seq
            WHERE originals.kind = 'original' AND memories.derivation_error IS NULL GROUP BY originals.blob
            """)
        found = {blob: counts for blob, *counts in found}
        for upload in photos:
            memories, assets, kinds = map(int, found.get(upload, (0, 0, 0)))
            self.assertEqual((memories, assets), (1, kinds), upload)
            self.assertGreater(assets, 1, upload)

    def require_no_garbage(self):
        """The sweepers forget each segment in the end, and have removed its object. Nothing is being uploaded."""
        tables = ("garbage", "announcements", "unpublished")
        self.assertNotEqual(self.keys("garbage"), set())

        def is_swept():
            # A removed segment is due again some times, the last time after a week; an announcement after a day.
            self.cluster.postgres.query(
                """
                UPDATE announcements SET at = at - interval '1 day';
                UPDATE garbage SET due_at = least(due_at, now());
                UPDATE unpublished SET due_at = least(due_at, now())
                """)
            return all(self.cluster.postgres.query(f"SELECT count(*) FROM {table}") == [["0"]] for table in tables)

        self.eventually(is_swept)
        self.assertEqual(self.cluster.stored(), self.keys("receipts"))
        # No other objects of any kind: besides those of segments there are published ones, quarantined ones, and the mark.
        others = [each for each in self.cluster.names()
                  if not each.startswith(("segments/segments/", "segments/for/people/", "segments/quarantine/"))]
        self.assertEqual(sorted(others), sorted(self.cluster.marks()))
        self.assertEqual(self.cluster.multipart_uploads(), [])

    def require_published(self, done):
        """Each of these is published with its bytes; there are no other objects. A multipart upload whose creation came too late
        may still be there: nodes abort it an hour after they have seen it, or with the deletion of its object."""
        def is_complete():
            pending = self.cluster.postgres.query("SELECT count(*) FROM publications WHERE state <> 1")
            return pending == [["0"]] and set(self.cluster.objects("for/people")) == set(self.cluster.published().values())

        self.eventually(is_complete)
        names = self.cluster.published()

        def digest(upload):
            body = self.cluster.s3.get_object(Bucket=cluster.BUCKET, Key=names[upload])["Body"]
            return hashlib.sha256(body.read()).hexdigest()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.assertEqual([(upload, digest) for (upload, _), digest in zip(done, pool.map(digest, [each for each, _ in done]))], done)

    def require_shared_scrub(self):
        """Several nodes make a whole scrub together. One may have nothing to verify while another is slow."""
        for _ in range(10):
            read = self.next_scrub()
            if sum(count > 0 for count in read) > 1:
                return
        self.fail(f"only one node scrubs: {read}")

    def next_scrub(self):
        """The bytes that each node reads in a scrub that begins after this call."""
        def wait():
            began = "SELECT began_at FROM scrub"
            last = self.cluster.postgres.query(began)
            self.eventually(lambda: self.cluster.postgres.query(began) != last)
            return [self.metric(node, "wharf_scrubbed_bytes_total") for node in self.cluster.nodes]

        before = wait()
        return [late - early for early, late in zip(before, wait())]

    def test_nodes_that_stop_leave_the_scrub_to_others(self):
        """At once, not after ten minutes. The rate makes the holder of a stretch wait while it is stopped."""
        self.upload_small(0)
        # The first one makes the row.
        self.eventually(lambda: self.cluster.postgres.query("SELECT began_at FROM scrub"))
        held = "SELECT count(*) FROM scrub_stretches WHERE expires_at > now() + interval '{} minutes'"
        self.cluster.postgres.query("UPDATE scrub SET paced_until = now() + interval '5 minutes'")
        self.eventually(lambda: self.cluster.postgres.query(held.format(12)) == [["1"]])
        for node in self.cluster.nodes:
            self.assertEqual(node.terminate(), 0)
        try:
            self.assertEqual(self.cluster.postgres.query(held.format(0)), [["0"]])
            self.cluster.postgres.query("UPDATE scrub SET paced_until = now()")
        finally:
            for node in self.cluster.nodes:
                node.start()
        self.next_scrub()

    def metric(self, node, name):
        status, _, body = self.call(node.port, "GET", "/metrics")
        self.assertEqual(status, 200)
        return sum(float(line.split()[-1]) for line in body.decode().splitlines() if line.startswith(name))

    def delete(self, upload):
        self.assertEqual(self.call(self.cluster.port, "DELETE", f"/v1/blobs/{upload}")[0], 204)

    def require_clean(self):
        """Every recorded byte is in the bucket, and every object in it is recorded, announced or garbage."""
        status, found = self.cluster.check("--verify")
        self.assertEqual((status, found[:-1]), (0, []), found)
        return found[-1]

    def compare_objects(self):
        """The same without `wharf check`, which has the server's code. Nothing is being uploaded; sweeps go on."""
        # Sweeps remove only what was known before the list, and no object of what is recorded after it.
        known = self.keys("receipts", "announcements", "garbage")
        stored = self.cluster.stored()
        self.assertEqual(self.keys("receipts") - stored, set(), "segments without objects")
        self.assertEqual(stored - known, set(), "objects that nobody knows")

    def keys(self, *tables):
        return {row[0] for row in self.cluster.postgres.query(
            " UNION ".join(f"SELECT encode(key, 'hex') FROM {table}" for table in tables))}

    def test_check_finds_and_repairs(self):
        data = random.Random(5).randbytes(3_000_000)
        upload = TusUpload(self.cluster.port, data, 5)
        upload.create()
        status, _ = upload.request(
            "PATCH", upload.path, {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}, data[:2_000_000])
        self.assertEqual(status, 204)
        blob = TusUpload(self.cluster.port, data, 6).run()
        self.require_clean()

        id = upload.path.rsplit("/", 1)[-1]
        lost = self.segments(id)[0]
        bucket = self.cluster.bucket
        name = f"segments/segments/{lost[:2]}/{lost}"
        orphan = "0" * 64
        bucket.request("PUT", f"/{cluster.BUCKET}/segments/segments/00/{orphan}", body=b"unknown")
        bucket.request("DELETE", f"/{cluster.BUCKET}/{name}")
        status, found = self.cluster.check()
        self.assertEqual(status, 1)
        self.assertEqual(
            sorted((each["kind"], each.get("upload"), each["repairable"]) for each in found[:-1]),
            [("missing_object", id, True), ("orphan_object", None, True)], found)
        # It has changed nothing.
        self.assertEqual(self.cluster.check()[1], found)
        status, found = self.cluster.check("--repair")
        self.assertEqual((status, found[-1]["repaired"]), (1, 2))
        self.require_clean()
        self.assertEqual(bucket.request("GET", f"/{cluster.BUCKET}/segments/quarantine/{orphan}"), b"unknown")
        upload.told = 0
        offset = upload.offset()
        self.assertLess(offset, 2_000_000)
        status, _ = upload.request(
            "PATCH", upload.path, {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}, data[offset:])
        self.assertEqual(status, 204)
        for stored in (id, blob):
            self.assertEqual(self.fetch(stored), data)
            self.delete(stored)
        self.require_clean()

    def test_the_scrub_finds_damage(self):
        """Of one segment, whose bytes something else has changed; all others are served."""
        blobs = dict(self.upload_small(number) for number in range(20))
        damaged = next(iter(blobs))
        self.eventually(lambda: damaged in self.cluster.published())
        key = self.segments(damaged)[0]
        name = f"segments/segments/{key[:2]}/{key}"
        s3 = self.cluster.s3
        original = s3.get_object(Bucket=cluster.BUCKET, Key=name)["Body"].read()

        first = [len(node.lines) for node in self.cluster.nodes]

        def lines(text):
            logged = [line for node, start in zip(self.cluster.nodes, first) for line in node.lines[start:]]
            return [line for line in logged if text in line]

        def findings():
            return sum(self.metric(node, "wharf_scrub_findings_total") for node in self.cluster.nodes)

        before = findings()
        s3.put_object(Bucket=cluster.BUCKET, Key=name, Body=original[:1000] + bytes([original[1000] ^ 1]) + original[1001:])
        self.eventually(lambda: findings() > before)
        self.eventually(lambda: any("findings=1" in line for line in lines("stored bytes verified")))
        for line in lines("stored bytes are damaged"):
            self.assertIn("digest_mismatch", line)
            self.assertIn(damaged, line)
            self.assertIn(key, line)
            self.assertIn("error", line)
        # Its size is right.
        status, issues = self.cluster.check()
        self.assertEqual(status, 0, issues)
        status, issues = self.cluster.check("--verify", "--repair")
        self.assertEqual(status, 1, issues)
        self.assertEqual(
            [(each["kind"], each["upload"], each["repairable"]) for each in issues[:-1]], [("digest_mismatch", damaged, False)])
        for blob, digest in blobs.items():
            if blob != damaged:
                self.assertEqual(hashlib.sha256(self.fetch(blob)).hexdigest(), digest)
        # Its download is an error, or breaks before the end of the damaged block.
        with contextlib.suppress(http.client.IncompleteRead):
            self.assertEqual(self.call(self.cluster.port, "GET", f"/v1/blobs/{damaged}")[0], 500)

        # As its operator restores it.
        s3.put_object(Bucket=cluster.BUCKET, Key=name, Body=original)
        self.next_scrub()
        before = findings()
        self.assertGreater(sum(self.next_scrub()), 0)
        self.assertEqual(findings(), before)
        self.require_clean()
        self.assertEqual(hashlib.sha256(self.fetch(damaged)).hexdigest(), blobs[damaged])
        for blob in blobs:
            self.delete(blob)

    def segments(self, upload):
        """The keys of an upload's segments in the order of its bytes."""
        return [row[0] for row in self.cluster.postgres.query(
            "SELECT encode(key, 'hex') FROM receipts JOIN uploads ON seq = upload "
            f"WHERE id = '\\x{upload}' ORDER BY start")]


if __name__ == "__main__":
    unittest.main()
