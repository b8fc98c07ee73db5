"""Pages are drawn here: one Jinja2 environment, what every page's frame needs, and the filters.

A template gets `shell` (the frame) and `page` (one frozen context class of the screen), no more.
"""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.administering import may_administer
from api.pages.flashes import Flash, take_flashes
from api.pages.reader import locale_of
from api.signin.people import SignedIn, csrf_token_for
from engine.locales import Locale

type Section = Literal["home", "pipes", "people", "notices", ""]
type Theme = Literal["system", "light", "dark"]

_HERE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, as the frame shows it."""

    id: str
    name: str
    unread: int
    sees_people: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of several screens that belong together."""

    address: str
    name: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame around every page."""

    viewer: Viewer | None
    section: Section
    csrf_token: str
    theme: Theme
    path: str
    flashes: tuple[Flash, ...]
    locale: Locale


class AssetsMissing(Exception):
    """The scripts and styles have not been built."""


@cache
def _manifest() -> dict[str, str]:
    path = _HERE / "static" / "manifest.json"
    try:
        names: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        raise AssetsMissing("The page assets are not built: run `make install`.") from None
    return names


def asset(name: str) -> str:
    """The address of a built script or style."""
    return f"/static/{_manifest()[name]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    environment.globals["drawn"] = draw_tile_of_board
    return environment


@lru_cache(maxsize=5_000)
def draw_tile_of_board(card: Hashable) -> Markup:
    """A card on the board. It is the same for everybody who may see as much of it, so that it is
    drawn once until something on it changes: a board has hundreds.
    """
    html = _environment().get_template("parts/_tile.html").render(card=card)
    return Markup(html)  # noqa: S704 -- a template of ours has escaped it


def theme_of(request: Request) -> Theme:
    """The theme that this browser has chosen."""
    match request.cookies.get("theme"):
        case "light":
            return "light"
        case "dark":
            return "dark"
        case _:
            return "system"


def is_part(request: Request) -> bool:
    """Whether a script asks for a part of a page rather than the whole."""
    return "hx-request" in request.headers


def render_part(
    request: Request, template: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    """A part of a page, for a script that puts it where it belongs."""
    html = _environment().get_template(template).render(shell=_shell(request, None, ""), **context)
    return HTMLResponse(
        html, status_code=status, headers={"Vary": "HX-Request", "Cache-Control": "no-store"}
    )


def render(
    request: Request,
    template: str,
    page: object,
    *,
    person: SignedIn | None,
    section: Section = "",
    status: int = 200,
) -> HTMLResponse:
    """A whole page."""
    shell = _shell(request, person, section)
    html = _environment().get_template(template).render(shell=shell, page=page)
    response = HTMLResponse(
        html, status_code=status, headers={"Vary": "HX-Request", "Cache-Control": "no-store"}
    )
    if shell.flashes:
        response.delete_cookie("flash")
    return response


def _shell(request: Request, person: SignedIn | None, section: Section) -> Shell:
    return Shell(
        viewer=None if person is None else _viewer(person),
        section=section,
        csrf_token=csrf_token_for(request),
        theme=theme_of(request),
        path=request.url.path,
        flashes=take_flashes(request),
        locale=locale_of(request),
    )


def _viewer(person: SignedIn) -> Viewer:
    return Viewer(
        id=person.id,
        name=person.name,
        unread=person.unread,
        sees_people=may_administer(person, "see_people"),
    )
