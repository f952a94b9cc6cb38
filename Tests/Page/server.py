"""`wharf serve` with a store of its own, which survives a kill."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.request

WHARF = os.environ["WHARF"]


class Server:
    def __init__(self, *arguments):
        self.directory = tempfile.mkdtemp(prefix="wharf-page-")
        self.arguments = arguments
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [WHARF, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", os.path.join(self.directory, "data"),
             "--durability", "process-crash", *self.arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log = ""
        for line in self.process.stdout:
            log += line
            listening = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if listening:
                self.port = int(listening[1])
                break
        else:
            raise RuntimeError(f"the server did not start: {log}")
        # What it says must not fill the pipe.
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.reader.start()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def stop(self):
        self.process.terminate()
        self.end()
        shutil.rmtree(self.directory)

    def end(self):
        self.process.wait(30)
        self.reader.join(30)
        self.process.stdout.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def get(self, path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=30) as answer:
            return answer.read()

    def uploads(self, state=None):
        """Every upload that the server has, the oldest first."""
        found = json.loads(self.get("v1/sessions"))["sessions"]
        return [upload for upload in found if state in (None, upload["state"])]

    def metric(self, name):
        for line in self.get("metrics").decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")


def make_token(directory, name):
    """A file of tokens with one in it, and that token."""
    path = os.path.join(directory, "tokens")
    said = subprocess.run([WHARF, "token", "add", "--file", path, name], capture_output=True, text=True, check=True)
    return path, re.search(r"wharf_\S+|\S{40,}", said.stdout)[0]
