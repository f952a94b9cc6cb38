"""Pages of other sites in a real browser, against a server without authentication: nothing of it may be read or changed."""

import json
import os
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import browser
from server import Server
from selenium.webdriver.support.ui import WebDriverWait

EVIL = "evil.example"

# Ways in which a page makes a browser send a request to another server without asking it first. Each ends with a title.
FORM = """
<form method=post target=_self action="{url}" enctype="{type}"><input name='{{"title":"' value='"}}'></form>
<script>document.forms[0].submit()</script>"""
NO_CORS = """
<script>
fetch("{url}", {{ method: "POST", mode: "no-cors", body: '{{"title":"="}}' }}).catch(() => {{}}).then(() => document.title = "sent")
</script>"""
SANDBOXED = """
<iframe sandbox="allow-forms allow-scripts" srcdoc='{inner}' onload="document.title = 'sent'"></iframe>"""


class Attacker(ThreadingHTTPServer):
    """The site of the attacker: one page."""

    daemon_threads = True
    page = ""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class CrossSiteTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.driver = browser.start(f"MAP {EVIL} 127.0.0.1, EXCLUDE localhost, ")

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.attacker = Attacker()
        self.addCleanup(self.attacker.server_close)
        self.addCleanup(self.attacker.shutdown)

    def status(self, method, path, body=None, type="application/json"):
        """Of a request of the page that is shown; None if the browser refuses it."""
        return self.driver.execute_async_script(
            "const [method, path, body, type, done] = arguments;"
            "fetch(path, { method, body, headers: body === null ? {} : { 'Content-Type': type } })"
            ".then(answer => done(answer.status), () => done(null))", method, path, body, type)

    def capsules(self):
        return json.loads(self.server.get("v1/capsules"))["capsules"]

    def uploads(self):
        return self.server.uploads()

    def requests(self, operation):
        """How many of an operation were answered."""
        lines = self.server.get("metrics").decode().splitlines()
        return sum(float(line.split()[1]) for line in lines
                   if line.startswith("wharf_requests_total{") and f'operation="{operation}"' in line)

    def test_a_rebound_name_reads_and_changes_nothing(self):
        self.driver.get(f"http://{EVIL}:{self.server.port}/")
        self.assertIn("does not answer for the host", self.driver.page_source)
        self.assertEqual(self.driver.execute_script("return origin"), f"http://{EVIL}:{self.server.port}")
        for method, path, body in (("GET", "/v1/capsules", None), ("GET", "/v1/sessions", None), ("GET", "/metrics", None),
                                   ("POST", "/v1/capsules", "{}"), ("POST", "/v1/blobs", "x"), ("GET", "/page/app.js", None)):
            self.assertEqual(self.status(method, path, body), 421, f"{method} {path}")
        self.assertEqual((self.capsules(), self.uploads()), ([], []))

    def test_the_servers_own_names_go_on_working(self):
        for host in ("127.0.0.1", "localhost"):
            self.driver.get(f"http://{host}:{self.server.port}/openapi.json")
            self.assertEqual(self.status("POST", "/v1/capsules", "{}"), 201)
            self.assertEqual(self.status("POST", "/v1/capsules", "{}", "text/plain"), 415)
        self.assertEqual(len(self.capsules()), 2)

    def test_forms_and_opaque_requests_of_other_sites_change_nothing(self):
        form = {type: FORM.format(url="{url}", type=type)
                for type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")}
        for host in (EVIL, "127.0.0.1", "localhost"):
            for path, operation in (("v1/capsules", "createCapsule"), ("v1/blobs", "putBlob"),
                                    ("v1/capsules/default/memories", "createMemory")):
                url = self.server.url + path
                for page in (*(text.replace("{url}", url) for text in form.values()), NO_CORS.format(url=url),
                             SANDBOXED.format(inner=form["text/plain"].replace("{url}", url).replace("'", "&apos;"))):
                    before = self.requests(operation)
                    self.attacker.page = page
                    self.driver.get(f"http://{host}:{self.attacker.server_port}/")
                    WebDriverWait(self.driver, 30, poll_frequency=0.02).until(
                        lambda _: self.requests(operation) > before, f"{host} sent a request to {path}: {page}")
        self.assertEqual((self.capsules(), self.uploads()), ([], []))

    # Stored bytes

    def store(self, text, type):
        request = urllib.request.Request(f"{self.server.url}v1/blobs?name=a&type={type}", text.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())["blob"]

    def imports(self, url):
        """Whether a module runs in the page that is shown."""
        return self.driver.execute_async_script(
            "const [url, done] = arguments; import(url).then(() => done(true), () => done(false))", url)

    def test_stored_scripts_and_styles_do_not_run_in_the_page(self):
        self.driver.get(self.server.url)
        self.assertTrue(self.imports(self.server.url + "page/text.js"), "the page's own modules do")
        for type in ("text/javascript", "application/javascript", "application/ecmascript"):
            blob = self.store("document.title = 'stored'", type)
            for path in (f"v1/blobs/{blob}", f"files/{blob}"):
                self.assertFalse(self.imports(self.server.url + path), path)
        self.assertNotEqual(self.driver.title, "stored")
        style = self.store("body { display: none }", "text/css")
        applied = self.driver.execute_async_script(
            "const [href, done] = arguments; const link = document.createElement('link');"
            "Object.assign(link, { rel: 'stylesheet', href, onload: () => done(true), onerror: () => done(false) });"
            "document.head.append(link)", self.server.url + f"v1/blobs/{style}")
        self.assertFalse(applied)

    def test_other_sites_cannot_show_what_is_stored(self):
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "Sources", "WebPage", "Resources", "icon.svg")) as file:
            blob = self.store(file.read(), "image/svg%2Bxml")
        shows = ("const [src, done] = arguments; const image = new Image();"
                 "Object.assign(image, { onload: () => done(true), onerror: () => done(false), src })")
        url = f"http://127.0.0.1:{self.server.port}/v1/blobs/{blob}"
        self.driver.get(f"http://127.0.0.1:{self.server.port}/openapi.json")
        self.assertTrue(self.driver.execute_async_script(shows, url), "the server's own pages can")
        self.attacker.page = "<title>evil</title>"
        self.driver.get(f"http://{EVIL}:{self.attacker.server_port}/")
        self.assertFalse(self.driver.execute_async_script(shows, url))


if __name__ == "__main__":
    unittest.main()
