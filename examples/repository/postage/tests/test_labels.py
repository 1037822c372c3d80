import unittest

from postage.labels.address import WIDTH, address_lines
from postage.labels.barcode import bars


class LabelTest(unittest.TestCase):
    def test_no_line_is_wider_than_the_label(self):
        lines = address_lines("Office for the Inspection of Weights and Measures", "Am Markt 1", "10115", "Berlin")
        self.assertLessEqual(max(map(len, lines)), WIDTH)

    def test_each_digit_has_five_bars(self):
        self.assertEqual(len(bars("4711")), 20)
