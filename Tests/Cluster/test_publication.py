"""Blobs of a cluster as objects that other tools read: botocore finds them under their names, and not after their end."""

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

import botocore.config
import botocore.exceptions
import botocore.session

sys.path.insert(0, os.path.dirname(__file__))
import cluster
import engine


class PublicationTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="wharf-publication-")
        os.chmod(cls.directory, 0o755)
        cls.cluster = cluster.Cluster(cls.directory, nodes=2, settings=(
            "--publish", "for/people", "--set", "redirect-downloads=on", "--set", "redirect-lifetime=1m"))
        cls.s3 = botocore.session.get_session().create_client(
            "s3", endpoint_url=f"http://127.0.0.1:{cls.cluster.bucket.port}", region_name="us-east-1",
            aws_access_key_id=engine.ACCESS_KEY, aws_secret_access_key=engine.SECRET_KEY,
            config=botocore.config.Config(s3={"addressing_style": "path"}))

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
        found = self.s3.list_objects_v2(Bucket=cluster.BUCKET, Prefix="segments/for/people/")
        return {each["Key"]: each["Size"] for each in found.get("Contents", [])}

    def eventually(self, condition, limit=120):
        deadline = time.monotonic() + limit
        while not condition():
            self.assertLess(time.monotonic(), deadline, self.objects())
            time.sleep(0.2)

    def published(self, blob):
        return self.cluster.postgres.query(
            f"SELECT publications.name FROM publications JOIN uploads ON seq = upload WHERE id = '\\x{blob}' AND publications.state = 1")

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
            key = self.published(blob)[0][0]
            self.assertTrue(key.startswith("segments/for/people/"), key)
            self.assertEqual(key.split("/")[-1], {"..": "unnamed"}.get(name, name.split("/")[-1]))
            found = self.s3.get_object(Bucket=cluster.BUCKET, Key=key)
            self.assertEqual(found["Body"].read(), data)
            self.assertEqual(found["ContentType"], type)
            self.assertIn("filename", found["ContentDisposition"])
            self.assertEqual(len(found["Metadata"]["sha256"]), 64)
        self.assertEqual(self.s3.list_multipart_uploads(Bucket=cluster.BUCKET).get("Uploads", []), [])
        self.assertEqual(self.cluster.check("--verify")[0], 0)

        self.require_redirects(blobs, files)

        # Something else has removed one.
        lost = self.published(next(iter(blobs)))[0][0]
        self.s3.delete_object(Bucket=cluster.BUCKET, Key=lost)
        status, issues = self.cluster.check("--verify")
        self.assertEqual((status, issues[0]["kind"], issues[0]["upload"]), (1, "unpublished_blob", next(iter(blobs))))
        self.assertEqual(self.cluster.check("--verify", "--repair")[1][-1]["repaired"], 1)
        self.eventually(lambda: lost in self.objects())

        for blob in blobs:
            request = urllib.request.Request(f"{self.cluster.url}/v1/blobs/{blob}", method="DELETE")
            urllib.request.urlopen(request, timeout=60).close()
        self.eventually(lambda: not self.objects())
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
