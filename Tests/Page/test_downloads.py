"""Downloads and films of somebody who signed in: the browser makes them by itself, without the token."""

import json
import os
import subprocess
import unittest
import urllib.request
import zipfile

from browser import recorded_film
from cases import SignedInTestCase
from pictures import encoded, picture


class DownloadTests(SignedInTestCase):
    def setUp(self):
        super().setUp()
        self.capsule = self.server.send("GET", "v1/capsules/default", self.token)["id"]
        self.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.folder)

    def open(self):
        self.driver.get(self.server.url)
        self.script("sessionStorage.setItem('wharf-token', arguments[0])", self.token)
        self.driver.refresh()

    def store(self, name, type, data):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": type}
        address = f"{self.server.url}v1/blobs?name={name}&capsule={self.capsule}"
        with urllib.request.urlopen(urllib.request.Request(address, data, headers)) as answer:
            return json.load(answer)["blob"]

    def remember(self, title, **blobs):
        assets = [{"kind": kind, "blob": blob} for kind, blob in blobs.items()]
        self.server.send("POST", f"v1/capsules/{self.capsule}/memories", self.token, {"title": title, "assets": assets})

    def downloaded(self, name):
        path = os.path.join(self.folder, name)
        self.eventually(lambda: os.path.exists(path), f"{name} is downloaded")
        return path

    def test_selected_photos_are_one_archive(self):
        originals = [encoded(picture(seed, 900, 600), "JPEG") for seed in range(3)]
        for seed, data in enumerate(originals):
            display = self.store("display.webp", "image/webp", encoded(picture(seed, 900, 600)))
            self.remember(f"{seed}", original=self.store("IMG_1.jpg", "image/jpeg", data), display=display)
        self.open()
        self.eventually(lambda: len(self.all("#grid .tile")) == 3, "photos are there")
        self.click("#select-begin")
        self.click(".month-all")
        self.click("#selection-download")
        path = self.downloaded("Photos.zip")
        subprocess.run(["unzip", "-tq", path], check=True, stdout=subprocess.DEVNULL)
        with zipfile.ZipFile(path) as archive:
            self.assertEqual(archive.namelist(), ["IMG_1.jpg", "IMG_1 (2).jpg", "IMG_1 (3).jpg"])
            self.assertEqual([archive.read(name) for name in archive.namelist()], originals[::-1])

    def test_a_film_has_its_poster(self):
        self.open()
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        display = self.store("display.webp", "image/webp", encoded(picture(1, 900, 600)))
        self.remember("Film", original=self.store("film.webm", "video/webm", recorded_film(self.driver)), display=display)
        self.driver.refresh()
        self.eventually(lambda: self.all(".tile[data-state=shown]"), "the film is there")
        self.click("#grid .tile button")
        poster = "return document.querySelector('.stage video')?.poster"
        self.eventually(lambda: self.script(poster), "it has a poster")
        width = """const image = new Image(); image.src = document.querySelector('.stage video').poster;
            return image.decode().then(() => image.width, () => 0)"""
        self.assertEqual(self.script(width), 900)
        self.script("""const revoke = URL.revokeObjectURL;
            window.poster = document.querySelector('.stage video').poster;
            URL.revokeObjectURL = (address) => {
                window.isForgotten ||= address === window.poster;
                revoke.call(URL, address);
            }""")
        self.click("#viewer-close")
        self.eventually(lambda: self.script("return window.isForgotten"), "its bytes do not stay in memory")

    def test_a_film_plays_and_a_file_is_downloaded(self):
        self.open()
        self.eventually(lambda: self.find("#photos-empty").is_displayed(), "the page has started")
        film = recorded_film(self.driver)
        self.remember("Film", original=self.store("film.webm", "video/webm", film))
        self.store("menu.pdf", "application/pdf", b"%PDF")
        self.driver.refresh()
        self.eventually(lambda: len(self.all("#grid .tile")) == 1, "the film is there")
        self.click("#grid .tile button")
        playing = "const film = document.querySelector('.stage video'); film?.play(); return film?.currentTime > 0 && !film.error"
        self.eventually(lambda: self.script(playing), "it plays")
        self.screenshot("film")
        self.click("#viewer-download")
        with open(self.downloaded("film.webm"), "rb") as file:
            self.assertEqual(file.read(), film)
        self.click("#viewer-close")
        self.click("[aria-label='Download menu.pdf']")
        with open(self.downloaded("menu.pdf"), "rb") as file:
            self.assertEqual(file.read(), b"%PDF")


if __name__ == "__main__":
    unittest.main()
