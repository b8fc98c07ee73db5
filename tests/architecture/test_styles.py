"""The look of the pages: a part for each component, and every colour said once."""

import re
from pathlib import Path

STYLES = Path(__file__).parents[2] / "api" / "assets" / "src"
TOKENS = STYLES / "styles" / "tokens.css"
_COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(|prefers-color-scheme|light-dark\("
)


def test_colours_stand_with_the_tokens_alone() -> None:
    elsewhere = {
        f"{path.relative_to(STYLES)}: {found}"
        for path in STYLES.rglob("*.css")
        if path != TOKENS
        for found in _COLOUR.findall(path.read_text(encoding="utf-8"))
    }
    assert elsewhere == set()


def test_no_colour_is_said_twice() -> None:
    names = re.findall(r"^\s*(--[\w-]+):", TOKENS.read_text(encoding="utf-8"), re.MULTILINE)
    named = [name for name in names if name != "--tone"]
    assert len(named) == len(set(named))


def test_a_part_of_the_style_fits_on_a_few_screens() -> None:
    lengths = {
        path.name: len(path.read_text("utf-8").splitlines()) for path in STYLES.rglob("*.css")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 250} == {}
