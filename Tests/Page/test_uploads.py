"""Uploads in a real browser: over slow lines, past kills of the server and reloads of the page."""

import hashlib
import os
import random
import unittest

from browser import PHONE
from cases import FilesTestCase
from server import Server

KILLED = ("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "ERR_NETWORK")
MEGABYTE = 1 << 20


class UploadTests(FilesTestCase):
    def setUp(self):
        super().setUp()
        # Nobody has touched the page when it is left with uploads under way.
        self.expected_messages = ("beforeunload",)

    def file(self, name, count, seed=1):
        return self.write(name, random.Random(seed).randbytes(count))

    def wait_until_all_done(self, seconds=60):
        self.eventually(lambda: self.states() and set(self.states()) == {"done"}, "all uploads are done", seconds)

    def wait_until_partly_done(self, least=MEGABYTE):
        """Some of the one upload has been acknowledged."""
        self.eventually(lambda: self.acknowledged() >= least, "some of it has arrived")

    def acknowledged(self):
        pending = self.server.uploads("pending")
        return pending[0]["received_bytes"] if pending else 0

    def require_stored(self, *paths):
        """The server has these files, each once, and nothing else."""
        found = sorted(
            hashlib.sha256(self.server.get(f"v1/blobs/{upload['id']}")).hexdigest()
            for upload in self.server.uploads("committed"))
        wanted = []
        for path in paths:
            with open(path, "rb") as file:
                wanted.append(hashlib.sha256(file.read()).hexdigest())
        self.assertEqual(found, sorted(wanted))
        self.assertEqual(self.server.uploads("pending"), [])

    # Coming in

    def test_files_and_folders_that_are_dropped(self):
        self.open()
        files = [self.file("one.bin", 3 * MEGABYTE), self.file("empty.txt", 0),
                 self.file("trip/day 1/a ä 🌊.jpg", 70_000, 2), self.file("trip/b.jpg", 5000, 3)]
        self.file("trip/.DS_Store", 10)
        self.drop(files[0], files[1], os.path.join(self.folder, "trip"))
        self.eventually(lambda: len(self.states()) == 4, "four files are on the list")
        self.wait_until_all_done()
        self.require_stored(*files)
        self.assertEqual(self.text("#uploads-title"), "All 4 files are stored")
        self.assertIn("trip/day 1/", self.text("#uploads-list"))
        names = {upload["name"] for upload in self.server.uploads()}
        self.assertIn("a ä 🌊.jpg", names)

    def test_more_files_than_go_at_once(self):
        self.open()
        files = [self.file(f"IMG_{number}.jpg", 200_000, number) for number in range(30)]
        self.choose(*files)
        self.eventually(lambda: self.text("#uploads-title") == "All 30 files are stored", "all are stored")
        self.require_stored(*files)
        self.click("#clear-done")
        self.eventually(lambda: not self.find("#uploads").is_displayed(), "the list is gone")

    def test_the_same_files_again_are_not_sent_again(self):
        files = [self.file(f"IMG_{number}.jpg", 300_000, number) for number in range(3)]
        self.open()
        self.choose(*files)
        self.wait_until_all_done()
        self.open()
        sent = self.server.metric("wharf_bytes_acknowledged_total")
        self.drop(*files)
        self.wait_until_all_done()
        self.assertIn("Was stored already", self.text("#uploads-list"))
        self.assertEqual(self.server.metric("wharf_bytes_acknowledged_total"), sent)
        self.require_stored(*files)

    # On the way

    def test_progress_pause_and_resume(self):
        self.open()
        self.throttle(MEGABYTE)
        path = self.file("film.mov", 96 * MEGABYTE)
        self.choose(path)
        self.wait_until_partly_done()
        bar = self.find("#uploads-list .bar")
        self.eventually(lambda: 0 < int(bar.get_attribute("aria-valuenow")) < 100, "progress is shown")
        # In kB/s on a slow machine.
        self.eventually(lambda: "left" in self.text("#uploads-text") and "B/s" in self.text("#uploads-text"), "speed")
        self.screenshot("uploading-light")
        self.look(scheme="dark")
        self.screenshot("uploading-dark")
        self.look(size=PHONE)
        self.screenshot("uploading-phone")
        self.look()

        self.click("#uploads-list [aria-label='Pause film.mov']")
        self.eventually(lambda: self.states() == ["paused"], "it is paused")
        self.assertEqual(self.focused(), "Resume film.mov")
        self.assertIn("stored", self.text("#uploads-list .row-status"))
        self.click("#resume-all")
        self.assertEqual(self.focused(), "pause-all")
        self.eventually(lambda: self.states() == ["sending"], "it goes on")
        self.throttle(None)
        self.wait_until_all_done()
        self.require_stored(path)

    def test_all_paused_begin_again_together(self):
        self.open()
        self.throttle(MEGABYTE)
        files = [self.file(f"{number}.bin", 3 * MEGABYTE, number) for number in range(5)]
        self.choose(*files)
        self.eventually(lambda: self.states().count("sending") == 3, "three go at once")
        self.click("#pause-all")
        self.eventually(lambda: set(self.states()) == {"paused"}, "all are paused")
        self.assertTrue(self.text("#uploads-title").startswith("Paused"))
        self.throttle(None)
        self.click("#resume-all")
        self.wait_until_all_done()
        self.require_stored(*files)

    def test_cancelling_asks_first_and_frees_the_bytes(self):
        self.open()
        self.throttle(MEGABYTE)
        self.choose(self.file("film.mov", 96 * MEGABYTE))
        self.wait_until_partly_done()
        self.click("#uploads-list [aria-label='Cancel film.mov']")
        self.eventually(lambda: "film.mov" in self.text("#confirm-title"), "the page asks")
        self.screenshot("cancel")
        self.click("#confirm-yes")
        self.eventually(lambda: not self.find("#uploads").is_displayed(), "the list is empty")
        self.eventually(lambda: [upload["state"] for upload in self.server.uploads()] == ["aborted"], "bytes are freed")
        self.open()
        self.assertFalse(self.find("#unfinished").is_displayed())

    # Trouble

    def test_a_kill_of_the_server_costs_a_chunk_at_most(self):
        self.expected_messages += KILLED
        self.open()
        self.throttle(MEGABYTE)
        size = 40 * MEGABYTE
        path = self.file("film.mov", size)
        self.choose(path)
        self.wait_until_partly_done()
        self.server.kill()
        self.eventually(lambda: self.states() == ["retrying"], "the page notices")
        self.eventually(lambda: self.text("#uploads-title").startswith("Waiting for the server"), "in large")
        self.eventually(lambda: "cannot be reached" in self.text("#uploads-trouble"), "and says so")
        self.assertNotIn("cannot be reached", self.text("#uploads-list"), "once for all")
        self.screenshot("server-killed")
        self.throttle(None)
        self.server.start()
        had = self.acknowledged()
        self.assertGreater(had, 0)
        self.wait_until_all_done()
        self.require_stored(path)
        # Counted since the start: not one byte that was acknowledged before has come again.
        self.assertEqual(self.server.metric("wharf_bytes_acknowledged_total"), size - had)

    def test_after_a_kill_and_a_reload_the_same_files_go_on(self):
        self.expected_messages += KILLED
        self.open()
        self.throttle(MEGABYTE)
        size = 32 * MEGABYTE
        path = self.file("film.mov", size)
        self.choose(path)
        self.wait_until_partly_done()
        self.server.kill()
        self.driver.get("about:blank")
        self.server.start()
        self.throttle(None)
        self.open()
        self.eventually(lambda: self.find("#unfinished").is_displayed(), "the page knows what is unfinished")
        self.assertIn("film.mov", self.text("#unfinished-list"))
        self.screenshot("unfinished")
        had = self.acknowledged()
        self.assertGreater(had, 0)
        self.drop(path)
        self.wait_until_all_done()
        self.assertFalse(self.find("#unfinished").is_displayed())
        self.require_stored(path)
        self.assertEqual(self.server.metric("wharf_bytes_acknowledged_total"), size - had)

    def test_files_that_had_not_begun_are_remembered_over_a_reload(self):
        self.open()
        self.throttle(MEGABYTE)
        files = [self.file(f"{number}.bin", 3 * MEGABYTE, number) for number in range(6)]
        self.choose(*files)
        self.eventually(lambda: self.states().count("sending") == 3 and self.states().count("waiting") == 3, "three wait")
        self.driver.get("about:blank")
        self.throttle(None)
        self.open()
        self.eventually(lambda: len(self.all("#unfinished-list .row")) == 6, "all are remembered")
        self.assertEqual(self.text("#unfinished-list").count("Not begun"), 3)
        self.screenshot("not-begun")
        self.choose(*files)
        self.eventually(lambda: self.text("#uploads-title") == "All 6 files are stored", "all are stored")
        self.assertFalse(self.find("#unfinished").is_displayed())
        self.require_stored(*files)

    def test_a_list_that_is_stored_does_not_hide_what_is_not_finished(self):
        self.open()
        self.throttle(MEGABYTE)
        self.choose(self.file("film.mov", 16 * MEGABYTE))
        self.wait_until_partly_done()
        self.driver.get("about:blank")
        self.throttle(None)
        self.open()
        self.choose(self.file("a.txt", 10, 2))
        self.wait_until_all_done()
        self.assertEqual(self.text("#uploads-title"), "1 file stored")
        self.assertIn("1 other file is not finished yet", self.text("#uploads-text"))

    def test_the_curtain_goes_when_the_drag_does(self):
        self.open()
        data = {"items": [], "files": [self.file("a.txt", 10)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver"):
            self.command("Input.dispatchDragEvent", type=kind, x=300, y=200, data=data)
        self.eventually(lambda: self.find("#curtain").is_displayed(), "the page shows that it takes files")
        # Nothing tells of the end.
        self.eventually(lambda: not self.find("#curtain").is_displayed(), "it is gone")

    def test_another_file_of_the_same_name_does_not_go_on(self):
        self.open()
        self.throttle(MEGABYTE)
        path = self.file("film.mov", 16 * MEGABYTE)
        self.choose(path)
        self.wait_until_partly_done()
        self.driver.get("about:blank")
        self.throttle(None)
        os.utime(self.file("film.mov", 16 * MEGABYTE, seed=2), (1, 1))
        self.open()
        self.choose(path)
        self.wait_until_all_done()
        self.assertTrue(self.find("#unfinished").is_displayed())
        self.click("#unfinished [aria-label='Give up film.mov']")
        self.click("#confirm-yes")
        self.eventually(lambda: not self.server.uploads("pending"), "the old one is given up")
        self.require_stored(path)

    def pause_a_film(self):
        """Uploads a part of a file, whose path is returned."""
        self.open()
        self.throttle(MEGABYTE)
        path = self.file("film.mov", 16 * MEGABYTE)
        self.choose(path)
        self.wait_until_partly_done()
        self.click("#pause-all")
        self.eventually(lambda: self.states() == ["paused"], "it is paused")
        return path

    def test_an_upload_that_vanished_starts_over_by_itself(self):
        self.expected_messages += ("404", "410")
        path = self.pause_a_film()
        [upload] = self.server.uploads("pending")
        self.script("return fetch(arguments[0], { method: 'DELETE' })", f"v1/uploads/{upload['id']}")
        self.throttle(None)
        self.click("#resume-all")
        self.wait_until_all_done()
        self.require_stored(path)

    def test_an_upload_that_expired_says_so_and_starts_over(self):
        self.expected_messages += ("404", "410")
        self.server.stop()
        self.server = Server("--set", "time-to-live=3s", "--set", "sweep-interval=1s", "--set", "expiry-grace=0s")
        path = self.pause_a_film()
        self.eventually(lambda: not self.server.uploads("pending"), "it has expired", 30)
        self.click("#resume-all")
        self.eventually(lambda: "had expired" in self.text("#uploads-list"), "it says that it had expired")
        self.throttle(None)
        self.wait_until_all_done()
        self.require_stored(path)

    def test_of_two_tabs_with_one_file_one_goes_on(self):
        # The bytes of the first tab may still be saved when the second one has been told the offset: it asks again.
        self.expected_messages += ("400", "409")
        path = self.file("film.mov", 16 * MEGABYTE)
        self.open()
        self.throttle(MEGABYTE // 2)
        self.choose(path)
        self.wait_until_partly_done(1)
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        second = self.driver.current_window_handle
        try:
            self.open()
            self.choose(path)
            self.wait_until_all_done()
            self.driver.switch_to.window(first)
            self.eventually(lambda: self.states() in (["failed"], ["done"]), "the first tab has ended, too")
            if self.states() == ["failed"]:
                self.assertIn("another tab", self.text("#uploads-list"))
                self.throttle(None)
                self.click("#uploads-list .row button[aria-label^=Try]")
                self.wait_until_all_done()
        finally:
            self.driver.switch_to.window(second)
            self.driver.get("about:blank")
            self.driver.close()
            self.driver.switch_to.window(first)
        self.require_stored(path)

    def test_a_film_plays_from_its_address(self):
        self.open()
        blob = self.script("""
            const canvas = document.createElement("canvas");
            const context = canvas.getContext("2d");
            const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
            const pieces = [];
            recorder.ondataavailable = ({ data }) => pieces.push(data);
            const drawing = setInterval(() => context.fillRect(Math.random() * 100, 0, 10, 10), 20);
            return new Promise((resolve) => {
                recorder.onstop = async () => {
                    clearInterval(drawing);
                    const film = new Blob(pieces, { type: "video/webm" });
                    const answer = await fetch("v1/blobs?name=film.webm", { method: "POST", body: film, headers: { "Content-Type": film.type } });
                    resolve((await answer.json()).blob);
                };
                recorder.start();
                setTimeout(() => recorder.stop(), 800);
            })""")
        self.driver.get(f"{self.server.url}v1/blobs/{blob}")
        played = "const film = document.querySelector('video'); return film && !film.error && film.currentTime > 0"
        self.script("return document.querySelector('video')?.play()")
        self.eventually(lambda: self.script(played), "the film plays")

    def test_offline_is_told_and_outlived(self):
        self.expected_messages += KILLED
        self.open()
        self.throttle(MEGABYTE)
        path = self.file("film.mov", 32 * MEGABYTE)
        self.choose(path)
        self.wait_until_partly_done()
        self.offline(True)
        self.eventually(lambda: self.find("#offline").is_displayed(), "the page says that it is offline")
        self.eventually(lambda: self.states() == ["retrying"], "uploads wait")
        self.screenshot("offline")
        self.offline(False)
        self.eventually(lambda: not self.find("#offline").is_displayed(), "it is online again")
        self.wait_until_all_done(20)
        self.require_stored(path)

    def test_leaving_while_uploads_run_asks(self):
        self.open()
        self.assertFalse(self.asks_before_leaving())
        self.throttle(MEGABYTE)
        self.choose(self.file("film.mov", 8 * MEGABYTE))
        self.wait_until_partly_done()
        self.assertTrue(self.asks_before_leaving())
        self.throttle(None)
        self.wait_until_all_done()
        self.assertFalse(self.asks_before_leaving())

    def asks_before_leaving(self):
        return self.script("return !dispatchEvent(new Event('beforeunload', { cancelable: true }))")

    def test_the_drop_card_makes_room_for_what_is_there(self):
        self.look(PHONE)
        self.open()
        height = "return document.querySelector('#drop').getBoundingClientRect().height"
        before = self.script(height)
        self.choose(self.file("fine.jpg", 100_000))
        self.wait_until_all_done()
        self.assertLess(self.script(height), before / 2)
        top = self.script("return document.querySelector('#uploads').getBoundingClientRect().top")
        self.assertLess(top, PHONE[1] / 2, "progress is above the fold")
        right = "return Math.max(...[...document.querySelectorAll('.drop button')].map((one) => one.getBoundingClientRect().right))"
        self.assertLess(self.script(right), self.script("return document.querySelector('#drop').getBoundingClientRect().right"))
        self.screenshot("drop-phone")

    def test_all_files_of_a_long_list_can_be_seen(self):
        self.open()
        self.script("""
            const files = Array.from({ length: 70 }, (_, index) => new File([String(index)], `file-${index}.txt`));
            const data = new DataTransfer();
            files.forEach((file) => data.items.add(file));
            document.querySelector("#files").files = data.files;
            document.querySelector("#files").dispatchEvent(new Event("change", { bubbles: true }));""")
        self.eventually(lambda: "Show 10 more files" in self.text("#uploads-more"), "some are left out")
        self.click("#uploads-more")
        self.eventually(lambda: len(self.states()) == 70, "all are there")
        self.assertFalse(self.find("#uploads-more").is_displayed())
        self.wait_until_all_done()

    def test_a_refusal_is_told_in_the_servers_words(self):
        self.server.stop()
        self.server = Server("--set", "upload-bytes-max=1MiB", "--set", "chunk-size-max=1MiB", "--set", "chunk-size-default=1MiB")
        self.expected_messages += ("413",)
        self.open()
        fine = self.file("fine.jpg", 100_000)
        self.choose(self.file("large.tif", 2 * MEGABYTE), fine)
        self.eventually(lambda: self.states() == ["failed", "done"], "one fails and does not stop the other")
        self.assertIn("larger than the server takes: 1.0 MB at most", self.text("#uploads-list"))
        # Nobody is to try in vain.
        self.assertFalse(self.find("#resume-all").is_displayed())
        self.assertFalse(any(button.is_displayed() for button in self.all("#uploads-list .row[data-state=failed] button[aria-label^=Try]")))
        self.assertIn("one needs you", self.text("#uploads-title"))
        self.screenshot("refused")
        self.require_stored(fine)


if __name__ == "__main__":
    unittest.main()
