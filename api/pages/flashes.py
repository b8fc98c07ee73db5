"""A message for the next page, in a cookie: what was done, whose draft has arrived, the way back.

Its text is shown as text, so that its origin does not matter. The way back is a form that its
reader sends with one click: it is believed only with the seal of the session that did the thing.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from fastapi import Request, Response

from api.signin.people import SignedIn, csrf_token_for, safe_next

_HEADER = "Phaseline-Undo"
_COOKIE = "flash"
_LONGEST = 300
# Browsers drop cookies beyond four kilobytes.
_LONGEST_COOKIE = 3_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The form that takes back what was just done: where it goes, and what is in it."""

    action: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """One message; `draft` names the form whose kept text is no longer needed."""

    text: str
    draft: str = ""
    undo: Undo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """That something can be taken back, by whoever has just done it."""

    by: SignedIn
    action: str
    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    @property
    def undo(self) -> Undo:
        """The form that does so."""
        pairs = [
            (name, each)
            for name, texts in self.fields.items()
            for each in ((texts,) if isinstance(texts, str) else texts)
        ]
        return Undo(action=self.action, fields=tuple(pairs))


def flash(
    response: Response, text: str, *, draft: str = "", undoable: Undoable | None = None
) -> None:
    """Says something on the page that comes next, and how it is taken back if it can be."""
    kept: dict[str, object] = {"text": text[:_LONGEST], "draft": draft}
    value = quote(json.dumps(kept))
    if undoable is not None:
        undo = _written(undoable.undo)
        sealed = quote(
            json.dumps(kept | {"undo": undo, "seal": _seal(undo, undoable.by.csrf_token)})
        )
        value = sealed if len(sealed) <= _LONGEST_COOKIE else value
    response.set_cookie(_COOKIE, value, max_age=60, httponly=True, samesite="lax")


def take_flashes(request: Request) -> tuple[Flash, ...]:
    """What the page before wanted to say; whoever shows it deletes the cookie."""
    try:
        kept = json.loads(unquote(request.cookies.get(_COOKIE, "")))
        undo = _believed(kept.get("undo"), kept.get("seal"), csrf_token_for(request))
        return (Flash(text=str(kept["text"]), draft=str(kept["draft"]), undo=undo),)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def with_undo[Answer: Response](response: Answer, undoable: Undoable) -> Answer:
    """The answer to a script, with the form by which it is taken back."""
    response.headers[_HEADER] = quote(_written(undoable.undo))
    return response


def _written(undo: Undo) -> str:
    return json.dumps([undo.action, undo.fields])


def _believed(undo: object, seal: object, token: str) -> Undo | None:
    if not (token and isinstance(undo, str) and isinstance(seal, str) and seal.isascii()):
        return None
    if not hmac.compare_digest(seal, _seal(undo, token)):
        return None
    action, fields = json.loads(undo)
    if safe_next(action) != action:
        return None
    return Undo(action=action, fields=tuple((name, text) for name, text in fields))


def _seal(undo: str, token: str) -> str:
    return hmac.new(token.encode(), undo.encode(), hashlib.sha256).hexdigest()
