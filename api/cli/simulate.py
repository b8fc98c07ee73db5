"""`phaseline simulate`: many cards through a pipe, before anybody has to live with it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import refuse

if TYPE_CHECKING:
    from engine.scenarios.simulate import Summary
    from pipes.definition import Definition

commands = typer.Typer()

# A Monday, so that two runs with the same seed come to the same.
_BEGINS = datetime(2026, 3, 2, 12, tzinfo=UTC)


@commands.command(rich_help_panel="Pipes")
def simulate(
    file: Annotated[Path, typer.Argument(help="A definition.", exists=True, dir_okay=False)],
    *,
    cards: Annotated[int, typer.Option(min=1, max=10_000, help="How many cards.")] = 100,
    steps: Annotated[int, typer.Option(min=1, max=2_000, help="Steps for each, at most.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed comes to the same.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Play many cards through a pipe on a virtual clock: where they end, wait and run late."""
    from engine.checking import calendars_around
    from engine.scenarios.simulate import simulate as play
    from pipes.forms import CompiledPipe
    from pipes.reading import read_definition

    definition = read_definition(file.read_bytes()).definition
    if definition is None:
        raise refuse(f"{file} has errors: see `phaseline check {file}`.")
    summary = play(
        CompiledPipe(definition=definition),
        calendars_around(definition, _BEGINS.year),
        cards=cards,
        steps=steps,
        at=_BEGINS,
        seed=seed,
    )
    typer.echo(json.dumps(asdict(summary)) if as_json else _in_words(definition, summary))


def _in_words(definition: "Definition", summary: "Summary") -> str:
    stays = [
        f"  {definition.phase(phase).name}: {_days(middle)} in the middle, {_days(late)} at the"
        f" slow end, {count} cards"
        for phase, (middle, late, count) in summary.hours.items()
    ]
    return "\n".join(
        [
            f"{summary.cards} cards through {definition.name}",
            "How they ended:",
            *_counted(summary.ended),
            "How long they stood, by the plain clock:",
            *stays,
            "Clocks that ran out:",
            *_counted(summary.breached),
            "What held steps up:",
            *_counted(summary.held_up),
            f"Cards that nobody could move: {summary.stuck}",
        ]
    )


def _counted(counts: Mapping[str, int]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda each: -each[1])
    return [f"  {count} × {name}" for name, count in ordered] or ["  none"]


def _days(hours: float) -> str:
    return f"{hours / 24:.1f} days"
