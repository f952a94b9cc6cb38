"""Upload links: an owner makes one, and a guest in another browser uploads with it."""

import contextlib
import datetime
import json
import os
import random
import shutil
import tempfile
import unittest

from browser import PHONE, PageTestCase, start
from pictures import encoded, picture
from selenium.webdriver.support.ui import Select
from server import WHARF, Server, make_token
from shots import movie

KILLED = ("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "ERR_NETWORK")
IMAGING = os.path.join(os.path.dirname(WHARF), "wharf-imaging")
MEGABYTE = 1 << 20
MEDIA = ["image/*", "video/*"]


class DropBoxTests(PageTestCase):
    """`self.driver` is the owner's browser; within `self.as_guest()` it is the guest's, which never signs in."""

    # Of an owner who has not signed in yet, and of links that were removed. A page with uploads under way asks before it is left.
    expected_messages = ("401", "beforeunload")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owners = cls.driver
        cls.guests = start()

    @classmethod
    def tearDownClass(cls):
        cls.guests.quit()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="wharf-drop-box-")
        path, self.anna = make_token(self.folder, "anna")
        _, self.bob = make_token(self.folder, "bob")
        self.server = Server("--auth", f"tokens={path}")
        self.capsule = self.server.send("GET", "v1/capsules/default", self.anna)["id"]
        with self.as_guest():
            super().setUp()

    def tearDown(self):
        try:
            with self.as_guest():
                super().tearDown()
            super().tearDown()
        finally:
            self.server.stop()
            shutil.rmtree(self.folder)

    @contextlib.contextmanager
    def as_guest(self):
        self.driver = self.guests
        try:
            yield
        finally:
            self.driver = self.owners

    # Doing

    def link(self, title="Anna’s wedding", seconds=86_400, **limits):
        """A link as the API makes it."""
        expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        document = {"title": title, "expires_at": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")} | limits
        return self.server.send("POST", f"v1/capsules/{self.capsule}/links", self.anna, document)

    def remove(self, link):
        self.server.send("DELETE", f"v1/capsules/{self.capsule}/links/{link['id']}", self.anna)

    def open_link(self, link):
        # From elsewhere, since another fragment alone loads nothing.
        self.driver.get("about:blank")
        self.driver.get(f"{self.server.url}drop#{link['token']}")

    def open_open_link(self, link):
        self.open_link(link)
        self.eventually(lambda: self.find("#drop").is_displayed(), "the link is open")

    def open_album(self, token=None):
        self.driver.get(self.server.url)
        self.script("sessionStorage.setItem('wharf-token', arguments[0])", token or self.anna)
        self.driver.refresh()
        self.eventually(lambda: self.find("#photos-empty").is_displayed() or self.all("#grid .tile"), "the page has started")

    def open_links(self):
        self.open_album()
        self.click("#links-open")
        self.eventually(lambda: self.text("#links-status") != "Loading…", "the links are listed")

    def file(self, name, count, seed=1):
        return self.write(name, random.Random(seed).randbytes(count))

    def photo(self, name, seed):
        return self.write(name, encoded(picture(seed, 1200, 800), "JPEG"))

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    # Seeing

    def uploads(self, state="committed"):
        found = self.server.send("GET", f"v1/uploads?capsule={self.capsule}&of=all", self.anna)["sessions"]
        return sorted((upload for upload in found if upload["state"] == state), key=lambda upload: upload["name"])

    def stored(self):
        """Without the derivatives of photos, which are uploads of the guest, too."""
        return [upload["name"] for upload in self.uploads() if not upload["name"].endswith(".webp")]

    def received(self):
        pending = self.uploads("pending")
        return pending[0]["received_bytes"] if pending else 0

    def wait_until_all_done(self, seconds=60):
        self.eventually(lambda: self.states() and set(self.states()) == {"done"}, "all uploads are done", seconds)

    def facts(self):
        return [fact.text.replace("\u00a0", " ") for fact in self.all("#guest-facts li")]

    def tidy(self, text):
        return text.replace("\u00a0", " ").replace("\u2068", "").replace("\u2069", "")

    # From the owner to the guest and back

    def test_a_guest_adds_photos_with_a_link_that_its_owner_made(self):
        self.open_links()
        self.assertEqual(self.text("#links-status"), "There are no links yet.")
        self.find("#link-title").send_keys("Anna’s wedding")
        Select(self.find("#link-days")).select_by_visible_text("1 month")
        self.find("#link-files").send_keys("20")
        self.find("#link-gigabytes").send_keys("1.5")
        self.screenshot("link-new")
        self.click("#link-create")
        self.eventually(lambda: self.all(".link-row"), "the link is listed")
        self.assertEqual(self.focused(), "Copy the address of Anna’s wedding")
        self.assertIn("created", self.text("#links-status"))
        row = self.tidy(self.text(".link-row"))
        self.assertIn("At most 20 files, 1.5 GB · Photos and videos only", row)
        self.assertIn("nothing came in yet", row)
        address = self.find(".link-row input").get_attribute("value")
        self.assertTrue(address.startswith(self.server.url + "drop#link_"), address)

        with self.as_guest():
            self.driver.get(address)
            self.eventually(lambda: self.find("#drop").is_displayed(), "the link is open")
            self.require_no_token_in_sight(address.split("#")[1])
            self.assertEqual(self.text("#guest-title"), "Anna’s wedding")
            self.assertEqual(self.find("#files").get_attribute("accept"), "image/*,video/*,.heic,.heif")
            self.assertEqual(self.facts()[1:], ["Photos and videos only", "Up to 20 more files", "Room for 1.5 GB"])
            self.screenshot("drop-box")
            self.look(scheme="dark")
            self.screenshot("drop-box-dark")
            self.look(size=PHONE)
            self.screenshot("drop-box-phone")
            self.look()
            self.choose(self.photo("one.jpg", 1), self.photo("two.jpg", 2))
            self.wait_until_all_done()
            self.eventually(lambda: self.find("#thanks").is_displayed(), "thanks are said")
            self.assertEqual(self.text("#thanks-text"), "2 files stored. You can close this page.")
            self.eventually(lambda: "Up to 18 more files" in self.facts(), "what is left is shown")
            self.screenshot("drop-box-thanks")
            self.look(size=PHONE, scheme="dark")
            self.screenshot("drop-box-thanks-phone")
            self.look()

        self.assertEqual(self.stored(), ["one.jpg", "two.jpg"])
        self.open_links()
        self.assertIn("2 files", self.text(".link-row"))
        self.screenshot("links")
        self.look(size=PHONE, scheme="dark")
        self.screenshot("links-phone")
        self.look()
        self.press("\ue00c")
        self.eventually(lambda: not self.find("#links").is_displayed(), "Escape closes it")
        self.assertEqual(self.focused(), "links-open")
        if os.path.exists(IMAGING):
            self.eventually(lambda: len(self.all("#grid .tile button")) == 2, "both are in the grid", 60)

    def require_no_token_in_sight(self, token):
        """Only this tab has it."""
        self.assertEqual(self.driver.current_url, self.server.url + "drop")
        self.assertEqual(self.script("return JSON.stringify(localStorage)"), "{}")
        self.assertEqual(self.script("return Object.values(sessionStorage)"), [token])
        databases = self.driver.execute_async_script("""
            const [done] = arguments;
            const request = indexedDB.open("wharf", 1);
            request.onupgradeneeded = () => request.result.createObjectStore("uploads", { keyPath: "key" });
            request.onsuccess = () => {
                const all = request.result.transaction("uploads").objectStore("uploads").getAll();
                all.onsuccess = () => done(JSON.stringify(all.result));
            };""")
        self.assertNotIn(token, databases)
        self.assertNotIn(token, self.script("return document.documentElement.outerHTML"))

    def test_an_owner_copies_and_removes_links(self):
        self.link("First")
        self.link("Second", files_max=3)
        self.open_links()
        self.assertEqual(sorted(row.text for row in self.all(".link-title")), ["First", "Second"])
        self.click("[aria-label='Copy the address of First']")
        self.eventually(lambda: self.text("#links-status"), "the page says what it did")
        self.assertRegex(self.text("#links-status"), "copied|selected")
        self.click("[aria-label='Remove First']")
        self.eventually(lambda: "First" in self.text("#confirm-title"), "the page asks")
        self.screenshot("link-remove")
        self.press("\ue00c")
        self.eventually(lambda: not self.find("#confirm").is_displayed(), "no")
        self.assertEqual(len(self.all(".link-row")), 2)
        self.click("[aria-label='Remove First']")
        self.click("#confirm-yes")
        self.eventually(lambda: [row.text for row in self.all(".link-title")] == ["Second"], "it is gone")
        self.assertTrue(self.find("#links").is_displayed())
        left = self.server.send("GET", f"v1/capsules/{self.capsule}/links", self.anna)["links"]
        self.assertEqual([link["title"] for link in left], ["Second"])

    def test_links_are_offered_to_owners_only(self):
        self.open_album()
        self.assertTrue(self.find("#links-open").is_displayed())
        self.server.send("PUT", f"v1/capsules/{self.capsule}/members/bob", self.anna, {"role": "writer"})
        self.open_album(self.bob)
        self.assertTrue(self.find("#links-open").is_displayed())
        Select(self.find("#album-choice")).select_by_value(self.capsule)
        self.eventually(lambda: not self.find("#links-open").is_displayed(), "the album is anna's")

    # What a guest's token is good for

    def test_a_guest_can_look_at_nothing(self):
        link = self.link()
        with self.as_guest():
            self.open_open_link(link)
            self.choose(self.file("a.jpg", 1000))
            self.wait_until_all_done()
            [upload] = self.uploads()
            paths = ["v1/capsules", f"v1/capsules/{self.capsule}", f"v1/capsules/{self.capsule}/memories?limit=1",
                     f"v1/capsules/{self.capsule}/links", f"v1/uploads?capsule={self.capsule}", f"v1/blobs/{upload['id']}"]
            statuses = self.driver.execute_async_script("""
                const [paths, done] = arguments;
                const headers = { Authorization: `Bearer ${Object.values(sessionStorage)[0]}` };
                Promise.all(paths.map((path) => fetch(path, { headers }).then(({ status }) => status))).then(done);""", paths)
            self.assertEqual(dict(zip(paths, statuses)), dict.fromkeys(paths, 404))
            self.expected_messages += ("404",)

    def test_the_page_without_a_link_says_so(self):
        with self.as_guest():
            self.driver.get(self.server.url + "drop")
            # Of the tests before: storage lives as long as the tab.
            self.script("sessionStorage.clear()")
            self.driver.refresh()
            self.eventually(lambda: self.find("#closed").is_displayed(), "the page says that something is missing")
            self.assertIn("missing", self.text("#closed-title"))
            self.assertFalse(self.find("#drop").is_displayed())

    def test_another_link_in_the_same_tab_takes_the_place_of_the_first(self):
        first, second = self.link("First"), self.link("Second")
        with self.as_guest():
            self.open_open_link(first)
            self.driver.get(f"{self.server.url}drop#{second['token']}")
            self.eventually(lambda: self.text("#guest-title") == "Second", "the second is open")
            self.require_no_token_in_sight(second["token"])

    # On the way

    @unittest.skipUnless(os.path.exists(IMAGING), "wharf-imaging is not built")
    def test_a_guests_live_photo_is_one_photo_without_what_the_link_excludes(self):
        link = self.link(types=MEDIA)
        with self.as_guest():
            self.open_open_link(link)
            self.drop(self.photo("IMG_1.JPG", 1), self.write("IMG_1.MOV", movie()), self.write("IMG_1.AAE", b"<plist/>"))
            self.eventually(lambda: sorted(self.states()) == ["done", "done", "failed"], "the edits are refused")
            self.assertIn("Without its edits", self.text("#uploads-list"))
        self.open_album()
        self.eventually(lambda: len(self.all("#grid .tile .moves")) == 1, "the photo moves", 60)
        self.assertEqual(len(self.all("#grid .tile")), 1)
        self.assertFalse(self.find("#loose").is_displayed())

    def test_a_reload_in_the_middle_continues(self):
        link = self.link(types=MEDIA)
        with self.as_guest():
            self.open_open_link(link)
            self.throttle(MEGABYTE)
            path = self.file("film.mov", 32 * MEGABYTE)
            self.choose(path)
            self.eventually(lambda: self.received() >= MEGABYTE, "some of it has arrived")
            self.driver.refresh()
            self.throttle(None)
            self.eventually(lambda: self.find("#unfinished").is_displayed(), "the page knows what is unfinished")
            self.require_no_token_in_sight(link["token"])
            self.assertIn("film.mov", self.text("#unfinished-list"))
            self.screenshot("drop-box-unfinished")
            # Another link in this browser knows nothing of it, and begins anew.
            self.open_open_link(self.link("Other"))
            self.assertFalse(self.find("#unfinished").is_displayed())
            self.open_open_link(link)
            self.eventually(lambda: self.find("#unfinished").is_displayed(), "it is still there")
            [before] = self.uploads("pending")
            self.choose(path)
            self.wait_until_all_done()
            self.assertFalse(self.find("#unfinished").is_displayed())
        self.assertEqual([upload["id"] for upload in self.uploads()], [before["id"]])
        self.assertEqual(self.uploads("pending"), [])

    def test_the_network_may_go_away(self):
        self.expected_messages += KILLED
        link = self.link(types=MEDIA)
        with self.as_guest():
            self.open_open_link(link)
            self.throttle(MEGABYTE)
            self.choose(self.file("film.mov", 24 * MEGABYTE))
            self.eventually(lambda: self.received() >= MEGABYTE, "some of it has arrived")
            self.offline(True)
            self.eventually(lambda: self.find("#offline").is_displayed(), "the page says that it is offline")
            self.eventually(lambda: self.states() == ["retrying"], "uploads wait")
            self.offline(False)
            self.wait_until_all_done()
        self.assertEqual(self.stored(), ["film.mov"])

    # Refusals

    def test_files_that_the_link_does_not_take_are_not_sent(self):
        link = self.link(types=["image/*"], file_bytes_max=MEGABYTE, files_max=2)
        with self.as_guest():
            self.open_open_link(link)
            self.choose(self.file("notes.pdf", 1000), self.file("large.jpg", 2 * MEGABYTE), self.file("fine.jpg", 1000, 2))
            self.eventually(lambda: self.states() == ["failed", "failed", "done"], "one of three is stored")
            rows = [self.tidy(row.text) for row in self.all("#uploads-list .row-status")]
            self.assertEqual(rows[0], "Not sent: this link takes photos only.")
            self.assertEqual(rows[1], "Not sent: this link takes files of at most 1.0 MB.")
            self.assertFalse(self.find("#thanks").is_displayed())
            self.screenshot("drop-box-refused")
            for name in ("notes.pdf", "large.jpg"):
                self.click(f"#uploads-list [aria-label='Cancel {name}']")
            self.eventually(lambda: self.find("#thanks").is_displayed(), "what is left is stored")
            # Known from the link after the second; two of these are one too many.
            self.choose(self.file("b.jpg", 1000, 3), self.file("c.jpg", 1000, 4))
            self.expected_messages += ("403", "409", "413", "422")
            self.eventually(lambda: sorted(self.states()) == ["done", "done", "failed"], "the link takes two files")
            self.eventually(lambda: self.find("#closed").is_displayed(), "and says so")
            self.assertIn("no more files", self.text("#closed-title"))
            self.assertIn("No more files", self.facts())
            self.assertFalse(self.find("#drop").is_displayed())
            self.click("#uploads-list .row[data-state=failed] [aria-label^=Cancel]")
            self.eventually(lambda: self.find("#thanks").is_displayed() and set(self.states()) == {"done"}, "thanks are said")
            self.assertFalse(self.find("#choose-files").is_displayed())
            self.screenshot("drop-box-full")
        self.assertEqual(len(self.stored()), 2)

    def test_the_server_refuses_types_whatever_the_page_does(self):
        link = self.link(types=["image/*"])
        self.expected_messages += ("415",)
        with self.as_guest():
            self.open_open_link(link)
            status, problem = self.driver.execute_async_script("""
                const [done] = arguments;
                const headers = {
                    Authorization: `Bearer ${Object.values(sessionStorage)[0]}`, "Tus-Resumable": "1.0.0", "Upload-Length": "1",
                    "Upload-Metadata": `filename ${btoa("a.pdf")},filetype ${btoa("application/pdf")}`, "Idempotency-Key": '"k"',
                };
                fetch("files", { method: "POST", headers })
                    .then(async (answer) => done([answer.status, await answer.text()]));""")
            self.assertEqual(status, 415)
            self.assertTrue(json.loads(problem)["title"])

    def test_a_removed_link_stops_what_is_sent_with_it(self):
        # For a request that was under way, the capsule is gone.
        self.expected_messages = (*self.expected_messages, "404")
        link = self.link()
        with self.as_guest():
            self.open_open_link(link)
            self.choose(self.file("first.jpg", 1000))
            self.wait_until_all_done()
            self.throttle(MEGABYTE)
            self.choose(self.file("film.mov", 48 * MEGABYTE))
            self.eventually(lambda: self.received() >= MEGABYTE, "some of it has arrived")
            self.remove(link)
            self.eventually(lambda: self.find("#closed").is_displayed(), "the page says that the link was removed")
            self.assertIn("does not work any more", self.text("#closed-title"))
            self.assertIn("1 file", self.text("#closed-text"))
            self.eventually(lambda: sorted(self.states()) == ["done", "failed"], "the upload has stopped")
            self.assertFalse(self.find("#drop").is_displayed())
            self.screenshot("drop-box-removed")
            self.throttle(None)
            self.driver.refresh()
            self.eventually(lambda: self.find("#closed").is_displayed(), "nor does it work after a reload")
        self.assertEqual(self.stored(), ["first.jpg"])

    def test_a_forged_link_does_not_work(self):
        link = self.link()
        with self.as_guest():
            self.open_link(link | {"token": link["token"][:-4] + "AAAA"})
            self.eventually(lambda: self.find("#closed").is_displayed(), "the page says so")
            self.assertIn("does not work any more", self.text("#closed-title"))

    def test_an_expired_link_takes_nothing_new_and_finishes_what_was_begun(self):
        self.expected_messages += ("403",)
        link = self.link(seconds=15)
        with self.as_guest():
            self.open_open_link(link)
            self.throttle(MEGABYTE)
            path = self.file("film.mov", 24 * MEGABYTE)
            self.choose(path)
            self.eventually(lambda: self.received() >= MEGABYTE, "some of it has arrived")
            self.driver.get("about:blank")
            self.throttle(None)
            expiry = datetime.datetime.fromisoformat(link["expires_at"].replace("Z", "+00:00"))
            self.eventually(lambda: datetime.datetime.now(datetime.timezone.utc) > expiry, "it expires")
            self.open_link(link)
            self.eventually(lambda: self.find("#closed").is_displayed(), "the page says that it has expired")
            self.assertIn("has expired", self.text("#closed-title"))
            self.assertFalse(self.find("#drop").is_displayed())
            self.screenshot("drop-box-expired")
            self.choose(self.file("new.jpg", 1000, 2), path)
            self.eventually(lambda: sorted(self.states()) == ["done", "failed"], "only what was begun goes on", 60)
            self.assertIn("This upload link has expired.", self.text("#uploads-list"))
        self.assertEqual(self.stored(), ["film.mov"])


if __name__ == "__main__":
    unittest.main()
