"""SeaweedFS as one process: master, volume, filer and S3."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

WEED = os.path.join(os.path.dirname(sys.executable), "weed")
ACCESS_KEY, SECRET_KEY = "wharf-tests", "secret/of+the/tests"


def free_ports(count):
    """Ports that nobody listens on now. Another process may take one before it is used."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class SeaweedFS:
    def __init__(self, directory):
        self.directory = directory
        os.makedirs(os.path.join(directory, "data"))
        identity = {
            "name": "tests", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
        self.identities = os.path.join(directory, "s3.json")
        with open(self.identities, "w") as file:
            json.dump({"identities": [identity]}, file)
        for _ in range(5):
            if self.start():
                return
            self.kill()
        raise RuntimeError(f"SeaweedFS did not start: {self.log()[-2000:]}")

    def start(self):
        names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
                 "s3.port", "s3.port.grpc"]
        ports = dict(zip(names, free_ports(len(names))))
        self.port = ports["s3.port"]
        with open(os.path.join(self.directory, "log"), "wb") as log:
            self.process = subprocess.Popen(
                # Telemetry is on by default. Without peers a restart waits for nobody.
                [WEED, "-logtostderr=true", "server", "-master.telemetry=false", "-master.peers=none",
                 f"-dir={self.directory}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                 "-master.volumeSizeLimitMB=1024", "-volume.max=0", "-filer", "-s3", f"-s3.config={self.identities}",
                 "-s3.port.iceberg=0", "-s3.port.lance=0", *(f"-{name}={port}" for name, port in ports.items())],
                cwd=self.directory, stdout=log, stderr=log, start_new_session=True)
        return self.is_ready()

    def is_ready(self, creates=True):
        """Whether it stores an object within a minute: it listens before it can. The bucket for it exists after a restart."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if creates:
                    self.request("PUT", "/ready")
                self.request("PUT", "/ready/object", b"1")
                return True
            except (OSError, urllib.error.HTTPError):
                time.sleep(0.2)
        return False

    def request(self, method, path, body=b""):
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        url = f"http://127.0.0.1:{self.port}{path}"
        request = AWSRequest(method, url, data=body)
        S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1").add_auth(request)
        sent = urllib.request.Request(url, data=body, method=method, headers=dict(request.headers.items()))
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return answer.read()

    def log(self):
        with open(os.path.join(self.directory, "log"), errors="replace") as file:
            return file.read()

    def kill(self):
        """SIGTERM takes half a minute."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
