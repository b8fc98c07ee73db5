"""What a board, list, calendar or roadmap is narrowed down to: in the address, and as a bar."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from api.pages.places import places_of
from api.pages.reader import everybody
from api.pages.rendering import Tab
from api.pages.words import Person
from api.signin.people import SignedIn
from engine.core.actors import Standing, user
from engine.core.rights import reasons_against_creating
from engine.gateway import Published
from engine.store import registry
from engine.store.database import AsyncConnection
from engine.store.queries import board as boards
from engine.store.queries.feed import feed_position
from engine.store.queries.filters import CardFilter
from pipes.identifiers import UserId

type View = Literal["board", "list", "calendar", "roadmap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a board is narrowed down to, as typed."""

    q: str = ""
    assignee: str = ""
    label: str = ""
    late: bool = False

    def wanted(self, person: SignedIn) -> CardFilter:
        """The filter; `me` is who asks."""
        return CardFilter(
            assignee=person.id if self.assignee == "me" else self.assignee or None,
            label=self.label or None,
            late=True if self.late else None,
            text=self.q or None,
        )

    @property
    def query(self) -> str:
        """The filter as it stands in the address."""
        given = {"q": self.q, "assignee": self.assignee, "label": self.label}
        if self.late:
            given["late"] = "true"
        return urlencode({name: value for name, value in given.items() if value})

    def address(self, path: str, **more: str) -> str:
        """A page's address with this filter, and what else it is asked."""
        query = "&".join(part for part in (urlencode(more), self.query) if part)
        return f"{path}?{query}" if query else path


async def read_filters(
    q: Annotated[str, Query(max_length=200)] = "",
    assignee: Annotated[str, Query(max_length=100)] = "",
    label: Annotated[str, Query(max_length=100)] = "",
    late: Annotated[str, Query(max_length=10)] = "",
) -> Filters:
    """The filters in the address."""
    plain = [text.replace("\x00", "").strip() for text in (q, assignee, label)]
    return Filters(q=plain[0], assignee=plain[1], label=plain[2], late=late == "true")


Filtered = Annotated[Filters, Depends(read_filters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeHead:
    """The pipe of a page."""

    id: str
    name: str
    noun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """One of the views of the same cards."""

    name: View
    label: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewHead:
    """The head of every view of a pipe: its name, the views, the filter.

    Attributes:
        path: The view's own address, without the filter.
        status: Of which status its cards are, where it lets one choose; else empty.
        places: The pipe's other screens, for those who look after it.
        kept: What else the view was asked for, so that filtering does not forget it.
    """

    pipe: PipeHead
    view: View
    path: str
    kept: tuple[tuple[str, str], ...]
    views: tuple[ViewLink, ...]
    filters: Filters
    status: str
    people: tuple[Person, ...]
    labels: tuple[str, ...]
    may_create: bool
    is_retired: bool
    places: tuple[Tab, ...]
    position: int


def head_of_pipe(published: Published) -> PipeHead:
    """The pipe, as heads name it."""
    definition = published.pipe.definition
    return PipeHead(id=definition.id, name=definition.name, noun=definition.card.noun)


async def view_head(
    connection: AsyncConnection,
    published: Published,
    person: SignedIn,
    standing: Standing,
    filters: Filters,
    view: View,
    *,
    status: str = "",
    **kept: str,
) -> ViewHead:
    """The head of a view; read before its cards, so that no change falls in between."""
    position = await feed_position(connection)
    definition = published.pipe.definition
    retired = await registry.is_retired(connection, definition.id)
    against = reasons_against_creating(definition, user(UserId(standing.user)), standing)
    path = f"/pipes/{definition.id}"
    addresses: dict[View, str] = {
        "board": path,
        "list": f"{path}/list",
        "calendar": f"{path}/calendar",
        "roadmap": f"{path}/roadmap",
    }
    return ViewHead(
        pipe=head_of_pipe(published),
        view=view,
        path=addresses[view],
        kept=tuple((name, value) for name, value in kept.items() if value),
        views=tuple(
            ViewLink(name=name, label=name.capitalize(), address=filters.address(each))
            for name, each in addresses.items()
        ),
        filters=filters,
        status=status,
        people=await everybody(connection),
        labels=await boards.labels_in_use(connection, definition.id),
        may_create=not retired and not against,
        is_retired=retired,
        places=places_of(person, standing, definition.id),
        position=position,
    )
