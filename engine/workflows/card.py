"""The card as a workflow: messages, the timer, its life. The core decides; this passes on.

State is set in `__init__` alone, because an update can be handled before `run` begins; a handler
decides before it awaits anything; and the first task of a run emits a command, because of
temporalio/sdk-python#848.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from engine.core.asking import with_missing
    from engine.core.card import Card
    from engine.core.commands import (
        Command,
        CommandKey,
        LookAgain,
        OfferHandoff,
        PassTimer,
        RingClock,
    )
    from engine.core.due import Due, due, own_command
    from engine.core.events import Event
    from engine.core.facts import Facts, Question, Unanswered
    from engine.core.questions import answers_all
    from engine.core.reasons import Reason, ReasonCode, Rejection
    from engine.workflows.alarm import Alarm
    from engine.workflows.carry import (
        Carried,
        LastDecision,
        awakened,
        continued,
        created,
        decided,
        must_continue,
    )
    from engine.workflows.definitions import compiled
    from engine.workflows.messages import (
        Answer,
        Awakening,
        CardReport,
        CardRun,
        CommandMessage,
        Continuation,
        Creation,
        Deed,
        GatherRequest,
        PinnedDefinition,
        RecordedCard,
        RejectionDetails,
        TurnedAway,
    )
    from engine.workflows.outbox import AT_ONCE, ATTEMPT, ONCE, PATIENCE, CannotGoOn
    from engine.workflows.ports import Gatherer, Recorder
    from pipes.identifiers import Instant

# Older facts may have been overtaken: a person left the team, a place was given away.
FACTS_HOLD = timedelta(seconds=10)
# A finished card stays a little, as a comment often follows, and then ends.
LINGERS = timedelta(seconds=10)
# A card for which nothing is due looks after itself this often, in a new run.
CHECK_UP = timedelta(days=180)
# When something due is refused, the refusal may lie in the world: asked again, ever less often.
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=6)
# Looking costs nothing where it changes nothing: connected cards have one look often, and what was
# due may have been done.
_LOOKS = LookAgain | OfferHandoff | RingClock | PassTimer
_NOTHING_TO_SEE = Rejection(
    reasons=(Reason(code=ReasonCode.NOTHING_TO_CHANGE, message="Nothing follows from it."),)
)


@workflow.defn(name="Card")
class CardWorkflow:
    """One card, from its creation to its end."""

    @workflow.init
    def __init__(self, run: CardRun) -> None:
        self._limits = run.limits
        self._patience = run.patience
        self._carried: Carried | None = None
        self._refusal: Rejection | None = None
        self._commands = 0
        self._draining = False
        self._last_decision = LastDecision()
        self._alarm = Alarm()
        self._refusals = _Refusals()
        match run.begin:
            case Creation() as creation:
                outcome = created(creation)
                if isinstance(outcome, Rejection):
                    self._refusal = outcome
                else:
                    self._carried = outcome
            case Continuation() as continuation:
                self._carried = continued(continuation)
            case Awakening():
                pass  # `run` loads it; handlers wait for that.
            case _:
                assert_never(run.begin)

    # --- what people and programs want -----------------------------------------------------------

    @workflow.update
    async def command(self, message: CommandMessage) -> Answer:
        """Carries a command out, once for each key."""
        carried = await self._loaded()
        carried.outbox.compare(message.recorded)
        with _failures_staying_inside():
            deed = carried.answers.known(message.command.key)
            if deed is None:
                events = self._decide(carried, message)
                deed = carried.apply(message.command.key, events, message.definition)
                self._commands += 1
                self._set_alarm(carried)
            return carried.answer(deed)

    @command.validator
    def _refuse_command(self, message: CommandMessage) -> None:
        """Turns away without a trace in history what the handler would turn away."""
        carried = self._carried
        if carried is None or carried.answers.known(message.command.key) is not None:
            return
        with _failures_staying_inside():
            events = self._decide(carried, message)
            if not events and isinstance(message.command.wish, _LOOKS):
                raise _rejected(_NOTHING_TO_SEE, carried.card)

    @workflow.update
    async def answer(self, key: CommandKey) -> Answer:
        """What the command of that key did. Nothing is carried out."""
        carried = await self._loaded()
        return carried.answer(_known(carried, key))

    @answer.validator
    def _refuse_answer(self, key: CommandKey) -> None:
        if self._refusal is not None:
            raise _rejected(self._refusal, None)
        if self._carried is not None:
            _known(self._carried, key)

    @workflow.query
    def report(self) -> CardReport:
        """How the card stands, for operators."""
        carried = self._carried
        upcoming = None if carried is None else _upcoming(carried)
        return CardReport(
            card=None if carried is None else carried.card,
            confirmed=None if carried is None else carried.outbox.confirmed,
            unrecorded=0 if carried is None else len(carried.outbox.unrecorded),
            due=None if upcoming is None else upcoming.at,
            draining=self._draining,
            commands=self._commands,
        )

    async def _loaded(self) -> Carried:
        while (carried := self._carried) is None:
            await workflow.wait_condition(lambda: self._carried is not None)
        return carried

    def _decide(self, carried: Carried, message: CommandMessage) -> tuple[Event, ...]:
        """What follows from the command, asked by the validator and at once by the handler."""
        if self._draining:
            raise _turned_away("draining", "The card goes on in a new run in a moment.")
        command, facts, target = message.command, message.facts, message.definition
        if not _hold(carried, command, facts, target):
            raise _stale(carried, "The card has moved on.")
        try:
            outcome = self._last_decision.again(
                carried.definition, carried.card, command, facts, target
            )
        except Unanswered as missing:
            raise _stale(carried, str(missing), missing.question) from missing
        if isinstance(outcome, Rejection):
            raise _rejected(outcome, carried.card)
        return outcome

    # --- what happens by itself ------------------------------------------------------------------

    @workflow.run
    async def run(self, run: CardRun) -> None:
        """Lives until the card is finished and all of it recorded."""
        if self._refusal is not None:
            return
        if isinstance(run.begin, Awakening):
            self._carried = awakened(await self._recorded_card(run.begin.card))
        carried = await self._loaded()
        while not must_continue(self._limits, self._commands):
            self._set_alarm(carried)
            await workflow.wait_condition(self._is_called)
            if not self._alarm.is_ringing:
                continue
            self._alarm.stop()
            if _is_finished(carried):
                await carried.outbox.pump(carried.card)
                if self._may_end(carried):
                    return
            elif (upcoming := _upcoming(carried)) is not None:
                await self._do(carried, upcoming)
            else:
                break
        self._draining = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        begin = carried.continuation()
        workflow.continue_as_new(CardRun(begin=begin, limits=self._limits, patience=self._patience))

    def _is_called(self) -> bool:
        return self._alarm.has_come or must_continue(self._limits, self._commands)

    def _may_end(self, carried: Carried) -> bool:
        # A command may have come while the last events were recorded.
        return (
            _is_finished(carried)
            and not carried.outbox.unrecorded
            and workflow.all_handlers_finished()
        )

    def _set_alarm(self, carried: Carried) -> None:
        card = carried.card
        if _is_finished(carried):
            self._alarm.set(card.updated_at + LINGERS, "ends")
        elif (upcoming := _upcoming(carried)) is not None:
            at = self._refusals.next_attempt(upcoming, card.version) + self._patience
            self._alarm.set(at, f"{upcoming.wish.kind}")
        else:
            self._alarm.set(workflow.info().start_time + CHECK_UP, "looks after itself")

    async def _do(self, carried: Carried, upcoming: Due) -> None:
        """Does what is due: finds out, decides, records."""
        command = own_command(carried.card, upcoming)
        outcome = await self._outcome(carried, command, upcoming)
        if outcome is None:
            return
        if isinstance(outcome, Rejection) or not outcome:
            self._refusals.note(upcoming, carried.card.version)
            return
        carried.apply(command.key, outcome)
        await carried.outbox.pump(carried.card)

    async def _outcome(
        self, carried: Carried, command: Command, upcoming: Due
    ) -> tuple[Event, ...] | Rejection | None:
        """What follows from what is due; None if the card has moved on meanwhile: what is due then
        is asked anew.
        """
        besides: tuple[Question, ...] = ()
        while True:
            now = max(workflow.now(), upcoming.at)
            facts = await _gathered(
                GatherRequest(card=carried.card, command=command, at=now, besides=besides)
            )
            if (
                _upcoming(carried) != upcoming
                or carried.answers.known(command.key) is not None
                or not _hold(carried, command, facts)
            ):
                return None
            try:
                return decided(carried.definition, carried.card, command, facts)
            except Unanswered as missing:
                besides = with_missing(besides, missing)

    async def _recorded_card(self, card: str) -> RecordedCard:
        return await workflow.execute_activity_method(
            Recorder.load_card, card, start_to_close_timeout=ATTEMPT, retry_policy=PATIENCE
        )


class _Refusals:
    """What was due and was refused: the reason may lie in the world, so it is tried again."""

    def __init__(self) -> None:
        self._due: Due | None = None
        self._version = 0
        self._pause = FIRST_RETRY
        self._until: Instant | None = None

    def note(self, refused: Due, version: int) -> None:
        """Remembers that this was refused; each time in a row doubles the pause."""
        again = refused == self._due and version == self._version
        self._pause = min(self._pause * 2, LAST_RETRY) if again else FIRST_RETRY
        self._due, self._version = refused, version
        self._until = workflow.now() + self._pause

    def next_attempt(self, upcoming: Due, version: int) -> Instant:
        """When it is worth doing: at its instant, or after the pause."""
        if self._until is None or (upcoming, version) != (self._due, self._version):
            return upcoming.at
        return max(upcoming.at, self._until)


def _upcoming(carried: Carried) -> Due | None:
    return due(compiled(carried.definition), carried.card)


def _is_finished(carried: Carried) -> bool:
    return carried.card.life.status != "open"


def _hold(
    carried: Carried, command: Command, facts: Facts, target: PinnedDefinition | None = None
) -> bool:
    """Whether the facts are young enough, and tell all that has to be known."""
    leads_to = None if target is None else compiled(target)
    return abs(workflow.now() - facts.as_of) <= FACTS_HOLD and answers_all(
        compiled(carried.definition), carried.card, command, facts, leads_to
    )


def _known(carried: Carried, key: CommandKey) -> Deed:
    deed = carried.answers.known(key)
    if deed is None:
        raise _turned_away("unknown_key", f"No command with the key {key!r} was carried out.")
    return deed


async def _gathered(request: GatherRequest) -> Facts:
    """The facts: at once within this workflow task, or else whenever the database is there.

    The short way saves a task and a regular activity each time something happens by itself; a
    repeat after a crash is harmless, as nothing is decided before the task is done. It is not for
    waiting: a task that is kept open makes history grow.
    """
    kind = request.command.wish.kind
    try:
        return await workflow.execute_local_activity_method(
            Gatherer.gather,
            request,
            schedule_to_close_timeout=AT_ONCE,
            retry_policy=ONCE,
            summary=kind,
        )
    except (ActivityError, ApplicationError):  # The SDK does not wrap what a local one raises.
        workflow.logger.info("Facts are not to be had at once.")
    try:
        return await workflow.execute_activity_method(
            Gatherer.gather,
            request,
            start_to_close_timeout=ATTEMPT,
            retry_policy=PATIENCE,
            summary=kind,
        )
    except ActivityError as error:
        raise CannotGoOn("The gathering of facts was given up.") from error


@contextmanager
def _failures_staying_inside() -> Iterator[None]:
    """Makes of an unexpected exception a failed update: in the task it would stop the card."""
    try:
        yield
    except ApplicationError:
        raise
    except Exception as error:
        workflow.logger.exception("A command failed unexpectedly.")
        raise _turned_away("internal_error", f"{type(error).__name__}: {error}") from error


def _turned_away(kind: TurnedAway, message: str, *details: object) -> ApplicationError:
    return ApplicationError(message, *details, type=kind, non_retryable=True)


def _stale(carried: Carried, message: str, *missing: Question) -> ApplicationError:
    """The facts have to be gathered again, with what is missing."""
    return _turned_away("stale_facts", message, workflow.now(), carried.late_answer(), *missing)


def _rejected(rejection: Rejection, card: Card | None) -> ApplicationError:
    details = RejectionDetails(reasons=rejection.reasons, card=card)
    return _turned_away("rejected", "The rules do not allow it.", details)
