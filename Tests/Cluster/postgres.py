"""A PostgreSQL server of its own, for tests and trials."""

import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../S3"))
from engine import free_ports


def binaries():
    found = os.environ.get("POSTGRES_BIN") or max(glob.glob("/usr/lib/postgresql/*/bin"), default="")
    if not found:
        initdb = shutil.which("initdb")
        found = os.path.dirname(initdb) if initdb else ""
    if not os.access(os.path.join(found, "initdb"), os.X_OK):
        raise RuntimeError("PostgreSQL is not installed: run scripts/dependencies, or set POSTGRES_BIN")
    return found


class Postgres:
    """Syncs what it acknowledges, unless told otherwise: the tests kill it."""

    def __init__(self, directory):
        self.directory = directory
        self.bin = binaries()
        os.makedirs(directory, exist_ok=True)
        # It refuses to run as root.
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.prefix:
            shutil.chown(directory, "postgres")
        if not os.path.exists(self.data):
            self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-instructions", "--no-locale", "-E", "UTF8")
        self.port = free_ports(1)[0]
        self.start()

    @property
    def data(self):
        return os.path.join(self.directory, "data")

    def run(self, program, *arguments, check=True):
        # Its output goes to a file: a server that it starts keeps it open.
        with open(os.path.join(self.directory, "log"), "a") as log:
            return subprocess.run(
                [*self.prefix, os.path.join(self.bin, program), *arguments], cwd="/", check=check,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.directory} -c max_connections=200"
        self.run("pg_ctl", "-D", self.data, "-w", "-s", "-l", os.path.join(self.directory, "server.log"), "-o", options, "start")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-s", "stop", check=False)

    @property
    def uri(self):
        return self.uri_at(self.port)

    def uri_at(self, port):
        return f"postgres://postgres@127.0.0.1:{port}/postgres"

    def query(self, text):
        """The rows, each a list of texts."""
        output = subprocess.run(
            [*self.prefix, os.path.join(self.bin, "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.uri, "-c", text],
            cwd="/", check=True, capture_output=True, text=True).stdout
        return [line.split("|") for line in output.splitlines() if line]
