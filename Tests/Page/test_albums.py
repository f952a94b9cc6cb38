"""Whose photos the page shows: the caller's own, and what others share."""

import os
import unittest

from cases import SignedInTestCase
from selenium.webdriver.support.ui import Select
from server import make_token


class AlbumTests(SignedInTestCase):
    def serve(self):
        _, self.mallory = make_token(self.folder, "mallory")
        return super().serve()

    def setUp(self):
        super().setUp()
        # Before anna has anything of her own.
        self.shared = self.make("", self.mallory)
        self.share(self.shared, "writer")

    def make(self, title, token):
        return self.server.send("POST", "v1/capsules", token, {"title": title})["id"]

    def share(self, capsule, role):
        self.server.send("PUT", f"v1/capsules/{capsule}/members/anna", self.mallory, {"role": role})

    def open(self):
        self.driver.get(self.server.url)
        self.script("sessionStorage.setItem('wharf-token', arguments[0])", self.token)
        self.driver.refresh()
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")

    def choice(self):
        return Select(self.find("#album-choice"))

    def names(self):
        # The choice is hidden where there is one album; then the driver sees no text.
        names = [option.get_attribute("textContent") for option in self.choice().options]
        return [name.replace("\u2068", "").replace("\u2069", "").strip() for name in names]

    def uploads(self, capsule, token):
        return [upload["name"] for upload in self.server.send("GET", f"v1/uploads?capsule={capsule}", token)["sessions"]]

    def test_an_album_that_looks_like_ones_own_is_shown_as_that_of_its_owner(self):
        self.share(self.make("My photos", self.mallory), "reader")
        self.make("Trip", self.token)
        self.open()
        self.assertEqual(self.names(), ["My photos", "Trip", "Untitled · mallory", "My photos · mallory"])
        groups = self.all("#album-choice optgroup")
        self.assertEqual([group.get_attribute("label") for group in groups], ["Shared with me"])
        self.assertEqual(self.choice().first_selected_option.get_attribute("value"), "")
        self.assertFalse(self.find("#album-leave").is_displayed())
        self.screenshot("albums")

    def test_photos_go_to_ones_own_album(self):
        self.open()
        path = os.path.join(self.folder, "a.txt")
        with open(path, "w") as file:
            file.write("secret")
        self.choose(path)
        self.eventually(lambda: self.states() == ["done"], "it is stored")
        own = self.server.send("GET", "v1/capsules/default", self.token)
        self.assertEqual((own["owner"], own["role"]), ("anna", "owner"))
        self.assertEqual(self.uploads(own["id"], self.token), ["a.txt"])
        self.assertEqual(self.uploads(self.shared, self.token), [])

    def test_albums_are_made_renamed_and_shared(self):
        self.open()
        self.click("#album-edit")
        self.find("#album-new-title").send_keys("Summer")
        self.click("#album-new button")
        self.eventually(lambda: self.names() == ["My photos", "Summer", "Untitled · mallory"], "it is made")
        self.eventually(lambda: self.choice().first_selected_option.get_attribute("textContent").strip("\u2068\u2069") == "Summer", "and shown")
        self.click("#album-edit")
        self.find("#album-title").clear()
        self.find("#album-title").send_keys("Summer 2026")
        self.click("#album-rename button")
        self.eventually(lambda: "Summer 2026" in self.names(), "it is renamed")
        self.find("#album-member").send_keys("mallory")
        Select(self.find("#album-role")).select_by_value("writer")
        self.click("#album-share button")
        self.eventually(lambda: "mallory can look and add" in self.text("#album-member-list"), "it is shared")
        self.screenshot("album-dialog")
        shared = self.server.send("GET", "v1/capsules", self.mallory)["capsules"]
        self.assertEqual([album["role"] for album in shared if album["title"] == "Summer 2026"], ["writer"])
        self.click("[aria-label='Stop sharing with mallory']")
        self.eventually(lambda: self.find("#album-nobody").is_displayed(), "no longer")
        shared = self.server.send("GET", "v1/capsules", self.mallory)["capsules"]
        self.assertNotIn("Summer 2026", [album["title"] for album in shared])
        self.click("#album-close")

    def test_leaving_what_others_share_asks_first(self):
        self.open()
        self.choice().select_by_value(self.shared)
        self.click("#album-leave")
        self.eventually(lambda: "mallory" in self.text("#confirm-title"), "the page asks")
        self.screenshot("album-leave")
        self.press("\ue00c")
        self.eventually(lambda: not self.find("#confirm").is_displayed(), "no")
        self.assertEqual(len(self.names()), 2)
        self.click("#album-leave")
        self.click("#confirm-yes")
        self.eventually(lambda: not self.find("#album").is_displayed(), "it is gone")
        self.assertFalse(self.find("#album-leave").is_displayed())
        self.assertEqual(self.server.send("GET", f"v1/capsules/{self.shared}", self.mallory)["writers"], [])
        self.driver.refresh()
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        self.assertEqual(self.names(), ["My photos"])

    def test_what_is_no_longer_shared_is_not_chosen_any_more(self):
        # For a list that was asked for before, and is answered after.
        self.expected_messages = (*self.expected_messages, "404")
        self.open()
        self.choice().select_by_value(self.shared)
        self.server.send("DELETE", f"v1/capsules/{self.shared}/members/anna", self.mallory)
        self.driver.refresh()
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        self.assertEqual(self.names(), ["My photos"])
        self.assertEqual(self.choice().first_selected_option.get_attribute("value"), "")


if __name__ == "__main__":
    unittest.main()
