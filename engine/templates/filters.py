"""The filters of texts with `{{ … }}`: few, and none whose result can grow out of hand."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jinja2 import Undefined
from markupsafe import Markup, escape

LONGEST_VALUE = 100_000
# C's own form has widths, which would make a small text a large one.
_FORM = re.compile(r"(?:%[YmdHMSBbAa]|[^%]){1,100}")


class Overlong(Exception):
    """Something has grown beyond what a text may hold."""

    def __init__(self, longest: int = LONGEST_VALUE) -> None:
        super().__init__(f"It grows beyond {longest} characters or parts.")


def bounded[T](value: T) -> T:
    """The value, unless it is too long.

    Raises:
        Overlong: It is.
    """
    if isinstance(value, str | list | tuple | Mapping) and len(value) > LONGEST_VALUE:
        raise Overlong
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, Undefined) else str(value)


def _items(value: object) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [] if value is None or isinstance(value, Undefined) else [value]
    return list(value)


def _default(value: object, other: object = "") -> object:
    absent = value is None or isinstance(value, Undefined) or value in ("", [], ())
    return other if absent else value


def _join(value: object, between: object = ", ") -> str:
    texts, separator = [_text(item) for item in _items(value)], _text(between)
    if sum(map(len, texts)) + len(separator) * len(texts) > LONGEST_VALUE:
        raise Overlong
    return separator.join(texts)


def _replace(value: object, old: object, new: object) -> str:
    text, sought, put = _text(value), _text(old), _text(new)
    if not sought:
        return text
    if len(text) + text.count(sought) * len(put) > LONGEST_VALUE:
        raise Overlong
    return text.replace(sought, put)


def _truncate(value: object, length: int = 255) -> str:
    text, most = _text(value), max(1, int(length))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _round(value: object, places: int = 0) -> float:
    number = round(_number(value), max(0, min(int(places), 10)))
    return int(number) if number == int(number) else number


def _number(value: object) -> float:
    try:
        return float(_text(value))
    except ValueError:
        return 0.0


def _date(value: object, form: str = "%Y-%m-%d") -> str:
    """A date or an instant as `form` says: `{{ fields.due | date("%d/%m/%Y") }}`."""
    if not _FORM.fullmatch(form):
        raise ValueError("The form of a date is made of %Y, %m, %d, %H, %M, %S, %B, %b, %A and %a.")
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return _text(value)
    return moment.strftime(form)


def _json(value: object) -> Markup:
    """JSON that may stand in a script or an attribute, too."""
    plain = None if isinstance(value, Undefined) else value
    written = json.dumps(plain, ensure_ascii=False, default=str)
    for letter in "<>&'":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(written)  # noqa: S704 -- what could be markup has just been written otherwise.


FILTERS: Mapping[str, Callable[..., Any]] = {
    "capitalize": lambda value: _text(value).capitalize(),
    "date": _date,
    "default": _default,
    "escape": escape,
    "first": lambda value: next(iter(_items(value)), ""),
    "int": lambda value: int(_number(value)),
    "join": _join,
    "json": _json,
    "last": lambda value: next(iter(reversed(_items(value))), ""),
    "length": lambda value: len(value) if isinstance(value, str) else len(_items(value)),
    "lower": lambda value: _text(value).lower(),
    "replace": _replace,
    "round": _round,
    "sort": lambda value: sorted(_items(value), key=str),
    "title": lambda value: _text(value).title(),
    "tojson": _json,
    "trim": lambda value: _text(value).strip(),
    "truncate": _truncate,
    "upper": lambda value: _text(value).upper(),
    "urlencode": lambda value: quote(_text(value), safe=""),
}
