"""The page in Firefox: what browsers do differently, and how it looks."""

import hashlib
import os
import random
import shutil
import tempfile
import unittest

import firefox
from cases import GalleryTestCase, require_modules
from selenium.webdriver.common.keys import Keys

SIZES = {"phone": (500, 740), "tablet": (768, 1024), "laptop": (1280, 900), "wide": (1920, 1080)}


@unittest.skipUnless(os.path.exists(firefox.FIREFOX), "Firefox is not installed")
class FirefoxTests(GalleryTestCase):
    @classmethod
    def start(cls):
        return firefox.Driver()

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="wharf-files-")

    def tearDown(self):
        try:
            super().tearDown()
        finally:
            shutil.rmtree(self.folder)

    def throttle(self, bytes_per_second):
        """Not here."""

    def require_quiet(self):
        self.assertEqual(self.driver.errors(), [])

    def look(self, size=(1280, 900), scheme="light", reduced_motion=False):
        self.driver.set_preference("layout.css.prefers-color-scheme.content-override", {"dark": 0, "light": 1}[scheme])
        self.driver.set_window_rect(width=size[0], height=size[1])

    def file(self, name, count):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(random.Random(name).randbytes(count))
        return path

    def test_modules(self):
        require_modules(self)

    def test_files_are_uploaded_and_known_after_a_reload(self):
        files = [self.file("a ä.txt", 100_000), self.file("film.iso", 12 << 20)]
        self.driver.get(self.page.url)
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        self.choose(*files)
        self.eventually(lambda: self.text("#uploads-title") == "All 2 files are stored", "both are stored")
        digests = {hashlib.sha256(self.page.get(f"v1/blobs/{upload['id']}")).hexdigest() for upload in self.page.uploads("committed")}
        for path in files:
            with open(path, "rb") as file:
                self.assertIn(hashlib.sha256(file.read()).hexdigest(), digests)
        self.eventually(lambda: len(self.all(".file-row")) == 2, "both are listed")
        self.driver.refresh()
        self.eventually(lambda: len(self.all(".file-row")) == 2, "both are listed again")
        sent = self.page.metric("wharf_bytes_acknowledged_total")
        self.choose(*files)
        self.eventually(lambda: self.text("#uploads-title") == "All 2 files are stored", "both were stored")
        self.assertEqual(self.page.metric("wharf_bytes_acknowledged_total"), sent)
        self.click("[aria-label='Download a ä.txt']")
        path = os.path.join(self.driver.firefox.downloads, "a ä.txt")
        self.eventually(lambda: os.path.exists(path) and os.path.getsize(path) == 100_000, "it is downloaded")

    def test_many_photos_scroll_within_bounds(self):
        self.open(2000)
        self.script("window.scrolling = setInterval(() => scrollTo(0, document.body.scrollHeight), 20)")
        self.eventually(lambda: self.text("#photos-text") == "2,000 photos", "all of them are there", 60)
        self.script("clearInterval(scrolling); scrollTo(0, document.body.scrollHeight)")
        self.eventually(lambda: self.script("return [...document.querySelectorAll('.tile')].some(tile => tile.photo.title === 'IMG_1000.jpg')"),
                        "the first photo is at the end")
        self.assertLess(len(self.all("#grid .tile")), 120)

    def test_the_viewer_by_keyboard(self):
        self.open(3)
        self.all("#grid .tile button")[0].click()
        self.eventually(lambda: self.all(".display[data-state=shown]"), "the photo is shown")
        self.press("+")
        self.assertTrue(self.script("return document.querySelector('.stage').classList.contains('magnified')"))
        self.press("0", Keys.ARROW_RIGHT)
        self.assertEqual(self.text("#viewer-title"), "IMG_1001.jpg")
        self.press(Keys.ESCAPE)
        self.eventually(lambda: self.focused().startswith("IMG_1001.jpg"), "the focus is where it was")

    def test_how_it_looks(self):
        self.open(40)
        for name, size in SIZES.items():
            for scheme in ("light", "dark"):
                self.look(size, scheme)
                self.script("scrollTo(0, 0)")
                self.eventually(lambda: len(self.all(".tile[data-state=shown]")) >= 3, "thumbs are shown")
                self.screenshot(f"firefox-{name}-{scheme}")
                overflow = self.script("return document.documentElement.scrollWidth - innerWidth")
                self.assertLessEqual(overflow, 0, f"{name} scrolls sideways")


if __name__ == "__main__":
    unittest.main()
