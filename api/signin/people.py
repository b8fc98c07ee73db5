"""Who sends a request: by session or by token, and what a request must show to be theirs."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response

from api.problems import Problem
from api.services import Has, Services, services_of
from api.signin.noting import WayInChange, address_of, note_way_in
from api.signin.passwords import verify_password
from engine.core.scopes import SCOPES, Scope
from engine.runtime.settings import Settings
from engine.store import notices, people
from engine.store.people import Session, User, hashed

COOKIE = "phaseline_session"
NOT_SIGNED_IN = "not_signed_in"
FORGED = "forged_request"
LASTS = timedelta(days=14)
# However much it is used; then one signs in again.
LASTS_AT_MOST = timedelta(days=30)
_PROLONGED_AFTER = timedelta(hours=1)
_SAFE = ("GET", "HEAD", "OPTIONS")
_USE_NOTED_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person, as a request shows them.

    Attributes:
        csrf_token: What forms of this session carry; empty for tokens.
        session: The session's hash; None for tokens.
        unread: How many notices the person has not read, where pages show it.
    """

    user: User
    scopes: frozenset[Scope]
    csrf_token: str = ""
    session: str | None = None
    unread: int = 0

    @property
    def id(self) -> str:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """What the user is called."""
        return self.user.name


class NotSignedIn(Problem):
    """Nobody is signed in; pages lead to the sign-in."""

    def __init__(self) -> None:
        super().__init__(
            401,
            NOT_SIGNED_IN,
            "Sign in, or send a token: `Authorization: Bearer …`.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class PasswordNeeded(Problem):
    """A one-time password is for choosing one's own, and for nothing else."""

    def __init__(self) -> None:
        super().__init__(
            403, "password_needed", "Choose a password of your own first, on /profile/password."
        )


CHOOSING_PAGE = "/profile/password"
# What somebody with a one-time password may do.
_FIRST_STEPS = frozenset((CHOOSING_PAGE, "/sign-out", "/theme"))


async def current_person(request: Request, services: Has) -> SignedIn | None:
    """Who sends the request; None for somebody who is not signed in.

    Raises:
        Problem: A token is not valid, or a request with a session may have been forged.
    """
    header = request.headers.get("authorization", "")
    if header:
        return await _by_token(services, header, address_of(request))
    cookie = request.cookies.get(session_cookie(services.settings))
    if not cookie:
        return None
    person = await _by_session(services, cookie)
    # Before what may refuse it: the page that says so is theirs as well.
    request.state.person = person
    if person is not None and request.method not in _SAFE:
        await _refuse_forgery(request, person)
    return person


async def require_person(
    request: Request,
    person: Annotated[SignedIn | None, Depends(current_person)],
) -> SignedIn:
    """Who sends the request.

    Raises:
        NotSignedIn: Nobody is signed in.
        PasswordNeeded: Somebody signed in with a one-time password and has not chosen their own.
    """
    if person is None:
        raise NotSignedIn
    if person.user.must_change_password and person.session and request.url.path not in _FIRST_STEPS:
        raise PasswordNeeded
    return person


Member = Annotated[SignedIn, Depends(require_person)]
Visitor = Annotated[SignedIn | None, Depends(current_person)]


def csrf_token_for(request: Request) -> str:
    """What forms on the page that answers this request carry."""
    person: SignedIn | None = getattr(request.state, "person", None)
    return person.csrf_token if person else ""


# --- signing in and out ---------------------------------------------------------------------------


async def sign_in(request: Request, response: Response, *, user: str, password: str) -> User | None:
    """Begins a session, always a new one; None if user or password is wrong.

    Raises:
        Problem: There have been too many attempts.
    """
    services = services_of(request)
    refuse_foreign_origin(request)
    moment, address = now(), address_of(request)
    services.guesses.refuse(user, address, moment)
    async with services.database.reading() as connection:
        found = await people.read_user(connection, user)
    known = verify_password(password, found.password_hash if found else None)
    if found is None or found.disabled or not known:
        services.guesses.note(user, address, moment)
        async with services.database.writing() as connection:
            account = None if found is None else found.id
            await note_way_in(connection, request, "fail_to_sign_in", account, at=moment)
        return None
    services.guesses.forget(user, address)
    await begin_session(request, response, found, because="sign_in")
    return found


def is_password_of(request: Request, user: User, password: str) -> bool:
    """Whether somebody who is signed in has typed their own password.

    Raises:
        Problem: There have been too many attempts.
    """
    guesses, address, moment = services_of(request).guesses, address_of(request), now()
    guesses.refuse(user.id, address, moment)
    if verify_password(password, user.password_hash):
        return True
    guesses.note(user.id, address, moment)
    return False


async def begin_session(
    request: Request, response: Response, user: User, *, because: WayInChange
) -> None:
    """Begins a session and hands its cookie to the browser; the page that answers is theirs."""
    services, secret, moment = services_of(request), secrets.token_urlsafe(32), now()
    session = Session(
        hash=hashed(secret),
        user=user.id,
        csrf_token=secrets.token_urlsafe(24),
        created_at=moment,
        expires_at=moment + LASTS,
    )
    async with services.database.writing() as connection:
        await people.end_old_sessions(connection, moment)
        await people.begin_session(connection, session)
        await note_way_in(connection, request, because, user.id, at=moment)
    request.state.person = _signed_in(user, session)
    response.set_cookie(
        session_cookie(services.settings),
        secret,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=services.settings.is_secure,
    )


async def sign_out(request: Request, response: Response, person: SignedIn) -> None:
    """Ends the session."""
    if person.session is not None:
        async with services_of(request).database.writing() as connection:
            await people.end_session(connection, person.session)
            await note_way_in(connection, request, "sign_out", person.id, at=now())
    settings = services_of(request).settings
    response.delete_cookie(session_cookie(settings), secure=settings.is_secure, httponly=True)
    # Whoever comes next to this browser finds nothing of what it has kept, drafts included.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def session_cookie(settings: Settings) -> str:
    """The cookie's name; by TLS one that no other host and no plain page can set."""
    return f"__Host-{COOKIE}" if settings.is_secure else COOKIE


def sign_in_address(request: Request) -> str:
    """Where a person signs in who wanted this page."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(wanted, safe='')}"


def safe_next(address: str) -> str:
    """Where to go on after signing in: a page of ours, whatever was asked for."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside and not parts.netloc and "\\" not in address else "/"


# --- by session, by token -------------------------------------------------------------------------


async def _by_session(services: Services, cookie: str) -> SignedIn | None:
    digest, moment = hashed(cookie), now()
    async with services.database.reading() as connection:
        found = await people.read_session(connection, digest, moment)
        unread = (
            0 if found is None else await notices.count_unread(connection, found[1].id, now=moment)
        )
    if found is None:
        return None
    session, user = found
    until = min(moment + LASTS, session.created_at + LASTS_AT_MOST)
    if until - session.expires_at > _PROLONGED_AFTER:
        async with services.database.writing() as connection:
            await people.prolong_session(connection, digest, until)
    return _signed_in(user, session, unread)


def _signed_in(user: User, session: Session, unread: int = 0) -> SignedIn:
    return SignedIn(
        user=user,
        scopes=frozenset(SCOPES),
        csrf_token=session.csrf_token,
        session=session.hash,
        unread=unread,
    )


async def _by_token(services: Services, header: str, address: str) -> SignedIn:
    kind, _, secret = header.partition(" ")
    moment = now()
    services.guesses.refuse_token(address, moment)
    if kind.lower() == "bearer" and secret:
        async with services.database.reading() as connection:
            found = await people.read_token(connection, hashed(secret.strip()), moment)
        if found is not None:
            token, user = found
            if token.last_used_at is None or moment - token.last_used_at > _USE_NOTED_AFTER:
                async with services.database.writing() as connection:
                    await people.note_use_of_token(connection, token.id, moment)
            held = token.scopes.split()
            scopes = frozenset(scope for scope in SCOPES if scope in held)
            return SignedIn(user=user, scopes=scopes)
    services.guesses.tokens.note(address, moment)
    raise NotSignedIn


async def _refuse_forgery(request: Request, person: SignedIn) -> None:
    refuse_foreign_origin(request)
    given = request.headers.get("x-csrf-token")
    if given is None and "form" in request.headers.get("content-type", ""):
        form = await request.form()
        field = form.get("csrf_token")
        given = field if isinstance(field, str) else None
    if given is None or not secrets.compare_digest(given.encode(), person.csrf_token.encode()):
        raise Problem(
            403,
            FORGED,
            "The form does not belong to this session any more: load the page again.",
        )


def refuse_foreign_origin(request: Request) -> None:
    """Refuses a request that a page of another site has made.

    Raises:
        Problem: It comes from elsewhere.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none")
    if site is None and origin not in (None, "null"):
        foreign = urlsplit(origin or "").netloc != request.headers.get("host")
    if foreign:
        raise Problem(403, "foreign_origin", "The request comes from another site.")
