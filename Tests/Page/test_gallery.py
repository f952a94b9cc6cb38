"""The photos of a capsule, and the viewer."""

import unittest

from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from browser import PHONE, recorded_film
from cases import GalleryTestCase
from gallery_server import CAPSULE, memory, original_only


class GalleryTests(GalleryTestCase):
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

    def test_the_latest_come_first_and_more_as_one_scrolls(self):
        self.open(400)
        label = self.all("#grid .tile button")[0].get_attribute("aria-label")
        self.assertTrue(label.startswith("IMG_1399.jpg, taken"), label)
        self.assertIn("More than", self.text("#photos-text"))
        self.scroll_to_the_end("400 photos")
        self.assertLess(len(self.all("#grid .tile")), 100)
        # Tiles come with the next frame.
        self.eventually(lambda: self.labels()[-1].startswith("IMG_1000.jpg"), "the first photo is the last one of the page")

    def scroll_to_the_end(self, count, seconds=30):
        self.script("window.scrolling = setInterval(() => scrollTo(0, document.body.scrollHeight), 20)")
        self.eventually(lambda: self.text("#photos-text") == count, "all of them are there", seconds)
        self.script("clearInterval(scrolling); scrollTo(0, document.body.scrollHeight)")

    def labels(self):
        return self.script("return [...document.querySelectorAll('#grid .tile > button')].map(button =>"
                           " button.getAttribute('aria-label'))")

    def months(self):
        return [name.text for name in self.all("#grid h3")]

    def test_photos_are_under_the_month_in_which_they_were_taken(self):
        self.open(0)
        # Added last, and taken first.
        self.server.memories = [memory(1, taken_at="2026-06-30T23:59:59"), memory(2, taken_at="2026-07-01T00:00:00"),
                                memory(3, taken_at="2025-12-24T18:00:00")]
        self.driver.refresh()
        self.eventually(lambda: len(self.all("#grid .tile")) == 3, "photos are there")
        self.assertEqual(self.months(), ["July 2026", "June 2026", "December 2025"])
        self.assertEqual([label.split(",")[0] for label in self.labels()], ["IMG_1002.jpg", "IMG_1001.jpg", "IMG_1003.jpg"])

    def test_the_name_of_the_month_stays_in_sight(self):
        self.open(300)
        self.script("scrollTo(0, document.getElementById('grid').offsetTop + 2500)")
        top = "return Math.min(...[...document.querySelectorAll('#grid h3')].map(h => Math.abs(h.getBoundingClientRect().top)))"
        self.eventually(lambda: self.script(top) < 20, "a month is at the edge of the window")

    def test_twenty_thousand_photos_scroll_smoothly_within_bounds(self):
        self.open(20_000)
        self.script("""
            window.most = { nodes: 0, tiles: 0 };
            new MutationObserver(() => {
                most.tiles = Math.max(most.tiles, document.querySelectorAll('#grid .tile').length);
                most.nodes = Math.max(most.nodes, document.querySelectorAll('*').length);
            }).observe(document.getElementById('grid'), { childList: true, subtree: true })""")
        self.scroll_to_the_end("20,000 photos", 120)
        frames = self.driver.execute_async_script("""
            const [done, times] = [arguments[0], []];
            scrollTo(0, 0);
            const step = (time) => {
                times.push(time);
                scrollBy(0, 60);
                if (times.length < 300) return requestAnimationFrame(step);
                done(times.slice(1).map((time, index) => time - times[index]).slice(10).sort((a, b) => a - b));
            };
            requestAnimationFrame(step)""")
        self.command("HeapProfiler.collectGarbage")
        memory = self.script("return performance.memory.usedJSHeapSize") / 1e6
        most = self.script("return window.most")
        median, late = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
        print(f"\n20,000 photos: {most} at most; a frame takes {median:.1f} ms, 95 % up to {late:.1f} ms; heap {memory:.0f} MB")
        self.assertLess(most["tiles"], 120)
        self.assertLess(most["nodes"], 1500)
        self.assertLess(memory, 150)
        # What a frame takes is the machine's; that the page keeps up with it is not.
        self.assertLess(median, 100)

    def test_photos_that_arrive_do_not_move_what_one_looks_at(self):
        self.open(300, pending=[{"upload": "1", "name": "IMG_2042.HEIC", "recipe": "photo", "state": "pending", "attempts": 0}])
        self.driver.refresh()
        self.eventually(lambda: self.find("#pending").is_displayed() and self.all("#grid .tile"), "the page has started")
        self.script("scrollTo(0, 3000)")
        middle = ("const tile = document.elementFromPoint(innerWidth / 3, 450).closest('.tile');"
                  "return [tile.querySelector('button').getAttribute('aria-label'), tile.getBoundingClientRect().top]")
        self.eventually(lambda: self.script("return document.elementFromPoint(innerWidth / 3, 450).closest('.tile') !== null"),
                        "a photo is in the middle")
        label, top = self.script(middle)
        self.server.memories += [memory(500 + number) for number in range(40)]
        self.server.pending = []
        self.eventually(lambda: "More than 160" in self.text("#photos-text"), "they are there")
        found, place = self.script(middle)
        self.assertEqual(found, label)
        self.assertAlmostEqual(place, top, delta=1.5)
        self.script("scrollTo(0, 0)")
        self.eventually(lambda: self.labels()[0].startswith("IMG_1539.jpg"), "and are found at the top")

    # Many at once

    def test_several_are_selected_and_deleted(self):
        self.open(12)
        self.click("#select-begin")
        buttons = self.all("#grid .tile > button")
        buttons[1].click()
        webdriver.ActionChains(self.driver).key_down(Keys.SHIFT).click(buttons[4]).key_up(Keys.SHIFT).perform()
        self.assertEqual(self.text("#selection-text"), "4 photos selected")
        self.assertEqual([button.get_attribute("aria-pressed") for button in buttons[:3]], ["false", "true", "true"])
        buttons[2].click()
        self.assertEqual(self.text("#selection-text"), "3 photos selected")
        self.screenshot("selection")
        self.click("#selection-delete")
        self.click("#confirm-yes")
        self.eventually(lambda: len(self.all("#grid .tile")) == 9, "they are gone")
        self.assertEqual(len(self.server.deleted), 3)
        self.assertFalse(self.find("#selection").is_displayed())

    def test_several_are_downloaded_as_one_archive(self):
        self.open(3)
        self.click("#select-begin")
        self.click(".month-all")
        self.click("#selection-download")
        self.eventually(lambda: "has begun" in self.text("#selection-text"), "it begins")
        [prepared] = self.server.prepared
        self.assertEqual(prepared, {"blobs": [f"{index:032x}" for index in (2, 1, 0)], "archive": "Photos.zip"})
        self.press(Keys.ESCAPE)
        self.assertFalse(self.find("#selection").is_displayed())

    def test_a_download_that_is_refused_says_so(self):
        self.expected_messages = ("503",)
        self.open(3, refusals={"downloads": 503})
        self.click("#select-begin")
        self.click(".month-all")
        self.click("#selection-download")
        self.eventually(lambda: "cannot be downloaded" in self.text("#selection-text"), "it says so")

    # Files

    def files(self, *names):
        return [{"blob": f"{number:032x}", "name": name, "type": "application/pdf", "size": 12_345_678, "capsule": CAPSULE,
                 "created_at": "2026-06-30T10:00:00.000Z"} for number, name in enumerate(names)]

    def test_files_that_are_in_no_memory_are_listed(self):
        self.open(3, files=self.files("menu.pdf", "seats.ods"))
        self.driver.refresh()
        self.eventually(lambda: len(self.all(".file-row")) == 2, "both are listed")
        self.assertIn("12.3 MB", self.text("#loose-list").replace("\u00a0", " "))
        self.script("document.getElementById('loose').scrollIntoView()")
        self.screenshot("files")
        self.click("[aria-label='Delete menu.pdf']")
        self.click("#confirm-yes")
        self.eventually(lambda: [row.text.split("\n")[0] for row in self.all(".file-row")] == ["seats.ods"], "one is gone")

    def test_files_are_shared_where_the_system_can(self):
        files = self.files("menu.pdf", "seats.ods", "film.iso")
        files[2]["size"] = 101 << 20
        self.open(1, files=files)
        self.eventually(lambda: len(self.all(".file-row")) == 3, "all are listed")
        self.assertEqual(self.all("[aria-label^=Share]"), [], "there is no share sheet here")
        # One that takes no .ods, and asks for another press at first.
        stub = """window.shared = [];
            navigator.canShare = ({ files: [{ name }] }) => !name.endsWith(".ods");
            navigator.share = async ({ files: [file] }) => {
                const end = window.ends.shift();
                if (end) throw new DOMException("", end);
                window.shared.push([file.name, file.type, await file.text()]);
            }"""
        added = self.command("Page.addScriptToEvaluateOnNewDocument", source=stub)["identifier"]
        try:
            self.driver.refresh()
            self.eventually(lambda: len(self.all(".file-row")) == 3, "all are listed")
        finally:
            self.command("Page.removeScriptToEvaluateOnNewDocument", identifier=added)
        labels = [button.get_attribute("aria-label") for button in self.all("[aria-label^=Share]")]
        self.assertEqual(labels, ["Share menu.pdf"])
        self.screenshot("share")
        self.script("window.ends = ['AbortError', 'NotAllowedError']")
        self.click("[aria-label='Share menu.pdf']")
        self.eventually(lambda: len(self.script("return window.ends")) == 1, "the sheet was opened")
        self.eventually(lambda: not self.find("#loose-notice").is_displayed(), "nothing is said of a sheet that was closed")
        self.click("[aria-label='Share menu.pdf']")
        self.eventually(lambda: "once more" in self.text("#loose-notice"), "it asks for another press")
        self.assertEqual(len(self.server.fetched), 2)
        self.click("[aria-label='Share menu.pdf']")
        self.eventually(lambda: self.script("return window.shared") == [["menu.pdf", "application/pdf", "file 0"]], "it is shared")
        self.eventually(lambda: not self.find("#loose-notice").is_displayed(), "that is all")
        self.assertEqual(len(self.server.fetched), 2, "it was not fetched again")
        self.expected_messages = ("503",)
        self.server.refusals = {f"{0:032x}": 503}
        self.click("[aria-label='Share menu.pdf']")
        self.eventually(lambda: "cannot be shared" in self.text("#loose-notice"), "a failure is told")

    def test_what_arrives_appears_by_itself(self):
        self.open(3, pending=[{"upload": "1", "name": "IMG_2042.HEIC", "recipe": "photo", "state": "pending", "attempts": 0}])
        self.eventually(lambda: "being prepared" in self.text("#pending"), "it is announced")
        self.assertIn("IMG_2042.HEIC", self.text("#pending"))
        self.server.memories.append(memory(500))
        self.server.pending = []
        self.eventually(lambda: len(self.server.memories) == len(self.all("#grid .tile button")), "it is there")
        self.assertIn("IMG_1500", self.all("#grid .tile button")[0].get_attribute("aria-label"))
        self.assertFalse(self.find("#pending").is_displayed())

    def test_many_that_are_prepared_show_how_far_it_is(self):
        waiting = [{"upload": f"{number}", "name": f"IMG_{number}.HEIC", "recipe": "photo", "state": "pending", "attempts": 0}
                   for number in range(250, 0, -1)]
        self.open(3, pending=waiting)
        self.eventually(lambda: "250 photos are being prepared" in self.text("#pending"), "all are counted")
        names = [tile.text.split("\n")[0] for tile in self.all(".pending-tile")]
        self.assertEqual(names, [f"IMG_{number}.HEIC" for number in range(250, 238, -1)])
        self.assertFalse(self.find("#pending-progress").is_displayed())
        self.server.pending = waiting[50:]
        self.eventually(lambda: "200 photos" in self.text("#pending"), "some are done")
        progress = self.find("#pending-progress")
        self.assertEqual([progress.get_property("value"), progress.get_property("max")], [50, 250])
        self.assertEqual(self.all(".pending-tile")[0].text.split("\n")[0], "IMG_200.HEIC")
        # What arrives meanwhile comes first, and the share of what is done stays.
        self.server.pending = [dict(waiting[0], upload="251", name="IMG_251.HEIC")] + waiting[50:]
        self.eventually(lambda: "201 photos" in self.text("#pending"), "another one arrives")
        self.assertEqual(self.all(".pending-tile")[0].text.split("\n")[0], "IMG_251.HEIC")
        self.assertEqual([progress.get_property("value"), progress.get_property("max")], [50, 251])
        self.screenshot("prepared")

    def test_what_waits_says_for_what(self):
        reason = "derivation is off on this server"
        self.open(0, pending=[{"upload": "1", "name": "IMG_2042.HEIC", "recipe": "photo", "state": "pending", "attempts": 0,
                               "reason": reason}])
        self.eventually(lambda: "Previews are switched off" in self.text("#pending"), "the reason is told in plain words")
        self.assertNotIn("being prepared", self.text("#pending"))
        self.assertNotIn("erivation", self.text("#pending"))
        self.assertEqual(self.all(".pending-tile.active"), [])

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

    def transform(self):
        """How much the picture is magnified, and how far it is moved."""
        text = self.script("return new DOMMatrix(getComputedStyle(document.querySelector('.frame')).transform).toString()")
        a, _, _, _, x, y = [float(part) for part in text[7:-1].split(",")]
        return a, x, y

    def test_a_photo_is_magnified_by_keys_wheel_and_double_click_and_moved(self):
        self.open(3)
        self.open_viewer(0)
        self.press("+", "+")
        scale, x, y = self.transform()
        self.assertAlmostEqual(scale, 1.96, delta=0.01)
        self.assertEqual((x, y), (0, 0))
        self.press("0")
        self.assertEqual(self.transform(), (1, 0, 0))
        self.wheel(300, 300, -400)
        scale, x, y = self.transform()
        self.assertGreater(scale, 2)
        self.assertGreater(x, 0, "what is under the pointer stays there")
        stage = self.find("#viewer-stage")
        webdriver.ActionChains(self.driver).drag_and_drop_by_offset(stage, -60, 0).perform()
        self.assertAlmostEqual(self.transform()[1], x - 60, delta=1)
        self.assertEqual(self.title(), "IMG_1002.jpg", "a drag is no swipe")
        webdriver.ActionChains(self.driver).double_click(stage).perform()
        self.assertEqual(self.transform(), (1, 0, 0))
        webdriver.ActionChains(self.driver).double_click(stage).perform()
        self.assertAlmostEqual(self.transform()[0], 2.5, delta=0.01)
        self.screenshot("viewer-magnified")
        self.press(Keys.ARROW_RIGHT)
        self.assertEqual(self.title(), "IMG_1001.jpg")
        self.eventually(lambda: self.transform() == (1, 0, 0), "the next one is whole")
        webdriver.ActionChains(self.driver).drag_and_drop_by_offset(stage, 120, 0).perform()
        self.assertEqual(self.title(), "IMG_1002.jpg", "a swipe goes back")

    def wheel(self, x, y, delta):
        self.command("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=delta)
        self.eventually(lambda: self.transform()[0] != 1, "the wheel magnifies")

    def test_two_fingers_magnify(self):
        self.look(PHONE)
        self.open(3)
        self.open_viewer(0)
        for kind, distance in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", None)):
            points = [{"x": 180 + side * distance, "y": 300, "id": id} for id, side in ((1, -1), (2, 1))] if distance else []
            self.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        self.assertAlmostEqual(self.transform()[0], 2, delta=0.1)
        self.assertEqual(self.title(), "IMG_1002.jpg")

    def test_a_film_and_a_photo_that_moves_play_in_the_viewer(self):
        self.open(0)
        self.server.film = recorded_film(self.driver)
        film = {"id": "9", "kind": "video", "type": "video/webm", "size": 1, "sha256": "", "blob": "9" * 32}
        raw = {"id": "8", "kind": "raw", "type": "image/x-canon-cr3", "size": 1, "sha256": "", "blob": "8" * 32}
        live = memory(1)
        live["assets"] += [film, raw]
        self.server.memories = [live, memory(2)]
        self.driver.refresh()
        self.eventually(lambda: len(self.all("#grid .tile")) == 2, "both are there")
        self.assertEqual(len(self.all("#grid .moves")), 1)
        self.open_viewer(1)
        self.assertTrue(self.find("#viewer-raw").get_attribute("href").endswith("/assets/raw"))
        self.click("#viewer-play")
        playing = "const film = document.querySelector('.stage video'); return film?.currentTime > 0 && !film.error"
        self.eventually(lambda: self.script(playing), "it plays")
        self.press(Keys.ESCAPE)
        self.all("#grid .tile button")[0].click()
        self.assertFalse(self.find("#viewer-play").is_displayed())

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
        sizes = {"phone": PHONE, "tablet": (768, 1024), "light": (1280, 900), "wide": (1920, 1080)}
        for name, size, scheme in [(f"{name}-dark" if scheme == "dark" else name, size, scheme)
                                   for name, size in sizes.items() for scheme in ("light", "dark")]:
            self.look(size, scheme)
            self.script("scrollTo(0, 0)")
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
