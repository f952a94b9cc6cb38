"""Two clients that upload one file to one upload: two tabs of a page."""

import asyncio
import io
import threading
import unittest

import aiohttp
import aiotus
import yarl
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from support import Line, TusTestCase, content, direct


class StalledLine(Line):
    """Passes so many bytes of the client on, and then none until it is told to."""

    def __init__(self, port, limit):
        self.resumed = threading.Event()
        super().__init__(port, limit)

    def pass_up(self, client, server):
        try:
            while data := client.recv(16384):
                with self.lock:
                    self.limit -= len(data)
                    stalls = self.limit <= 0
                server.sendall(data)
                if stalls:
                    self.resumed.wait()
        except OSError:
            pass
        client.close()
        server.close()


class TwoClientsTests(TusTestCase):
    # The rest fits into the buffers of the sockets, so that the first client waits for the response.
    body = content(300_000, seed=6)

    def take_over(self, second):
        """Runs a second client while the first is stalled, and returns the first one's error."""
        line = StalledLine(self.server.port, limit=100_000)
        first = TusClient(line.endpoint).uploader(file_stream=io.BytesIO(self.body))
        first.set_url(first.create_url())
        errors = []

        def run():
            try:
                first.upload()
            except TusCommunicationError as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        url = direct(first.url, self.server)
        try:
            while int(self.server.head(url)["Upload-Offset"]) == 0:
                pass
            second(url)
            thread.join(30)
            self.assertFalse(thread.is_alive(), "the first client is not told")
        finally:
            line.resumed.set()
        self.require_upload(url, self.body)
        return errors

    def test_tuspy_takes_over_from_tuspy(self):
        def second(url):
            TusClient(self.server.endpoint).uploader(file_stream=io.BytesIO(self.body), url=url).upload()

        self.assertEqual([error.status_code for error in self.take_over(second)], [400])

    def test_aiotus_takes_over_from_tuspy(self):
        async def send(url):
            async with aiohttp.ClientSession() as session:
                await aiotus.core.upload_buffer(session, yarl.URL(url), io.BytesIO(self.body))

        self.assertEqual([error.status_code for error in self.take_over(lambda url: asyncio.run(send(url)))], [400])

    def test_both_at_full_speed(self):
        """Each goes on after a wrong offset, as tus-js-client does; one of them gives up after the takeover."""
        body = content(20_000_000, seed=7)
        client = TusClient(self.server.endpoint)
        first = client.uploader(file_stream=io.BytesIO(body))
        url = first.create_url()
        results, requests = [], []

        def run():
            while True:
                requests.append(None)
                try:
                    TusClient(self.server.endpoint).uploader(file_stream=io.BytesIO(body), url=url).upload()
                    return results.append("done")
                except TusCommunicationError as error:
                    if error.status_code not in (409, 423, None):
                        return results.append(error.status_code)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertIn("done", results)
        self.assertLessEqual(set(results), {"done", 400})
        self.assertLess(len(requests), 20)
        self.require_upload(url, body)


if __name__ == "__main__":
    unittest.main()
