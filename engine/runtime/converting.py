"""How messages become JSON and back."""

from collections.abc import Iterable
from contextlib import suppress

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter

_SHARED = PydanticPayloadConverter()


class SharedPydanticConverter(CompositePayloadConverter):
    """Pydantic's converter, with the same type adapters for all workflows of a process.

    The SDK makes a converter for each workflow, and each would build its adapters anew: two fifths
    of a worker's processor time when many cards wake.
    """

    def __init__(self) -> None:
        """Over the converters that all share."""
        super().__init__(*_SHARED.converters.values())


data_converter = DataConverter(payload_converter_class=SharedPydanticConverter)


def make_ready(types: Iterable[type]) -> None:
    """Builds what reads messages of these types now, not when the first one comes."""
    reader = _SHARED.converters[b"json/plain"]
    for each in types:
        with suppress(ValidationError):  # Hardly any type may be nothing.
            reader.from_payload(Payload(data=b"null"), each)
