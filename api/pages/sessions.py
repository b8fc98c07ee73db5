"""Where somebody is signed in: shown on their profile, and ended there."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from api.pages.administering import led_back, typed
from api.pages.reader import locale_of
from api.pages.words import ago, day, now
from api.services import Has
from api.signin.noting import note_way_in
from api.signin.people import SignedIn
from api.signin.proving import Proved
from engine.store import sessions
from engine.store.database import AsyncConnection

router = APIRouter()

_BACK = "/profile#sessions"
_ALL_OTHERS = "others"
# The first that a browser's name holds counts: Edge and Chrome call themselves Safari as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSession:
    """A sign-in that has not ended, as its person recognizes it."""

    id: str
    browser: str
    address: str
    began: str
    used: Markup
    is_this: bool


async def shown_sessions(
    connection: AsyncConnection, request: Request, person: SignedIn
) -> tuple[ShownSession, ...]:
    """Where somebody is signed in, the last used first."""
    locale, at = locale_of(request), now()
    return tuple(
        ShownSession(
            id=session.hash,
            browser=browser_in_words(session.agent),
            address=session.address,
            began=day(session.created_at, locale),
            used=ago(session.used_at, now=at, locale=locale),
            is_this=session.hash == person.session,
        )
        for session in await sessions.list_of(connection, person.id, at)
    )


@router.post("/profile/sessions/end")
async def end_sessions(request: Request, services: Has, person: Proved) -> Response:
    """Ends one of the reader's sessions, or all but this one."""
    wanted = typed(await request.form(), "session")
    async with services.database.writing() as connection:
        if wanted == _ALL_OTHERS:
            ended = await sessions.end_others(connection, person.id, person.session)
        else:
            ended = await sessions.end(connection, person.id, [wanted])
        if ended:
            await note_way_in(connection, request, "end_sessions", person.id, at=now())
    said = {0: "There was nothing to end.", 1: "The session is ended."}
    return led_back(_BACK, said.get(ended, f"{ended} sessions are ended."))


def browser_in_words(agent: str) -> str:
    """What somebody would call the browser that calls itself so."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A program")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser
