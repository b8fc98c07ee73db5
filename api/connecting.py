"""Connected cards as somebody may see them, in both directions."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.cards import SeenCard, seen_card, viewer_of
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.rights import Deed, may_see_field
from engine.gateway import Published
from engine.store import links
from engine.store.database import AsyncConnection
from engine.store.links import Link
from engine.store.queries.filters import Viewer
from engine.store.standings import standing_of
from pipes.fields.field import ConnectionOptions
from pipes.forms import connections
from pipes.identifiers import FieldId, PhaseId, PipeId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedCard:
    """A card at the other end, with the name of its phase."""

    key: str
    title: str
    pipe: str
    phase: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection with the cards behind it.

    Attributes:
        connection: The field that holds it: this card's own, or that of the other cards.
        label: What it is called on this side.
        pipe: The pipe of the cards at the other end.
        is_own: Whether it is a field of this card, so that it is linked and unlinked here.
    """

    connection: FieldId
    label: str
    pipe: str
    is_own: bool
    cards: tuple[ConnectedCard, ...]


async def connections_of(services: Services, seen: SeenCard) -> tuple[Connection, ...]:
    """The card's own connections, then those by which others know it; what may be seen of them."""
    async with services.database.reading() as connection:
        eyes = _Eyes(services, seen.standing.user, connection)
        own = await eyes.visible(await links.links_from(connection, seen.card))
        others = await eyes.visible(await links.links_to(connection, seen.card))
        return (*await _own(eyes, seen, own), *await _inverse(eyes, others))


class _Eyes:
    """What one person may see of other cards; each pipe is asked for once."""

    def __init__(self, services: Services, user: str, connection: AsyncConnection) -> None:
        self._services = services
        self._user = user
        self._connection = connection
        self._viewers: dict[str, Viewer | None] = {}

    async def visible(self, found: Iterable[Link]) -> list[Link]:
        """Those of the links whose other end the person may know of."""
        return [link for link in found if await self._sees(link)]

    async def published(self, link: Link) -> Published | None:
        """The version that the other card runs."""
        return await self._services.definitions.version(
            self._connection, PipeId(link.pipe), link.pipe_version
        )

    async def may_see_connection(self, link: Link, published: Published) -> bool:
        """Whether the other card's field is one that the person may see."""
        field = published.pipe.definition.fields.get(link.connection)
        standing = await standing_of(self._connection, self._user, link.pipe, now())
        return field is not None and may_see_field(field, standing, None)

    async def _sees(self, link: Link) -> bool:
        if link.pipe not in self._viewers:
            standing = await standing_of(self._connection, self._user, link.pipe, now())
            self._viewers[link.pipe] = None if standing is None else viewer_of(standing)
        viewer = self._viewers[link.pipe]
        if viewer is None:
            return False
        concerned = self._user == link.creator or self._user in link.assignees
        return viewer.sees_all or concerned


async def _own(eyes: _Eyes, seen: SeenCard, found: list[Link]) -> list[Connection]:
    definition = seen.published.pipe.definition
    groups: list[Connection] = []
    for name in connections(definition):
        field = definition.fields[name]
        if name in seen.hidden or not isinstance(field.options, ConnectionOptions):
            continue
        cards = [await _shown(eyes, link) for link in found if link.connection == name]
        groups.append(
            Connection(
                connection=name,
                label=field.label,
                pipe=field.options.pipe,
                is_own=True,
                cards=tuple(cards),
            )
        )
    return groups


async def _inverse(eyes: _Eyes, found: list[Link]) -> list[Connection]:
    groups: dict[tuple[str, FieldId], Connection] = {}
    for link in found:
        published = await eyes.published(link)
        if published is None or not await eyes.may_see_connection(link, published):
            continue
        place = (link.pipe, link.connection)
        known = groups.get(place)
        groups[place] = Connection(
            connection=link.connection,
            label=_inverse_label(published, link.connection),
            pipe=link.pipe,
            is_own=False,
            cards=(*(() if known is None else known.cards), await _shown(eyes, link)),
        )
    return list(groups.values())


def _inverse_label(published: Published, name: FieldId) -> str:
    definition = published.pipe.definition
    field = definition.fields[name]
    if isinstance(field.options, ConnectionOptions) and field.options.inverse is not None:
        return field.options.inverse
    return f"{definition.name}: {field.label}"


async def _shown(eyes: _Eyes, link: Link) -> ConnectedCard:
    published = await eyes.published(link)
    phases = {} if published is None else published.pipe.definition.phases_by_id
    phase = phases.get(PhaseId(link.phase))
    return ConnectedCard(
        key=link.key,
        title=link.title,
        pipe=link.pipe,
        phase=phase.name if phase is not None else link.phase,
        status=link.status,
    )


async def keys_of(
    services: Services, person: SignedIn, references: Iterable[str], *, to: Deed = "see"
) -> tuple[str, ...]:
    """The keys of cards that are named by id or key, and that the person may see.

    Raises:
        Problem: One of them is not there, or not for this person to know of.
    """
    found = [await seen_card(services, person, reference, to=to) for reference in references]
    return tuple(each.card.identity.key for each in found)
