"""What several files of tests begin with."""

import http.server
import os
import shutil
import tempfile
import threading

from browser import PageTestCase
from gallery_server import GalleryServer
from server import Server, make_token

HERE = os.path.dirname(os.path.abspath(__file__))
ROOTS = {"/page/": os.path.join(HERE, "../../Sources/WebPage/Resources"), "/modules/": os.path.join(HERE, "modules")}
TYPES = {".js": "text/javascript", ".html": "text/html"}


class FilesTestCase(PageTestCase):
    """A server, and a folder with the files that are dropped on its page."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="wharf-files-")
        self.server = self.serve()

    def serve(self):
        return Server()

    def tearDown(self):
        try:
            super().tearDown()
        finally:
            self.server.stop()
            shutil.rmtree(self.folder)

    def open(self):
        self.driver.get(self.server.url)
        self.eventually(lambda: self.find("#photos-empty").is_displayed() or self.all("#grid .tile"), "the page has started")

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path


class SignedInTestCase(FilesTestCase):
    """A server that requires a token, and one of anna."""

    expected_messages = ("401",)

    def serve(self):
        path, self.token = make_token(self.folder, "anna")
        return Server("--auth", f"tokens={path}")


class GalleryTestCase(PageTestCase):
    """A server of the page for all tests, and for each one with the photos that it wants."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = Server()

    @classmethod
    def tearDownClass(cls):
        cls.page.stop()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.server = None

    def tearDown(self):
        super().tearDown()
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def open(self, count, **state):
        self.server = GalleryServer(self.page, count)
        for name, value in state.items():
            setattr(self.server, name, value)
        self.driver.get(self.server.url)
        if count > 0:
            self.eventually(lambda: self.all("#grid .tile"), "photos are there")


class ModuleHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        folder, name = os.path.split(self.path)
        root = ROOTS.get(folder + "/")
        if root is None or not os.path.isfile(path := os.path.join(root, name)):
            return self.send_error(404)
        with open(path, "rb") as file:
            body = file.read()
        self.send_response(200)
        self.send_header("Content-Type", TYPES[os.path.splitext(name)[1]])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def require_modules(case):
    """The tests of modules pass in the browser of a case."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ModuleHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    case.driver.get(f"http://127.0.0.1:{server.server_port}/modules/index.html")
    case.driver.set_script_timeout(60)
    results = case.driver.execute_async_script("const done = arguments[0]; window.results.then(done)")
    case.assertGreater(len(results), 20)
    for name, failure in results:
        with case.subTest(name):
            case.assertIsNone(failure)
    server.shutdown()
    server.server_close()
