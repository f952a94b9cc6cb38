"""Bearer tokens of an identity provider: PyJWT signs, http.server publishes the keys, tuspy uploads."""

import http.server
import io
import json
import threading
import time
import unittest

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

import wharf
from support import content

ALGORITHMS = {"RS256": jwt.algorithms.RSAAlgorithm, "PS256": jwt.algorithms.RSAAlgorithm,
              "ES256": jwt.algorithms.ECAlgorithm, "ES384": jwt.algorithms.ECAlgorithm,
              "EdDSA": jwt.algorithms.OKPAlgorithm}


class Key:
    """A private key of the provider, with one algorithm."""

    def __init__(self, name, algorithm):
        self.name, self.algorithm = name, algorithm
        if algorithm in ("RS256", "PS256"):
            self.private = rsa.generate_private_key(65537, 2048)
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = ec.generate_private_key(ec.SECP256R1() if algorithm == "ES256" else ec.SECP384R1())

    @property
    def jwk(self):
        public = ALGORITHMS[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.name, "use": "sig", "alg": self.algorithm}


class Provider:
    """An identity provider whose keys are at a URL of this machine."""

    def __init__(self, *keys):
        self.keys, self.fetches, self.redirect = list(keys), 0, None
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.fetches += 1
                if provider.redirect and self.path != provider.redirect:
                    self.send_response(302)
                    self.send_header("Location", provider.redirect)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                others = [{"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "use": "enc", "n": "AA", "e": "AQAB"}, "x"]
                body = json.dumps({"keys": [key.jwk for key in provider.keys] + others}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, key, subject="anna", roles=(), lifetime=300, **claims):
        now = int(time.time())
        payload = {"iss": self.issuer, "aud": "wharf", "sub": subject, "iat": now, "exp": now + lifetime,
                   "realm_access": {"roles": list(roles)}, **claims}
        return jwt.encode(payload, key.private, algorithm=key.algorithm, headers={"kid": key.name})

    def start(self, *arguments):
        return wharf.Server(
            "--auth", "jwt", "--set", f"jwt-issuer={self.issuer}", "--set", "jwt-audience=wharf",
            "--set", f"jwt-keys={self.issuer}/keys", "--set", "jwt-roles-claim=realm_access.roles",
            "--set", "jwt-operator-role=admin", *arguments)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class JWTTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = {algorithm: Key(algorithm.lower(), algorithm) for algorithm in ALGORITHMS}
        cls.provider = Provider(*cls.keys.values())
        cls.server = cls.provider.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.provider.stop()

    def get(self, path, token):
        return httpx.get(self.server.url + path, headers=bearer(token))

    def test_an_upload_with_each_algorithm(self):
        for algorithm, key in self.keys.items():
            body = content(1_500_000)
            token = self.provider.token(key)
            client = TusClient(self.server.url + "files", headers=bearer(token))
            uploader = client.uploader(file_stream=io.BytesIO(body), chunk_size=500_000)
            uploader.upload()
            blob = self.get("v1/blobs/" + uploader.url.rsplit("/", 1)[1], token)
            self.assertEqual((blob.status_code, blob.content), (200, body), algorithm)
            stranger = self.provider.token(key, subject="ben")
            self.assertEqual(self.get("v1/blobs/" + uploader.url.rsplit("/", 1)[1], stranger).status_code, 404)

    def test_an_expired_token(self):
        token = self.provider.token(self.keys["ES256"], lifetime=-61)
        answer = self.get("v1/capsules", token)
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.json()["code"], "unauthenticated")
        self.assertEqual(answer.json()["title"], "The token has expired.")
        self.assertEqual(
            answer.headers["WWW-Authenticate"],
            'Bearer realm="wharf", error="invalid_token", error_description="The token has expired."')
        client = TusClient(self.server.url + "files", headers=bearer(token))
        with self.assertRaises(TusCommunicationError) as raised:
            client.uploader(file_stream=io.BytesIO(b"a")).upload()
        self.assertEqual(raised.exception.status_code, 401)

    def test_forgeries(self):
        key = self.keys["RS256"]
        other = Key(key.name, "RS256")
        # PyJWT itself refuses the usual encodings of public keys as secrets.
        secret = key.private.public_key().public_numbers().n.to_bytes(256, "big")
        payload = jwt.decode(self.provider.token(key), options={"verify_signature": False})
        forgeries = [
            self.provider.token(other), self.provider.token(key)[:-8] + "AAAAAAAA",
            jwt.encode(payload, None, algorithm="none"),
            jwt.encode(payload, secret, algorithm="HS256", headers={"kid": key.name}),
            self.provider.token(key, aud="other"), self.provider.token(key, iss="https://evil.example"),
            self.provider.token(key, nbf=int(time.time()) + 3600), self.provider.token(key, subject="link:1"),
        ]
        for token in forgeries:
            answer = self.get("v1/capsules", token)
            self.assertEqual(answer.status_code, 401, answer.text)
            self.assertIn('error="invalid_token"', answer.headers["WWW-Authenticate"])
            self.assertNotIn(token, answer.text)
        self.assertNotIn("error", httpx.get(self.server.url + "v1/capsules").headers["WWW-Authenticate"])

    def test_operators(self):
        key = self.keys["EdDSA"]
        self.assertEqual(self.get("metrics", self.provider.token(key, roles=["user"])).status_code, 403)
        self.assertEqual(self.get("metrics", self.provider.token(key, roles=["user", "admin"])).status_code, 200)

    def test_rotation_on_the_running_server(self):
        provider = Provider(Key("1", "ES256"))
        server = provider.start()
        try:
            old, new = provider.keys[0], Key("2", "RS256")
            status = lambda key: httpx.get(server.url + "v1/capsules", headers=bearer(provider.token(key))).status_code
            self.assertEqual(status(old), 200)
            provider.keys = [old, new]
            self.assertEqual([status(new), status(old)], [200, 200])
            self.assertEqual(provider.fetches, 2)
        finally:
            server.stop()
            provider.stop()

    def test_redirects_are_not_followed_and_users_need_their_role(self):
        provider = Provider(Key("1", "ES256"))
        provider.redirect = "/elsewhere"
        server = provider.start("--set", "jwt-user-role=photos")
        try:
            key = provider.keys[0]
            status = lambda *roles: httpx.get(
                server.url + "v1/capsules", headers=bearer(provider.token(key, roles=roles)))
            unavailable = status("photos")
            self.assertEqual((unavailable.status_code, unavailable.headers["Retry-After"]), (503, "10"))
            self.assertEqual(httpx.get(server.url + "healthz").status_code, 200)
            server.kill()
            provider.redirect = None
            server.start()
            self.assertEqual([status("photos").status_code, status("admin").status_code], [200, 200])
            refused = status("other")
            self.assertEqual(refused.status_code, 403)
            self.assertIn("photos", refused.json()["title"])
            self.assertIn('error="insufficient_scope"', refused.headers["WWW-Authenticate"])
        finally:
            server.stop()
            provider.stop()


if __name__ == "__main__":
    unittest.main()
