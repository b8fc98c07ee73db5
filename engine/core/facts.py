"""What the core has to be told from outside: the questions it asks, and the facts it is handed.

Finding the answers is I/O and belongs to the gateway and to activities; here is what may be asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.core.actors import Actor, Standing
from pipes.files import FileReference
from pipes.identifiers import (
    CalendarName,
    FieldId,
    Instant,
    JsonValue,
    PhaseId,
    TeamId,
    UserId,
)
from pipes.marks import Mark, Schedule
from pipes.quick import quick


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomIn:
    """Is there room in this phase, whose limit is `limit`? Answered by a reservation.

    Where the limit only warns, the place is reserved all the same: the next one is to count it.
    """

    phase: PhaseId
    limit: int
    enforce: Literal["block", "warn"] = "block"
    kind: Literal["room_in"] = "room_in"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class IsUnique:
    """Does no other open card of the pipe have this value? Answered by a reservation.

    `value` is the value's canonical JSON text.
    """

    field: FieldId
    value: str
    kind: Literal["is_unique"] = "is_unique"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineOf:
    """When has this much working time elapsed, counted from the moment of the facts?

    `target` is a duration as authored.
    """

    calendar: CalendarName | None
    target: str
    kind: Literal["deadline_of"] = "deadline_of"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOf:
    """When are the deadline of a clock and the moments of its marks?

    Attributes:
        left: Seconds of working time until the deadline, for a clock that goes on; negative if
            the deadline has passed. None for one that begins at the moment of the facts.
        measured: The spans in which it measured before, for one that is reckoned anew from its
            beginning; `left` follows from them. The last one ends at the moment of the facts.
        quiet: The calendar outside which the marks' moments wait.
    """

    calendar: CalendarName | None
    target: str
    marks: tuple[Mark, ...] = ()
    left: float | None = None
    measured: tuple[Instant, ...] = ()
    quiet: CalendarName | None = None
    kind: Literal["schedule_of"] = "schedule_of"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """How many seconds of working time lie between the moment of the facts and `deadline`?

    They are negative where the deadline has passed.
    """

    calendar: CalendarName | None
    deadline: Instant
    kind: Literal["time_left"] = "time_left"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class OpensAt:
    """When is the calendar's next working time? The moment of the facts itself if it is open."""

    calendar: CalendarName
    kind: Literal["opens_at"] = "opens_at"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOf:
    """Who is this person in the pipe? The answer None means that there is no such person."""

    user: UserId
    kind: Literal["standing_of"] = "standing_of"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenOf:
    """The cards at the other end of a connection, as rules see them.

    `fields` are those of their fields that rules of the pipe look at.
    """

    connection: FieldId
    cards: tuple[str, ...]
    fields: tuple[str, ...] = ()
    kind: Literal["children_of"] = "children_of"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleIn:
    """Who are the people of this team, its leads, or those with this role in the pipe?

    `principal` is `team:…`, `lead:…` or `role:…`.
    """

    principal: str
    kind: Literal["people_in"] = "people_in"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class NextOf:
    """Who of this team is next to be given a card? Answered by a reservation.

    Who is on leave is passed over; the answer None means that nobody is there. `anybody` only
    asks whether somebody is, and reserves nothing.
    """

    team: TeamId
    by: Literal["round_robin", "least_loaded", "anybody"]
    kind: Literal["next_of"] = "next_of"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class TextOf:
    """What does a text of an action say of the card as it is at that version?

    `by` is who set the action off.
    """

    text: str
    version: int
    by: Actor
    kind: Literal["text_of"] = "text_of"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentAmong:
    """Who of these people is not there: on leave, with an account that rests, or gone.

    With a team, who is not in it is not there either.
    """

    people: tuple[UserId, ...]
    team: TeamId | None = None
    kind: Literal["absent_among"] = "absent_among"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class UploaderOf:
    """Who has uploaded this file? A user's id, or an empty text for somebody without an account.

    The answer None means that no such file is kept.
    """

    file: FileReference
    kind: Literal["uploader_of"] = "uploader_of"


type Question = (
    RoomIn
    | IsUnique
    | DeadlineOf
    | ScheduleOf
    | TimeLeft
    | OpensAt
    | StandingOf
    | ChildrenOf
    | PeopleIn
    | NextOf
    | TextOf
    | AbsentAmong
    | UploaderOf
)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The answer to `RoomIn`: whether the limit holds with this card, and how many others count."""

    granted: bool
    cards: int


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The answer to `TextOf`: what it says, or why it cannot be said."""

    text: str
    fault: str | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Answered[Q, A]:
    """A question with its answer."""

    question: Q
    answer: A


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at one moment, gathered for one command.

    Attributes:
        as_of: The moment; events get this time.
        today: The date of that moment where the pipe is at home.
        actor: Who the actor is; None for the engine, automations and people not signed in.
    """

    as_of: Instant
    today: date
    actor: Standing | None = None
    rooms: tuple[Answered[RoomIn, Room], ...] = ()
    unique: tuple[Answered[IsUnique, bool], ...] = ()
    deadlines: tuple[Answered[DeadlineOf, Instant], ...] = ()
    times_left: tuple[Answered[TimeLeft, float], ...] = ()
    people: tuple[Answered[StandingOf, Standing | None], ...] = ()
    children: tuple[Answered[ChildrenOf, tuple[Mapping[str, JsonValue], ...]], ...] = ()
    schedules: tuple[Answered[ScheduleOf, Schedule], ...] = ()
    members: tuple[Answered[PeopleIn, tuple[UserId, ...]], ...] = ()
    next_ones: tuple[Answered[NextOf, UserId | None], ...] = ()
    openings: tuple[Answered[OpensAt, Instant], ...] = ()
    texts: tuple[Answered[TextOf, Wording], ...] = ()
    absent: tuple[Answered[AbsentAmong, tuple[UserId, ...]], ...] = ()
    uploaders: tuple[Answered[UploaderOf, str | None], ...] = ()

    def answered(self) -> frozenset[Question]:
        """The questions to which there are answers."""
        groups = (
            self.rooms,
            self.unique,
            self.deadlines,
            self.times_left,
            self.people,
            self.children,
            self.schedules,
            self.members,
            self.next_ones,
            self.openings,
            self.texts,
            self.absent,
            self.uploaders,
        )
        return frozenset(pair.question for group in groups for pair in group)


class Unanswered(LookupError):
    """A decision needs an answer that the facts do not hold; it has to be asked for again."""

    def __init__(self, question: Question) -> None:
        super().__init__(f"Nobody has answered {question}.")
        self.question = question


def answer[Q: Question, A](pairs: tuple[Answered[Q, A], ...], question: Q) -> A:
    """The answer to a question.

    Raises:
        Unanswered: It is not among the pairs.
    """
    for pair in pairs:
        if pair.question == question:
            return pair.answer
    raise Unanswered(question)
