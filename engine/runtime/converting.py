"""How messages become JSON and back. Long ones are packed: Temporal keeps each in its history."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    EncodingPayloadConverter,
)

from engine.packing import packed, unpacked

_SHARED = PydanticPayloadConverter()
_PLAIN = b"json/plain"
_JSON = _SHARED.converters[_PLAIN]
# What is shorter stays readable on Temporal's own pages.
_LONG = 512


class PackedJsonConverter(EncodingPayloadConverter):
    """Long JSON, packed; a card's answer of 2 KB takes 0.5 KB so."""

    @property
    def encoding(self) -> str:
        """By what a message says that it is packed."""
        return "json/packed"

    def to_payload(self, value: Any) -> Payload | None:  # noqa: ANN401 -- the SDK's
        """The value, packed if it is long."""
        plain = _JSON.to_payload(value)
        if plain is None or len(plain.data) < _LONG:
            return plain
        metadata = {**plain.metadata, "encoding": self.encoding.encode()}
        return Payload(metadata=metadata, data=packed(plain.data.decode()))

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ANN401 -- the SDK's
        """The value that was packed."""
        return _JSON.from_payload(Payload(data=unpacked(payload.data).encode()), type_hint)


class SharedPydanticConverter(CompositePayloadConverter):
    """Pydantic's converter, with the same type adapters for all workflows of a process.

    The SDK makes a converter for each workflow, and each would build its adapters anew: two fifths
    of a worker's processor time when many cards wake.
    """

    def __init__(self) -> None:
        """Over the converters that all share; what was sent plain is read as it is."""
        *others, plain = _SHARED.converters.values()
        super().__init__(*others, PackedJsonConverter(), plain)


data_converter = DataConverter(payload_converter_class=SharedPydanticConverter)


def make_ready(types: Iterable[type]) -> None:
    """Builds what reads messages of these types now, not when the first one comes."""
    for each in types:
        with suppress(ValidationError):  # Hardly any type may be nothing.
            _JSON.from_payload(Payload(data=b"null"), each)
