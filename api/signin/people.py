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
from engine.store import notices, people, sessions
from engine.store.people import User, hashed
from engine.store.sessions import Presented, Session, Way

COOKIE = "phaseline_session"
NOT_SIGNED_IN = "not_signed_in"
FORGED = "forged_request"
LASTS = timedelta(days=14)
# However much it is used; then one signs in again.
LASTS_AT_MOST = timedelta(days=30)
_SAFE = ("GET", "HEAD", "OPTIONS")
_USE_NOTED_AFTER = timedelta(minutes=5)
_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person, as a request shows them.

    Attributes:
        csrf_token: What forms of this session carry; empty for tokens.
        session: The session's hash; None for tokens.
        way: By what the session began.
        proved_at: When the person showed who they are, as far as that is known.
        has_second_factor: Whether they have set one up.
        lacks_second_factor: Whether they have to, and have not.
        unread: How many notices the person has not read, where pages show it.
    """

    user: User
    scopes: frozenset[Scope]
    csrf_token: str = ""
    session: str | None = None
    way: Way = "password"
    proved_at: datetime | None = None
    has_second_factor: bool = False
    lacks_second_factor: bool = False
    unread: int = 0

    @property
    def id(self) -> str:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """What the user is called."""
        return self.user.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """By what somebody has shown who they are; `is_fresh` says that they had to just now."""

    way: Way
    is_fresh: bool = True


BY_PASSWORD = Shown(way="password")


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


class SecondFactorNeeded(Problem):
    """Somebody has to set up a second factor before anything else."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "second_factor_needed",
            f"Your role needs a second factor: set one up first, on {SECOND_FACTOR_PAGE}.",
        )


CHOOSING_PAGE = "/profile/password"
SECOND_FACTOR_PAGE = "/profile/second-factor"
_ALWAYS = frozenset(("/sign-out", "/theme", "/profile/confirm"))
# What somebody with a one-time password may do, and somebody who lacks a second factor.
_FIRST_STEPS = _ALWAYS | {CHOOSING_PAGE}
_SECOND_STEPS = _ALWAYS | {
    SECOND_FACTOR_PAGE,
    f"{SECOND_FACTOR_PAGE}/begin",
    f"{SECOND_FACTOR_PAGE}/confirm",
}


async def current_person(request: Request, services: Has) -> SignedIn | None:
    """Who sends the request; None for somebody who is not signed in.

    Raises:
        Problem: A token is not valid, or a request with a session may have been forged.
    """
    header = request.headers.get("authorization", "")
    if header:
        return await _by_token(services, header, address_of(request))
    cookie = request.cookies.get(COOKIE)
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
        SecondFactorNeeded: Somebody has to set up a second factor and has not.
    """
    if person is None:
        raise NotSignedIn
    path = request.url.path
    if person.user.must_change_password and person.session:
        if path not in _FIRST_STEPS:
            raise PasswordNeeded
    elif person.lacks_second_factor and path not in _SECOND_STEPS:
        raise SecondFactorNeeded
    return person


Member = Annotated[SignedIn, Depends(require_person)]
Visitor = Annotated[SignedIn | None, Depends(current_person)]


def csrf_token_for(request: Request) -> str:
    """What forms on the page that answers this request carry."""
    person: SignedIn | None = getattr(request.state, "person", None)
    return person.csrf_token if person else ""


# --- signing in and out ---------------------------------------------------------------------------


async def verified(request: Request, *, user: str, password: str) -> User | None:
    """Whose user and password this is; None if one of them is wrong.

    Raises:
        Problem: There have been too many attempts.
    """
    services = services_of(request)
    refuse_foreign_origin(request)
    moment, address = now(), address_of(request)
    await services.guesses.count(user, address, moment)
    async with services.database.reading() as connection:
        found = await people.read_user(connection, user)
    known = verify_password(password, found.password_hash if found else None)
    if found is None or found.disabled or not known:
        await note_failure(request, found)
        return None
    await services.guesses.take_back(user, address, moment)
    return found


async def note_failure(request: Request, user: User | None) -> None:
    """Writes into the audit log that somebody has not shown who they are."""
    async with services_of(request).database.writing() as connection:
        account = None if user is None else user.id
        await note_way_in(connection, request, "fail_to_sign_in", account, at=now())


async def is_password_of(request: Request, user: User, password: str) -> bool:
    """Whether somebody who is signed in has typed their own password.

    Raises:
        Problem: There have been too many attempts.
    """
    guesses, address, moment = services_of(request).guesses, address_of(request), now()
    await guesses.count(user.id, address, moment)
    if not verify_password(password, user.password_hash):
        return False
    await guesses.take_back(user.id, address, moment)
    return True


async def begin_session(
    request: Request,
    response: Response,
    user: User,
    *,
    because: WayInChange,
    shown: Shown = BY_PASSWORD,
) -> None:
    """Begins a session and hands its cookie to the browser; the page that answers is theirs."""
    services, secret, moment = services_of(request), secrets.token_urlsafe(32), now()
    await services.guesses.forget(user.id, address_of(request))
    session = Session(
        hash=hashed(secret),
        user=user.id,
        csrf_token=secrets.token_urlsafe(24),
        created_at=moment,
        expires_at=moment + LASTS,
        used_at=moment,
        proved_at=moment if shown.is_fresh else None,
        way=shown.way,
        address=address_of(request),
        agent=request.headers.get("user-agent", "")[:_LONGEST_AGENT],
    )
    async with services.database.writing() as connection:
        await sessions.end_old(connection, moment)
        await sessions.begin(connection, session)
        await note_way_in(connection, request, because, user.id, at=moment)
        begun = await sessions.read(connection, session.hash, moment)
    request.state.person = None if begun is None else _signed_in(begun)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
    )


async def sign_out(request: Request, response: Response, person: SignedIn) -> None:
    """Ends the session."""
    if person.session is not None:
        async with services_of(request).database.writing() as connection:
            await sessions.end(connection, person.id, [person.session])
            await note_way_in(connection, request, "sign_out", person.id, at=now())
    response.delete_cookie(COOKIE, httponly=True)
    # Whoever comes next to this browser finds nothing of what it has kept, drafts included.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


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
        found = await sessions.read(connection, digest, moment)
        unread = (
            0
            if found is None
            else await notices.count_unread(connection, found.user.id, now=moment)
        )
    if found is None:
        return None
    if moment - found.session.used_at > _USE_NOTED_AFTER:
        until = min(moment + LASTS, found.session.created_at + LASTS_AT_MOST)
        async with services.database.writing() as connection:
            await sessions.note_use(connection, digest, now=moment, until=until)
    return _signed_in(found, unread)


def _signed_in(found: Presented, unread: int = 0) -> SignedIn:
    session, user = found.session, found.user
    # Who comes from a provider has shown there as much as is asked of them.
    is_asked = session.way == "password" and user.installation_role in found.asked_of
    return SignedIn(
        user=user,
        scopes=frozenset(SCOPES),
        csrf_token=session.csrf_token,
        session=session.hash,
        way=session.way,
        proved_at=session.proved_at,
        has_second_factor=found.has_second_factor,
        lacks_second_factor=is_asked and not found.has_second_factor,
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
