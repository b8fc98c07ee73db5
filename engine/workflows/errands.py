"""What is said between a run of an automation and the activities that do its work.

These messages travel through Temporal and are remembered for as long as a run lives.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator

from engine.core.automations import Step, StepElsewhere, StepOnCard
from engine.core.commands import Cause, Values
from engine.core.effects import RunOrder
from pipes.identifiers import AutomationId, FieldId, Instant, PipeId

# --- the plan -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """The condition does not hold: there is nothing to do."""

    kind: Literal["unmet"] = "unmet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """It must not run, for these reasons."""

    reasons: tuple[str, ...]
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is to be done, in order."""

    steps: tuple[Step, ...]
    kind: Literal["planned"] = "planned"


type Plan = Annotated[Unmet | Stopped | Planned, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStep:
    """Actions on the card itself are to be done."""

    order: RunOrder
    step: StepOnCard


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStep:
    """Something is to be done elsewhere."""

    order: RunOrder
    step: StepElsewhere


# --- what is done elsewhere -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateErrand:
    """A card is to be created with these values, and connected through a field if one is named."""

    pipe: PipeId
    values: Values
    connect: FieldId | None = None
    kind: Literal["create"] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteErrand:
    """These values are to be written to cards; `labels` is what people call the fields."""

    cards: tuple[str, ...]
    values: Values
    labels: str = ""
    kind: Literal["write"] = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendErrand:
    """The action sends something outside."""

    kind: Literal["send"] = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskErrand:
    """The action asks something outside, and what comes after it waits for the answer."""

    kind: Literal["ask"] = "ask"


type Errand = Annotated[CreateErrand | WriteErrand | SendErrand | AskErrand, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateStep:
    """A card is to be created for a step."""

    order: RunOrder
    step: StepElsewhere
    errand: CreateErrand


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteStep:
    """One card's fields are to be written for a step."""

    order: RunOrder
    step: StepElsewhere
    card: str
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStep:
    """Something is to be sent for a step: the automation's action at that place.

    `id` is known to the receiver, who can drop repeats by it.
    """

    id: str
    order: RunOrder
    step: StepElsewhere


# --- the end --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What came of a run. `failed_step` is where it failed, for these reasons."""

    order: RunOrder
    done: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    failed_step: int | None = None


# --- looking again, and schedules -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """A card is to look again, after this chain."""

    card: str
    chain: tuple[Cause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableEntry:
    """An automation of a pipe that is set off by time."""

    pipe: PipeId
    automation: AutomationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledRun:
    """The time of an automation has come; `at` is the time that was meant."""

    entry: TimetableEntry
    at: Instant
