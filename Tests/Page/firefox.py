"""Firefox, driven by selenium through Marionette, the protocol that Firefox itself speaks: Debian has no geckodriver.

`Bridge` takes selenium's requests (W3C WebDriver over HTTP) and hands them on: the commands and their documents are the same in
both, with other names.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from selenium import webdriver
from selenium.webdriver.remote.file_detector import UselessFileDetector

FIREFOX = "/usr/bin/firefox-esr"
PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False, "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.disabledForTesting": True, "browser.aboutwelcome.enabled": False, "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "browser.safebrowsing.update.enabled": False, "extensions.update.enabled": False, "dom.disable_beforeunload": True,
    "services.settings.server": "data:,", "browser.download.useDownloadDir": True, "browser.download.folderList": 2,
}
ELEMENT = r"/element/([^/]+)"
COMMANDS = [
    ("POST", "/url", "WebDriver:Navigate"), ("GET", "/url", "WebDriver:GetCurrentURL"), ("POST", "/refresh", "WebDriver:Refresh"),
    ("GET", "/title", "WebDriver:GetTitle"), ("POST", "/timeouts", "WebDriver:SetTimeouts"),
    ("GET", "/timeouts", "WebDriver:GetTimeouts"),
    ("POST", "/window/rect", "WebDriver:SetWindowRect"), ("GET", "/window/rect", "WebDriver:GetWindowRect"),
    ("GET", "/window", "WebDriver:GetWindowHandle"), ("POST", "/element", "WebDriver:FindElement"),
    ("POST", "/elements", "WebDriver:FindElements"), ("GET", "/element/active", "WebDriver:GetActiveElement"),
    ("POST", ELEMENT + "/click", "WebDriver:ElementClick"), ("POST", ELEMENT + "/value", "WebDriver:ElementSendKeys"),
    ("GET", ELEMENT + "/text", "WebDriver:GetElementText"), ("GET", ELEMENT + "/enabled", "WebDriver:IsElementEnabled"),
    ("GET", ELEMENT + "/displayed", "WebDriver:IsElementDisplayed"),
    ("POST", "/execute/sync", "WebDriver:ExecuteScript"), ("POST", "/execute/async", "WebDriver:ExecuteAsyncScript"),
    ("POST", "/actions", "WebDriver:PerformActions"), ("DELETE", "/actions", "WebDriver:ReleaseActions"),
    ("GET", "/screenshot", "WebDriver:TakeScreenshot"),
]
COMMANDS = [(method, re.compile(f"/session/[^/]+{path}$"), name) for method, path, name in COMMANDS]


class Firefox:
    """A process with a profile of its own, and the connection to it."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="wharf-firefox-")
        self.downloads = os.path.join(self.profile, "downloads")
        os.mkdir(self.downloads)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        preferences = PREFERENCES | {"marionette.port": port, "browser.download.dir": self.downloads}
        with open(os.path.join(self.profile, "user.js"), "w") as file:
            for name, value in preferences.items():
                file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        self.process = subprocess.Popen(
            [FIREFOX, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", self.profile],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.profile, "LANG": "en_GB.UTF-8"})
        self.lock = threading.Lock()
        self.number = 0
        self.socket = self.connect(port)
        self.stream = self.socket.makefile("rb")
        self.receive()

    def connect(self, port):
        pause = threading.Event()
        for _ in range(600):
            try:
                return socket.create_connection(("127.0.0.1", port))
            except ConnectionRefusedError:
                # Nothing else tells when it listens.
                pause.wait(0.1)
        raise RuntimeError("Firefox does not listen")

    def receive(self):
        length = b""
        while (byte := self.stream.read(1)) != b":":
            length += byte
        return json.loads(self.stream.read(int(length)))

    def call(self, name, parameters):
        """The error and the result of a command, one of which is null."""
        with self.lock:
            self.number += 1
            text = json.dumps([0, self.number, name, parameters]).encode()
            self.socket.sendall(b"%d:%s" % (len(text), text))
            return self.receive()[2:]

    def stop(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.profile, ignore_errors=True)


class Bridge(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, firefox):
        super().__init__(("127.0.0.1", 0), Handler)
        self.firefox = firefox
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_command(self):
        length = int(self.headers.get("Content-Length") or 0)
        parameters = json.loads(self.rfile.read(length) or b"{}") if length else {}
        if (self.command, self.path) == ("POST", "/session"):
            error, value = self.server.firefox.call("WebDriver:NewSession", {"capabilities": {"unhandledPromptBehavior": "accept"}})
            return self.answer(error, value and {"sessionId": value["sessionId"], "capabilities": value["capabilities"]})
        if self.command == "DELETE" and self.path.count("/") == 2:
            return self.answer(None, None)
        for method, path, name in COMMANDS:
            found = path.match(self.path) if method == self.command else None
            if not found:
                continue
            if found.groups() and name != "WebDriver:GetActiveElement":
                parameters["id"] = found[1]
            error, value = self.server.firefox.call(name, parameters)
            # Some results are in an object of their own.
            if error is None and isinstance(value, dict) and list(value) == ["value"]:
                value = value["value"]
            return self.answer(error, value)
        self.answer({"error": "unknown command", "message": f"{self.command} {self.path}", "stacktrace": ""}, None)

    do_GET = do_POST = do_DELETE = handle_command

    def answer(self, error, value):
        body = json.dumps({"value": error or value}).encode()
        self.send_response(500 if error else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Driver(webdriver.Remote):
    """Selenium's driver, with the process that it drives."""

    def __init__(self):
        self.firefox = Firefox()
        self.bridge = Bridge(self.firefox)
        super().__init__(f"http://127.0.0.1:{self.bridge.server_port}", options=webdriver.FirefoxOptions())
        # Files are on this machine.
        self.file_detector = UselessFileDetector()

    def set_preference(self, name, value):
        """A whole number, at once."""
        self.firefox.call("Marionette:SetContext", {"value": "chrome"})
        self.firefox.call("WebDriver:ExecuteScript", {
            "script": "Services.prefs.setIntPref(arguments[0], arguments[1])", "args": [name, value]})
        self.firefox.call("Marionette:SetContext", {"value": "content"})

    def errors(self):
        """What the console has of errors in pages, since the last call."""
        self.firefox.call("Marionette:SetContext", {"value": "chrome"})
        _, found = self.firefox.call("WebDriver:ExecuteScript", {"args": [], "script": """
            const errors = Services.console.getMessageArray().filter((message) => message instanceof Ci.nsIScriptError
                && /^http:/.test(message.sourceName) && !(message.flags & Ci.nsIScriptError.warningFlag));
            Services.console.reset();
            return errors.map((message) => message.errorMessage)"""})
        self.firefox.call("Marionette:SetContext", {"value": "content"})
        return found["value"]

    def quit(self):
        super().quit()
        self.bridge.shutdown()
        self.firefox.stop()
