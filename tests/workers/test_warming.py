"""A worker that has just started reads its first messages at once."""

from collections.abc import Iterator
from typing import Any, get_type_hints

import pydantic
import pytest
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload

from engine.runtime.converting import SharedPydanticConverter, make_ready
from workers.ports import WORKFLOWS, Ports
from workers.warming import message_types


def what_temporal_reads_in_workflows() -> Iterator[type]:
    """The types that the SDK itself has found in workflows and in answers of activities."""
    for each in WORKFLOWS:
        found = workflow._Definition.must_from_class(each)  # noqa: SLF001 -- what the SDK has found
        taken = [found.arg_types, *(signal.arg_types for signal in found.signals.values())]
        taken += [update.arg_types for update in found.updates.values()]
        for types in taken:
            yield from types or ()
    for port in get_type_hints(Ports).values():
        for method in vars(port).values():
            if callable(method):
                known = activity._Definition.from_callable(method)  # noqa: SLF001 -- the same
                if known is not None and known.ret_type is not None:
                    yield known.ret_type


def test_every_type_that_workflows_are_sent_is_known():
    read = set(what_temporal_reads_in_workflows())

    assert len(read) > 15
    assert read <= message_types()


def test_nothing_is_built_any_more_when_a_message_comes(monkeypatch: pytest.MonkeyPatch):
    make_ready(message_types())

    def fails(*_: Any, **__: Any) -> None:
        raise AssertionError("It was built when a message came.")

    monkeypatch.setattr(pydantic.TypeAdapter, "__init__", fails)
    converter = SharedPydanticConverter().converters[b"json/plain"]
    for each in message_types():
        try:
            converter.from_payload(Payload(data=b"null"), each)
        except pydantic.ValidationError:
            continue
