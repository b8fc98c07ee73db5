"""The commands that a card remembers by their keys: the same key again does nothing new."""

from engine.core.commands import CommandKey
from engine.workflows.messages import Deed

# Temporal forgets an update's id when the run ends, and the database keeps every answer; here are
# only those whose sender may still come back without an answer.
REMEMBERED = 200


class Answers:
    """What the most recent commands did."""

    def __init__(self, deeds: tuple[Deed, ...] = ()) -> None:
        self._deeds = {deed.key: deed for deed in deeds}

    def known(self, key: CommandKey) -> Deed | None:
        """What the command of that key did, if it is remembered."""
        return self._deeds.get(key)

    def remember(self, deed: Deed) -> None:
        """Remembers a deed, and forgets the oldest ones."""
        self._deeds[deed.key] = deed
        while len(self._deeds) > REMEMBERED:
            del self._deeds[next(iter(self._deeds))]

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """All that is remembered, oldest first."""
        return tuple(self._deeds.values())
