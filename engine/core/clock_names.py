"""How a card's clocks are called."""

from engine.core.commands import ClockId
from pipes.identifiers import PhaseId, StageId

PIPE_CLOCK = ClockId("pipe")


def phase_clock(phase: PhaseId) -> ClockId:
    """The clock of a stay in this phase."""
    return ClockId(f"phase:{phase}")


def handoff_clock(phase: PhaseId) -> ClockId:
    """The clock of a handoff into this phase."""
    return ClockId(f"handoff:{phase}")


def approval_clock(stage: StageId) -> ClockId:
    """The clock of a round of approvers."""
    return ClockId(f"approval:{stage}")
