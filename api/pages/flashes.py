"""A message for the next page, in a cookie: what was done, and whose draft has arrived."""

import json
from dataclasses import asdict, dataclass
from urllib.parse import quote, unquote

from fastapi import Request, Response

_COOKIE = "flash"
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """One message; `draft` names the form whose kept text is no longer needed."""

    text: str
    draft: str = ""


def flash(response: Response, text: str, *, draft: str = "") -> None:
    """Says something on the page that comes next. Shown as text, so its origin does not matter."""
    value = quote(json.dumps(asdict(Flash(text=text[:_LONGEST], draft=draft))))
    response.set_cookie(_COOKIE, value, max_age=60, httponly=True, samesite="lax")


def take_flashes(request: Request) -> tuple[Flash, ...]:
    """What the page before wanted to say; whoever shows it deletes the cookie."""
    try:
        kept = json.loads(unquote(request.cookies.get(_COOKIE, "")))
        return (Flash(text=str(kept["text"]), draft=str(kept["draft"])),)
    except (ValueError, KeyError, TypeError):
        return ()
