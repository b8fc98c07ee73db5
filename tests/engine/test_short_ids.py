"""Short ids are in the order of time, and no two are the same."""

import re
import time

from api.pages.controls import CARD_KEY
from engine.short_ids import short_id


def test_what_is_made_later_is_greater():
    first = short_id()
    began = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == began:
        pass
    assert first < short_id()


def test_many_of_one_moment_are_all_others():
    assert len({short_id() for _ in range(10_000)}) == 10_000


def test_it_is_eighteen_letters_and_digits_that_a_form_takes_for_a_card():
    found = short_id()
    assert re.fullmatch("[0-9a-hjkmnp-tv-z]{18}", found)
    assert CARD_KEY.fullmatch(found)
