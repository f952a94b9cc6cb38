"""A server that wants to know who calls."""

import os
import unittest

from cases import SignedInTestCase


class SignInTests(SignedInTestCase):
    def setUp(self):
        super().setUp()
        self.driver.get(self.server.url)
        self.eventually(lambda: self.find("#sign-in").is_displayed(), "the page asks who it is")

    def sign_in(self, token, remember=False):
        self.find("#sign-in-token").send_keys(token)
        if remember:
            self.click("#sign-in-remember")
        self.click("#sign-in-yes")

    def require_signed_in(self):
        self.eventually(lambda: self.find("#sign-out").is_displayed(), "somebody is signed in")

    def test_uploading_with_a_token(self):
        self.screenshot("sign-in")
        self.sign_in("wrong")
        self.eventually(lambda: self.find("#sign-in-again").is_displayed(), "a wrong token is not taken")
        self.sign_in(self.token)
        self.require_signed_in()
        path = os.path.join(self.folder, "a.jpg")
        with open(path, "wb") as file:
            file.write(b"x" * 300_000)
        self.drop(path)
        self.eventually(lambda: self.states() == ["done"], "the file is stored")

    def test_a_token_lives_as_long_as_the_tab(self):
        self.sign_in(self.token)
        self.require_signed_in()
        self.driver.refresh()
        self.require_signed_in()
        self.assertEqual(self.script("return localStorage.getItem('wharf-token')"), None)

    def test_a_token_is_remembered_on_request_and_forgotten_on_request(self):
        self.sign_in(self.token, remember=True)
        self.require_signed_in()
        self.assertEqual(self.script("return localStorage.getItem('wharf-token')"), self.token)
        self.click("#sign-out")
        self.eventually(lambda: self.find("#sign-in").is_displayed(), "the page asks again")
        self.assertEqual(self.script("return localStorage.length + sessionStorage.length"), 0)

    def test_who_does_not_say_who_they_are_can_say_it_later(self):
        self.click("#sign-in button[value=no]")
        self.eventually(lambda: self.find("#trouble").is_displayed(), "the page says what is missing")
        self.click("#trouble-again")
        self.eventually(lambda: self.find("#sign-in").is_displayed(), "the page asks again")


if __name__ == "__main__":
    unittest.main()
