"""Around every request: how large it may be, its number in the logs, and the security headers."""

import re
import uuid
from collections.abc import Awaitable, Callable

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1_100_000

POLICY_HEADER = "Content-Security-Policy"
_UNFRAMED = "frame-ancestors 'none'"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    f" {_UNFRAMED}"
)
_HEADERS = {
    POLICY_HEADER: POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


# For a year, as the standard wants it at least.
_ONLY_BY_TLS = "max-age=31536000; includeSubDomains"


def policy_with_styles(nonce: str) -> str:
    """The policy of a page on which a script of ours may also add styles that carry this nonce."""
    return POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")


def policy_in_frames(sites: str) -> str:
    """The policy of a page that these sites may show in a frame; with none, nobody may."""
    return POLICY.replace(_UNFRAMED, f"frame-ancestors 'self' {sites}") if sites else POLICY


# A browser takes a cookie of this name only by TLS, from this very host, and for all of it: no
# other host of the domain and no plain page can set it.
_HOST = b"__Host-"


def _set_by_tls(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """The header; a cookie that it sets is this host's alone, and sent by TLS only."""
    if name != b"set-cookie":
        return name, value
    secured = value if b"; secure" in value.lower() else value + b"; Secure"
    return name, _HOST + secured


def _sent_by_tls(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """The header; of its cookies those that this host has set, by their names here."""
    if name != b"cookie":
        return name, value
    pairs = (pair.strip() for pair in value.split(b";"))
    return name, b"; ".join(pair.removeprefix(_HOST) for pair in pairs if pair.startswith(_HOST))


class SecurityHeaders:
    """Tells the browser what our pages may do, and numbers the request for the logs.

    Attributes:
        is_secure: Whether people reach the pages by TLS: then only so.
    """

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = uuid.uuid4().hex[:16]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=number)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = number
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # The same for old browsers, which cannot be told of sites.
                if _UNFRAMED in headers[POLICY_HEADER]:
                    headers["X-Frame-Options"] = "DENY"
                if self._is_secure:
                    headers.setdefault("Strict-Transport-Security", _ONLY_BY_TLS)
                    message["headers"] = [_set_by_tls(*each) for each in headers.raw]
            await send(message)

        if self._is_secure:
            scope = {**scope, "headers": [_sent_by_tls(*each) for each in scope["headers"]]}
        await self._app(scope, receive, send_with_headers)


# Where forms may bring files: to a card, to a pipe's start form, and to one without an account.
_WITH_FILES = re.compile(
    r"(/api/v1)?/(cards|pipes)/[^/]+/attachments|/cards/[^/]+/(fields|moves)|/pipes/[^/]+/new"
)
_WITH_PUBLIC_FILES = re.compile(r"/forms/[^/]+")


class BodyLimit:
    """Refuses a body that is larger than anything that is read there.

    Attributes:
        files: So many bytes more a form may have that brings files.
        public_files: The same for people without an account.
    """

    def __init__(self, app: ASGIApp, *, files: int, public_files: int) -> None:
        self._app = app
        self._files = files
        self._public_files = public_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, if it is not too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._app(scope, _counted(receive, LARGEST_BODY + self._more(scope)), send)

    def _more(self, scope: Scope) -> int:
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        if not kind.startswith(b"multipart/form-data"):
            return 0
        if _WITH_PUBLIC_FILES.fullmatch(scope["path"]):
            return self._public_files
        return self._files if _WITH_FILES.fullmatch(scope["path"]) else 0


class _TooLarge(HTTPException):
    """More has come than may come; of this kind, as FastAPI makes a 400 of any other."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"A request may have {most} bytes here; this has more.")


def _counted(receive: Receive, most: int) -> Callable[[], Awaitable[Message]]:
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise _TooLarge(most)
        return message

    return counting
