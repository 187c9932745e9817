"""Tables of cases: one row is one thing that mail programs really do."""

import unittest
from collections.abc import Callable, Iterable
from typing import Any


class TableCase(unittest.TestCase):
    """A test case whose tests are mostly tables."""

    def check(self, function: Callable[[Any], Any], table: Iterable[tuple]) -> None:
        """Assert ``function(given) == expected`` for each (given, expected) row."""
        for given, expected in table:
            with self.subTest(given=given):
                self.assertEqual(function(given), expected)
