"""Upload links with clients that know nothing of them: their token is a bearer token."""

import datetime
import io
import json
import unittest
import urllib.error
import urllib.request

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from support import Line, TusTestCase, content


class LinkTests(TusTestCase):
    def ask(self, method, path, token=None, document=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if document is not None:
            headers["Content-Type"] = "application/json"
        body = json.dumps(document).encode() if document is not None else None
        request = urllib.request.Request(self.server.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def status(self, method, path, token, document=None):
        try:
            self.ask(method, path, token, document)
            return 200
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def link(self, seconds=3600, **limits):
        expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        document = {"expires_at": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"), **limits}
        return self.ask("POST", "v1/capsules/default/links", document=document)

    def uploader(self, token, body, endpoint=None, kind="image/jpeg", **options):
        client = TusClient(endpoint or self.server.endpoint, headers={"Authorization": f"Bearer {token}"})
        metadata = {"filename": "photo.jpg", "filetype": kind}
        return client.uploader(file_stream=io.BytesIO(body), metadata=metadata, **options)

    def test_a_guest_uploads_over_a_line_that_breaks(self):
        token, body = self.link()["token"], content(3_000_000)
        line = Line(self.server.port, 1_000_000)
        uploader = self.uploader(token, body, line.endpoint, chunk_size=400_000)
        with self.assertRaises(Exception):
            uploader.upload()
        place = uploader.url.rsplit("/", 1)[1]
        # Bytes that had arrived may be saved after the offset was told: the next request says so, and is repeated.
        again = self.uploader(
            token, body, url=f"{self.server.endpoint}/{place}", chunk_size=400_000, retries=3, retry_delay=1)
        self.assertGreater(again.offset, 0)
        again.upload()
        self.assertEqual(self.server.read(f"{self.server.endpoint}/{place}"), body)

    def test_lists_and_reads_do_not_exist_for_a_guest(self):
        token = self.link()["token"]
        uploader = self.uploader(token, content(1000))
        uploader.upload()
        place = uploader.url.rsplit("/", 1)[1]
        for path in (f"files/{place}", f"v1/blobs/{place}", "v1/uploads", "v1/capsules", "v1/sessions", "metrics"):
            self.assertEqual(self.status("GET", path, token), 404, path)
        self.assertEqual(self.status("DELETE", f"v1/blobs/{place}", token), 404)
        self.assertEqual(self.status("GET", f"v1/uploads/{place}", token), 200)

    def test_what_a_link_excludes_is_refused_with_its_reason(self):
        token = self.link(types=["image/*"], file_bytes_max=1000, uses_max=1)["token"]
        for body, kind, reason in ((b"x", "text/plain", "image/*"), (content(1001), "image/png", "1000")):
            with self.assertRaises(TusCommunicationError) as refused:
                self.uploader(token, body, kind=kind).upload()
            self.assertIn(reason, refused.exception.response_content.decode())
        self.uploader(token, content(1000)).upload()
        with self.assertRaises(TusCommunicationError) as refused:
            self.uploader(token, b"x").upload()
        self.assertIn("Ask for another link.", refused.exception.response_content.decode())

    def test_a_removed_link_is_nobody_although_everybody_is_admitted(self):
        link = self.link()
        self.ask("DELETE", f"v1/capsules/default/links/{link['id']}")
        self.assertEqual(self.status("GET", "v1/sessions", link["token"]), 401)
        self.assertEqual(self.status("GET", "v1/sessions", "link_0"), 401)
        with self.assertRaises(TusCommunicationError):
            self.uploader(link["token"], b"x").upload()

    def test_links_survive_a_kill_of_the_server(self):
        link = self.link(files_max=2)
        self.uploader(link["token"], content(10)).upload()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.ask("GET", "v1/link", link["token"])["files_left"], 1)
        tokens = [known["token"] for known in self.ask("GET", "v1/capsules/default/links")["links"]]
        self.assertIn(link["token"], tokens)


if __name__ == "__main__":
    unittest.main()
