"""The screen of one's own account: notices by kind and way, leaves, tokens, theme and zone."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.pages.administering import done_or_why_not, led_back, typed
from api.pages.leaves import ShownLeave, shown_leaves
from api.pages.reader import browser_zone, everybody, zone_called, zone_of, zones_by_region
from api.pages.rendering import Theme, render, theme_of
from api.pages.sessions import ShownSession, shown_sessions
from api.pages.tokens import ShownToken, shown_tokens
from api.pages.words import Person, at, now
from api.services import Has
from api.signin.people import Member
from engine.core.administration import ChangePerson
from engine.core.channels import CHANNELS, KINDS, KINDS_IN_WORDS, is_usual, wants
from engine.core.scopes import SCOPES
from engine.store import notices, people, recovery
from pipes.identifiers import UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """A kind of notice, and whether the reader wants it in the app and by mail."""

    kind: str
    label: str
    app: bool
    mail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChoice:
    """In which time zone the reader sees dates.

    Attributes:
        chosen: The zone of their choice; empty where their browser says it.
        browser: What the browser says, as far as it is known.
        clock: What time it is there.
    """

    chosen: str
    browser: str
    clock: str
    regions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """The reader's own account; `codes_left` is None for somebody without a password."""

    name: str
    email: str
    codes_left: int | None
    has_second_factor: bool
    sessions: tuple[ShownSession, ...]
    teams: tuple[str, ...]
    choices: tuple[KindChoice, ...]
    leaves: tuple[ShownLeave, ...]
    others: tuple[Person, ...]
    tokens: tuple[ShownToken, ...]
    scopes: tuple[str, ...]
    zone: ZoneChoice
    theme: Theme
    problems: tuple[str, ...]


@router.get("/profile")
async def show_account(request: Request, services: Has, person: Member) -> HTMLResponse:
    """The reader's own account."""
    return await _draw(request, services, person)


@router.post("/profile")
async def change_account(request: Request, services: Has, person: Member) -> Response:
    """Changes one's name and address."""
    form = await request.form()
    name, email = typed(form, "name"), typed(form, "email")
    act = ChangePerson(person=UserId(person.id), name=name, email=email or None)
    outcome = await done_or_why_not(
        services, person, [act], back="/profile", said="Your account is saved."
    )
    if isinstance(outcome, Response):
        return outcome
    return await _draw(request, services, person, name=name, email=email, problems=outcome)


@router.post("/profile/notices")
async def choose_notices(request: Request, services: Has, person: Member) -> Response:
    """Keeps by which ways the reader wants to be told of what."""
    form = await request.form()
    wanted = {
        (kind, channel): f"{kind}.{channel}" in form for kind in KINDS for channel in CHANNELS
    }
    unusual = {place: want for place, want in wanted.items() if want != is_usual(*place)}
    async with services.database.writing() as connection:
        await notices.write_choices(connection, person.id, unusual)
    return led_back("/profile#notices", "Your choice is saved.")


@router.post("/profile/zone")
async def choose_zone(request: Request, services: Has, person: Member) -> Response:
    """Shows the reader every date in a zone of their choice, or in that of their browser."""
    zone = typed(await request.form(), "zone")
    if zone and zone_called(zone) is None:
        problem = f"There is no time zone called “{zone}”."
        return await _draw(request, services, person, problems=(problem,))
    async with services.database.writing() as connection:
        await people.set_time_zone(connection, person.id, zone or None)
    said = f"Dates are shown for {zone}." if zone else "Dates are shown as your browser says."
    return led_back("/profile#dates", said)


async def _draw(
    request: Request,
    services: Has,
    person: Member,
    *,
    name: str | None = None,
    email: str | None = None,
    problems: tuple[str, ...] = (),
) -> HTMLResponse:
    async with services.database.reading() as connection:
        chosen = (await notices.read_choices(connection, [person.id])).get(person.id, {})
        teams = await people.list_teams(connection)
        codes = await recovery.count(connection, person.id)
        others = await everybody(connection)
        leaves = await shown_leaves(connection, request, person.id)
        tokens = await shown_tokens(connection, request, person.id)
        signed_in = await shown_sessions(connection, request, person)
    page = AccountPage(
        name=person.name if name is None else name,
        email=(person.user.email or "") if email is None else email,
        codes_left=codes if person.user.password_hash else None,
        has_second_factor=person.has_second_factor,
        sessions=signed_in,
        teams=tuple(team.name for team in teams if person.id in team.members),
        choices=tuple(
            KindChoice(
                kind=kind,
                label=KINDS_IN_WORDS[kind],
                app=wants(chosen, kind, "app"),
                mail=wants(chosen, kind, "mail"),
            )
            for kind in KINDS_IN_WORDS
        ),
        leaves=leaves,
        others=tuple(other for other in others if other.id != person.id),
        tokens=tokens,
        scopes=SCOPES,
        zone=_zone_choice(request, person),
        theme=theme_of(request),
        problems=problems,
    )
    status = 422 if problems else 200
    return render(request, "pages/account.html", page, person=person, section="", status=status)


def _zone_choice(request: Request, person: Member) -> ZoneChoice:
    told = browser_zone(request)
    return ZoneChoice(
        chosen=person.user.time_zone or "",
        browser="" if told is None else str(told),
        clock=at(now(), zone_of(request)),
        regions=zones_by_region(),
    )
