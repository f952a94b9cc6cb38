"""`wharf serve` as a process, for tests of other people's clients."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

WHARF = os.environ["WHARF"]


class Server:
    """A server with a store of its own, which survives a kill."""

    def __init__(self, *arguments, directory=None, durability="process-crash", environment=None):
        self.directory = directory or tempfile.mkdtemp(prefix="wharf-")
        self.durability = durability
        self.arguments = arguments
        self.environment = environment
        self.port = 0
        # What it logs once it listens, over restarts.
        self.lines = []
        # A client notices that the server was killed before whoever killed it is done.
        self.lock = threading.Lock()
        self.start()

    def start(self):
        with self.lock:
            self.run()

    def run(self):
        self.process = subprocess.Popen(
            [WHARF, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", os.path.join(self.directory, "data"),
             "--durability", self.durability, *self.arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **self.environment} if self.environment else None)
        log = ""
        for line in self.process.stdout:
            log += line
            listening = re.search(r"listening on (https?)://127\.0\.0\.1:(\d+)", line)
            if listening:
                self.scheme, self.port = listening[1], int(listening[2])
                break
        else:
            self.process.stdout.close()
            raise RuntimeError(f"the server did not start (status {self.process.wait(30)}): {log}")
        # What it says must not fill the pipe.
        self.reader = threading.Thread(target=self.lines.extend, args=[self.process.stdout], daemon=True)
        self.reader.start()

    def kill(self):
        with self.lock:
            self.process.send_signal(signal.SIGKILL)
            self.end()

    def restart(self):
        """As an upgrade does.

        :returns: the status with which it ended.
        """
        with self.lock:
            status = self.terminate()
            self.run()
            return status

    def stop(self):
        self.terminate()
        shutil.rmtree(self.directory)

    def terminate(self):
        """By SIGTERM; the data stays.

        :returns: the status with which it ended.
        """
        self.process.terminate()
        self.end()
        return self.process.returncode

    def end(self):
        self.process.wait(30)
        self.reader.join(30)
        self.process.stdout.close()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/"
