"""The pure rooms ask neither a clock nor chance nor the world, and no module grows too long.

What may be imported, import-linter holds; this reads what is called, because `datetime` may be
imported but not asked for the time.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipes", "engine", "workers", "api", "tests")
PURE_ROOMS = ("pipes", "engine/core")
LONGEST_MODULE = 500

# What a pure room must not use, and what it does instead.
METHODS = {
    "now": "take the instant from the facts",
    "today": "take the instant from the facts",
    "utcnow": "take the instant from the facts",
}
BUILTINS = {
    "__import__": "import at the top, where import-linter sees it",
    "eval": "interpret values, not code",
    "exec": "interpret values, not code",
    "hash": "it differs from process to process; use a digest",
    "id": "it differs from process to process; use an identifier",
    "input": "take what is asked for as an argument",
    "open": "let the caller read the file",
    "print": "return what there is to say",
}
MODULES = {
    "os": "settings and files are the caller's",
    "random": "take what is drawn as an argument",
    "secrets": "take what is drawn as an argument",
    "time": "take the instant from the facts",
    "uuid": "take the identifier as an argument",
}


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def impurities(source: str) -> Iterator[str]:
    """What in a module's source asks the clock, chance or the world: one line each."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                yield f"line {node.lineno}: {name}(): {BUILTINS[name]}"
            case ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=name) if (
                name in METHODS
            ):
                yield f"line {node.lineno}: .{name}: {METHODS[name]}"
            case ast.Import(names=names):
                for module in names:
                    if module.name in MODULES:
                        yield f"line {node.lineno}: import {module.name}: {MODULES[module.name]}"
            case ast.ImportFrom(module=str(name)) if name.split(".")[0] in MODULES:
                yield f"line {node.lineno}: from {name}: {MODULES[name.split('.')[0]]}"
            case _:
                pass


@pytest.mark.parametrize("path", modules(*PURE_ROOMS), ids=named)
def test_a_pure_room_asks_neither_clock_nor_chance_nor_world(path: Path):
    assert list(impurities(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "late = datetime.now(UTC) > due",
        "day = date.today()",
        "started = datetime.utcnow",
        "import time",
        "import random",
        "from uuid import uuid4",
        "from os import environ",
        "text = open('pipe.json').read()",
        "order = sorted(people, key=lambda person: hash(person))",
    ],
)
def test_what_is_impure_is_found(source: str):
    assert len(list(impurities(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "late = facts.today > due",
        "from datetime import time",
        "noon = time.fromisoformat('12:00')",
        "day = instant.date()",
        "clock.opened = True",
        "open_cards = [card for card in cards if card.is_open]",
        "def identify(id: str) -> str: return id",
    ],
)
def test_what_is_pure_is_left_alone(source: str):
    assert list(impurities(source)) == []


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=named)
def test_a_module_is_no_longer_than_can_be_read_at_once(path: Path):
    lines = len(path.read_text().splitlines())

    assert lines <= LONGEST_MODULE, f"{lines} lines: give one of its subjects a module of its own."
