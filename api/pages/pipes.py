"""The list of pipes."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.administering import may_administer
from api.pages.places import places_of
from api.pages.rendering import render
from api.pages.words import now
from api.services import Has
from api.signin.people import Member, SignedIn
from engine.core.actors import Standing, user
from engine.core.rights import reasons_against_creating
from engine.store import registry
from engine.store.standings import standing_of, viewer_everywhere
from pipes.identifiers import PipeId, UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeTile:
    """A pipe in the list; `manage` leads those who look after it to its other screens."""

    id: str
    name: str
    description: str | None
    noun: str
    tones: tuple[str, ...]
    open_cards: int
    late_cards: int
    is_retired: bool
    may_create: bool
    manage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipesPage:
    """Every pipe; `may_write` is for those who make them."""

    pipes: tuple[PipeTile, ...]
    may_write: bool


@router.get("/pipes")
async def pipes(request: Request, services: Has, person: Member) -> HTMLResponse:
    """The pipes of the installation."""
    tiles = []
    async with services.database.reading() as connection:
        viewer = await viewer_everywhere(connection, person.id, now())
        for pipe in await registry.list_pipes(connection, now(), viewer):
            published = await services.definitions.current(connection, PipeId(pipe.id))
            if published is None:
                continue
            definition = published.pipe.definition
            standing = await standing_of(connection, person.id, pipe.id, now())
            actor = user(UserId(person.id))
            tiles.append(
                PipeTile(
                    id=pipe.id,
                    name=pipe.name,
                    description=definition.description,
                    noun=definition.card.noun,
                    tones=tuple(phase.color or "gray" for phase in definition.phases),
                    open_cards=pipe.open_cards,
                    late_cards=pipe.late_cards,
                    is_retired=pipe.retired,
                    may_create=not pipe.retired
                    and not reasons_against_creating(definition, actor, standing),
                    manage=_beside_the_board(person, standing, pipe.id),
                )
            )
    page = PipesPage(pipes=tuple(tiles), may_write=may_administer(person, "publish"))
    return render(request, "pages/pipes.html", page, person=person, section="pipes")


def _beside_the_board(person: SignedIn, standing: Standing | None, pipe: str) -> str | None:
    places = () if standing is None else places_of(person, standing, pipe)
    return places[1].address if places else None
