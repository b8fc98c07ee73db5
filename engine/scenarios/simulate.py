"""Many cards played through a pipe by people who do what they may, on a virtual clock.

It says how a process behaves before anybody has to live with it: what ends how, how long cards
stay where, which clocks run out, and what holds cards up. What people write is mostly taken from
the definition's own scenarios, and else made up.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from statistics import median

from engine.core.acceptance import reasons_against_accepting
from engine.core.actors import ENGINE, Actor, Standing, user
from engine.core.approvals import questions_deciding, round_of
from engine.core.card import Card
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    CreateCard,
    EditCard,
    MoveCard,
    RejectRequest,
    Wish,
)
from engine.core.explain import Possibility, possibilities, questions_explain, upcoming
from engine.core.explain_waiting import AwaitedRequest, explain_request
from engine.core.facts import Facts
from engine.core.gates import reasons_against_taking
from engine.core.reasons import ReasonCode, Rejection
from engine.core.rights import may
from engine.core.stages import decides_for
from engine.reckoning import Calendars
from engine.scenarios.cast import cast_of
from engine.scenarios.plausible import plausible
from engine.scenarios.world import World
from pipes.definition import Transition
from pipes.durations import Duration
from pipes.forms import START, CompiledPipe
from pipes.identifiers import FieldId, Instant, JsonValue, PhaseId
from pipes.quick import replace
from pipes.scenarios import Act, Scenario, Wait

# How long people take before they do the next thing to a card, in hours: most often less than one
# working day, sometimes weeks.
_PAUSES = (1, 2, 4, 8, 8, 24, 24, 48, 72, 120, 240)
_MOSTLY = 0.85
_RARELY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of one simulated card.

    Attributes:
        hours: How long it stood in each phase, by the plain clock.
        breached: The clocks that ran out.
        held_up: The reasons for which a step that somebody wanted was not possible.
        stuck: Whether nobody could move it at the end, though it is open.
    """

    status: str
    phase: PhaseId
    steps: int
    hours: Mapping[PhaseId, float]
    breached: tuple[str, ...]
    held_up: Mapping[str, int]
    stuck: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of all of them.

    Attributes:
        hours: For each phase the median and the 90th percentile of the stays, and how many.
    """

    cards: int
    ended: Mapping[str, int]
    hours: Mapping[PhaseId, tuple[float, float, int]]
    breached: Mapping[str, int]
    held_up: Mapping[str, int]
    stuck: int


def simulate(
    pipe: CompiledPipe, calendars: Calendars, *, cards: int, steps: int, at: Instant, seed: int
) -> Summary:
    """Plays so many cards, each for at most so many steps."""
    courses = [
        play_card(pipe, calendars, steps=steps, at=at, chance=Random(f"{seed}/{number}"))  # noqa: S311 -- nothing secret is drawn
        for number in range(cards)
    ]
    return summarize(courses)


def summarize(courses: Sequence[Course]) -> Summary:
    """What the courses have in common."""
    stays: dict[PhaseId, list[float]] = {}
    for course in courses:
        for phase, hours in course.hours.items():
            stays.setdefault(phase, []).append(hours)
    return Summary(
        cards=len(courses),
        ended=Counter(f"{course.status} in {course.phase}" for course in courses),
        hours={
            phase: (median(found), sorted(found)[int(len(found) * 0.9)], len(found))
            for phase, found in stays.items()
        },
        breached=Counter(clock for course in courses for clock in course.breached),
        held_up=sum((Counter(course.held_up) for course in courses), Counter[str]()),
        stuck=sum(course.stuck for course in courses),
    )


def play_card(
    pipe: CompiledPipe, calendars: Calendars, *, steps: int, at: Instant, chance: Random
) -> Course:
    """Plays one card: somebody who may does something, time passes, and so on."""
    scenario = Scenario(name="", at=at, steps=())
    world = World(pipe=pipe, calendars=calendars, cast=cast_of(pipe.definition, scenario), now=at)
    player = _Player(world=world, chance=chance, examples=_examples(pipe))
    player.create()
    for _ in range(steps):
        if world.card is None or world.card.life.status != "open":
            break
        world.waits(Wait(length=Duration(hours=chance.choice(_PAUSES))))
        player.act()
    return player.course()


def _examples(pipe: CompiledPipe) -> Mapping[FieldId, Sequence[JsonValue]]:
    """The values that the definition's own scenarios give to fields: what people would write."""
    found: dict[FieldId, list[JsonValue]] = {}
    for scenario in pipe.definition.scenarios:
        for step in scenario.steps:
            if isinstance(step, Act):
                for name, value in step.fields.items():
                    if value is not None and name in pipe.definition.fields:
                        found.setdefault(name, []).append(value)
    return found


@dataclass(slots=True, kw_only=True)
class _Player:
    """Everybody who works on one card; `known` is what there is to know of it at this moment."""

    world: World
    chance: Random
    examples: Mapping[FieldId, Sequence[JsonValue]]
    steps: int = 0
    held_up: Counter[str] = field(default_factory=Counter)
    hours: dict[PhaseId, float] = field(default_factory=dict)
    known: tuple[Card, Facts] | None = None

    def create(self) -> None:
        form = self.world.pipe.form(START)
        values = self._values(form.listed)
        wish = CreateCard(
            card="simulated", number=1, definition_version=1, definition_hash="", values=values
        )
        self._tries("creator", wish) or self._tries("admin", wish)

    def act(self) -> None:
        """Somebody does what is next: decides, accepts, fills in, or moves the card on."""
        card = self.world.card
        if card is None or card.life.status != "open":
            return
        if card.pending is not None:
            self._decide(card)
        elif card.handoff is not None:
            self._accept(card)
        else:
            self._move(card)

    def course(self) -> Course:
        """What became of the card."""
        card = self.world.card
        if card is None:
            return Course(
                status="never created",
                phase=self.world.pipe.definition.start.phase,
                steps=self.steps,
                hours={},
                breached=(),
                held_up=self.held_up,
                stuck=True,
            )
        return Course(
            status=card.life.status,
            phase=card.stay.phase,
            steps=self.steps,
            hours=self.hours,
            breached=tuple(clock.id for clock in card.clocks.values() if clock.is_breached),
            held_up=self.held_up,
            stuck=card.life.status == "open" and not self._can_go_on(card),
        )

    # --- what people do ------------------------------------------------------------------------

    def _decide(self, card: Card) -> None:
        """One of those who may decide does; whom to ask is known without asking everybody."""
        says_yes = self.chance.random() < _MOSTLY
        wish: Wish = ApproveRequest() if says_yes else RejectRequest(comment="Not yet.")
        facts = self.world.facts(ENGINE, questions_deciding(self.world.pipe, card))
        now = round_of(self.world.pipe.definition, card, facts)
        if now is None:
            return
        for who in self._people():
            standing = self._standing(who)
            if decides_for(standing, now.state, now.request) and self._tries(who, wish):
                return

    def _accept(self, card: Card) -> None:
        rule = self.world.pipe.definition.phase(card.stay.phase).handoff
        wish = AcceptHandoff(checked=() if rule is None else rule.checklist)
        for who in self._people():
            if self._may_accept(who, card):
                self._tries(who, wish)
                return

    def _move(self, card: Card) -> None:
        """Somebody fills in the form; then somebody takes a way that they may take."""
        self._fill_in(card)
        card = self.world.card or card
        gives_up = self.chance.random() < _RARELY
        ways = [
            way
            for way in self.world.pipe.definition.transitions_from[card.stay.phase]
            if gives_up or not self._ends_early(way)
        ]
        for who in self._people():
            mine = [way for way in ways if self._may_take(who, card, way)]
            if self.chance.random() >= _MOSTLY:
                self.chance.shuffle(mine)
            for way in mine:
                comment = None if way.comment == "none" else "Done."
                if self._tries(who, MoveCard(transition=way.id, comment=comment)):
                    return
                ways.remove(way)  # What stands against it does so for others, too.

    def _fill_in(self, card: Card) -> None:
        form = self.world.pipe.form(card.stay.phase)
        values = self._values(form.listed)
        who = next(filter(self._may_edit, self._people()), "admin")
        if not self._tries(who, EditCard(values=values)):
            for name, value in values.items():  # What cannot be changed must not hold up the rest.
                self._tries("admin", EditCard(values={name: value}))

    def _ends_early(self, way: Transition) -> bool:
        return self.world.pipe.definition.phase(way.target).final == "cancelled"

    def _can_go_on(self, card: Card) -> bool:
        """Whether anybody may do anything that moves the card, or it will move by itself."""
        return (
            card.life.hold is not None
            or bool(upcoming(self.world.pipe, card))
            or any(self._may_go_on(who, card) for who in self.world.cast.people)
        )

    def _may_go_on(self, who: str, card: Card) -> bool:
        request = self._request(who)
        if request is not None and (request.names or request.may_withdraw):
            return True
        return self._may_accept(who, card) or any(
            all(reason.code != ReasonCode.NOT_ALLOWED for reason in way.reasons)
            for way in self._ways(who)
        )

    # --- how they do it ------------------------------------------------------------------------

    def _tries(self, who: str, wish: Wish) -> bool:
        before = self.world.card
        rejection = self.world.tries(who, wish)
        self.steps += 1
        if rejection is not None and isinstance(wish, MoveCard):
            self._note(rejection)
        after = self.world.card
        if before is not None and after is not None and after.stay.visit != before.stay.visit:
            stayed = (self.world.now - before.stay.entered_at) / timedelta(hours=1)
            phase = before.stay.phase
            self.hours[phase] = self.hours.get(phase, 0.0) + stayed
        return rejection is None

    def _note(self, rejection: Rejection) -> None:
        codes = (reason.code for reason in rejection.reasons)
        self.held_up.update(str(code) for code in codes if code != ReasonCode.NOT_ALLOWED)

    def _people(self) -> Iterator[str]:
        """Everybody, in an order of chance; who is not asked for is not drawn."""
        people = sorted(self.world.cast.people)
        while people:
            yield people.pop(self.chance.randrange(len(people)))

    def _values(self, names: Iterable[FieldId]) -> dict[FieldId, JsonValue]:
        fields = self.world.pipe.definition.fields
        today = self.world.now.date()
        found: dict[FieldId, JsonValue] = {}
        for name in sorted(names):
            examples = self.examples.get(name, ())
            told = bool(examples) and self.chance.random() < _MOSTLY
            found[name] = (
                self.chance.choice(examples)
                if told
                else plausible(fields[name], today, self.chance, self.world.pipe.checks[name])
            )
        return {name: value for name, value in found.items() if value is not None}

    # --- what they may do ----------------------------------------------------------------------

    def _may_edit(self, who: str) -> bool:
        return may("edit", self._actor(who), self._standing(who), self.world.card)

    def _may_take(self, who: str, card: Card, way: Transition) -> bool:
        definition, actor = self.world.pipe.definition, self._actor(who)
        return not any(reasons_against_taking(definition, card, way, actor, self._standing(who)))

    def _may_accept(self, who: str, card: Card) -> bool:
        now = self.world.now
        known = Facts(as_of=now, today=now.date(), actor=self._standing(who))
        return not reasons_against_accepting(self.world.pipe.definition, card, known)

    def _ways(self, who: str) -> tuple[Possibility, ...]:
        card, facts = self._seen(who)
        return possibilities(self.world.pipe, card, self._actor(who), facts)

    def _request(self, who: str) -> AwaitedRequest | None:
        card, facts = self._seen(who)
        return explain_request(self.world.pipe, card, self._actor(who), facts)

    def _actor(self, who: str) -> Actor:
        return user(self.world.cast.user(who))

    def _standing(self, who: str) -> Standing:
        return self.world.cast.standing(self.world.cast.user(who))

    def _seen(self, who: str) -> tuple[Card, Facts]:
        """The card and what is known to somebody; only who asks differs from one to the next."""
        card, at = self.world.card, self.world.now
        if card is None:
            raise ValueError("There is no card.")
        if self.known is None or self.known[0] is not card or self.known[1].as_of != at:
            asked = questions_explain(self.world.pipe, card)
            self.known = card, self.world.facts(ENGINE, asked)
        return card, replace(self.known[1], actor=self._standing(who))
