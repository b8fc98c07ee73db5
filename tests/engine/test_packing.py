"""Packing loses nothing, and what was packed once can be read for ever."""

import pytest
from hypothesis import given, strategies as some

from engine.encoding import decoded_card, encoded_body, encoded_card
from engine.packing import packed, unpacked
from tests.builders import a_life


@given(some.text())
def test_a_text_comes_back_as_it_was(text: str):
    assert unpacked(packed(text)) == text


def test_a_card_takes_a_quarter():
    card = a_life().creates(name="Offline mode").it
    text = encoded_card(card).decode()
    assert len(packed(text)) < len(text) / 4
    assert decoded_card(unpacked(packed(text))) == card


def test_an_event_takes_half():
    created, *_ = a_life().creates(name="Offline mode").history
    text = encoded_body(created.body)
    assert len(packed(text)) < len(text) / 2


@pytest.mark.parametrize(
    "content",
    [
        "783f401fb6a4434afae640e3c1f105ecd7a482928c522d009ef40a2d",
        "01432adbcc11ba5352416582522d00",
    ],
    ids=["first", "second"],
)
def test_what_an_earlier_version_packed_is_read(content: str):
    """The dictionaries are part of what installations have written: they never change."""
    assert unpacked(bytes.fromhex(content)) == '{"version":7,"phase":"design"}'


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\x02", b"x\x9c{}", packed("{}")[:-1], packed("text" * 9)[:-1], b"\x01\xff\xff"],
)
def test_what_cannot_be_unpacked_is_said(content: bytes):
    with pytest.raises(ValueError, match="packed"):
        unpacked(content)
