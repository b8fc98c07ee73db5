"""`docs/security.md` says something of each requirement, and names tests that there are."""

import re
from pathlib import Path

HERE = Path(__file__).parents[1]
PAGE = (HERE.parent / "docs" / "security.md").read_text(encoding="utf-8")
VERDICTS = {"Yes", "Operator", "None", "Open"}


def rows() -> list[tuple[list[str], str, str]]:
    """The numbers of each row, its verdict, and how."""
    found = []
    for line in PAGE.splitlines():
        parts = [part.strip() for part in line.strip("|").split("|")]
        if line.startswith("| ") and parts[0][:1].isdigit():
            found.append((parts[0].split(), parts[1], parts[2]))
    return found


def test_every_requirement_of_the_standard_stands_on_the_page_once():
    listed = (HERE / "data" / "asvs-5.0-level-2.txt").read_text(encoding="ascii").split()
    said = [number for numbers, _, _ in rows() for number in numbers]

    assert sorted(said) == sorted(listed)


def test_every_requirement_has_a_verdict_and_a_reason():
    assert [numbers for numbers, verdict, how in rows() if verdict not in VERDICTS or not how] == []


def test_every_test_that_is_named_is_there():
    there: set[str] = set()
    for path in HERE.rglob("test_*.py"):
        there.update(re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8")))
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert named
    assert named - there == set()
