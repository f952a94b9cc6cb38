"""Clocks that are set, and machines that sleep: nothing expires before its clients had the time they were promised."""

import hashlib
import http.client
import json
import os
import signal
import struct
import tempfile
import unittest

import wharf

HOUR = 3_600_000
DAY = 24 * HOUR
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = bytes(range(256)) * 4


class Clocks:
    """The clocks of a server: shifts in milliseconds."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile(prefix="clocks-")
        self.day, self.uptime = 0, 0
        self.write()

    def write(self):
        os.pwrite(self.file.fileno(), struct.pack("=qq", self.day, self.uptime), 0)

    def step(self, milliseconds):
        """Somebody sets the time of day, or the machine was suspended."""
        self.day += milliseconds
        self.write()

    def elapse(self, milliseconds):
        """Time passes while the machine runs."""
        self.uptime += milliseconds
        self.step(milliseconds)


class ClockDrills(unittest.TestCase):
    def setUp(self):
        self.clocks = Clocks()
        self.server = wharf.Server(environment={
            "LD_PRELOAD": os.environ["CLOCKS_LIBRARY"], "CLOCKS": self.clocks.file.name, "WHARF_IMAGING": "off",
            "WHARF_TIME_TO_LIVE": "2h", "WHARF_EXPIRY_GRACE": "10m", "WHARF_SWEEP_INTERVAL": "1h"})
        # The grace after the start is over.
        self.clocks.elapse(HOUR)

    def tearDown(self):
        self.server.stop()
        self.clocks.file.close()

    def call(self, method, path, body=None, headers=None, expect=(200, 201, 204)):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        self.assertIn(response.status, expect, f"{method} {path}: {answer[:300]}")
        return response.headers, answer

    def create(self):
        """An upload with the first half of its bytes."""
        headers, _ = self.call("POST", "/files", headers={**TUS, "Upload-Length": str(len(BYTES))})
        path = "/files/" + headers["Location"].rsplit("/", 1)[1]
        self.append(path, 0, BYTES[:512])
        return path

    def append(self, path, offset, body):
        self.call("PATCH", path, body, {
            **TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"})

    def complete(self, path):
        """A client returns and goes on where it was."""
        headers, _ = self.call("HEAD", path, headers=TUS)
        self.assertEqual(headers["Upload-Offset"], "512")
        self.append(path, 512, BYTES[512:])
        self.assertEqual(self.call("GET", path)[1], BYTES)

    def sweep(self):
        return json.loads(self.call("POST", "/v1/sessions/cleanup-expired")[1])["expired"]

    def test_the_time_of_day_is_set_forward(self):
        path = self.create()
        self.clocks.step(30 * DAY)
        self.assertEqual(self.sweep(), [])
        # Nor does anything expire after the grace, while the time to live has not elapsed.
        self.clocks.elapse(HOUR)
        self.assertEqual(self.sweep(), [])
        self.complete(path)

    def test_an_idle_upload_expires_by_elapsed_time(self):
        idle, used = self.create(), self.create()
        self.clocks.step(DAY)
        self.clocks.elapse(HOUR)
        self.call("HEAD", used, headers=TUS)
        self.append(used, 512, b"")
        self.assertEqual(self.sweep(), [])
        self.clocks.elapse(HOUR + HOUR // 4)
        self.assertEqual(self.sweep(), [idle.rsplit("/", 1)[1]])
        self.call("HEAD", idle, headers=TUS, expect=(404, 410))
        self.complete(used)

    def test_the_time_of_day_is_set_back(self):
        path = self.create()
        self.clocks.step(-30 * DAY)
        later = self.create()
        self.assertEqual(self.sweep(), [])
        self.clocks.elapse(HOUR)
        self.assertEqual(self.sweep(), [])
        self.complete(path)
        # What was created since expires two hours after its last use, not thirty days later.
        self.clocks.elapse(2 * HOUR)
        self.assertEqual(self.sweep(), [later.rsplit("/", 1)[1]])

    def test_a_machine_that_slept_continues_the_body_it_was_receiving(self):
        path = self.create()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.putrequest("PATCH", path)
        for name, value in {**TUS, "Upload-Offset": "512", "Content-Type": "application/offset+octet-stream",
                            "Content-Length": "512"}.items():
            connection.putheader(name, value)
        connection.endheaders(BYTES[512:700])
        self.server.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.server.process.pid, os.WSTOPPED | os.WNOWAIT)
        self.clocks.step(8 * HOUR)
        connection.send(BYTES[700:900])
        self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.sweep(), [])
        connection.send(BYTES[900:])
        response = connection.getresponse()
        response.read()
        connection.close()
        self.assertEqual((response.status, response.headers["Upload-Offset"]), (204, "1024"))
        self.assertEqual(hashlib.sha256(self.call("GET", path)[1]).digest(), hashlib.sha256(BYTES).digest())

    def test_a_restart_after_a_long_sleep_gives_clients_their_grace(self):
        path = self.create()
        self.server.kill()
        self.clocks.step(30 * DAY)
        self.server.start()
        self.assertEqual(self.sweep(), [])
        self.complete(path)


if __name__ == "__main__":
    unittest.main()
