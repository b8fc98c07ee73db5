"""Attempts at deliveries: made by the sender of their kind, and what came of them written down."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import override

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from engine.core.actors import Actor
from engine.core.commands import Command, CommandKey, NoteFailure, Wish, WriteFields
from engine.core.webhooks import DEAD_AFTER, pause_after
from engine.encoding import decoded_chain
from engine.gateway import EngineFault, Gateway, NoSuchCard, Rejected
from engine.gateway.delivering import Deliveries
from engine.runtime.metrics import count_attempt
from engine.store import deliveries, endpoints, runs
from engine.store.database import AsyncConnection, Database
from engine.store.deliveries import Attempt, Delivery, DeliveryKind
from engine.store.endpoints import Endpoint
from engine.workflows.messages import Conclusion, DeliveryEnd, Lane
from engine.workflows.ports import Deliverer
from pipes.identifiers import AutomationId, Instant
from workers.deliveries.outcomes import Arrived, Failed, Outcome, Sender
from workers.heartbeat import heard_of

log = structlog.get_logger(__name__)


class SendingDeliverer(Deliverer):
    """The deliverer over the installation's database; each kind has its sender."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        workflows: Deliveries,
        senders: Mapping[DeliveryKind, Sender],
        clock: Callable[[], Instant],
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._workflows = workflows
        self._senders = senders
        self._clock = clock

    @override
    @activity.defn
    async def next_in_lane(self, lane: Lane) -> str | None:
        async with self._database.reading() as connection:
            return await deliveries.next_in_lane(connection, lane.endpoint, lane.card)

    @override
    @activity.defn
    async def send(self, delivery: str) -> DeliveryEnd:
        return await heard_of(self._attempt(delivery))

    async def _attempt(self, delivery: str) -> DeliveryEnd:
        async with self._database.reading() as connection:
            found = await deliveries.read(connection, delivery)
            endpoint = await _endpoint_of(connection, found)
        if found is None:
            return DeliveryEnd(state="failed", reason="It has been removed with its endpoint.")
        if found.state != "waiting":
            return DeliveryEnd(state=found.state)
        if endpoint is not None and endpoint.stopped_at is not None:
            return DeliveryEnd(state="held")
        if found.next_at is not None:
            async with self._database.writing() as connection:
                await deliveries.note_begun(connection, delivery)
        at, began = self._clock(), time.monotonic()
        outcome = await self._senders[found.kind].send(found, at)
        took = int((time.monotonic() - began) * 1000)
        return await self._note(found, endpoint, outcome, at=at, took=took)

    @override
    @activity.defn
    async def conclude(self, conclusion: Conclusion) -> None:
        async with self._database.reading() as connection:
            delivery = await deliveries.read(connection, conclusion.delivery)
        if delivery is None or not delivery.cause:
            return
        reasons: tuple[str, ...] = (conclusion.reason,) if conclusion.reason else ()
        if conclusion.values:
            reasons = await self._tell(delivery, "answer", WriteFields(values=conclusion.values))
            if reasons:
                async with self._database.writing() as connection:
                    await deliveries.note_refused(connection, delivery.id, " ".join(reasons))
        # Of a request it is the run that waits for the answer which tells.
        if reasons and delivery.kind != "http":
            wish = NoteFailure(
                action=f"send {delivery.about} to {delivery.target}",
                reasons=reasons,
                automation=AutomationId(delivery.cause),
            )
            await self._tell(delivery, "failed", wish)

    @override
    @activity.defn
    async def hurry(self, endpoint: str) -> None:
        await heard_of(self._workflows.hurry(endpoint))

    async def _tell(self, delivery: Delivery, what: str, wish: Wish) -> tuple[str, ...]:
        """Sends the card a command in the automation's name; why it refuses, if it does."""
        command = Command(
            key=CommandKey(f"{delivery.id}:{delivery.attempts}:{what}"),
            actor=Actor(kind="automation", id=delivery.cause),
            wish=wish,
            chain=decoded_chain(json.dumps((delivery.content or {}).get("chain", []))),
        )
        try:
            outcome = await self._gateway.send(delivery.card, command)
        except (EngineFault, NoSuchCard) as error:
            return (str(error),)
        if isinstance(outcome, Rejected):
            return tuple(reason.message for reason in outcome.reasons)
        return ()

    async def _note(
        self,
        delivery: Delivery,
        endpoint: Endpoint | None,
        outcome: Outcome,
        *,
        at: Instant,
        took: int,
    ) -> DeliveryEnd:
        match outcome:
            case Arrived(status=status, excerpt=answer, values=values):
                attempt = Attempt(at=at, milliseconds=took, status=status, answer=answer)
                end = await self._note_arrival(delivery, endpoint, attempt)
                return replace(end, values=values)
            case Failed(status=status, excerpt=answer, why=why):
                attempt = Attempt(
                    at=at, milliseconds=took, status=status, answer=answer, failure=why
                )
                return await self._note_failure(delivery, endpoint, outcome, attempt)

    async def _note_arrival(
        self, delivery: Delivery, endpoint: Endpoint | None, attempt: Attempt
    ) -> DeliveryEnd:
        async with self._database.writing() as connection:
            await deliveries.note_attempt(connection, delivery, attempt, state="sent")
            if run := _waiting_run(delivery):
                await runs.note_success(connection, run)
            if endpoint is not None:
                await endpoints.note_outcome(connection, endpoint.id, arrived=True, at=attempt.at)
        count_attempt(delivery.kind, "sent", milliseconds=attempt.milliseconds)
        revived = endpoint is not None and endpoint.failing_since is not None
        return DeliveryEnd(state="sent", revived=delivery.endpoint if revived else None)

    async def _note_failure(
        self, delivery: Delivery, endpoint: Endpoint | None, failed: Failed, attempt: Attempt
    ) -> DeliveryEnd:
        pause = None if failed.is_final else pause_after(delivery.failures + 1)
        if pause is not None:
            pause = max(pause, failed.not_before)
        gives_up = pause is None and not failed.is_final
        is_dead = endpoint is not None and gives_up and _is_dead(endpoint, attempt.at)
        stops = endpoint is not None and (failed.is_gone or is_dead)
        ends = pause is None and not stops
        log.info(
            "a delivery did not arrive",
            delivery=delivery.id,
            card=delivery.card,
            endpoint=delivery.endpoint,
            why=failed.why,
        )
        async with self._database.writing() as connection:
            await deliveries.note_attempt(
                connection,
                delivery,
                attempt,
                state="failed" if ends else "waiting",
                next_at=None if pause is None or stops else attempt.at + pause,
            )
            if (run := _waiting_run(delivery)) and pause is not None:
                await runs.note_failed_try(
                    connection,
                    run,
                    tries=delivery.failures + 1,
                    reasons=(f"{delivery.about} {delivery.target}: {failed.why}",),
                    next_try_at=attempt.at + pause,
                )
            if endpoint is not None:
                await endpoints.note_outcome(connection, endpoint.id, arrived=False, at=attempt.at)
            if endpoint is not None and stops:
                because = _because(failed)
                await endpoints.stop(connection, endpoint.id, at=attempt.at, because=because)
        count_attempt(
            delivery.kind,
            "held" if stops else "failed" if ends else "again",
            milliseconds=attempt.milliseconds,
        )
        if stops:
            return DeliveryEnd(state="held")
        if pause is None:
            return DeliveryEnd(state="failed", reason=failed.why)
        raise NotYet(failed.why, pause)


class NotYet(ApplicationError):
    """It did not arrive, and is tried again after a pause."""

    def __init__(self, why: str, pause: timedelta) -> None:
        self.pause = pause
        super().__init__(
            why,
            type="not_yet",
            next_retry_delay=pause,
            # A receiver that is away is no fault of ours, and nothing to fill a log with.
            category=ApplicationErrorCategory.BENIGN,
        )


def _waiting_run(delivery: Delivery) -> str | None:
    """The run of an automation that waits for the answer to a request; it shows the tries too."""
    run = (delivery.content or {}).get("run")
    return run if isinstance(run, str) else None


async def _endpoint_of(connection: AsyncConnection, delivery: Delivery | None) -> Endpoint | None:
    if delivery is None or delivery.endpoint is None:
        return None
    return await endpoints.read(connection, delivery.endpoint)


def _is_dead(endpoint: Endpoint, now: Instant) -> bool:
    """Whether it is the endpoint that cannot be reached, and not one message that it dislikes."""
    return endpoint.failing_since is not None and now - endpoint.failing_since >= DEAD_AFTER


def _because(failed: Failed) -> str:
    if failed.is_gone:
        return "It answered 410: it wants nothing more."
    return f"Nothing has arrived there for days. The last attempt: {failed.why}"
