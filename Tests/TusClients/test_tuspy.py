"""tuspy, the Python client of the tus project."""

import concurrent.futures
import io
import os
import tempfile
import unittest
import urllib.request

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.storage.filestorage import FileStorage
from tusclient.uploader import Uploader

from support import VERSION, Line, TusTestCase, content, direct


class DeferredUploader(Uploader):
    """Does not tell the length before it sends the last bytes."""

    def get_url_creation_headers(self):
        headers = super().get_url_creation_headers()
        del headers["upload-length"]
        headers["upload-defer-length"] = "1"
        return headers

    def get_headers(self):
        headers = super().get_headers()
        if self.url and self.offset + self.chunk_size >= self.stop_at:
            headers["upload-length"] = str(self.stop_at)
        return headers


class TuspyTests(TusTestCase):
    def uploader(self, body, endpoint=None, **options):
        client = TusClient(endpoint or self.server.endpoint)
        return client.uploader(file_stream=io.BytesIO(body), **options)

    def test_a_file_in_one_request(self):
        for count in (1, 1000, 5_000_000):
            body = content(count)
            uploader = self.uploader(body)
            uploader.upload()
            self.require_upload(uploader.url, body)

    def test_a_file_in_chunks_that_fit_and_that_do_not(self):
        for count in (400_000, 350_001):
            body = content(count)
            uploader = self.uploader(body, chunk_size=100_000)
            uploader.upload()
            self.require_upload(uploader.url, body)

    def test_an_empty_file(self):
        uploader = self.uploader(b"")
        uploader.upload()
        self.require_upload(uploader.url, b"")

    def test_metadata_of_every_kind(self):
        metadata = {"filename": "Ünïcödé 日本語.txt", "filetype": "text/plain", "empty": "", "x-y_z": "a,b c"}
        uploader = self.uploader(b"hello", metadata=metadata)
        uploader.upload()
        self.assertEqual(self.metadata(uploader.url), {key: value.encode() for key, value in metadata.items()})
        with urllib.request.urlopen(uploader.url) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain")

    def test_a_checksum_with_every_chunk(self):
        body = content(500_000)
        uploader = self.uploader(body, chunk_size=150_000, upload_checksum=True)
        uploader.upload()
        self.require_upload(uploader.url, body)

    def test_a_length_that_is_told_last(self):
        for count in (250_000, 300_000, 0):
            body = content(count)
            uploader = DeferredUploader(
                client=TusClient(self.server.endpoint), file_stream=io.BytesIO(body), chunk_size=100_000)
            uploader.upload()
            if not body:
                # The loop of the client ends before it has sent anything.
                uploader.upload_chunk()
            self.require_upload(uploader.url, body)

    def test_going_on_after_the_line_broke(self):
        body = content(3_000_000)
        line = Line(self.server.port, limit=1_000_000)
        uploader = self.uploader(body, endpoint=line.endpoint)
        with self.assertRaises((TusUploadFailed, TusCommunicationError)):
            uploader.upload()
        url = direct(uploader.url, self.server)
        self.require_partly_done(url, body)
        again = self.uploader(body, url=url)
        again.upload()
        self.require_upload(url, body)

    def test_going_on_after_the_server_was_killed(self):
        for options in ({}, {"chunk_size": 200_000}):
            body = content(3_000_000, seed=2)
            line = Line(self.server.port, limit=1_500_000, then=self.server.kill)
            uploader = self.uploader(body, endpoint=line.endpoint, **options)
            with self.assertRaises((TusUploadFailed, TusCommunicationError)):
                uploader.upload()
            told = uploader.offset
            self.server.start()
            url = direct(uploader.url, self.server)
            again = self.uploader(body, url=url, **options)
            self.assertGreaterEqual(again.offset, told, "an offset that was told never falls")
            again.upload()
            self.require_upload(url, body)

    def test_a_url_that_was_stored(self):
        body = content(400_000, seed=3)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "file")
            with open(path, "wb") as file:
                file.write(body)

            def uploader():
                return TusClient(self.server.endpoint).uploader(
                    path, chunk_size=100_000, store_url=True,
                    url_storage=FileStorage(os.path.join(directory, "urls")))

            first = uploader()
            first.upload(stop_at=200_000)
            second = uploader()
            self.assertEqual((second.url, second.offset), (first.url, 200_000))
            second.upload()
            self.require_upload(first.url, body)

    def test_parts_in_parallel_make_one_file(self):
        body = content(2_000_001, seed=4)
        pieces = [body[start:start + 500_000] for start in range(0, len(body), 500_000)]

        def send(piece):
            client = TusClient(self.server.endpoint, headers={"Upload-Concat": "partial"})
            uploader = client.uploader(file_stream=io.BytesIO(piece), chunk_size=200_000)
            uploader.upload()
            return uploader.url

        with concurrent.futures.ThreadPoolExecutor() as pool:
            urls = list(pool.map(send, pieces))
        headers = {**VERSION, "Upload-Concat": "final;" + " ".join(urls)}
        request = urllib.request.Request(self.server.endpoint, method="POST", headers=headers, data=b"")
        with urllib.request.urlopen(request) as answer:
            url = answer.headers["Location"]
        self.require_upload(url, body)


if __name__ == "__main__":
    unittest.main()
