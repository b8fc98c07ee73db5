"""What takes long the first time is done before the first card asks: reading what it is sent.

Pydantic builds what reads a type when it is first met. In workflows that would be within a task, in
many of them at once; on a machine that is busy it took longer than the two seconds that a task has.
"""

from collections.abc import Iterator
from inspect import isfunction
from typing import get_type_hints

from workers.ports import WORKFLOWS, Ports


def message_types() -> frozenset[type]:
    """The types of everything that workflows are sent, answer, and are answered."""
    return frozenset(_types())


def _types() -> Iterator[type]:
    for owner in (*WORKFLOWS, *get_type_hints(Ports).values()):
        for name, method in vars(owner).items():
            if isfunction(method) and not name.startswith("_"):
                yield from get_type_hints(method).values()
