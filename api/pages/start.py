"""The start form: how a card begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.cards import command_key, published_pipe, standing_in
from api.pages.choosing import typed_into
from api.pages.controls import Control, Typed, make_control
from api.pages.filters import PipeHead
from api.pages.flashes import flash
from api.pages.reader import everybody, locale_of
from api.pages.rendering import render
from api.pages.words import Person, now
from api.problems import Problem
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import Actor, Standing, user
from engine.core.facts import Facts
from engine.core.reasons import Reason
from engine.core.rights import hidden_fields, reasons_against_creating
from engine.core.seen import data_for_rules
from engine.gateway import RETIRED, Published, Rejected
from engine.locales import Locale
from engine.short_ids import short_id
from engine.store import registry
from pipes.forms import START, defaults, look
from pipes.identifiers import FieldId, JsonValue, PipeId, UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHead(PipeHead):
    """The pipe of a start form."""

    description: str | None
    is_public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage:
    """The start form, with what was typed and what is wrong with it."""

    pipe: StartHead
    key: str
    controls: tuple[Control, ...]
    reasons: tuple[Reason, ...]


@router.get("/pipes/{pipe}/new")
async def show_start(pipe: str, request: Request, services: Has, person: Member) -> HTMLResponse:
    """The empty start form."""
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    against = reasons_against_creating(published.pipe.definition, user(UserId(person.id)), standing)
    if against:
        raise Problem(403, "not_allowed", against[0].message)
    async with services.database.reading() as connection:
        retired = await registry.is_retired(connection, pipe)
    if retired:
        raise Problem(409, RETIRED.code, RETIRED.message)
    return await _draw(services, request, person, published, key=short_id(), standing=standing)


@router.post("/pipes/{pipe}/new")
async def create(pipe: str, request: Request, services: Has, person: Member) -> Response:
    """Creates the card; what is wrong is shown at its field, and nothing typed is lost."""
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    form = await request.form()
    fields = [field for _, field in published.pipe.form(START).entries]
    typed = await typed_into(services, person, fields, form, there={})
    given = form.get("command-key")
    key = given if isinstance(given, str) and given else short_id()
    reasons: tuple[Reason, ...] = ()
    if not typed.complaints:
        outcome = await services.gateway.create(
            PipeId(pipe),
            key=command_key(person, key),
            actor=user(UserId(person.id)),
            values=typed.values,
        )
        if not isinstance(outcome, Rejected):
            card = outcome.card.identity.key
            response = RedirectResponse(f"/cards/{card}", 303)
            flash(response, f"{card} was created.", draft=f"start:{pipe}")
            return response
        reasons = outcome.reasons
    return await _draw(
        services,
        request,
        person,
        published,
        key=key,
        standing=standing,
        typed=typed,
        reasons=reasons,
    )


async def _draw(
    services: Services,
    request: Request,
    person: SignedIn,
    published: Published,
    *,
    key: str,
    standing: Standing,
    typed: Typed | None = None,
    reasons: Sequence[Reason] = (),
) -> HTMLResponse:
    async with services.database.reading() as connection:
        people = await everybody(connection)
    page = StartPage(
        pipe=start_head(published),
        key=key,
        controls=start_controls(
            published,
            locale=locale_of(request),
            standing=standing,
            people=people,
            typed=typed,
            reasons=reasons,
        ),
        reasons=tuple(reasons),
    )
    status = 422 if reasons or (typed and typed.complaints) else 200
    return render(request, "pages/start.html", page, person=person, section="pipes", status=status)


def start_head(published: Published) -> StartHead:
    """The pipe of a start form."""
    definition = published.pipe.definition
    return StartHead(
        id=definition.id,
        name=definition.name,
        noun=definition.card.noun,
        description=definition.description,
        is_public=not reasons_against_creating(definition, Actor(kind="public", id=""), None),
    )


def start_controls(
    published: Published,
    *,
    locale: Locale,
    standing: Standing | None,
    people: Sequence[Person],
    typed: Typed | None,
    reasons: Sequence[Reason],
) -> tuple[Control, ...]:
    """The controls of the start form, for somebody with an account or without, as typed so far."""
    definition = published.pipe.definition
    values: Mapping[FieldId, JsonValue] = typed.values if typed else {}
    hidden = hidden_fields(definition, standing, None)
    form = published.pipe.form(START)
    facts = Facts(as_of=now(), today=published.today(now()), actor=standing)
    begun = defaults(form, data_for_rules(published.pipe, None, facts, values)) | dict(values)
    shape = look(published.pipe, form, data_for_rules(published.pipe, None, facts, begun))
    return tuple(
        make_control(
            entry,
            begun.get(entry.field.id),
            people=people,
            typed=typed,
            errors=[each.message for each in reasons if each.field == entry.field.id],
            style=locale,
            teams=definition.teams,
        )
        for entry in shape.entries
        if entry.field.id not in hidden
    )
