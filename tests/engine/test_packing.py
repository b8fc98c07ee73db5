"""Packing loses nothing, and what was packed once can be read for ever."""

import zlib

import pytest
from hypothesis import given, strategies as some

from engine.encoding import decoded_card, encoded_card
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


def test_what_the_first_version_packed_is_read():
    """The dictionary is part of what installations have written: it never changes."""
    content = bytes.fromhex("783f401fb6a4434afae640e3c1f105ecd7a482928c522d009ef40a2d")
    assert unpacked(content) == '{"version":7,"phase":"design"}'


@pytest.mark.parametrize(
    "content", [b"", b"{}", zlib.compress(b"{}"), packed("{}")[:-1], packed("text" * 9)[:8]]
)
def test_what_cannot_be_unpacked_is_said(content: bytes):
    with pytest.raises(ValueError, match="packed"):
        unpacked(content)
