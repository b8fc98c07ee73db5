"""What an installation has that a definition may name: other pipes, people, who is in what."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a definition is to be published, or what it is checked together with.

    Attributes:
        pipes: The ids of the pipes that are there.
        people: The ids of everybody who may sign in; None where people are not known.
        keys: How the keys of cards begin, with the pipe that has taken it.
        members: For teams, leads and roles (`team:design`) the people they are.
    """

    pipes: frozenset[str]
    people: frozenset[str] | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
