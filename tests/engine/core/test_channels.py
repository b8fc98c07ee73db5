"""Who wants to be told how, and when the next mail may go out."""

from datetime import timedelta

from hypothesis import given, strategies as st

from engine.core.channels import (
    CHANNELS,
    FEW,
    KINDS,
    KINDS_IN_WORDS,
    WITHIN,
    next_mail_at,
    still_counted,
    wants,
)
from pipes.identifiers import Instant
from tests.builders import MONDAY

MINUTES = st.integers(0, 60)


def test_what_is_usual_holds_until_something_else_is_chosen():
    assert wants({}, "approval", "mail")
    assert not wants({}, "commented", "mail")
    assert wants({("commented", "mail"): True}, "commented", "mail")
    assert not wants({("approval", "app"): False}, "approval", "app")
    assert set(KINDS_IN_WORDS) == set(KINDS)
    assert CHANNELS == ("app", "mail")


@given(st.lists(MINUTES, max_size=40))
def test_few_mails_go_out_within_the_time_and_none_waits_longer(arrivals: list[int]):
    sent: list[Instant] = []
    for minute in sorted(arrivals):
        arrived = MONDAY + timedelta(minutes=minute)
        begun = max(arrived, sent[-1]) if sent else arrived
        at = next_mail_at(tuple(sent), begun)
        assert begun <= at <= begun + WITHIN
        sent.append(at)
        assert len(still_counted(tuple(sent), at)) <= FEW
