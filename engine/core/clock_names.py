"""How a card's clocks are called."""

from engine.core.commands import ClockId
from pipes.identifiers import PhaseId, StageId

PIPE_CLOCK = ClockId("pipe")
HANDOFF_CLOCK = ClockId("handoff")

_STAYS = "phase:"


def phase_clock(phase: PhaseId) -> ClockId:
    """The clock of a stay in this phase."""
    return ClockId(f"{_STAYS}{phase}")


def phase_of(clock: ClockId) -> PhaseId | None:
    """The phase whose stays the clock measures, if it measures any."""
    return PhaseId(clock.removeprefix(_STAYS)) if clock.startswith(_STAYS) else None


def stage_clock(stage: StageId) -> ClockId:
    """The clock of a round of approvers."""
    return ClockId(f"stage:{stage}")
