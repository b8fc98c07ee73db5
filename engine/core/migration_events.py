"""What happens when a card goes over to another version of its pipe, as an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.core.clock_events import ClockStep
from engine.core.commands import ClockId, Values
from pipes.identifiers import FieldId, PhaseId, TransitionId
from pipes.quick import quick


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardMigrated:
    """The card runs another version of its pipe from now on.

    Attributes:
        source_version: The version that it ran before.
        source: The phase in which it stood; `target` is the one in which it stands now.
        before: The phase from which it came there, if the version has it.
        handoff_source: To where it can be returned, while a handoff waits.
        renamed: Fields whose values are kept under another name.
        dropped: Values that only this event keeps.
        archived: Values of fields that the version does not have, kept beside the card.
        restored: Fields whose values had been kept so, and are the card's again.
        clocks: Clocks that are called otherwise from now on.
        steps: What clocks have still to do, where that is not what it was.
        timers: The timed transitions that go on to wait.
        complete: The connections of which all cards are known to have ended.
    """

    source_version: int
    definition_version: int
    definition_hash: str
    source: PhaseId
    target: PhaseId
    title: str
    before: PhaseId | None = None
    handoff_source: PhaseId | None = None
    renamed: Mapping[FieldId, FieldId] = field(default_factory=dict)
    dropped: Values = field(default_factory=dict)
    archived: Values = field(default_factory=dict)
    restored: tuple[FieldId, ...] = ()
    clocks: Mapping[ClockId, ClockId] = field(default_factory=dict)
    steps: Mapping[ClockId, tuple[ClockStep, ...]] = field(default_factory=dict)
    timers: tuple[TransitionId, ...] = ()
    complete: tuple[FieldId, ...] = ()
    kind: Literal["card.migrated"] = "card.migrated"
