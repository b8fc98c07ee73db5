"""Texts to begin a draft with, and what a draft is called; from files, versions and forms."""

import json
import re
from collections.abc import Collection, Mapping

from pipes.canonical import format_document
from pipes.identifiers import JsonValue
from pipes.json_text import read_json

UNNAMED = "Untitled pipe"
_LONGEST_NAME = 100
_LONGEST_KEY = 10
_NUMBER_BEHIND = re.compile(r"-?\d+$")


class NoText(ValueError):
    """What was sent is no text; the message says what to do."""


def decoded(sent: bytes) -> str:
    """What was sent as a text, as a draft keeps it: lines end alike, and nothing is unkeepable.

    Raises:
        NoText: It is not UTF-8.
    """
    try:
        return plain(sent.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NoText("The file is not text in UTF-8: save it as UTF-8 and try again.") from None


def plain(text: str) -> str:
    """The text with the line ends of Unix, and without what no database keeps."""
    kept = text.replace("\r\n", "\n").replace("\x00", "")
    return kept.encode("utf-8", "replace").decode()


def formatted(text: str) -> str:
    """The text as `phaseline fmt` would lay it out; as it is, if it is no JSON."""
    read = read_json(text)
    if any(finding.severity == "error" for finding in read.findings):
        return text
    return format_document(read.value)


def name_of(text: str) -> str:
    """What the pipe is called, as far as the text says."""
    read = read_json(text)
    name = read.value.get("name") if isinstance(read.value, Mapping) else None
    known = isinstance(name, str) and name.strip()
    return str(name).strip()[:_LONGEST_NAME] if known else UNNAMED


def text_of(document: str) -> str:
    """A published document as it was written; laid out, if a program wrote it in one line."""
    return document if "\n" in document.strip() else format_document(json.loads(document))


def text_of_copy(
    document: Mapping[str, JsonValue], *, pipes: Collection[str], keys: Collection[str]
) -> str:
    """The document as the beginning of another pipe: with an id and a key that are not taken."""
    card = document.get("card")
    pipe = str(document.get("id", "pipe"))
    copy: dict[str, JsonValue] = {**document, "id": _free(pipe, pipes, joint="-")}
    if copy["id"] != pipe:
        copy["name"] = f"{document.get('name', pipe)} (copy)"
    if isinstance(card, Mapping) and isinstance(card.get("key"), str):
        key = _free(str(card["key"]), keys, joint="", longest=_LONGEST_KEY)
        copy["card"] = {**card, "key": key}
    return format_document(copy)


def _free(name: str, taken: Collection[str], *, joint: str, longest: int = 60) -> str:
    """The name, or the first with a number behind it that is not taken."""
    if name not in taken:
        return name
    stem = _NUMBER_BEHIND.sub("", name) or name
    number = 2
    while True:
        behind = f"{joint}{number}"
        candidate = stem[: longest - len(behind)] + behind
        if candidate not in taken:
            return candidate
        number += 1
