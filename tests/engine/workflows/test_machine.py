"""People, time and failures in any order: the real workflow against the pure decisions.

The model is the core itself, told the same things at the same moments and never failing. What the
workflow adds (updates, timers, new runs, recording, healing) must change nothing of it.
"""

import asyncio
import uuid
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from engine.core.actors import ENGINE, Actor, Standing
from engine.core.card import Card
from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    CancelCard,
    ClaimCard,
    CreateCard,
    EditCard,
    HoldCard,
    LookAgain,
    MoveCard,
    OfferHandoff,
    RecomputeClocks,
    RejectRequest,
    ReopenCard,
    ResumeCard,
    ReturnHandoff,
    Wish,
    WithdrawRequest,
)
from engine.core.due import due
from engine.core.evolve import evolve
from engine.core.reasons import ReasonCode, Rejection
from engine.gateway import Accepted, Outcome, Rejected
from engine.store import leaves, people
from engine.workflows.messages import Limits
from pipes.building import definition_from_document
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, Instant, PipeId, RoleName, TeamId, TransitionId, UserId
from tests.builders import Course, a_person
from tests.engine.months import Months, months
from tests.engine.running import Died
from tests.engine.workflows.features import FEATURES, TEAMS, staff
from tests.servers.temporal import time_skipping_environment

HOUR = timedelta(hours=1)
# Nothing is sent while a moment of the card is so near that either side might come first.
CLEAR = timedelta(seconds=15)
# So much real time may lie between an instant and what the workflow did about it.
DRIFT = timedelta(minutes=2)
_PATIENCE = 12.0

EVERYBODY = ("ana", "bo", "cy", "dee", "p1", "p2")
WHO = st.sampled_from(EVERYBODY)
OF_PRODUCT = st.sampled_from(("bo", "p1", "p2", "dee"))
TEXTS = st.sampled_from(("", "Lost notes", "Slow start"))


def move(way: str) -> MoveCard:
    return MoveCard(transition=TransitionId(way))


def edited(**values: Any) -> EditCard:
    return EditCard(values={FieldId(name): value for name, value in values.items()})


WISHES: st.SearchStrategy[Wish] = st.one_of(
    st.sampled_from(
        [
            move("to-design"),
            ApproveRequest(),
            AcceptHandoff(),
            move("back"),
            move("finish"),
            ClaimCard(),
            ResumeCard(),
            WithdrawRequest(),
        ]
    ),
    st.builds(edited, problem=TEXTS),
    st.builds(edited, waiting=st.booleans()),
    st.builds(RejectRequest, comment=TEXTS),
    st.builds(ReturnHandoff, reason=TEXTS),
    st.builds(HoldCard, reason=TEXTS),
    st.builds(CancelCard, reason=st.just("Enough")),
    st.builds(ReopenCard, reason=TEXTS),
    st.builds(AddComment, text=TEXTS),
    st.builds(RecomputeClocks, reason=TEXTS),
    st.builds(AssignCard, assignees=st.tuples(OF_PRODUCT.map(UserId))),
)


class World:
    """The real thing, shared by all examples; each has a card of its own."""

    def __init__(self, runner: asyncio.Runner, months: Months, pipe: PipeId) -> None:
        self.runner = runner
        self.months = months
        self.pipe = pipe
        self._working = AsyncExitStack()

    def wait_for[T](self, work: Awaitable[T]) -> T:
        async def waits() -> T:
            async with asyncio.timeout(_PATIENCE):
                return await work

        return self.runner.run(waits())

    async def new_worker(self) -> None:
        await self._working.aclose()
        self._working = AsyncExitStack()
        await self._working.enter_async_context(self.months.engine.forgetful_worker())

    async def end(self) -> None:
        await self._working.aclose()

    async def join(self, team: str, person: str, *, lead: bool) -> None:
        async with self.months.engine.database.writing() as connection:
            await people.set_member(connection, team, person, lead=lead)

    async def leave_team(self, team: str, person: str) -> None:
        async with self.months.engine.database.writing() as connection:
            await people.remove_member(connection, team, person)

    async def go_away(self, leave: leaves.Leave) -> None:
        async with self.months.engine.database.writing() as connection:
            await leaves.set_leave(connection, leave)

    async def come_back(self, leave: leaves.Leave) -> None:
        async with self.months.engine.database.writing() as connection:
            await leaves.end_leave(connection, leave.user, leave.begins_at)


class CardAndWorkflow(RuleBasedStateMachine):
    """One card, really and as the model has it."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.teams = {team: dict(members) for team, members in TEAMS.items()}
        self.leaves: dict[str, leaves.Leave] = {}
        self.life = Course(pipe=CompiledPipe(definition_from_document(FEATURES)))
        self.life.calendars = FEATURES["calendars"]
        self.sent: list[tuple[str, str, Wish, int | None, Outcome]] = []

    # --- what happens ----------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for team, members in self.teams.items():
            for person, lead in members.items():
                self.world.wait_for(self.world.join(team, person, lead=lead))
        self.arrange()
        self.card = self.world.wait_for(
            self.world.months.create(self.world.pipe, "ana", name="Offline mode")
        )
        self.life.now = self.card.identity.created_at
        self.life.does("ana", self.creation())

    @rule(who=WHO, wish=WISHES)
    def somebody_wants_something(self, who: str, wish: Wish) -> None:
        self.wants(who, wish)

    @rule(person=OF_PRODUCT)
    def a_peer_approves(self, person: str) -> None:
        self.wants(person, ApproveRequest())

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.passes(hours * HOUR)

    @rule(person=st.sampled_from(("p1", "p2", "cy")))
    def somebody_joins_or_leaves_a_team(self, person: str) -> None:
        team = "design" if person == "cy" else "product"
        members = self.teams[team]
        if person in members:
            del members[person]
            self.world.wait_for(self.world.leave_team(team, person))
        else:
            members[person] = person == "cy"
            self.world.wait_for(self.world.join(team, person, lead=person == "cy"))
        self.looks_again()

    @rule(person=st.sampled_from(("bo", "cy")), delegate=st.sampled_from(("p1", "dee")))
    def somebody_goes_away_or_comes_back(self, person: str, delegate: str) -> None:
        leave = self.leaves.pop(person, None)
        if leave is not None:
            self.world.wait_for(self.world.come_back(leave))
            self.looks_again()
            return
        now = self.world.months.now
        leave = leaves.Leave(
            user=person,
            begins_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=9000),
            delegate=delegate,
        )
        self.leaves[person] = leave
        self.world.wait_for(self.world.go_away(leave))
        self.looks_again()

    # --- what fails ------------------------------------------------------------------------------

    @rule()
    def the_worker_is_restarted(self) -> None:
        self.world.wait_for(self.world.new_worker())

    @rule(who=WHO, wish=WISHES)
    def the_gateway_dies_before_it_records(self, who: str, wish: Wish) -> None:
        self.keep_clear()
        before = self.really().version
        gateway = self.world.months.engine.dying_gateway()
        with suppress(Died):
            self.world.wait_for(self.world.months.sends(self.card, who, wish, gateway=gateway))
        card = self.really()
        self.tells_the_model(who, wish, card.updated_at if card.version > before else None)

    @rule(who=WHO, wish=WISHES)
    def the_same_command_comes_twice_at_once(self, who: str, wish: Wish) -> None:
        self.keep_clear()
        key = str(uuid.uuid4())

        async def twice() -> tuple[Outcome, Outcome]:
            send = self.world.months.sends
            return await asyncio.gather(
                send(self.card, who, wish, key=key), send(self.card, who, wish, key=key)
            )

        one, other = self.world.wait_for(twice())
        assert type(one) is type(other)
        if isinstance(one, Accepted) and isinstance(other, Accepted):
            assert one.events == other.events
        self.agree(self.tells_the_model(who, wish, moment_of(one)), one)

    @rule(number=st.integers(0, 5))
    def an_old_command_comes_again(self, number: int) -> None:
        if number < len(self.sent):
            key, who, wish, seen, before = self.sent[-1 - number]
            again = self.world.wait_for(
                self.world.months.sends(self.card, who, wish, key=key, seen=seen)
            )
            assert isinstance(again, Accepted)
            assert isinstance(before, Accepted)
            assert again.events == before.events

    @rule(who=WHO, wish=WISHES)
    def a_command_comes_too_late(self, who: str, wish: Wish) -> None:
        seen = self.really().version - 1
        outcome = self.world.wait_for(self.world.months.sends(self.card, who, wish, seen=seen))
        assert isinstance(outcome, Rejected)
        assert [reason.code for reason in outcome.reasons] == [ReasonCode.VERSION_CONFLICT]

    @rule()
    def the_sweeper_comes_by(self) -> None:
        self.world.wait_for(self.world.months.engine.sweeper.sweep(older_than=timedelta(0)))

    # --- what must hold --------------------------------------------------------------------------

    @invariant()
    def the_workflow_is_as_the_model(self) -> None:
        if self.life.card is None:
            return
        card = self.really()
        assert shape(card) == shape(self.life.it)
        for name, clock in card.clocks.items():
            assert abs(clock.deadline - self.life.it.clocks[name].deadline) < DRIFT

    def teardown(self) -> None:
        """What is recorded in the end is the whole of it, and replays."""
        if self.life.card is None:
            return
        engine = self.world.months.engine
        self.world.wait_for(engine.sweeper.sweep(older_than=timedelta(0)))
        history = self.world.wait_for(engine.history(self.card))
        assert [event.body.kind for event in history] == [
            event.body.kind for event in self.life.history
        ]
        assert [event.actor for event in history] == [event.actor for event in self.life.history]
        again: Card | None = None
        for event in history:
            again = evolve(again, event)
        assert again == self.really()
        self.wants("ana", CancelCard(reason="The end"))

    # --- how -------------------------------------------------------------------------------------

    def looks_again(self) -> None:
        """People have gone or come: who decides may be others, and who is offered what waits."""
        self.wants(ENGINE, LookAgain())
        self.wants(ENGINE, OfferHandoff())

    def wants(self, who: str | Actor, wish: Wish) -> None:
        """Somebody sends a command, really and to the model."""
        self.keep_clear()
        key = str(uuid.uuid4())
        outcome = self.world.wait_for(self.world.months.sends(self.card, who, wish, key=key))
        if isinstance(outcome, Accepted) and isinstance(who, str):
            self.sent.append((key, who, wish, None, outcome))
        self.agree(self.tells_the_model(who, wish, moment_of(outcome)), outcome)

    def tells_the_model(
        self, who: str | Actor, wish: Wish, at: Instant | None
    ) -> tuple[Any, ...] | Rejection:
        self.arrange()
        self.life.now = at or self.world.months.now
        return self.life.tries(who, wish)

    def agree(self, modelled: tuple[Any, ...] | Rejection, outcome: Outcome) -> None:
        match outcome, modelled:
            case Accepted(events=events), tuple():
                kinds = [event.body.kind for event in events]
                assert kinds == [event.body.kind for event in modelled]
            case Rejected(reasons=(reason,)), ():  # Of a look from which nothing follows.
                assert reason.code == ReasonCode.NOTHING_TO_CHANGE
            case Rejected(reasons=reasons), Rejection():
                assert {reason.code for reason in reasons} == {
                    reason.code for reason in modelled.reasons
                }
            case _:
                raise AssertionError((outcome, modelled))

    def passes(self, length: timedelta) -> None:
        """Time passes, really and for the model."""
        self.arrange()
        time = self.world.months.time
        self.world.wait_for(time.passes(length))
        while True:
            self.life.until(time.now())
            if not self.is_near():
                break
            self.world.wait_for(time.passes(timedelta(minutes=1)))
        self.world.wait_for(self.world.months.settles(self.card))

    def keep_clear(self) -> None:
        if self.is_near():
            self.passes(timedelta(minutes=1))

    def is_near(self) -> bool:
        """Whether the card does something by itself at about this time."""
        coming = due(self.life.pipe, self.life.it)
        return coming is not None and coming.at - self.world.months.now < CLEAR

    def really(self) -> Card:
        """The card as its workflow has it; as it is stored, once that has ended."""
        report = self.world.wait_for(self.world.months.engine.report(self.card))
        assert report.card is not None
        return report.card

    def arrange(self) -> None:
        """Tells the model who everybody is."""
        directors = frozenset([RoleName("director")])
        self.life.people = {name: self.standing(name, directors) for name in EVERYBODY}
        self.life.away = set(self.leaves)

    def standing(self, name: str, directors: frozenset[RoleName]) -> Standing:
        return a_person(
            name,
            installation_role="owner" if name == "ana" else "member",
            teams=frozenset(TeamId(team) for team in self.teams if name in self.teams[team]),
            leads=frozenset(TeamId(team) for team in self.teams if self.teams[team].get(name)),
            roles=directors if name == "dee" else frozenset(),
            acts_for=frozenset(
                UserId(leave.user) for leave in self.leaves.values() if leave.delegate == name
            ),
        )

    def creation(self) -> CreateCard:
        identity, pin = self.card.identity, self.card.pin
        return CreateCard(
            card=identity.id,
            number=int(identity.key.removeprefix("FEA-")),
            definition_version=pin.version,
            definition_hash=pin.hash,
            values={FieldId("name"): "Offline mode"},
        )


def moment_of(outcome: Outcome) -> Instant | None:
    """When what was accepted happened."""
    match outcome:
        case Accepted(events=(first, *_)):
            return first.at
        case _:
            return None


def shape(card: Card) -> dict[str, Any]:
    """All of a card but its instants."""
    pending, handoff = card.pending, card.handoff
    return {
        "version": card.version,
        "life": (card.life.status, card.life.hold is not None, card.life.returns),
        "stay": (card.stay.phase, card.stay.visit, card.stay.asked),
        "timers": [(timer.transition, timer.passed) for timer in card.stay.timers],
        "work": (card.work.assignees, card.work.labels, card.work.priority),
        "values": card.values,
        "pending": pending
        and (
            pending.requester,
            pending.stage,
            pending.approvers,
            pending.is_escalated,
            [(each.in_name_of, each.by, each.approves) for each in pending.decisions],
            [each.stage for each in pending.passed],
        ),
        "handoff": handoff
        and (handoff.source, handoff.assignees, handoff.reminders, handoff.is_queued),
        "clocks": {
            name: (
                clock.state,
                clock.target,
                clock.has_warned,
                clock.is_breached,
                clock.stands_still,
                [(step.step_kind, step.index, step.mark) for step in clock.steps],
            )
            for name, clock in card.clocks.items()
        },
    }


def test_people_time_and_failures_in_any_order(tmp_path: Path):
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def opened() -> World:
            environment = await stack.enter_async_context(time_skipping_environment())
            limits = Limits(commands=8)  # Every card goes on in many new runs.
            world = await stack.enter_async_context(months(environment, tmp_path, limits=limits))
            await staff(world.engine)
            made = World(runner, world, await world.publish(FEATURES))
            await made.new_worker()
            return made

        world = runner.run(opened())
        try:
            run_state_machine_as_test(
                lambda: CardAndWorkflow(world),  # type: ignore[arg-type]  # any factory will do
                settings=settings(
                    max_examples=3,
                    stateful_step_count=20,
                    deadline=None,
                    phases=[Phase.reuse, Phase.generate],  # To shrink would take minutes.
                ),
            )
        finally:
            runner.run(world.end())
            runner.run(stack.aclose())
