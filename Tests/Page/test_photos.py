"""From a dropped photo to the grid, with the server that makes the previews."""

import os
import unittest

from selenium.webdriver.common.keys import Keys

from browser import recorded_film
from cases import FilesTestCase
from pictures import encoded, picture
from server import WHARF, Server

IMAGING = os.path.join(os.path.dirname(WHARF), "wharf-imaging")
IMAGING_VIDEO = os.path.join(os.path.dirname(WHARF), "wharf-imaging-video")
PLAYING = "const film = document.querySelector('.stage video'); film?.play(); return film?.currentTime > 0 && !film.error"


class PhotoTests(FilesTestCase):
    # Of a photo that was deleted and is uploaded again.
    expected_messages = ("404",)

    @unittest.skipUnless(os.path.exists(IMAGING), "wharf-imaging is not built")
    def test_dropped_photos_are_in_the_grid(self):
        photos = [self.write(f"IMG_{seed}.jpg", encoded(picture(seed, 1800, 1200), "JPEG")) for seed in range(6)]
        cut = self.write("cut.jpg", encoded(picture(9, 1800, 1200), "JPEG")[:9000])
        damaged = self.write("damaged.jpg", encoded(picture(10, 1800, 1200), "JPEG")[:300])
        self.driver.get(self.server.url)
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        self.drop(*photos, cut, damaged)
        self.eventually(lambda: len(self.all("#grid .tile button")) == 8, "all photos are in the grid", 60)
        self.eventually(lambda: len(self.all(".tile[data-state=shown]")) == 7, "thumbs are shown")
        self.assertEqual(len(self.all("#grid .placeholder")), 7)
        self.assertEqual([mark.text for mark in self.all("#grid .extent")], ["Incomplete"])
        self.assertIn("damaged.jpg", self.text("#grid"))
        self.script("scrollTo(0, 300)")
        self.screenshot("photos")

        first = self.find(".tile[data-state=shown] button")
        name = first.get_attribute("aria-label").split(",")[0]
        self.script("arguments[0].focus()", first)
        self.press(Keys.ENTER)
        self.eventually(lambda: self.all(".display[data-state=shown]"), "the photo is shown")
        self.assertEqual(self.text("#viewer-title"), name)
        self.click("#viewer-delete")
        self.click("#confirm-yes")
        self.eventually(lambda: self.text("#viewer-title") != name, "the next one is shown")
        self.press(Keys.ESCAPE)

        self.driver.refresh()
        self.eventually(lambda: len(self.all("#grid .tile button")) == 7, "what was deleted stays away")
        self.drop(os.path.join(self.folder, name))
        self.eventually(lambda: len(self.all("#grid .tile button")) == 8, "and comes back when it is uploaded again", 60)

    # Films

    def drop_film(self, *settings):
        """On the page of a server with settings."""
        if settings:
            self.server.stop()
            self.server = Server(*settings)
        self.driver.get(self.server.url)
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        self.drop(self.write("film.webm", recorded_film(self.driver)))

    def require_playing(self):
        self.click("#grid .tile button")
        self.eventually(lambda: self.script(PLAYING), "it plays")

    @unittest.skipUnless(os.path.exists(IMAGING_VIDEO), "wharf-imaging-video is not built")
    def test_a_dropped_film_is_in_the_grid_with_its_poster(self):
        self.drop_film()
        self.eventually(lambda: self.all(".tile[data-state=shown]"), "its poster is shown", 60)
        self.assertIn("film.webm, video", self.find("#grid .tile button").get_attribute("aria-label"))
        self.assertFalse(self.find("#loose").is_displayed())
        self.require_playing()
        self.assertTrue(self.find(".stage video").get_attribute("poster").endswith("/assets/display"))

    @unittest.skipUnless(os.path.exists(IMAGING), "wharf-imaging is not built")
    def test_a_film_without_a_poster_is_in_the_grid_and_plays(self):
        self.drop_film("--set", "imaging-video=off")
        self.eventually(lambda: self.all("#grid .face use[href='#icon-film']"), "its tile has the symbol of films", 60)
        self.assertIn("film.webm", self.text("#grid .face"))
        self.assertFalse(self.all("#grid .tile.failed"))
        self.screenshot("film-without-poster")
        self.require_playing()

    def test_where_no_previews_are_made_a_film_is_a_file(self):
        self.drop_film("--set", "imaging=off")
        self.eventually(lambda: "film.webm" in self.text("#loose"), "it is among the files")
        self.assertFalse(self.find("#pending").is_displayed())


if __name__ == "__main__":
    unittest.main()
