"""What the documentation lists is what the code has."""

from pathlib import Path

import typer

from api.cli.main import commands
from engine.runtime.settings import PREFIX, Settings

RUNNING = Path(__file__).parents[2] / "docs" / "running.md"


def settings_table() -> str:
    """Every setting as `docs/running.md` lists it, in the code's own words."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def test_every_setting_is_documented_as_it_is():
    """Where it fails, the table is what `settings_table()` gives."""
    assert settings_table() in RUNNING.read_text(encoding="utf-8")


def test_every_command_is_documented():
    told = RUNNING.read_text(encoding="utf-8")
    root = typer.main.get_command(commands)
    missing = [name for name in root.commands if f"`{name}" not in told]  # type: ignore[attr-defined]  # a group's

    assert missing == []
