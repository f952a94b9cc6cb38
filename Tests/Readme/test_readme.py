"""The shell examples of the README, run as they stand against a server."""

import base64
import filecmp
import json
import os
import re
import shlex
import subprocess
import tempfile
import time
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

    def commands(self, block, start):
        """The commands of an example that begin with a text, each as one line without its comment."""
        lines = re.sub(r"\\\n\s*", "", block).splitlines()
        return [re.sub(r"\s+# .*", "", line) for line in lines if line.startswith(start)]

    def served(self, command, **replacements):
        """A server that is started as a command says, on another port and with other files."""
        for old, new in replacements.items():
            command = command.replace(old, new)
        words = shlex.split(command)
        self.assertEqual(words[:2], ["wharf", "serve"])
        if "--listen" in words:
            place = words.index("--listen")
            del words[place:place + 2]
        return self.server(*words[2:])

    def certificate(self):
        """A certificate as the README makes it, for this host."""
        [command] = self.commands(self.block("# At home"), "openssl")
        command = command.replace("photos.lan", "localhost").replace("192.168.1.10", "127.0.0.1")
        subprocess.run(["bash", "-ec", command], cwd=self.home.name, check=True, capture_output=True)
        return self.path("cert.pem"), self.path("key.pem")

    def token(self, name="anna"):
        """The file of tokens, and one for a principal."""
        tokens = self.path("tokens")
        said = subprocess.run(
            [wharf.WHARF, "token", "add", "--file", tokens, name], check=True, capture_output=True, text=True,
            env={"HOME": self.home.name, "PATH": "/usr/bin:/bin"}).stdout
        return tokens, said.split()[0]

    def run_script(self, script, server, standard_input="", **variables):
        address = f"{server.scheme}://127.0.0.1:{server.port}"
        script = script.replace("http://127.0.0.1:8080", address).replace("https://photos.example.org", address)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=self.home.name, input=standard_input, text=True,
            capture_output=True, timeout=120,
            env={"PATH": self.path("bin") + ":/usr/bin:/bin", "HOME": self.home.name, "WHARF_SERVER": address, **variables})
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
        tokens, token = self.token()
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

    def test_encryption(self):
        certificate, key = self.certificate()
        tokens, token = self.token()
        block = self.block("# At home")
        internet, home = self.commands(block, "wharf serve")
        live = "/etc/letsencrypt/live/photos.example.org/"
        self.served(internet, **{live + "fullchain.pem": certificate, live + "privkey.pem": key, "tokens=tokens": f"tokens={tokens}"})
        server = self.served(home, **{"cert.pem": certificate, "key.pem": key, "tokens=tokens": f"tokens={tokens}"})
        script = "\n".join(self.commands(block, "curl") + self.commands(block, "wharf login"))
        output = self.run_script(
            script.replace("https://photos.lan:8443", f"https://127.0.0.1:{server.port}"), server, token + "\n")
        self.assertIn("ok", output)
        # The profile has the address and the authority.
        self.run_script("unset WHARF_SERVER; wharf put kiss.jpg; wharf ls", server)

    def test_identity_providers(self):
        certificate, key = self.certificate()
        tokens, _ = self.token()
        provider = Provider(self.home.name)
        block = self.block("# Keycloak")
        [serve] = self.commands(block, "wharf serve")
        certs = "https://id.example.org/realms/photos/protocol/openid-connect/certs"
        server = self.served(serve, **{
            certs: provider.keys, "=tokens,jwt": f"={tokens},jwt", "cert.pem": certificate, "key.pem": key})
        claims = {"iss": "https://id.example.org/realms/photos", "aud": "wharf", "sub": "anna", "exp": int(time.time()) + 300}
        curl = "\n".join(self.commands(block, "curl"))
        jwt = provider.sign({**claims, "realm_access": {"roles": ["photos"]}})
        self.assertIn('"capsules"', self.run_script(curl, server, JWT=jwt, CURL_CA_BUNDLE=certificate))
        refused = self.run_script(curl, server, JWT=provider.sign(claims), CURL_CA_BUNDLE=certificate)
        self.assertIn('"status":403', refused, "without the role")

    def test_backups(self):
        server = self.server()
        self.run_script("wharf put kiss.jpg", server)
        block = self.block("wharf backup").replace("/backup", self.path("backup"))
        os.makedirs(self.path("backup"))
        block = block.replace("./data", os.path.join(server.directory, "data"))
        steps = self.commands(block, "wharf backup") + self.commands(block, "wharf check")
        self.run_script("\n".join(steps + steps), server)
        [serve] = self.commands(block, "wharf serve")
        # The last --data counts.
        restored = self.served(serve)
        self.run_script("wharf get kiss.jpg -o again.jpg", restored)
        self.assertTrue(filecmp.cmp(self.path("kiss.jpg"), self.path("again.jpg"), shallow=False))


class Provider:
    """An identity provider: a key, the document that has it, and tokens that are signed with it."""

    def __init__(self, directory):
        self.key = os.path.join(directory, "provider.pem")
        self.keys = os.path.join(directory, "keys.json")
        self.openssl("genrsa", "-out", self.key, "2048")
        modulus = self.openssl("rsa", "-in", self.key, "-noout", "-modulus").decode().strip().split("=")[1]
        key = {"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "e": "AQAB", "n": encoded(bytes.fromhex(modulus))}
        with open(self.keys, "w", encoding="utf-8") as file:
            json.dump({"keys": [key]}, file)

    def openssl(self, *arguments, data=None):
        return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout

    def sign(self, claims):
        parts = [{"alg": "RS256", "typ": "JWT", "kid": "1"}, claims]
        text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        return text + "." + encoded(self.openssl("dgst", "-sha256", "-sign", self.key, data=text.encode()))


def encoded(data):
    """Base64 of the alphabet for URLs, without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


if __name__ == "__main__":
    unittest.main()
