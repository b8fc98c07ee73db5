"""Messages come back as they were; long ones are packed, and what was sent plain is read."""

from temporalio.contrib.pydantic import PydanticPayloadConverter

from engine.core.card import Card
from engine.runtime.converting import SharedPydanticConverter
from tests.builders import a_life

SENT = SharedPydanticConverter()
CARD = a_life().creates(name="Offline mode").it


def test_a_long_message_is_packed_and_comes_back():
    (payload,) = SENT.to_payloads([CARD])
    assert payload.metadata["encoding"] == b"json/packed"
    assert len(payload.data) < 300
    assert SENT.from_payloads([payload], [Card]) == [CARD]


def test_a_short_message_is_readable_on_temporals_pages():
    (payload,) = SENT.to_payloads([{"transition": "to-design"}])
    assert payload.metadata["encoding"] == b"json/plain"
    assert payload.data == b'{"transition":"to-design"}'


def test_what_was_sent_before_there_was_packing_is_read():
    payloads = PydanticPayloadConverter().to_payloads([CARD, None, b"bytes"])
    assert SENT.from_payloads(payloads, [Card]) == [CARD, None, b"bytes"]
