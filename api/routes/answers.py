"""What every route has in common: declared problems, cursors, headers about one card."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Query, Response

from api.problems import MEDIA_TYPE, Problem
from api.routes.schemas import ProblemShown

# Integer columns hold less than this.
_BEYOND_COLUMNS = 2**63

_WORDS: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "Nobody is signed in.",
    403: "The person or the token may not do this.",
    404: "There is no such thing, or it is not for the caller to see.",
    409: "Somebody else was quicker (`version_conflict`), or the key was used before.",
    413: "The request is too large.",
    415: "The content is of a kind that is not read here.",
    422: "The rules say no, or a value does not fit.",
    429: "Too many requests.",
    503: "The engine or the database cannot answer in time; the same may be sent again.",
}

# `api.openapi` adds the schema itself: with FastAPI's `model` it would be declared as plain JSON.
_PROBLEM = {"$ref": f"#/components/schemas/{ProblemShown.__name__}"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for the OpenAPI document."""
    always = (400, 401, 403, 413, 422, 429, 503)
    return {
        status: {
            "description": _WORDS[status],
            "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
        }
        for status in sorted({*always, *statuses})
    }


IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key again gives the same answer and changes nothing."),
]
IfMatch = Annotated[str | None, Header(description="The card's version that the sender saw.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many, at most.")]
Cursor = Annotated[str | None, Query(max_length=500, description="Where the last page ended.")]


def seen_version(if_match: str | None) -> int | None:
    """The version in `If-Match`.

    Raises:
        Problem: It is not a version.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 12:
        raise Problem(400, "bad_version", '`If-Match` is the card\'s version, such as "7".')
    return int(digits)


def tag(response: Response, version: int) -> None:
    """Says which version of the card the answer is about."""
    response.headers["ETag"] = f'"{version}"'


def encode_cursor(*parts: str | int) -> str:
    """Where a page ended, as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """What a cursor holds.

    Raises:
        Problem: It is none of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    fits = isinstance(parts, list) and len(parts) == len(kinds)
    if not fits or not all(
        isinstance(part, kind) and not isinstance(part, bool) and _is_storable(part)
        for part, kind in zip(parts, kinds, strict=True)
    ):
        raise Problem(400, "bad_cursor", "The cursor is not one that was given out here.")
    return tuple(parts)


def instant_in(text: str) -> datetime:
    """The instant that a part of a cursor stands for.

    Raises:
        Problem: It stands for none.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Problem(400, "bad_cursor", "The cursor is not one that was given out here.")
    return instant


def _is_storable(part: object) -> bool:
    """Whether a column could hold it, so that the database may be asked about it."""
    if not isinstance(part, str):
        return not isinstance(part, int) or abs(part) < _BEYOND_COLUMNS
    return "\x00" not in part and not any("\ud800" <= letter <= "\udfff" for letter in part)
