"""Chromium, driven; with what it must never do checked at the end of every test."""

import base64
import os
import unittest

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

RESULTS = os.environ.get("PAGE_RESULTS", ".build-results/page")
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "accessibility.js"), encoding="utf-8") as file:
    ACCESSIBILITY = file.read()
WIDE, PHONE = (1280, 900), (360, 740)


def start(names=""):
    """With `names` as further rules of name resolution, such as `MAP a.example 127.0.0.1,`."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--force-color-profile=srgb", "--no-first-run", "--lang=en-GB",
                     # There is no other host: whoever asks for one is heard in the console.
                     f"--host-resolver-rules={names}MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.set_capability("unhandledPromptBehavior", "accept")
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def recorded_film(driver):
    """Half a second of WebM, as the browser records it."""
    driver.set_script_timeout(30)
    text = driver.execute_async_script("""
        const [done, canvas, pieces] = [arguments[0], document.createElement("canvas"), []];
        const context = canvas.getContext("2d");
        const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
        recorder.ondataavailable = ({ data }) => pieces.push(data);
        const drawing = setInterval(() => context.fillRect(Math.random() * 100, 0, 10, 10), 20);
        recorder.onstop = async () => {
            clearInterval(drawing);
            const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
            done(btoa(String.fromCharCode(...bytes)));
        };
        recorder.start();
        setTimeout(() => recorder.stop(), 500)""")
    return base64.b64decode(text)


class PageTestCase(unittest.TestCase):
    """Has a browser for all tests of a class, and a page of its own for each."""

    # Messages of the console that a test brings about.
    expected_messages = ()

    @classmethod
    def setUpClass(cls):
        os.makedirs(RESULTS, exist_ok=True)
        cls.driver = cls.start()

    @classmethod
    def start(cls):
        return start()

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    def setUp(self):
        self.look()
        self.throttle(None)

    def tearDown(self):
        hosts = self.script("return performance.getEntriesByType('resource').map(({ name }) => new URL(name).hostname)")
        # A page with uploads under way asks before it is left.
        self.driver.get("about:blank")
        self.require_quiet()
        self.assertLessEqual(set(hosts), {"127.0.0.1", ""})

    # Doing

    def look(self, size=WIDE, scheme="light", reduced_motion=False):
        """How large the window is, and what its owner prefers."""
        self.command("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                     deviceScaleFactor=2 if size == PHONE else 1, mobile=size == PHONE)
        self.command("Emulation.setTouchEmulationEnabled", enabled=size == PHONE)
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"}])

    def throttle(self, bytes_per_second):
        # Without the bytes of what is sent, which the driver would read all.
        self.command("Network.enable", maxPostDataSize=0)
        self.command("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1,
                     uploadThroughput=bytes_per_second or -1)

    def offline(self, is_offline):
        self.command("Network.emulateNetworkConditions", offline=is_offline, latency=0, downloadThroughput=-1,
                     uploadThroughput=-1)

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def drop(self, *paths):
        """Files and folders, as a person drops them."""
        data = {"items": [], "files": [os.path.abspath(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.command("Input.dispatchDragEvent", type=kind, x=300, y=200, data=data)

    def choose(self, *paths):
        self.find("#files").send_keys("\n".join(os.path.abspath(path) for path in paths))

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def click(self, selector):
        self.eventually(lambda: self.find(selector).is_displayed(), f"{selector} is shown")
        self.find(selector).click()

    def screenshot(self, name):
        # Bars move on as long as bytes do.
        settled = ("return document.getAnimations().every(({ effect }) =>"
                   " effect.getTiming().iterations === Infinity || effect.target.closest('.bar'))")
        self.eventually(lambda: self.script(settled), "nothing moves")
        self.require_accessible(name)
        self.driver.save_screenshot(os.path.join(RESULTS, f"{name}.png"))

    # Seeing

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).text

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def states(self):
        return [row.get_attribute("data-state") for row in self.all("#uploads-list .row")]

    def focused(self):
        return self.script("return document.activeElement.getAttribute('aria-label') || document.activeElement.id")

    def eventually(self, condition, what, seconds=30):
        wait = WebDriverWait(self.driver, seconds, poll_frequency=0.05,
                             ignored_exceptions=(StaleElementReferenceException,))
        return wait.until(lambda _: condition(), f"in time: {what}")

    # What must never be

    def require_accessible(self, what):
        """Everything that is shown has its name, its role and its contrast."""
        self.assertEqual(self.script(ACCESSIBILITY), [], what)

    def require_quiet(self):
        """No error in the console, no violation of the policy, no request to anybody else."""
        messages = [entry["message"] for entry in self.driver.get_log("browser")
                    if entry["level"] in ("SEVERE", "WARNING")]
        unexpected = [text for text in messages if not any(part in text for part in self.expected_messages)]
        self.assertEqual(unexpected, [])
