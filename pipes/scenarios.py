"""Scenarios: the tests that an author writes beside the rules, as values.

Running one takes the engine; here is only what it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipes.durations import Duration
from pipes.identifiers import AutomationId, CalendarName, FieldId, Instant, JsonValue

type Deed = Literal[
    "create",
    "edit",
    "move",
    "assign",
    "comment",
    "hold",
    "resume",
    "cancel",
    "reopen",
    "approve",
    "reject",
    "withdraw",
    "accept",
    "return",
    "press",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something.

    Attributes:
        who: `creator`, `admin`, `lead:<team>`, `member:<team>`, `role:<role>` or `user:<id>`;
            `#2` behind a member or a role is another one.
        object: What it is done to: a transition, a stage, people, a phase, the automation of a
            button; empty where nothing is.
        is_all_ticked: Accepting: every point of the checklist holds.
        expect_rejected: The codes of the reasons for which it has to be turned away; None if it
            has to succeed.
    """

    deed: Deed
    who: str = "creator"
    object: tuple[str, ...] = ()
    fields: Mapping[FieldId, JsonValue] = field(default_factory=dict)
    text: str | None = None
    is_all_ticked: bool = False
    expect_rejected: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Time passes: working time of a calendar, or the plain clock's."""

    length: Duration
    calendar: CalendarName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitFor:
    """Time passes until the schedule of an automation comes, and sets it off."""

    automation: AutomationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What has to be the case now; what is not named may be anything.

    Attributes:
        facts: By name (`phase`, `status`, `fields`, `clocks`, `labels`, …) what is expected.
    """

    facts: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChild:
    """A connected card is like this from now on; it becomes known by being named."""

    connection: FieldId
    key: str
    phase: str | None = None
    status: str = "open"
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


type Step = Act | Wait | WaitFor | Expect | SetChild


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story that has to come out as told, beginning at an instant."""

    name: str
    at: Instant
    steps: tuple[Step, ...]
