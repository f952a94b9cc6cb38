"""The shell examples of the README, run as they stand against a server."""

import filecmp
import os
import re
import subprocess
import tempfile
import unittest

import wharf

README = open(os.path.join(os.path.dirname(__file__), "../../README.md"), encoding="utf-8").read()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


class ReadmeTests(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        os.makedirs(self.path("bin"))
        os.symlink(os.path.abspath(wharf.WHARF), self.path("bin/wharf"))
        for name, size in {
            "kiss.jpg": 300_000, "kiss.webp": 20_000, "tiny.webp": 90, "film.mov": 20_000_000, "photos/a.jpg": 5000,
            "Pictures/b.jpg": 5000, "Pictures/c.tmp": 10, "wedding/d.txt": 10,
        }.items():
            os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
            with open(self.path(name), "wb") as file:
                file.write(os.urandom(size))

    def path(self, name):
        return os.path.join(self.home.name, name)

    def block(self, start):
        """The example that contains a text."""
        found = [block for block in BLOCKS if start in block]
        self.assertEqual(len(found), 1, start)
        return found[0]

    def run_script(self, script, server, standard_input=""):
        address = f"http://127.0.0.1:{server.port}"
        script = script.replace("http://127.0.0.1:8080", address).replace("https://photos.example.org", address)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=self.home.name, input=standard_input, text=True,
            capture_output=True, timeout=120,
            env={"PATH": self.path("bin") + ":/usr/bin:/bin", "HOME": self.home.name, "WHARF_SERVER": address})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def server(self, *arguments):
        server = wharf.Server(*arguments)
        self.addCleanup(server.stop)
        return server

    def test_the_first_steps(self):
        output = self.run_script(self.block("# A whole file in one request"), self.server())
        for name in ["same.mov", "copy.mov"]:
            self.assertTrue(filecmp.cmp(self.path("film.mov"), self.path(name), shallow=False), name)
        # --dry-run sends nothing, and would leave out what is excluded.
        self.assertNotIn("c.tmp", output)
        self.assertIn("a.jpg", output)

    def test_profiles_and_daily_use(self):
        tokens = self.path("tokens")
        token = subprocess.run(
            [wharf.WHARF, "token", "add", "--file", tokens, "anna"], check=True, capture_output=True, text=True,
            env={"HOME": self.home.name, "PATH": "/usr/bin:/bin"}).stdout.split()[0]
        server = self.server("--auth", f"tokens={tokens}")
        prepare = f"""
            export WHARF_TOKEN={token}
            wharf capsule create Wedding
            wharf capsule create "Summer 2026"
            cp kiss.jpg party.jpg
            wharf put kiss.jpg party.jpg
            wharf put kiss.jpg --capsule Wedding
            wharf put kiss.jpg --capsule "Summer 2026" --name holiday/kiss.jpg
        """
        self.run_script(prepare, server)
        output = self.run_script(self.block("wharf logout"), server, standard_input=token + "\n")
        for name in ["photos/kiss.jpg", "photos/party.jpg", "wedding/kiss.jpg"]:
            self.assertTrue(filecmp.cmp(self.path("kiss.jpg"), self.path(name), shallow=False), name)
        self.assertIn("removed  holiday/kiss.jpg", output)

    def test_photos(self):
        self.run_script(self.block("wharf put --photos"), self.server())

    def test_memories_of_derivatives(self):
        output = self.run_script(self.block("# lane A: the original"), self.server())
        self.assertIn('"title":"The kiss"', output)
        self.assertTrue(filecmp.cmp(self.path("kiss.webp"), self.path("display"), shallow=False))


if __name__ == "__main__":
    unittest.main()
