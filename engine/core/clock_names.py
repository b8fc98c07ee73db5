"""How a card's clocks are called."""

from engine.core.commands import ClockId
from pipes.identifiers import PhaseId, StageId

PIPE_CLOCK = ClockId("pipe")
HANDOFF_CLOCK = ClockId("handoff")


def phase_clock(phase: PhaseId) -> ClockId:
    """The clock of a stay in this phase."""
    return ClockId(f"phase:{phase}")


def stage_clock(stage: StageId) -> ClockId:
    """The clock of a round of approvers."""
    return ClockId(f"stage:{stage}")
