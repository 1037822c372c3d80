import unittest

from postage.tracking.events import is_delivered, status
from postage.tracking.numbers import is_valid


class NumberTest(unittest.TestCase):
    def test_the_check_digit_must_fit(self):
        self.assertTrue(is_valid("RR473124829"))
        self.assertFalse(is_valid("RR473124828"))

    def test_letters_come_first(self):
        self.assertFalse(is_valid("47312482900"))


class EventTest(unittest.TestCase):
    def test_a_parcel_without_events_is_announced(self):
        self.assertEqual(status([]), "announced")

    def test_the_last_event_counts(self):
        self.assertTrue(is_delivered([{"status": "sorted"}, {"status": "delivered"}]))
