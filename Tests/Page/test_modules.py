"""The modules that need no page, by themselves: `modules/*.js`, run in the browser."""

import unittest

from browser import PageTestCase
from cases import require_modules


class ModuleTests(PageTestCase):
    expected_messages = ("favicon",)

    def test_modules(self):
        require_modules(self)


if __name__ == "__main__":
    unittest.main()
