"""`phaseline check`, `fmt`, `rule` and `calendar`: what authors do offline."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.exits import REFUSED, refuse

if TYPE_CHECKING:
    from pipes.reading import Reading

commands = typer.Typer()

# Public holidays are known for as many years back and on.
_HOLIDAY_YEARS = 60

_Files = Annotated[list[Path], typer.Argument(help="Definitions, or folders of them.", exists=True)]


@commands.command(rich_help_panel="Pipes")
def check(
    files: _Files,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each file.")] = False,
) -> None:
    """Check definitions: everything that is wrong, each at its line and JSON pointer."""
    from engine.checking import check as check_whole
    from pipes.surroundings import Surroundings

    failed = False
    paths = list(_definitions(files))
    around = Surroundings(pipes=frozenset(_ids_beside(paths)))
    for path in paths:
        reading = check_whole(path.read_bytes(), around)
        failed = failed or reading.definition is None
        typer.echo(_checked_as_json(path, reading) if as_json else _checked(path, reading))
    if failed:
        raise typer.Exit(REFUSED)


@commands.command(rich_help_panel="Pipes")
def fmt(
    files: _Files,
    *,
    only_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; say what would be changed.")
    ] = False,
) -> None:
    """Format definitions: properties in the language's order, short parts on one line."""
    from pipes.canonical import format_document
    from pipes.findings import has_errors
    from pipes.json_text import read_json

    failed = False
    for path in _definitions(files):
        text = read_json(path.read_bytes())
        if has_errors(text.findings):
            failed = True
            typer.echo(f"{path}: {text.findings[0].message}", err=True)
            continue
        laid_out = format_document(text.value)
        if laid_out.encode() == path.read_bytes():
            continue
        typer.echo(f"{path}: {'would be formatted' if only_check else 'formatted'}")
        if only_check:
            failed = True
        else:
            path.write_bytes(laid_out.encode())
    if failed:
        raise typer.Exit(REFUSED)


@commands.command(rich_help_panel="Pipes")
def rule() -> None:
    """Try rules: reads lines `{"rule", "data"}`, answers `{"value"}` or `{"error"}` to each.

    The data say the types: what could not be published is an error here as well.
    """
    from pipes.rules import RuleError, try_rule

    for line in _lines():
        if not isinstance(line, dict) or "rule" not in line:
            _answer({"error": 'A line is an object such as {"rule": true, "data": {}}.'})
            continue
        try:
            value = try_rule(line["rule"], line.get("data"))
        except RuleError as error:
            _answer({"error": str(error)})
        else:
            _answer({"value": value})


@commands.command(rich_help_panel="Pipes")
def calendar(
    file: Annotated[
        Path, typer.Argument(help='A file with {"calendars": {…}}.', exists=True, dir_okay=False)
    ],
) -> None:
    """Reckon with business time: reads questions as JSON lines, answers one line each.

    `{"op": "deadline", "calendar", "start", "target"}` asks for `{"deadline"}`,
    `{"op": "elapsed", "calendar", "start", "end"}` for `{"working_seconds"}`, and
    `{"op": "days_off", "calendar", "start", "end"}` for the holidays and closed days between.
    """
    from pipes.calendars import CalendarError, answer_line
    from pipes.calendars_file import CalendarsFileError, read_calendars

    try:
        this_year = datetime.now(UTC).year
        years = range(this_year - _HOLIDAY_YEARS, this_year + _HOLIDAY_YEARS)
        calendars = read_calendars(file.read_bytes(), years)
    except CalendarsFileError as error:
        raise refuse(f"{file}: {error}") from None
    for line in _lines():
        if not isinstance(line, dict):
            _answer({"error": "A line is an object."})
            continue
        try:
            _answer(dict(answer_line(calendars, line)))
        except CalendarError as error:
            _answer({"error": str(error)})


def _ids_beside(paths: Iterable[Path]) -> Iterator[str]:
    """The ids of the pipes in these files and beside them: what a definition may refer to."""
    folders = {path.parent for path in paths}
    for path in {*paths, *(beside for folder in folders for beside in folder.glob("*.json"))}:
        try:
            document = json.loads(path.read_bytes())
        except (ValueError, RecursionError, OSError):
            continue
        if isinstance(document, dict) and isinstance(document.get("id"), str):
            yield document["id"]


def _definitions(files: list[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            yield from sorted(path.rglob("*.json"))
        else:
            yield path


def _checked(path: Path, reading: "Reading") -> str:
    if not reading.findings:
        return f"{path}: no findings"
    lines = []
    for each in reading.findings:
        place = reading.text.place(each.pointer) if reading.text else None
        where = f"{path}:{place.line}:{place.column}" if place else str(path)
        lines.append(f"{where}: {each.severity} {each.code} at {each.pointer or '/'}")
        lines.append(f"    {each.message}{f' {each.fix}' if each.fix else ''}")
    return "\n".join(lines)


def _checked_as_json(path: Path, reading: "Reading") -> str:
    findings = [
        {
            "code": each.code,
            "severity": each.severity,
            "pointer": each.pointer,
            "message": each.message,
            "fix": each.fix,
        }
        for each in reading.findings
    ]
    answer = {"file": str(path), "ok": reading.definition is not None, "findings": findings}
    return json.dumps(answer, ensure_ascii=False)


def _lines() -> Iterator[Any]:
    """The JSON values on the lines of standard input; a line that is none is answered here."""
    for text in sys.stdin:
        if not text.strip():
            continue
        try:
            yield json.loads(text)
        except (ValueError, RecursionError) as error:
            _answer({"error": f"The line is not JSON: {str(error)[:200]}"})


def _answer(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
