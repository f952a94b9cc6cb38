"""What belongs together is one photo: Live Photos, raw files and edits, dropped as a phone or a camera has written them."""

import json
import os
import unittest

from cases import FilesTestCase
from pictures import encoded, picture
from server import WHARF
from shots import movie, with_identifier

IMAGING = os.path.join(os.path.dirname(WHARF), "wharf-imaging")
MEGABYTE = 1 << 20
IDENTIFIER = "0F1E2D3C-0000-4000-8000-0123456789AB"


@unittest.skipUnless(os.path.exists(IMAGING), "wharf-imaging is not built")
class ShotTests(FilesTestCase):
    # A page with uploads under way asks before it is left.
    expected_messages = ("beforeunload",)

    def setUp(self):
        super().setUp()
        self.open()

    def live_photo(self, name="IMG_1", seed=1, count=1000):
        photo = with_identifier(encoded(picture(seed, 600, 400), "JPEG"), IDENTIFIER)
        return self.write(f"{name}.JPG", photo), self.write(f"{name}.MOV", movie(IDENTIFIER, count=count, seed=seed))

    def memories(self):
        """The names of the files of each memory by their kinds, once nothing is being prepared any more."""
        capsule = json.loads(self.server.get("v1/capsules/default"))["id"]
        found = json.loads(self.server.get(f"v1/capsules/{capsule}/memories"))["memories"]
        names = {upload["id"]: upload["name"] for upload in self.server.uploads()}
        kinds = ("original", "video", "raw", "sidecar")
        return sorted(
            ([(asset["kind"], names[asset["blob"]]) for asset in memory["assets"] if asset["kind"] in kinds] for memory in found), key=str)

    def wait_until_stored(self, count, memories):
        self.eventually(lambda: self.states() == ["done"] * count, "all is stored")
        self.eventually(lambda: len(self.all("#grid .tile")) == memories, "the photos are there", 60)

    def test_a_folder_of_a_phone_and_a_camera(self):
        self.live_photo("day/IMG_1")
        self.write("day/IMG_1.AAE", b"<plist/>")
        self.write("day/DSC_2.jpg", encoded(picture(2, 600, 400), "JPEG"))
        self.write("day/DSC_2.NEF", b"raw")
        self.write("day/IMG_3.JPG", encoded(picture(3, 600, 400), "JPEG"))
        self.write("day/IMG_3.MOV", movie(seconds=20))
        self.write("day/list.txt", b"text")
        self.drop(os.path.join(self.folder, "day"))
        self.wait_until_stored(8, 4)
        self.assertEqual(self.memories(), [
            [("original", "DSC_2.jpg"), ("raw", "DSC_2.NEF")],
            [("original", "IMG_1.JPG"), ("video", "IMG_1.MOV"), ("sidecar", "IMG_1.AAE")],
            [("original", "IMG_3.JPG")], [("original", "IMG_3.MOV")]])
        self.eventually(lambda: [row.text.split("\n")[0] for row in self.all("#loose .file-row")] == ["list.txt"], "one file is left")
        self.screenshot("shots")

        self.open()
        sent = self.server.metric("wharf_bytes_acknowledged_total")
        self.drop(os.path.join(self.folder, "day"))
        self.wait_until_stored(8, 4)
        self.assertEqual(self.server.metric("wharf_bytes_acknowledged_total"), sent)
        self.assertEqual(len(self.memories()), 4)

    def test_a_video_that_was_cut_off_by_a_reload_goes_on_and_is_in_the_photo(self):
        files = self.live_photo(count=8 * MEGABYTE)
        self.throttle(MEGABYTE)
        self.choose(*files)
        self.eventually(lambda: any(upload["received_bytes"] > 0 for upload in self.server.uploads("pending")), "some has arrived")
        self.assertIn("Waiting for its video", self.text("#uploads-list"))
        self.screenshot("shot-waiting")
        self.driver.get("about:blank")
        self.throttle(None)
        self.open()
        self.eventually(lambda: len(self.all("#unfinished-list .row")) == 2, "both are remembered")
        self.choose(*files)
        self.wait_until_stored(2, 1)
        self.assertEqual(self.memories(), [[("original", "IMG_1.JPG"), ("video", "IMG_1.MOV")]])
        self.assertEqual(len(self.server.uploads("pending")), 0)

    def test_what_belongs_together_goes_on_together_with_one_click(self):
        files = self.live_photo(count=8 * MEGABYTE)
        self.throttle(MEGABYTE)
        self.drop(*files)
        self.eventually(lambda: any(upload["received_bytes"] > 0 for upload in self.server.uploads("pending")), "some has arrived")
        self.throttle(None)
        self.driver.refresh()
        # Nobody can be asked for leave here: the handles are those of the browser, the files come another way.
        self.script("""
            document.body.append(Object.assign(document.createElement("input"), { type: "file", multiple: true, id: "leave" }));
            FileSystemFileHandle.prototype.queryPermission = async () => "granted";
            FileSystemFileHandle.prototype.getFile = async function () {
                return [...document.getElementById("leave").files].find(({ name }) => name === this.name);
            }""")
        self.find("#leave").send_keys("\n".join(files))
        self.click("#unfinished-continue")
        self.wait_until_stored(2, 1)
        self.assertEqual(self.memories(), [[("original", "IMG_1.JPG"), ("video", "IMG_1.MOV")]])

    def test_a_video_that_an_earlier_visit_stored_needs_no_file(self):
        photo, video = self.live_photo(count=4 * MEGABYTE)
        self.throttle(MEGABYTE)
        self.choose(photo, video)
        self.click("[aria-label='Pause IMG_1.JPG']")
        self.throttle(None)
        self.eventually(lambda: self.states() == ["done", "paused"], "the video is stored")
        self.open()
        self.eventually(lambda: self.all("#unfinished-list .row"), "the photo is remembered")
        self.choose(photo)
        self.wait_until_stored(1, 1)
        self.assertEqual(self.memories(), [[("original", "IMG_1.JPG"), ("video", "IMG_1.MOV")]])

    def test_a_photo_goes_without_a_video_that_was_cancelled_and_says_so(self):
        self.throttle(MEGABYTE // 4)
        self.choose(*self.live_photo(count=16 * MEGABYTE))
        self.click("[aria-label='Cancel IMG_1.MOV']")
        self.eventually(lambda: self.states() != ["sending", "waiting"] or self.find("#confirm").is_displayed(), "the page reacts")
        if self.find("#confirm").is_displayed():
            self.click("#confirm-yes")
        self.throttle(None)
        self.wait_until_stored(1, 1)
        self.assertIn("Without its video", self.text("#uploads-list"))
        self.assertEqual(self.memories(), [[("original", "IMG_1.JPG")]])

    def test_of_two_tabs_with_one_shot_one_makes_the_photo(self):
        self.expected_messages += ("400",)
        files = self.live_photo(count=8 * MEGABYTE)
        self.throttle(MEGABYTE // 2)
        self.choose(*files)
        self.eventually(lambda: any(upload["received_bytes"] > 0 for upload in self.server.uploads("pending")), "some has arrived")
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        second = self.driver.current_window_handle
        try:
            self.open()
            self.choose(*files)
            self.wait_until_stored(2, 1)
            self.driver.switch_to.window(first)
            self.eventually(lambda: set(self.states()) <= {"failed", "done"}, "the first tab has ended, too")
            if "failed" in self.states():
                self.assertIn("another tab", self.text("#uploads-list"))
                self.throttle(None)
                self.click("#resume-all")
                self.eventually(lambda: self.states() == ["done", "done"], "it finds what the second has stored")
        finally:
            self.driver.switch_to.window(second)
            self.driver.get("about:blank")
            self.driver.close()
            self.driver.switch_to.window(first)
        self.assertEqual(self.memories(), [[("original", "IMG_1.JPG"), ("video", "IMG_1.MOV")]])


if __name__ == "__main__":
    unittest.main()
