"""aiotus, an asynchronous client."""

import asyncio
import io
import threading
import unittest

import aiohttp
import aiotus
import yarl

from support import Line, TusTestCase, content, direct

PATIENT = aiotus.RetryConfiguration(retry_attempts=6, max_retry_period_seconds=0.5)
ONCE = aiotus.RetryConfiguration(retry_attempts=1)


class AiotusTests(TusTestCase):
    def upload(self, body, endpoint=None, config=PATIENT, **options):
        return asyncio.run(aiotus.upload(endpoint or self.server.endpoint, io.BytesIO(body), config=config, **options))

    def test_files_of_all_sizes(self):
        for count in (0, 1, 5_000_000):
            body = content(count)
            url = self.upload(body)
            self.assertIsNotNone(url)
            self.require_upload(str(url), body)

    def test_chunks(self):
        body = content(1_000_001)
        self.require_upload(str(self.upload(body, chunksize=100_000)), body)

    def test_metadata_of_every_kind(self):
        metadata = {"filename": "Ünïcödé 日本語.txt".encode(), "binary": bytes(range(256)), "none": None, "empty": b""}
        url = self.upload(b"hello", metadata=metadata)
        found = asyncio.run(aiotus.metadata(str(url), config=ONCE))
        self.assertEqual({key: value or b"" for key, value in found.items()},
                         {key: value or b"" for key, value in metadata.items()})

    def test_what_the_server_says_of_itself(self):
        async def ask():
            async with aiohttp.ClientSession() as session:
                return await aiotus.core.configuration(session, yarl.URL(self.server.endpoint))

        configuration = asyncio.run(ask())
        self.assertEqual(configuration.protocol_versions, ["1.0.0"])
        self.assertIn("concatenation-unfinished", configuration.protocol_extensions)
        self.assertGreater(configuration.max_size, 0)

    def test_parts_in_parallel_make_one_file(self):
        bodies = [content(700_000, seed=seed) for seed in range(5)]
        url = asyncio.run(aiotus.upload_multiple(
            self.server.endpoint, [io.BytesIO(body) for body in bodies], {"filename": b"whole"}, config=PATIENT,
            chunksize=200_000))
        self.assertIsNotNone(url)
        self.require_upload(str(url), b"".join(bodies))

    def going_on(self, body, line, before=lambda: None):
        """Sends over a line that breaks, and again over none."""
        async def send():
            async with aiohttp.ClientSession() as session:
                created = await aiotus.creation.create(session, yarl.URL(line.endpoint), io.BytesIO(body), {})
                with self.assertRaises(aiohttp.ClientError):
                    await aiotus.core.upload_buffer(session, created, io.BytesIO(body))
                await asyncio.to_thread(before)
                url = yarl.URL(direct(str(created), self.server))
                await aiotus.core.upload_buffer(session, url, io.BytesIO(body))
                return str(url)

        url = asyncio.run(send())
        self.require_upload(url, body)

    def test_going_on_after_the_line_broke(self):
        self.going_on(content(3_000_000), Line(self.server.port, limit=1_000_000))

    def test_going_on_after_the_server_was_killed(self):
        self.going_on(
            content(3_000_000), Line(self.server.port, limit=1_000_000, then=self.server.kill),
            before=self.server.start)

    def test_a_client_that_tries_again_by_itself_outlives_a_kill(self):
        body = content(6_000_000, seed=5)

        def restart():
            self.server.kill()
            self.server.start()

        killer = threading.Thread(target=restart)
        async def send():
            url = await self.create(body)
            async with aiohttp.ClientSession() as session:
                class Slowly(io.BytesIO):
                    """Has the server killed before its third chunk."""
                    reads = 0

                    def read(self, *arguments):
                        self.reads += 1
                        if self.reads == 3:
                            killer.start()
                            killer.join()
                        return super().read(*arguments)

                file = Slowly(body)
                for _ in range(PATIENT.retry_attempts):
                    try:
                        await aiotus.core.upload_buffer(session, url, file, chunksize=1_000_000)
                        return str(url)
                    except aiohttp.ClientError:
                        continue
                raise AssertionError("it never came to an end")

        self.require_upload(asyncio.run(send()), body)

    async def create(self, body):
        async with aiohttp.ClientSession() as session:
            return await aiotus.creation.create(session, yarl.URL(self.server.endpoint), io.BytesIO(body), {})


if __name__ == "__main__":
    unittest.main()
