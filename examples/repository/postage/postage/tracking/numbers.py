"""Tracking numbers: two letters, eight digits and a check digit."""

import re


def check_digit(digits):
    rest = sum(int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7))) % 11
    return {0: "5", 1: "0"}.get(rest, str(11 - rest))


def is_valid(number):
    # TODO: spaces between the groups are harmless, ignore them
    match = re.fullmatch(r"[A-Z]{2}(\d{8})(\d)", number)
    return match is not None and check_digit(match[1]) == match[2]
