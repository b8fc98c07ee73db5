"""Pages that have not changed since somebody last looked: answered without drawing them again."""

import hashlib
from dataclasses import astuple

from fastapi import Request, Response

from api.pages.reader import locale_of
from api.pages.rendering import asset, theme_of
from api.pages.words import now
from api.signin.people import SignedIn
from engine.core.actors import Standing

# Browsers keep the page, and ask each time whether it is still so.
_KEPT = {"Cache-Control": "private, no-cache", "Vary": "HX-Request, Cookie"}
_NOT_MODIFIED = 304


def tag_of(request: Request, person: SignedIn, standing: Standing, *parts: object) -> str:
    """What a page was drawn from: the same tag, the same page.

    Who looks at which address with which rights, in which theme and locale, what is to be said
    to them, and the `parts` that the page itself is about. Times are told in words of minutes, so
    that none is older than that.
    """
    rights = tuple(
        sorted(each) if isinstance(each, frozenset) else each for each in astuple(standing)
    )
    seen = (person.name, person.csrf_token, person.unread, locale_of(request), rights)
    said = request.cookies.get("flash")
    asked = (request.url.path, request.url.query, theme_of(request))
    drawn = (asset("app.css"), asset("app.js"), f"{now():%Y-%m-%dT%H:%M}")
    digest = hashlib.sha256(repr((seen, said, asked, drawn, parts)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def unchanged(request: Request, tag: str) -> Response | None:
    """The answer to somebody who has the page with that tag already; None for anybody else."""
    known = request.headers.get("if-none-match", "")
    if tag not in (each.strip() for each in known.split(",")):
        return None
    return Response(status_code=_NOT_MODIFIED, headers={"ETag": tag, **_KEPT})


def tagged(response: Response, tag: str) -> Response:
    """The page, which a browser may keep under its tag."""
    response.headers.update({"ETag": tag, **_KEPT})
    return response
