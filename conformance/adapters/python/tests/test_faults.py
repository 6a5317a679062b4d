"""The table of faults: what each says of itself, and the cases that judge it."""

from __future__ import annotations

import unittest

from check_faults import FILTERS
from faulty import FAULTS


class Faults(unittest.TestCase):
    def test_each_has_cases_that_judge_it(self) -> None:
        self.assertEqual(list(FILTERS), list(FAULTS))

    def test_each_describes_itself_in_one_line(self) -> None:
        for name, fault in FAULTS.items():
            with self.subTest(name):
                self.assertTrue(fault.requirements)
                self.assertRegex(fault.description, r"\A[A-Z][^\t\n]+[^.]\Z")


if __name__ == "__main__":
    unittest.main()
