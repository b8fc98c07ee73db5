"""The world of a scenario: its clock, its people, its connected cards, and the card itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from engine.core.actors import ENGINE, Actor, user
from engine.core.asking import decide_asking
from engine.core.automations import is_for
from engine.core.card import Card
from engine.core.commands import Cause, Command, CommandKey, LookAgain, Wish
from engine.core.due import due
from engine.core.effects import (
    EffectOrder,
    RunAutomations,
    RunOrder,
    TellPeople,
    effects,
    run_orders,
)
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
from engine.core.notices import Notice
from engine.core.reasons import Rejection
from engine.reckoning import Calendars, home_of, next_coming, reckon
from engine.scenarios.automatic import TooMuchHappens, a_child, run_automation
from engine.scenarios.cast import Cast
from engine.templates import worded
from pipes.calendars import deadline
from pipes.definition import Automation
from pipes.fields.field import ConnectionOptions
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, Instant, JsonValue, UserId
from pipes.quick import replace
from pipes.scenarios import SetChild, Wait

MOST_COMMANDS = 5_000


@dataclass(slots=True, kw_only=True)
class World:
    """A card and all that it knows of, at a virtual moment.

    There is room in every phase, every value is free, and nobody is away; who is given a card by
    turns or by load is the member of the team.

    Attributes:
        told: Who has been told something since the last look.
        mailed: Who has been written to by e-mail since then: addresses, and principals.
        unnamed: The keys of connected cards that automations have created, as made up meanwhile.
    """

    pipe: CompiledPipe
    calendars: Calendars
    cast: Cast
    now: Instant
    card: Card | None = None
    children: dict[FieldId, dict[str, Mapping[str, JsonValue]]] = field(default_factory=dict)
    told: list[Notice] = field(default_factory=list)
    mailed: list[str] = field(default_factory=list)
    unnamed: set[str] = field(default_factory=set)
    commands: int = 0

    def tries(self, who: str | Actor, wish: Wish) -> Rejection | None:
        """Somebody wants something: it happens, or is rejected."""
        return self.decides(who, wish)[0]

    def waits(self, step: Wait) -> None:
        """Time passes, and what is due by itself happens at its instant."""
        calendar = None if step.calendar is None else self.calendars[step.calendar]
        self._passes(deadline(calendar, self.now, step.length))

    def waits_for(self, automation: Automation) -> None:
        """Time passes until the automation's schedule comes: it runs, if it is for the card."""
        if automation.on.cron is None:
            return
        self._passes(next_coming(automation.on.cron, automation.on.timezone, self.now))
        if self.card is None or not is_for(self.pipe, automation, self.card, self.now):
            return
        identity = self.card.identity
        effect = RunAutomations(
            automations=(automation.id,), card_key=identity.key, event="schedule", by=ENGINE
        )
        order = EffectOrder(card=identity.id, sequence=0, position=0, effect=effect)
        for run in run_orders(order, effect):
            run_automation(self, run)

    def _passes(self, until: Instant) -> None:
        while self.card is not None:
            coming = due(self.pipe, self.card)
            if coming is None or coming.at > until:
                break
            self.now = max(self.now, coming.at)
            _, happened = self.decides(ENGINE, coming.wish)
            if not happened:  # What is refused now is refused until something changes.
                break
        self.now = until

    def sets_child(self, step: SetChild) -> None:
        """A connected card is like this from now on; the card knows it, and looks again.

        A key that is new names a card that an automation has created, if there is one without name.
        """
        group = self.children.setdefault(step.connection, {})
        unnamed = [key for key in group if key in self.unnamed]
        if step.key not in group and unnamed:
            self.unnamed.discard(unnamed[0])
            del group[unnamed[0]]
        group[step.key] = {
            **self._child(step.connection, step.key),
            "phase": step.phase,
            "status": step.status,
            "fields": step.fields,
        }
        if self.card is not None:
            values = {**self.card.values, step.connection: list(group)}
            self.card = replace(self.card, values=values)
            self.decides(ENGINE, LookAgain())

    def _child(self, connection: FieldId, key: str) -> Mapping[str, JsonValue]:
        """A connected card of which the scenario has said nothing yet."""
        options = self.pipe.definition.fields[connection].options
        pipe = options.pipe if isinstance(options, ConnectionOptions) else ""
        return a_child(key, pipe)

    def decides(
        self, who: str | Actor, wish: Wish, chain: tuple[Cause, ...] = ()
    ) -> tuple[Rejection | None, bool]:
        """A command is decided; what automations make of it follows. Whether anything happened."""
        self.commands += 1
        if self.commands > MOST_COMMANDS:
            raise TooMuchHappens(f"More than {MOST_COMMANDS} things happen.")
        actor = user(self.cast.user(who)) if isinstance(who, str) else who
        key = CommandKey(f"k{self.commands}")
        command = Command(key=key, actor=actor, wish=wish, chain=chain)
        outcome = decide_asking(
            self.pipe, self.card, command, lambda asked: self.facts(command.person, asked)
        )
        if isinstance(outcome, Rejection):
            return outcome, False
        orders: list[RunOrder] = []
        for event in outcome:
            before, self.card = self.card, evolve(self.card, event)
            for order in effects(self.pipe, before, event, self.card):
                match order.effect:
                    case TellPeople(notices=told):
                        self.told += told
                    case RunAutomations() as effect:
                        orders += run_orders(order, effect)
                    case _:
                        continue
        for run in orders:
            run_automation(self, run)
        return None, bool(outcome)

    def facts(self, actor: Actor, asked: Iterable[Question]) -> Facts:
        """An answer to each question, at this moment."""
        asked = tuple(asked)
        times = reckon(self.calendars, asked, self.now)
        today = self.now.astimezone(home_of(self.pipe.definition, self.calendars)).date()
        who = self.cast.standing(UserId(actor.id)) if actor.kind == "user" else None
        known = Facts(
            as_of=self.now,
            today=today,
            actor=who,
            deadlines=times.deadlines,
            times_left=times.times_left,
            schedules=times.schedules,
            openings=times.openings,
            rooms=_to(asked, RoomIn, lambda _: Room(granted=True, cards=0)),
            unique=_to(asked, IsUnique, lambda _: True),
            uploaders=_to(asked, UploaderOf, lambda _: "" if who is None else who.user),
            people=_to(asked, StandingOf, lambda of: self.cast.standing(of.user)),
            members=_to(asked, PeopleIn, lambda of: self.cast.members(of.principal)),
            next_ones=_to(asked, NextOf, lambda of: self.cast.next_of(of.team)),
            absent=_to(asked, AbsentAmong, lambda _: ()),
            children=_to(asked, ChildrenOf, self._children),
        )
        if self.card is None:
            return known
        said = worded(self.pipe.definition, self.card, asked, address="", names={}, today=today)
        return replace(known, texts=said)

    def _children(self, asked: ChildrenOf) -> tuple[Mapping[str, JsonValue], ...]:
        known = self.children.get(asked.connection, {})
        return tuple(known.get(each) or self._child(asked.connection, each) for each in asked.cards)


def _to[Q: Question, A](
    asked: Iterable[Question], kind: type[Q], answer: Callable[[Q], A]
) -> tuple[Answered[Q, A], ...]:
    """The answers to those of the questions that are of a kind."""
    return tuple(
        [Answered(question=each, answer=answer(each)) for each in asked if isinstance(each, kind)]
    )
