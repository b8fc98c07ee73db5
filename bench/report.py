"""The table of the rows: on the terminal, as JSON, and in the documentation."""

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Row

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- table: make bench WRITE=1 -->\n", "<!-- end of the table -->\n"


def show(rows: Iterable[Row]) -> None:
    """Prints rows as they are found."""
    for row in rows:
        sys.stdout.write(f"{row.what:<66} {row.value:>18}  {row.target:<16} {_said(row)}\n")
    sys.stdout.flush()


def keep(rows: Sequence[Row]) -> None:
    """Writes the results, which are not tracked."""
    found = {"at": _today(), "machine": _machine(), "rows": [asdict(row) for row in rows]}
    text = json.dumps(found, indent=2, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")


def write_page(rows: Sequence[Row]) -> None:
    """Puts the table into the documentation, in place of the one there."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    lines = [
        f"Measured on {_today()}: {_machine()}.\n\n",
        "| what | value | target | met | what bounds it |\n|---|---|---|---|---|\n",
        *(
            f"| {row.what} | {row.value} | {row.target} | {_said(row)} | {row.bound} |\n"
            for row in rows
        ),
    ]
    PAGE.write_text(f"{before}{_BEGIN}{''.join(lines)}{_END}{after}", encoding="utf-8")


def _said(row: Row) -> str:
    return "" if row.met is None else "yes" if row.met else "no"


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
