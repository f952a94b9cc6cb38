"""The server as the page's tests ask it."""

import json
import os
import re
import subprocess
import urllib.request

import wharf
from wharf import WHARF


class Server(wharf.Server):
    def get(self, path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=30) as answer:
            return answer.read()

    def send(self, method, path, token, document=None):
        """The document that a request of the native API answers; None without one."""
        body = json.dumps(document).encode() if document is not None else None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

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
    """The file of tokens in a directory, to which one is added, and that token."""
    path = os.path.join(directory, "tokens")
    said = subprocess.run([WHARF, "token", "add", "--file", path, name], capture_output=True, text=True, check=True)
    return path, re.search(r"wharf_\S+|\S{40,}", said.stdout)[0]
