"""What the documentation lists is what the code has."""

import re
from pathlib import Path

import pytest
import typer
from prometheus_client import Counter, Histogram

from api.cli.main import commands
from engine.runtime import metrics
from engine.runtime.settings import PREFIX, Settings

DOCS = Path(__file__).parents[2] / "docs"
RUNNING = DOCS / "running.md"


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


def all_metrics() -> dict[str, str]:
    """What each metric is, by the name that Prometheus sees."""
    return {
        described.name + ("_total" if isinstance(metric, Counter) else ""): described.documentation
        for metric in vars(metrics).values()
        if isinstance(metric, Counter | Histogram)
        for described in metric.describe()
    }


def test_every_metric_is_documented_as_it_is():
    told = (DOCS / "production.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {meaning} |" for name, meaning in all_metrics().items()]

    assert [row for row in rows if row not in told] == []


@pytest.mark.parametrize("file", ["dashboard.json", "alerts.yml"])
def test_dashboard_and_alerts_ask_for_metrics_that_exist(file: str):
    told = (DOCS / "observability" / file).read_text(encoding="utf-8")
    asked = {name.removesuffix("_bucket") for name in re.findall(r"\bphaseline_\w+", told)}

    assert asked
    assert asked - set(all_metrics()) == set()


def test_alerts_know_processes_by_the_jobs_that_operators_are_told_of():
    alerts = (DOCS / "observability" / "alerts.yml").read_text(encoding="utf-8")
    told = re.findall(r"job_name: (\S+)", (DOCS / "production.md").read_text(encoding="utf-8"))

    assert set(re.findall(r'job="([^"]+)"', alerts)) == set(told)


PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *map(str, sorted(DOCS.rglob("*.md")))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: Path(page).name)
def test_every_link_leads_somewhere(page: str):
    path = DOCS.parent / page
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    here = [link for link in links if not link.startswith("http")]

    assert [link for link in here if not (path.parent / link).exists()] == []
