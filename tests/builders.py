"""Builders with good defaults: pipes, people, cards, facts, and a card's life as tests tell it.

A test says what it is about and leaves the rest to these. The clock is always handed in; days are
of 24 hours, as no calendar is reckoned with here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self

from engine.core.actors import ENGINE, Actor, Standing, user
from engine.core.asking import decide_asking
from engine.core.card import Card, Hold, Identity, Life, Pin, Stay, Work
from engine.core.commands import Command, CommandKey, CreateCard, Wish
from engine.core.due import due
from engine.core.events import Event, Occurrence
from engine.core.evolve import evolve
from engine.core.facts import (
    AbsentAmong,
    Answered,
    ChildrenOf,
    Facts,
    IsUnique,
    NextOf,
    PeopleIn,
    Question,
    Room,
    RoomIn,
    StandingOf,
    UploaderOf,
)
from engine.core.reasons import ReasonCode, Rejection
from engine.core.rights import addresses
from engine.reckoning import reckon
from engine.templates import worded
from pipes.building import calendars_from_document, definition_from_document
from pipes.calendars import Calendar, make_calendar
from pipes.definition import CalendarDefinition, Weekday
from pipes.durations import parse_duration
from pipes.forms import CompiledPipe
from pipes.identifiers import (
    CalendarName,
    FieldId,
    Instant,
    JsonValue,
    PhaseId,
    PipeId,
    RoleName,
    TeamId,
    UserId,
)
from pipes.principals import Principal

type Part = dict[str, Any]

_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
PUBLIC = Actor(kind="public", id="")
AUTOMATION = Actor(kind="automation", id="kickoff")

# --- pipes ----------------------------------------------------------------------------------------


def a_field(kind: str, label: str, **options: Any) -> Part:
    return {"type": kind, "label": label, **options}


def a_phase(name: str, **parts: Any) -> Part:
    return {"id": name, "name": name.capitalize(), **parts}


def a_way(name: str, source: str | list[str], target: str, **parts: Any) -> Part:
    return {"id": name, "from": source, "to": target, "label": name.capitalize(), **parts}


def a_document(**parts: Any) -> Part:
    """Concept → design → done, with a way back and one out; each part can be given instead."""
    return {
        "id": "features",
        "name": "Features",
        "card": {"noun": "Feature", "key": "FEAT", "title": "name"},
        "teams": {"product": "Product", "design": "Design"},
        "fields": {
            "name": a_field("short_text", "Name", max_length=40),
            "problem": a_field("long_text", "Problem"),
            "effort": a_field("number", "Effort", minimum=0),
            "owner": a_field("user", "Owner"),
        },
        "start": {"phase": "concept", "form": ["name", "problem", "owner"]},
        "phases": [
            a_phase("concept", form=["name", "problem", "effort", "owner"]),
            a_phase("design", form=["effort"]),
            a_phase("done", final="done"),
            a_phase("rejected", final="cancelled"),
        ],
        "transitions": [
            a_way("to-design", "concept", "design"),
            a_way("finish", "design", "done"),
            a_way("back", "design", "concept"),
            a_way("reject", "*", "rejected"),
        ],
        **parts,
    }


def a_pipe(**parts: Any) -> CompiledPipe:
    """The pipe of that document, ready to decide by."""
    return CompiledPipe(definition=definition_from_document(a_document(**parts)))


def a_pipe_with_way(**parts: Any) -> CompiledPipe:
    """Concept → design → done, where the way from concept to design has these parts."""
    return a_pipe(
        transitions=[
            a_way("to-design", "concept", "design", **parts),
            a_way("finish", "design", "done"),
        ]
    )


# --- people ---------------------------------------------------------------------------------------


def a_person(name: str, **parts: Any) -> Standing:
    """A member of the pipe, unless the parts say otherwise."""
    given = {"installation_role": "member", "pipe_role": "member", **parts}
    return Standing(user=UserId(name), **given)


PEOPLE: Mapping[str, Standing] = {
    person.user: person
    for person in (
        a_person("ana", pipe_role="admin"),
        a_person("bo", teams=frozenset([TeamId("product")])),
        a_person("cy", teams=frozenset([TeamId("design")]), leads=frozenset([TeamId("design")])),
        a_person("dee", roles=frozenset([RoleName("director")])),
        a_person("rae", pipe_role="requester"),
        a_person("val", pipe_role="viewer"),
        a_person("gus", installation_role="guest", pipe_role=None),
        a_person("out", pipe_role=None),
        a_person("ora", installation_role="owner", pipe_role=None),
    )
}

# --- cards ----------------------------------------------------------------------------------------


def a_card(
    phase: str = "concept",
    *,
    values: Mapping[str, JsonValue] | None = None,
    creator: str = "bo",
    assignees: Iterable[str] = (),
    life: Life | None = None,
    version: int = 1,
) -> Card:
    """An open card of the pipe that `a_pipe` makes."""
    given = {FieldId(name): value for name, value in (values or {}).items()}
    return Card(
        version=version,
        updated_at=MONDAY,
        identity=Identity(
            id="c1", key="FEAT-1", pipe=PipeId("features"), creator=user(creator), created_at=MONDAY
        ),
        pin=Pin(version=1, hash="h"),
        stay=Stay(phase=PhaseId(phase), entered_at=MONDAY),
        life=life or Life(),
        work=Work(title="Feature FEAT-1", assignees=tuple(UserId(each) for each in assignees)),
        values=given,
    )


def held(card: Card, *, by: str = "ana", reason: str = "Waiting for legal") -> Card:
    hold = Hold(since=card.updated_at, by=user(by), reason=reason)
    return replace(card, life=replace(card.life, hold=hold))


# --- a life ---------------------------------------------------------------------------------------


class _PlainClock(dict[CalendarName, Calendar]):
    """Every calendar counts every second."""

    def __missing__(self, name: CalendarName) -> Calendar:
        plain = CalendarDefinition(timezone="UTC", hours=dict.fromkeys(_DAYS, ("00:00-24:00",)))
        return self.setdefault(name, make_calendar(plain))


@dataclass(slots=True, kw_only=True)
class Course:
    """The course of a card's life, command by command, in a world that the test arranges.

    Attributes:
        full: The phases that have no room.
        taken: The values that other cards have, as the core writes them.
        uploaders: Who has uploaded which file, where that is not whoever names it.
        children: The cards at the other ends of connections, by their ids.
        away: The people who are on leave.
        calendars: The calendars that count, as documents; all others count every second.
    """

    pipe: CompiledPipe
    card: Card | None = None
    now: Instant = MONDAY
    people: Mapping[str, Standing] = field(default_factory=lambda: PEOPLE)
    full: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    uploaders: dict[str, str | None] = field(default_factory=dict)
    children: dict[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    calendars: Mapping[str, Part] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    keys: Iterable[int] = field(default_factory=count)

    @property
    def it(self) -> Card:
        assert self.card is not None
        return self.card

    @property
    def phase(self) -> str:
        return self.it.stay.phase

    def waits(self, **length: float) -> Self:
        """Time passes, and nothing is done about it."""
        self.now += timedelta(**length)
        return self

    def passes(self, **length: float) -> Self:
        """Time passes, and what the card does by itself meanwhile is done when it is due."""
        return self.until(self.now + timedelta(**length))

    def until(self, moment: Instant) -> Self:
        """Time passes until that moment, and what the card does by itself is done when due."""
        for _ in range(100):
            coming = due(self.pipe, self.it)
            if coming is None or coming.at > moment:
                break
            self.now = max(self.now, coming.at)
            assert self.tries(ENGINE, coming.wish), f"nothing came of {coming}"
        self.now = moment
        return self

    def command(self, who: str | Actor, wish: Wish, seen: int | None = None) -> Command:
        actor = user(who) if isinstance(who, str) else who
        key = CommandKey(f"k{next(iter(self.keys))}")
        return Command(key=key, actor=actor, wish=wish, seen_version=seen)

    def tries(
        self,
        who: str | Actor,
        wish: Wish,
        seen: int | None = None,
        target: CompiledPipe | None = None,
    ) -> tuple[Event, ...] | Rejection:
        """Sends a command. What is accepted becomes true."""
        command = self.command(who, wish, seen)
        outcome = decide_asking(
            self.pipe,
            self.card,
            command,
            lambda asked: self.facts(command.person, asked),
            target,
        )
        if not isinstance(outcome, Rejection):
            for event in outcome:
                self.card = evolve(self.card, event)
            self.history += outcome
            if target is not None and outcome:
                self.pipe = target
        return outcome

    def does(self, who: str | Actor, wish: Wish) -> tuple[Occurrence, ...]:
        """Sends a command that is accepted: what happened."""
        outcome = self.tries(who, wish)
        assert not isinstance(outcome, Rejection), outcome.reasons
        return tuple(event.body for event in outcome)

    def creates(self, who: str | Actor = "bo", **values: JsonValue) -> Self:
        given = {FieldId(name): value for name, value in values.items()}
        self.does(who, replace(creation(), values=given))
        return self

    def facts(self, actor: Actor, asked: Iterable[Question]) -> Facts:
        """An honest answer to each question."""
        plain = _PlainClock(
            {
                CalendarName(name): make_calendar(
                    calendars_from_document({"calendars": {name: each}})[CalendarName(name)]
                )
                for name, each in self.calendars.items()
            }
        )
        times = reckon(plain, asked := tuple(asked), self.now)
        facts = Facts(
            as_of=self.now,
            today=self.now.date(),
            actor=self.people.get(actor.id) if actor.kind == "user" else None,
            deadlines=times.deadlines,
            times_left=times.times_left,
            schedules=times.schedules,
            openings=times.openings,
        )
        if self.card is not None:
            told = worded(
                self.pipe.definition, self.card, asked, address="", names={}, today=facts.today
            )
            facts = replace(facts, texts=told)
        for question in asked:
            match question:
                case RoomIn(phase=phase, limit=limit):
                    room = Room(granted=phase not in self.full, cards=limit)
                    rooms = (*facts.rooms, Answered(question=question, answer=room))
                    facts = replace(facts, rooms=rooms)
                case IsUnique(value=value):
                    free = Answered(question=question, answer=value not in self.taken)
                    facts = replace(facts, unique=(*facts.unique, free))
                case UploaderOf(file=file):
                    whoever = self.uploaders.get(file.id, actor.id)
                    uploaded = Answered(question=question, answer=whoever)
                    facts = replace(facts, uploaders=(*facts.uploaders, uploaded))
                case StandingOf(user=name):
                    person = Answered(question=question, answer=self.people.get(name))
                    facts = replace(facts, people=(*facts.people, person))
                case ChildrenOf(cards=cards):
                    seen = tuple(self.children[each] for each in cards if each in self.children)
                    group = Answered(question=question, answer=seen)
                    facts = replace(facts, children=(*facts.children, group))
                case PeopleIn(principal=principal):
                    known = Answered(question=question, answer=self.members(principal))
                    facts = replace(facts, members=(*facts.members, known))
                case AbsentAmong(people=named, team=team):
                    gone = Answered(question=question, answer=self.absent(named, team))
                    facts = replace(facts, absent=(*facts.absent, gone))
                case NextOf(team=team):
                    there = [one for one in self.members(f"team:{team}") if one not in self.away]
                    picked = Answered(question=question, answer=there[0] if there else None)
                    facts = replace(facts, next_ones=(*facts.next_ones, picked))
        return facts

    def absent(self, named: Iterable[UserId], team: TeamId | None) -> tuple[UserId, ...]:
        """Those of the people who are on leave, unknown, or not of the team."""
        there = [one for one in named if one in self.people and one not in self.away]
        if team is not None:
            there = [one for one in there if team in self.people[one].teams]
        return tuple(one for one in named if one not in there)

    def members(self, principal: str) -> tuple[UserId, ...]:
        """The people of a team, its leads, or those with a role."""
        kind, _, name = principal.partition(":")
        named = Principal("team" if kind == "team" else "lead" if kind == "lead" else "role", name)
        return tuple(
            sorted(
                standing.user
                for standing in self.people.values()
                if addresses(named, standing, None)
            )
        )


def a_life(pipe: CompiledPipe | None = None, card: Card | None = None, **parts: Any) -> Course:
    """A life that begins with this card, or before there is one."""
    return Course(pipe=pipe or a_pipe(), card=card, **parts)


def creation(number: int = 1, **values: JsonValue) -> CreateCard:
    """The wish for a card with these values."""
    given = {FieldId(name): value for name, value in values.items()}
    return CreateCard(
        card="c1", number=number, definition_version=1, definition_hash="h", values=given
    )


def length(text: str) -> timedelta:
    """A duration on the plain clock."""
    duration = parse_duration(text)
    return timedelta(days=duration.days, seconds=duration.clock_seconds)


def codes(outcome: tuple[Event, ...] | Rejection) -> list[ReasonCode]:
    """Why a command was turned away; nothing where it was accepted."""
    return [reason.code for reason in outcome.reasons] if isinstance(outcome, Rejection) else []


def kinds(happened: Iterable[Occurrence]) -> list[str]:
    """What happened, by the events' names."""
    return [each.kind for each in happened]
