import unittest

from postage.rates.bands import TooHeavy, quote


class QuoteTest(unittest.TestCase):
    def test_a_parcel_pays_for_its_band(self):
        self.assertEqual(quote(1_200, "10115"), 590)

    def test_a_parcel_of_exactly_the_limit_pays_for_the_lower_band(self):
        self.assertEqual(quote(2_000, "10115"), 590)

    def test_an_island_costs_more(self):
        self.assertEqual(quote(1_200, "27498"), 1_040)

    def test_a_parcel_that_is_too_heavy_has_no_price(self):
        with self.assertRaises(TooHeavy):
            quote(30_001, "10115")
