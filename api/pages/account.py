"""The screen of one's own account: notices by kind and way, leaves, tokens, theme and locale."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.pages.administering import done_or_why_not, led_back, typed
from api.pages.leaves import ShownLeave, shown_leaves
from api.pages.reader import (
    browser_language,
    browser_zone,
    everybody,
    locale_of,
    zones_by_region,
)
from api.pages.refusals import NOT_REFUSED, Complaint, Refusal, refusal
from api.pages.rendering import Theme, render, theme_of
from api.pages.sessions import ShownSession, shown_sessions
from api.pages.tokens import ShownToken, shown_tokens
from api.pages.words import Person, now
from api.services import Has
from api.signin.people import Member
from engine.core.administration import ChangePerson
from engine.core.channels import CHANNELS, KINDS, KINDS_IN_WORDS, is_usual, wants
from engine.core.scopes import SCOPES
from engine.locales import LANGUAGES, Locale, zone_called
from engine.store import notices, people, recovery
from pipes.identifiers import Instant, UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """A kind of notice, and whether the reader wants it in the app and by mail."""

    kind: str
    label: str
    app: bool
    mail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleChoice:
    """How dates, numbers and money are written for the reader, and in which time zone.

    Attributes:
        language: Their choice; empty where their browser says it.
        browser_language: What the browser says.
        languages: What can be chosen: the tag, and the region with an example.
        zone: The zone of their choice; empty where their browser says it.
        browser_zone: What the browser says, as far as it is known.
        clock: What time it is there, as they write it.
    """

    language: str
    browser_language: str
    languages: tuple[tuple[str, str], ...]
    zone: str
    browser_zone: str
    zones: tuple[tuple[str, tuple[str, ...]], ...]
    clock: str


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
    locale: LocaleChoice
    theme: Theme
    refusal: Refusal


@router.get("/profile")
async def show_account(request: Request, services: Has, person: Member) -> HTMLResponse:
    """The reader's own account."""
    return await draw_account(request, services, person)


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
    return await draw_account(request, services, person, refused=refusal("account", outcome, form))


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


@router.post("/profile/locale")
async def choose_locale(request: Request, services: Has, person: Member) -> Response:
    """Writes for the reader by the language and zone of their choice, or as their browser says."""
    form = await request.form()
    language, zone = typed(form, "language"), typed(form, "zone")
    complaints = []
    if zone and zone_called(zone) is None:
        complaints.append(
            Complaint(message=f"There is no time zone called “{zone}”.", field="zone")
        )
    if language and language not in LANGUAGES:
        complaints.append(
            Complaint(message=f"There is no language called “{language}”.", field="language")
        )
    if complaints:
        refused = refusal("locale", complaints)
        return await draw_account(request, services, person, refused=refused)
    async with services.database.writing() as connection:
        await people.set_locale(connection, person.id, language=language or None, zone=zone or None)
    return led_back("/profile#locale", "Dates, times and numbers are written as you chose.")


async def draw_account(
    request: Request, services: Has, person: Member, *, refused: Refusal = NOT_REFUSED
) -> HTMLResponse:
    """The reader's own account; what was refused stands at its form, as it was typed."""
    async with services.database.reading() as connection:
        chosen = (await notices.read_choices(connection, [person.id])).get(person.id, {})
        teams = await people.list_teams(connection)
        codes = await recovery.count(connection, person.id)
        others = await everybody(connection)
        leaves = await shown_leaves(connection, request, person.id)
        tokens = await shown_tokens(connection, request, person.id)
        signed_in = await shown_sessions(connection, request, person)
    page = AccountPage(
        name=person.name,
        email=person.user.email or "",
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
        locale=_locale_choice(request, person),
        theme=theme_of(request),
        refusal=refused,
    )
    status = 422 if refused.complaints else 200
    return render(request, "pages/account.html", page, person=person, section="", status=status)


def _locale_choice(request: Request, person: Member) -> LocaleChoice:
    told, locale, moment = browser_zone(request), locale_of(request), now()
    return LocaleChoice(
        language=person.user.language or "",
        browser_language=LANGUAGES[browser_language(request)],
        languages=tuple(
            (tag, f"{region}: {_example(replace(locale, language=tag), moment)}")
            for tag, region in LANGUAGES.items()
        ),
        zone=person.user.time_zone or "",
        browser_zone="" if told is None else str(told),
        zones=zones_by_region(),
        clock=locale.at(moment),
    )


def _example(locale: Locale, moment: Instant) -> str:
    return f"{locale.at(moment)} · {locale.money('1234.50', 'EUR')}"
