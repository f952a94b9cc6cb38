"""The modules that need no page, by themselves: `modules/*.js`, run in the browser."""

import http.server
import os
import threading
import unittest

from browser import PageTestCase

HERE = os.path.dirname(os.path.abspath(__file__))
ROOTS = {"/page/": os.path.join(HERE, "../../Sources/WebPage/Resources"), "/modules/": os.path.join(HERE, "modules")}
TYPES = {".js": "text/javascript", ".html": "text/html"}


class Handler(http.server.BaseHTTPRequestHandler):
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


def serve_modules():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class ModuleTests(PageTestCase):
    expected_messages = ("favicon",)

    def test_modules(self):
        server = serve_modules()
        self.driver.get(f"http://127.0.0.1:{server.server_port}/modules/index.html")
        self.driver.set_script_timeout(60)
        results = self.driver.execute_async_script("window.results.then(arguments[0])")
        self.assertGreater(len(results), 20)
        for name, failure in results:
            with self.subTest(name):
                self.assertIsNone(failure)
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    unittest.main()
