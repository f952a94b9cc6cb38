"""The photos of a capsule, and the viewer."""

import unittest

from selenium.webdriver.common.keys import Keys

from browser import PHONE, PageTestCase
from gallery_server import GalleryServer, memory, original_only
from server import Server


class GalleryTests(PageTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = Server()

    @classmethod
    def tearDownClass(cls):
        cls.page.stop()
        super().tearDownClass()

    def open(self, count, **state):
        self.server = GalleryServer(self.page, count)
        for name, value in state.items():
            setattr(self.server, name, value)
        self.driver.get(self.server.url)
        if count > 0:
            self.eventually(lambda: self.all("#grid .tile"), "photos are there")

    def tearDown(self):
        super().tearDown()
        self.server.shutdown()
        self.server.server_close()

    def open_viewer(self, place):
        self.all("#grid .tile button")[place].click()
        self.eventually(lambda: self.all(".display[data-state=shown]"), "the photo is shown")

    def title(self):
        return self.text("#viewer-title")

    # The grid

    def test_placeholders_come_first_and_nothing_moves_when_pictures_come(self):
        self.open(7)
        self.assertEqual(len(self.all("#grid .placeholder")), 7)
        places = self.places()
        self.eventually(lambda: len(self.all(".tile[data-state=shown]")) == 7, "thumbs are shown")
        self.assertEqual(self.places(), places)
        self.assertEqual(self.text("#photos-text"), "7 photos")

    def places(self):
        return self.script("return [...document.querySelectorAll('.tile')].map(tile => {"
                           "const { x, y, width, height } = tile.getBoundingClientRect(); return [x, y, width, height] })")

    def test_the_newest_come_first_and_more_as_one_scrolls(self):
        self.open(150)
        label = self.all("#grid .tile button")[0].get_attribute("aria-label")
        self.assertTrue(label.startswith("IMG_1149.jpg, taken"), label)
        self.assertEqual(self.text("#photos-text"), "More than 60 photos")

        def scrolled():
            self.script("scrollTo(0, document.body.scrollHeight)")
            return self.text("#photos-text") == "150 photos"

        self.eventually(scrolled, "all of them are there")
        self.assertEqual(len(self.all("#grid .tile")), 150)

    def test_what_arrives_appears_by_itself(self):
        self.open(3, pending=[{"upload": "1", "name": "IMG_2042.HEIC", "recipe": "photo", "state": "pending", "attempts": 0}])
        self.eventually(lambda: "Being prepared" in self.text("#grid"), "it is announced")
        self.assertIn("IMG_2042.HEIC", self.text("#grid"))
        self.server.memories.append(memory(500))
        self.server.pending = []
        self.eventually(lambda: len(self.server.memories) == len(self.all("#grid .tile button")), "it is there")
        self.assertIn("IMG_1500", self.all("#grid .tile button")[0].get_attribute("aria-label"))
        self.assertEqual(self.all(".tile.pending"), [])

    def test_what_waits_says_for_what(self):
        reason = "derivation is off on this server"
        self.open(0, pending=[{"upload": "1", "name": "IMG_2042.HEIC", "recipe": "photo", "state": "pending", "attempts": 0,
                               "reason": reason}])
        self.eventually(lambda: "Derivation is off on this server." in self.text("#grid"), "the reason is told")
        self.assertNotIn("Being prepared", self.text("#grid"))

    def test_a_photo_without_previews_says_why_and_can_be_downloaded(self):
        reason = "The file ends in the middle of the picture."
        self.open(0)
        self.server.memories = [original_only(1, reason)]
        self.driver.refresh()
        self.eventually(lambda: reason in self.text("#grid"), "the reason is told")
        self.click("#grid .tile button")
        self.assertIn(reason, self.text("#viewer-stage"))
        self.assertTrue(self.find("#viewer-download").get_attribute("href").endswith("/assets/original"))
        self.screenshot("original-only")

    def test_a_picture_that_does_not_show_all_of_its_original_says_so(self):
        self.open(0)
        self.server.memories = [
            memory(1, derivation="partial", reason="the file ends after 95 % of the picture"),
            memory(2, derivation="preview", reason="the camera’s preview is shown"), memory(3)]
        self.driver.refresh()
        self.eventually(lambda: len(self.all("#grid .tile")) == 3, "three photos are there")
        self.assertEqual(sorted(mark.text for mark in self.all("#grid .extent")), ["Incomplete", "Preview"])
        self.click("#grid .tile:has(.extent[title*='95']) button")
        self.eventually(lambda: "95 %" in self.text("#viewer"), "the reason is told")
        self.screenshot("partial")

    def test_photos_that_cannot_be_listed_say_so_and_uploads_work_all_the_same(self):
        self.expected_messages = ("503",)
        self.open(0, refusals={"derivations": 503})
        self.eventually(lambda: self.find("#photos-notice").is_displayed(), "the page says so")
        self.assertTrue(self.find("#choose-files").is_enabled())

    # The viewer

    def test_the_viewer_by_keyboard(self):
        self.open(5)
        self.eventually(lambda: len(self.all(".tile[data-state=shown]")) == 5, "thumbs are shown")
        self.script("document.querySelector('#grid .tile button').focus()")
        self.press(Keys.ENTER)
        self.eventually(lambda: self.all(".display[data-state=shown]"), "the first is shown")
        self.assertEqual((self.title(), self.text("#viewer-position")), ("IMG_1004.jpg", "1 of 5"))
        self.assertFalse(self.find("#viewer-previous").is_enabled())
        self.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.assertEqual(self.title(), "IMG_1002.jpg")
        self.press(Keys.ARROW_LEFT)
        self.assertEqual(self.title(), "IMG_1003.jpg")
        self.press(Keys.ESCAPE)
        self.eventually(lambda: not self.find("#viewer").is_displayed(), "it is closed")
        self.eventually(lambda: self.focused().startswith("IMG_1003.jpg"), "the focus is where it was")

    def test_the_focus_stays_in_the_viewer(self):
        self.open(3)
        self.open_viewer(0)
        for _ in range(8):
            self.press(Keys.TAB)
            inside = self.script("return document.activeElement === document.body"
                                 " || document.getElementById('viewer').contains(document.activeElement)")
            self.assertTrue(inside)

    def test_deleting_asks_first(self):
        self.open(3)
        self.open_viewer(0)
        self.click("#viewer-delete")
        self.eventually(lambda: "IMG_1002.jpg" in self.text("#confirm-title"), "the page asks")
        self.press(Keys.ESCAPE)
        self.eventually(lambda: not self.find("#confirm").is_displayed(), "no")
        self.assertEqual(self.server.deleted, [])
        self.click("#viewer-delete")
        self.click("#confirm-yes")
        self.eventually(lambda: self.title() == "IMG_1001.jpg", "the next one is shown")
        self.assertEqual(len(self.server.deleted), 1)
        self.assertTrue(self.server.deleted[0].endswith("?assets=delete"))
        self.press(Keys.ESCAPE)
        self.assertEqual(len(self.all("#grid .tile")), 2)

    # How it looks

    def test_how_it_looks(self):
        self.open(40, pending=[{"upload": "1", "name": "IMG_2042.HEIC", "recipe": "photo", "state": "pending", "attempts": 0}])
        for name, size, scheme in (("light", (1280, 900), "light"), ("dark", (1280, 900), "dark"),
                                   ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"), ("wide", (2200, 1200), "light")):
            self.look(size, scheme)
            self.eventually(self.near_thumbs_are_shown, "thumbs in view are shown")
            self.screenshot(f"gallery-{name}")
            overflow = self.script("return document.documentElement.scrollWidth - innerWidth")
            self.assertLessEqual(overflow, 0, f"{name} scrolls sideways")
        self.look(PHONE)
        self.script("document.getElementById('photos').scrollIntoView()")
        self.eventually(self.near_thumbs_are_shown, "thumbs in view are shown")
        self.screenshot("gallery-phone-photos")
        self.look()
        self.script("scrollTo(0, 0)")
        self.open_viewer(3)
        self.screenshot("viewer")
        self.look(PHONE)
        self.screenshot("viewer-phone")

    def near_thumbs_are_shown(self):
        return self.script(
            "return [...document.querySelectorAll('.tile:has(.thumb)')].every(tile =>"
            " tile.getBoundingClientRect().top > innerHeight || tile.getBoundingClientRect().bottom < 0"
            " || (tile.dataset.state === 'shown' && getComputedStyle(tile.querySelector('.thumb')).opacity === '1'))")


if __name__ == "__main__":
    unittest.main()
