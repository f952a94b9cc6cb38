"""Blobs of a cluster as objects that other tools read: botocore finds them under their names, and not after their end."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import cluster


class PublicationTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="wharf-publication-")
        os.chmod(cls.directory, 0o755)
        cls.cluster = cluster.Cluster(cls.directory, nodes=2, settings=(
            "--publish", "for/people", "--set", "redirect-downloads=on", "--set", "redirect-lifetime=1m"))
        cls.s3 = cls.cluster.s3

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()
        shutil.rmtree(cls.directory)

    def upload(self, name, data, type):
        request = urllib.request.Request(
            f"{self.cluster.url}/v1/blobs?name={urllib.parse.quote(name)}", data=data, method="POST",
            headers={"Content-Type": type})
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.headers["Location"].rsplit("/", 1)[-1]

    def objects(self):
        return self.cluster.objects("for/people")

    def eventually(self, condition, limit=120):
        deadline = time.monotonic() + limit
        while not condition():
            self.assertLess(time.monotonic(), deadline, self.objects())
            time.sleep(0.2)

    def published(self, blob):
        return self.cluster.published().get(blob)

    def test_objects_are_what_was_uploaded(self):
        random_ = random.Random(7)
        files = {
            "Ferien/Brücke & Söhne 100%.jpg": (random_.randbytes(30_000), "image/jpeg"),
            "..": (b"x" * 200, "text/html"),
            "film.mov": (random_.randbytes(41_000_000), "video/quicktime"),
            "leer.txt": (b"", "text/plain"),
        }
        blobs = {self.upload(name, data, type): name for name, (data, type) in files.items()}
        self.eventually(lambda: all(self.published(blob) for blob in blobs))
        self.assertEqual(len(self.objects()), 4)
        for blob, name in blobs.items():
            data, type = files[name]
            key = self.published(blob)
            self.assertTrue(key.startswith("segments/for/people/"), key)
            self.assertEqual(key.split("/")[-1], {"..": "unnamed"}.get(name, name.split("/")[-1]))
            found = self.s3.get_object(Bucket=cluster.BUCKET, Key=key)
            self.assertEqual(found["Body"].read(), data)
            self.assertEqual(found["ContentType"], type)
            self.assertIn("filename", found["ContentDisposition"])
            self.assertEqual(len(found["Metadata"]["sha256"]), 64)
        self.assertEqual(self.cluster.multipart_uploads(), [])
        self.assertEqual(self.cluster.check("--verify")[0], 0)

        self.require_redirects(blobs, files)

        # Something else has removed one.
        lost = self.published(next(iter(blobs)))
        self.s3.delete_object(Bucket=cluster.BUCKET, Key=lost)
        status, issues = self.cluster.check("--verify")
        self.assertEqual((status, issues[0]["kind"], issues[0]["upload"]), (1, "unpublished_blob", next(iter(blobs))))
        self.assertEqual(self.cluster.check("--verify", "--repair")[1][-1]["repaired"], 1)
        self.eventually(lambda: lost in self.objects())

        self.require_repair_of_altered(blobs, files)

        for blob in blobs:
            request = urllib.request.Request(f"{self.cluster.url}/v1/blobs/{blob}", method="DELETE")
            urllib.request.urlopen(request, timeout=60).close()
        self.eventually(lambda: not self.objects())
        self.assertEqual(self.cluster.check("--verify")[0], 0)

    def require_repair_of_altered(self, blobs, files):
        """Another tool has changed one byte of two objects: one that was stored as a whole, and one in parts."""
        altered = {}
        for blob, name in blobs.items():
            if len(files[name][0]) > 1000:
                key = self.published(blob)
                data = bytearray(files[name][0])
                data[-1] ^= 1
                self.s3.put_object(Bucket=cluster.BUCKET, Key=key, Body=bytes(data))
                altered[blob] = key
        self.assertEqual(len(altered), 2)
        status, issues = self.cluster.check("--verify")
        self.assertEqual(status, 1, issues)
        self.assertEqual({each["upload"]: each["kind"] for each in issues[:-1]}, dict.fromkeys(altered, "altered_object"))
        for each in issues[:-1]:
            self.assertIn(altered[each["upload"]], each["detail"])
        # Another bucket is refused. In one that has lost everything all are missing, which is no reason to publish them.
        self.cluster.bucket.request("PUT", "/other")
        self.assertNotIn(self.cluster.check("--verify", "--repair", bucket="other")[0], (0, 1, 75))
        mark, = self.cluster.marks()
        self.s3.put_object(Bucket="other", Key=mark, Body=b"")
        status, issues = self.cluster.check("--verify", "--repair", bucket="other")
        missing = [each["repairable"] for each in issues[:-1] if each["kind"] == "unpublished_blob"]
        self.assertEqual((status, missing, issues[-1]["repaired"]), (1, [False] * 4, 0))
        # Clients that are redirected get what is there; `wharf get` does not accept it.
        blob = next(iter(altered))
        self.assertNotEqual(self.fetch(f"{self.cluster.url}/v1/blobs/{blob}", "--location"), files[blobs[blob]][0])
        status, issues = self.cluster.check("--verify", "--repair")
        self.assertEqual((status, issues[-1]["repaired"]), (1, 2))
        self.eventually(lambda: all(self.published(blob) for blob in altered))
        for blob, key in altered.items():
            found = self.s3.get_object(Bucket=cluster.BUCKET, Key=key)
            self.assertEqual(found["Body"].read(), files[blobs[blob]][0])
            self.assertEqual(found["Metadata"]["sha256"], hashlib.sha256(files[blobs[blob]][0]).hexdigest())
        self.assertEqual(self.cluster.check("--verify")[0], 0)

    def require_redirects(self, blobs, files):
        for blob, name in blobs.items():
            data = files[name][0]
            address = f"{self.cluster.url}/v1/blobs/{blob}"
            ticket = json.loads(self.fetch(f"{self.cluster.url}/v1/downloads", "--json", json.dumps({"blobs": [blob]})))["ticket"]
            for each in (address, f"{self.cluster.url}/v1/downloads/{ticket}"):
                header = self.fetch(each, "--dump-header", "-", "--output", os.devnull).decode()
                self.assertRegex(header, r"^HTTP/1.1 307 ")
                self.assertIn(f"http://127.0.0.1:{self.cluster.bucket.port}/", header)
                self.assertEqual(self.fetch(each, "--location"), data)
                header = self.fetch(each, "--location", "--dump-header", "-", "--output", os.devnull).decode()
                self.assertIn("attachment", header.lower().split("content-disposition:")[-1].splitlines()[0])
            # A range is not redirected, nor is a picture of a page.
            if data:
                self.assertEqual(self.fetch(address, "--range", "0-9"), data[:10])
            self.assertEqual(self.fetch(address, "--header", "Sec-Fetch-Dest: image"), data)
        with tempfile.TemporaryDirectory() as directory:
            for blob, name in blobs.items():
                path = os.path.join(directory, "file")
                subprocess.run(
                    [cluster.wharf.WHARF, "get", "--server", self.cluster.url, blob, "--output", path, "--force"], check=True,
                    timeout=120, stdout=subprocess.DEVNULL)
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), files[name][0])

    @staticmethod
    def fetch(url, *arguments):
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", url, *arguments], check=True, capture_output=True, timeout=120).stdout


if __name__ == "__main__":
    unittest.main()
