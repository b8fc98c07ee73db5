"""Webhooks and deliveries for whoever administers them: found, seen by the rights, looked after.

What the JSON routes and the pages have in common.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.administering import require_token
from api.problems import Problem, not_found, rejected
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.actors import Standing, user
from engine.core.administration import WayIn
from engine.core.authorization import reasons_against
from engine.core.rights import may
from engine.store import deliveries, endpoints, registry
from engine.store.deliveries import Attempt, Delivery, DeliveryState
from engine.store.endpoints import Endpoint
from engine.store.standings import standing_of
from engine.webhooks import (
    By,
    EndpointWish,
    add_endpoint,
    change_endpoint,
    note_replayed,
    note_resumed,
    note_stopped,
    reasons_against_wish,
    remove_endpoint,
    replace_secret,
)
from pipes.identifiers import PipeId

type Counts = Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenEndpoint:
    """An endpoint, and how many of its deliveries are in which state."""

    endpoint: Endpoint
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDelivery:
    """A delivery with its attempts, and the key of its card."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]


def by(person: SignedIn, way: WayIn) -> By:
    """Who does something, for the audit log."""
    return By(user=person.id, way=way, at=now())


async def seen_endpoints(services: Services, person: SignedIn) -> tuple[SeenEndpoint, ...]:
    """The endpoints that somebody looks after.

    Raises:
        Problem: The token was not made for this.
    """
    require_token(person, "manage_webhooks")
    async with services.database.reading() as connection:
        found = await endpoints.listed(connection)
        counts = await deliveries.counted(connection)
    pipes = {each.pipe for each in found}
    managed = {pipe for pipe in pipes if await _manages(services, person, pipe)}
    return tuple(
        SeenEndpoint(endpoint=each, counts=counts.get(each.id, {}))
        for each in found
        if each.pipe in managed
    )


async def seen_endpoint(services: Services, person: SignedIn, endpoint: str) -> SeenEndpoint:
    """The endpoint of that id.

    Raises:
        Problem: There is none, or it is not the person's to look after.
    """
    require_token(person, "manage_webhooks")
    async with services.database.reading() as connection:
        found = await endpoints.read(connection, endpoint)
        counts = await deliveries.counted(connection, endpoint)
    if found is None or not await _manages(services, person, found.pipe):
        raise not_found("webhook")
    return SeenEndpoint(endpoint=found, counts=counts.get(endpoint, {}))


async def seen_delivery(services: Services, person: SignedIn, delivery: str) -> SeenDelivery:
    """The delivery of that id.

    Raises:
        Problem: There is none, or it is not the person's to look after.
    """
    require_token(person, "manage_webhooks")
    async with services.database.reading() as connection:
        found = await deliveries.read(connection, delivery)
        attempts = await deliveries.attempts_of(connection, delivery)
    if found is None or not await _manages(services, person, PipeId(found.pipe)):
        raise not_found("delivery")
    return SeenDelivery(delivery=found, attempts=attempts)


async def managed_pipes(services: Services, person: SignedIn) -> dict[PipeId, str]:
    """The names of the pipes whose webhooks and secrets somebody looks after, by id."""
    async with services.database.reading() as connection:
        pipes = await registry.list_pipes(connection, now())
    return {
        PipeId(pipe.id): pipe.name
        for pipe in pipes
        if await _manages(services, person, PipeId(pipe.id))
    }


async def manages_all(services: Services, person: SignedIn) -> bool:
    """Whether somebody looks after the webhooks that hear of every pipe."""
    return await _manages(services, person, None)


async def require_manager(services: Services, person: SignedIn, pipe: PipeId | None) -> None:
    """Refuses whoever does not look after the webhooks of a pipe, or of all where it is None.

    Raises:
        Problem: With the reasons.
    """
    standing = await _standing(services, person, pipe)
    reasons = reasons_against("manage_webhooks", user(person.id), standing, scopes=person.scopes)
    if reasons:
        raise rejected(reasons)


# --- doing ----------------------------------------------------------------------------------------


async def added(
    services: Services, person: SignedIn, pipe: PipeId | None, wish: EndpointWish, way: WayIn
) -> tuple[Endpoint, str]:
    """A new endpoint, and its secret.

    Raises:
        Problem: It is not the person's to make, or cannot be that.
    """
    await require_manager(services, person, pipe)
    if pipe is not None and not await _is_there(services, pipe):
        raise Problem(422, "unknown_pipe", f"There is no pipe “{pipe}”.")
    _require_possible(services, wish)
    sealer = services.sealer()
    async with services.database.writing() as connection:
        return await add_endpoint(connection, sealer, pipe, wish, by(person, way))


async def changed(
    services: Services, person: SignedIn, endpoint: Endpoint, wish: EndpointWish, way: WayIn
) -> Endpoint:
    """The endpoint as it is to be.

    Raises:
        Problem: It cannot be that.
    """
    _refuse_named(endpoint)
    _require_possible(services, wish)
    async with services.database.writing() as connection:
        return await change_endpoint(connection, endpoint, wish, by(person, way))


async def secret_replaced(
    services: Services, person: SignedIn, endpoint: Endpoint, way: WayIn
) -> str:
    """The new secret of an endpoint.

    Raises:
        Problem: The definition says which secret signs.
    """
    _refuse_named(endpoint)
    sealer = services.sealer()
    async with services.database.writing() as connection:
        return await replace_secret(connection, sealer, endpoint, by(person, way))


async def stopped(services: Services, person: SignedIn, endpoint: Endpoint, way: WayIn) -> None:
    """Sends nothing more there."""
    async with services.database.writing() as connection:
        await note_stopped(connection, endpoint, by(person, way))


async def resumed(services: Services, person: SignedIn, endpoint: Endpoint, way: WayIn) -> None:
    """Sends there again, what has waited first."""
    async with services.database.writing() as connection:
        await note_resumed(connection, endpoint, by(person, way))
    await services.deliveries.resume(endpoint.id)


async def removed(services: Services, person: SignedIn, endpoint: Endpoint, way: WayIn) -> None:
    """Forgets an endpoint and everything that was sent to it.

    Raises:
        Problem: The definition names it, and would again.
    """
    _refuse_named(endpoint)
    async with services.database.writing() as connection:
        await remove_endpoint(connection, endpoint, by(person, way))


async def replayed(services: Services, person: SignedIn, delivery: Delivery, way: WayIn) -> None:
    """Sends an ended delivery once more.

    Raises:
        Problem: It is under way.
    """
    if not await services.deliveries.replay(delivery):
        raise Problem(409, "under_way", "It is under way: it has not ended yet.")
    async with services.database.writing() as connection:
        await note_replayed(connection, delivery.id, by(person, way))


def _require_possible(services: Services, wish: EndpointWish) -> None:
    reasons = reasons_against_wish(wish, services.settings.allowed_networks)
    if reasons:
        raise rejected(tuple(reasons))


def _refuse_named(endpoint: Endpoint) -> None:
    if endpoint.origin == "definition":
        raise Problem(
            409,
            "named_by_definition",
            "An automation of the pipe names this address: change it in the pipe's definition.",
        )


async def _is_there(services: Services, pipe: PipeId) -> bool:
    async with services.database.reading() as connection:
        return await services.definitions.current(connection, pipe) is not None


async def _manages(services: Services, person: SignedIn, pipe: PipeId | None) -> bool:
    standing = await _standing(services, person, pipe)
    return may("manage_webhooks", user(person.id), standing, None)


async def _standing(services: Services, person: SignedIn, pipe: PipeId | None) -> Standing | None:
    async with services.database.reading() as connection:
        return await standing_of(connection, person.id, pipe or "", now())
